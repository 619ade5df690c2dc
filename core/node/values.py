"""Plain values of the ledger. Numbers in wei, gas or seconds since 1970; addresses 20 bytes, hashes 32 bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import rlp

from core.keccak import keccak256

ZERO_ADDRESS = bytes(20)
ZERO_HASH = bytes(32)
EMPTY_CODE_HASH = keccak256(b"")
EMPTY_TRIE_ROOT = keccak256(rlp.encode(b""))
EMPTY_UNCLES_HASH = keccak256(rlp.encode([]))
NO_REQUESTS_HASH = hashlib.sha256(b"").digest()  # EIP-7685, no requests
ELASTICITY = 2  # EIP-1559
BASE_FEE_CHANGE = 8  # EIP-1559


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


@dataclass(frozen=True)
class Header:
    """A block header of Prague, its fields in the order of their encoding (Yellow Paper 4.3, EIP-7685)."""

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
    base_fee: int
    withdrawals_root: bytes
    blob_gas_used: int
    excess_blob_gas: int
    parent_beacon_block_root: bytes
    requests_hash: bytes

    def parts(self) -> list[bytes]:
        values = (getattr(self, field.name) for field in fields(self))
        return [_number(value) if isinstance(value, int) else value for value in values]

    def encode(self) -> bytes:
        return bytes(rlp.encode(self.parts()))

    @cached_property
    def hash(self) -> bytes:
        return keccak256(self.encode())

    @classmethod
    def decode(cls, encoded: bytes) -> Header:
        """Raises ValueError on anything but a header of these fields."""
        names = fields(cls)
        try:
            parts = rlp.decode(encoded)
        except rlp.exceptions.RLPException as error:
            raise ValueError("not RLP") from error
        if not isinstance(parts, list) or len(parts) != len(names):
            raise ValueError("not a header of 21 fields")
        values: dict[str, Any] = {
            field.name: int.from_bytes(part, "big") if field.type == "int" else bytes(part)
            for field, part in zip(names, parts, strict=True)
        }
        header = cls(**values)
        if header.encode() != encoded:
            raise ValueError("not canonical")
        return header


def next_base_fee(parent: Header) -> int:
    """Wei per gas of the block after `parent` (EIP-1559)."""
    target = parent.gas_limit // ELASTICITY
    if parent.gas_used == target:
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
    """A signed transaction of type 0, 1, 2 or 4. For types 0 and 1 both fee fields hold the gas price."""

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

    status: int  # 1 done, 0 reverted
    cumulative_gas: int
    bloom: bytes
    logs: tuple[Log, ...]

    def encode(self, kind: int) -> bytes:
        """As hashed into the receipts root (EIP-2718)."""
        logs = [[log.address, list(log.topics), log.data] for log in self.logs]
        body = rlp.encode([_number(self.status), _number(self.cumulative_gas), self.bloom, logs])
        return bytes(body) if kind == 0 else bytes([kind]) + bytes(body)

    @classmethod
    def decode(cls, encoded: bytes) -> Receipt:
        body = encoded if encoded[:1] >= b"\xc0" else encoded[1:]
        status, gas, bloom, logs = rlp.decode(body)
        return cls(
            status=int.from_bytes(status, "big"),
            cumulative_gas=int.from_bytes(gas, "big"),
            bloom=bytes(bloom),
            logs=tuple(Log(bytes(a), tuple(bytes(t) for t in topics), bytes(d)) for a, topics, d in logs),
        )


@dataclass(frozen=True)
class Sealed:
    """A finished block and the trie nodes and codes that it adds to the state, by hash."""

    header: Header
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]
    nodes: Mapping[bytes, bytes]


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

    `gas_used` is what a transaction would pay for, `gas_refund` what was given back within it.
    """

    output: bytes
    gas_used: int
    gas_refund: int
    error: str | None

    @property
    def reverted(self) -> bool:
        return self.error == REVERTED


REVERTED = "execution reverted"
