"""Plain values of the ledger. Numbers in wei, gas or seconds since 1970; addresses 20 bytes, hashes 32 bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import rlp

from core.keccak import keccak256
from core.node.encoding import item, items, number
from core.node.forks import header_fields

ZERO_ADDRESS = bytes(20)
ZERO_HASH = bytes(32)
EMPTY_CODE_HASH = keccak256(b"")
EMPTY_TRIE_ROOT = keccak256(rlp.encode(b""))
EMPTY_UNCLES_HASH = keccak256(rlp.encode([]))
NO_REQUESTS_HASH = hashlib.sha256(b"").digest()  # EIP-7685, no requests
ELASTICITY = 2  # EIP-1559
BASE_FEE_CHANGE = 8  # EIP-1559


@dataclass(frozen=True)
class Header:
    """A block header, its fields in the order of their encoding (Yellow Paper 4.3, EIP-7685). One of an older fork ends
    earlier: the fields that it has not are zero here, and `length` says how many it has.
    """

    parent_hash: bytes
    uncles_hash: bytes
    coinbase: bytes
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    bloom: bytes  # 256 bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: bytes
    nonce: bytes  # 8 bytes
    base_fee: int = 0  # 16 fields: London
    withdrawals_root: bytes = EMPTY_TRIE_ROOT  # 17: Shanghai
    blob_gas_used: int = 0  # 20: Cancun
    excess_blob_gas: int = 0
    parent_beacon_block_root: bytes = ZERO_HASH
    requests_hash: bytes = NO_REQUESTS_HASH  # 21: Prague
    length: int = header_fields("prague")

    def has(self, field: str) -> bool:
        """Whether the header of this fork has the field."""
        return HEADER_FIELDS.index(field) < self.length

    def parts(self) -> list[bytes]:
        values = (getattr(self, name) for name in HEADER_FIELDS[: self.length])
        return [number(value) if isinstance(value, int) else value for value in values]

    def encode(self) -> bytes:
        return items(item(part) for part in self.parts())

    @cached_property
    def hash(self) -> bytes:
        return keccak256(self.encode())

    @classmethod
    def decode(cls, encoded: bytes) -> Header:
        """Raises ValueError on anything but a header of a known fork."""
        try:
            parts = rlp.decode(encoded)
        except rlp.exceptions.RLPException as error:
            raise ValueError("not RLP") from error
        header = cls.of(parts)
        if header.encode() != encoded:
            raise ValueError("not canonical")
        return header

    @classmethod
    def of(cls, parts: object) -> Header:
        """From the list that its RLP holds. Raises ValueError."""
        if not isinstance(parts, list) or len(parts) not in _LENGTHS:
            raise ValueError("not a header of a known number of fields")
        values: dict[str, Any] = {}
        for name, part in zip(HEADER_FIELDS, parts, strict=False):
            size = _SIZES.get(name)
            if not isinstance(part, bytes) or (size is not None and len(part) != size):
                raise ValueError(f"header field {name}")
            if name in _NUMBERS:
                if len(part) > 32 or part[:1] == b"\0":
                    raise ValueError(f"header field {name}")
                values[name] = int.from_bytes(part, "big")
            else:
                values[name] = part
        return cls(**values, length=len(parts))


HEADER_FIELDS = tuple(field.name for field in fields(Header))[:-1]
_NUMBERS = {field.name for field in fields(Header) if field.type == "int"}
_SIZES = {"coinbase": 20, "bloom": 256, "nonce": 8} | {
    name: 32 for name in HEADER_FIELDS if name.endswith(("_hash", "_root"))
}
_LENGTHS = {header_fields(fork) for fork in ("frontier", "london", "shanghai", "cancun", "prague")}


def next_base_fee(parent: Header) -> int:
    """Wei per gas of the block after `parent` (EIP-1559); 0 where `parent` is from before London."""
    target = parent.gas_limit // ELASTICITY
    if not parent.has("base_fee") or parent.gas_used == target:
        return parent.base_fee
    change = parent.base_fee * abs(parent.gas_used - target) // target // BASE_FEE_CHANGE
    return parent.base_fee + max(change, 1) if parent.gas_used > target else parent.base_fee - change


AccessList = tuple[tuple[bytes, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Authorization:
    """EIP-7702."""

    chain_id: int
    address: bytes
    nonce: int
    y_parity: int
    r: int
    s: int


@dataclass(frozen=True)
class Transaction:
    """A signed transaction of type 0 to 4. For types 0 and 1 both fee fields hold the gas price."""

    raw: bytes
    hash: bytes
    type: int
    chain_id: int | None  # None: a legacy transaction without replay protection
    sender: bytes
    nonce: int
    to: bytes | None  # None creates a contract
    value: int
    data: bytes
    gas: int
    max_fee: int
    max_priority_fee: int
    access_list: AccessList
    authorizations: tuple[Authorization, ...]
    y_parity: int
    v: int  # as encoded for type 0, else y_parity
    r: int
    s: int
    max_blob_fee: int = 0  # wei per blob gas, type 3 (EIP-4844)
    blob_hashes: tuple[bytes, ...] = ()

    def price(self, base_fee: int) -> int:
        """Wei per gas that the sender pays."""
        return min(self.max_fee, base_fee + self.max_priority_fee)


@dataclass(frozen=True)
class Log:
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class Receipt:
    """`cumulative_gas` counts all of the block up to and with this transaction."""

    status: int  # 1 done, 0 reverted; 1 before Byzantium, where `root` stands in its place
    cumulative_gas: int
    bloom: bytes
    logs: tuple[Log, ...]
    root: bytes | None = None  # before Byzantium: the state after the transaction (EIP-658 ended it)

    def encode(self, kind: int) -> bytes:
        """As hashed into the receipts root (EIP-2718)."""
        logs = items(
            items((item(log.address), items(item(topic) for topic in log.topics), item(log.data))) for log in self.logs
        )
        outcome = number(self.status) if self.root is None else self.root
        body = items((item(outcome), item(number(self.cumulative_gas)), item(self.bloom), logs))
        return body if kind == 0 else bytes([kind]) + body

    @classmethod
    def decode(cls, encoded: bytes) -> Receipt:
        body = encoded if encoded[:1] >= b"\xc0" else encoded[1:]
        status, gas, bloom, logs = rlp.decode(body)
        return cls(
            status=int.from_bytes(status, "big") if len(status) < 32 else 1,
            cumulative_gas=int.from_bytes(gas, "big"),
            bloom=bytes(bloom),
            logs=tuple(Log(bytes(a), tuple(bytes(t) for t in topics), bytes(d)) for a, topics, d in logs),
            root=bytes(status) if len(status) == 32 else None,
        )


@dataclass(frozen=True)
class Withdrawal:
    """EIP-4895; `amount` in Gwei."""

    index: int
    validator: int
    address: bytes
    amount: int

    def parts(self) -> list[bytes]:
        return [number(self.index), number(self.validator), self.address, number(self.amount)]

    def encode(self) -> bytes:
        return items(item(part) for part in self.parts())


@dataclass(frozen=True)
class Block:
    """As it crosses between nodes. `withdrawals` is None before Shanghai."""

    header: Header
    transactions: tuple[bytes, ...]  # as hashed: RLP, or a type and its payload (EIP-2718)
    uncles: tuple[Header, ...] = ()
    withdrawals: tuple[Withdrawal, ...] | None = ()

    def encode(self) -> bytes:
        bodies = [raw if raw[:1] >= b"\xc0" else item(raw) for raw in self.transactions]
        parts = [self.header.encode(), items(bodies), items(uncle.encode() for uncle in self.uncles)]
        if self.withdrawals is not None:
            parts.append(items(one.encode() for one in self.withdrawals))
        return items(parts)

    @classmethod
    def decode(cls, encoded: bytes) -> Block:
        """Raises ValueError on anything but the canonical encoding of a block of a known fork."""
        try:
            parts = rlp.decode(encoded)
            header, bodies, uncles, *rest = parts
            block = cls(
                Header.of(header),
                tuple(bytes(rlp.encode(body)) if isinstance(body, list) else bytes(body) for body in bodies),
                tuple(Header.of(uncle) for uncle in uncles),
                tuple(_withdrawal(one) for one in rest[0]) if rest else None,
            )
        except (rlp.exceptions.RLPException, TypeError, ValueError) as error:
            raise ValueError(f"not a block: {error}"[:200]) from error
        if block.encode() != encoded or len(rest) != (block.header.length >= header_fields("shanghai")):
            raise ValueError("not a block: not canonical")
        return block


def encode_beside(uncles: Sequence[Header], withdrawals: Sequence[Withdrawal] | None) -> bytes | None:
    """What a block holds beside its transactions, for keeping; None where that is nothing."""
    if not uncles and not withdrawals:
        return None
    return items([items(uncle.encode() for uncle in uncles), items(one.encode() for one in withdrawals or ())])


def decode_beside(kept: bytes | None) -> tuple[tuple[Header, ...], tuple[Withdrawal, ...]]:
    if kept is None:
        return (), ()
    uncles, withdrawals = rlp.decode(kept)
    return tuple(Header.of(uncle) for uncle in uncles), tuple(_withdrawal(one) for one in withdrawals)


def _withdrawal(parts: Any) -> Withdrawal:
    index, validator, address, amount = parts
    if not all(isinstance(part, bytes) for part in parts) or len(address) != 20:
        raise ValueError("withdrawal")
    return Withdrawal(
        int.from_bytes(index, "big"), int.from_bytes(validator, "big"), address, int.from_bytes(amount, "big")
    )


@dataclass(frozen=True)
class Skipped:
    """A transaction that a block could not take. `full`: only for want of gas in this block."""

    transaction: Transaction
    reason: str
    full: bool


@dataclass(frozen=True)
class Sealed:
    """A finished block and the trie nodes and codes that it adds to the state, by hash."""

    header: Header
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]
    nodes: Mapping[bytes, bytes]
    uncles: tuple[Header, ...] = ()
    withdrawals: tuple[Withdrawal, ...] | None = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def block(self) -> Block:
        return Block(self.header, tuple(tx.raw for tx in self.transactions), self.uncles, self.withdrawals)


@dataclass(frozen=True)
class Account:
    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


@dataclass(frozen=True)
class StorageProof:
    slot: int
    value: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class AccountProof:
    """Encoded trie nodes from the root down (EIP-1186); a proof of absence ends where the path leaves the trie."""

    account: Account
    proof: tuple[bytes, ...]
    storage: tuple[StorageProof, ...]


@dataclass(frozen=True)
class Message:
    """What eth_call and eth_estimateGas execute; no signature, no nonce, no fee taken."""

    sender: bytes
    to: bytes | None
    value: int
    data: bytes
    gas: int
    gas_price: int = 0
    access_list: AccessList = ()


@dataclass(frozen=True)
class Outcome:
    """`error` is None, "execution reverted" or the kind of failure; `output` is revert data where it reverted.

    `gas_used` is what a transaction would pay for, `gas_refund` what was given back within it. `touched`: accounts and
    slots that the run read or wrote, if that was asked for.
    """

    output: bytes
    gas_used: int
    gas_refund: int
    error: str | None
    touched: AccessList = ()

    @property
    def reverted(self) -> bool:
        return self.error == REVERTED


REVERTED = "execution reverted"
