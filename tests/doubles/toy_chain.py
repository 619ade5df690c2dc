"""A small Ethereum chain in memory, honest: real headers, tries, receipts and signatures, toy contracts in Python.

Built on py-trie, rlp and eth-account, so nothing of `core.eth` is checked against itself. Each transaction sent is one
block. Answers JSON-RPC through `request`, as a transport does.
"""

# ruff: noqa: N802 - the methods are named as Ethereum names them
from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import rlp
from eth_account import Account as Signer
from trie import HexaryTrie

from core.errors import RpcError
from core.keccak import keccak256
from tests.doubles.toy_parts import (
    EMPTY_ROOT,
    EMPTY_UNCLES,
    GAS_LIMIT,
    HEADER_NAMES,
    bloom,
    hexed,
    number,
    proof,
    raw,
    receipt_bytes,
    receipt_json,
    trie_of,
    tx_json,
)


@dataclass
class Someone:
    nonce: int = 0
    balance: int = 0
    code: bytes = b""
    storage: dict[int, int] = field(default_factory=dict)

    def storage_trie(self) -> HexaryTrie:
        return trie_of(
            {
                keccak256(slot.to_bytes(32, "big")): rlp.encode(number(value))
                for slot, value in self.storage.items()
                if value
            }
        )

    def encode(self) -> bytes:
        return rlp.encode(
            [number(self.nonce), number(self.balance), self.storage_trie().root_hash, keccak256(self.code)]
        )


@dataclass
class Sent:
    """A signed transaction of type 2, taken apart by the rlp library."""

    raw: bytes

    def __post_init__(self) -> None:
        assert self.raw[0] == 2, "the toy takes type 2"
        (chain, nonce, tip, fee, gas, to, value, data, _access, parity, r, s) = rlp.decode(self.raw[1:])
        whole = lambda part: int.from_bytes(part, "big")  # noqa: E731
        self.chain_id, self.nonce, self.tip, self.max_fee, self.gas = map(whole, (chain, nonce, tip, fee, gas))
        self.to, self.value, self.data = to, whole(value), data
        self.parity, self.r, self.s = whole(parity), whole(r), whole(s)
        self.sender = raw(Signer.recover_transaction(self.raw).lower())
        self.hash = keccak256(self.raw)


@dataclass
class Effects:
    """What a toy contract did: logs of (topics, data), or the data of a revert."""

    logs: list[tuple[list[bytes], bytes]] = field(default_factory=list)
    revert: bytes | None = None
    gas: int = 30_000


@dataclass
class Block:
    header: list[bytes]
    transactions: list[Sent]
    receipts: list[dict[str, Any]]
    state: dict[bytes, Someone]
    trie: HexaryTrie

    @property
    def hash(self) -> bytes:
        return keccak256(rlp.encode(self.header))


Contract = Callable[[Someone, Sent], Effects]


class ToyChain:
    """`alloc` holds wei by address; `contracts` answers to transactions sent to their addresses."""

    endpoint = "toy"

    def __init__(
        self, alloc: dict[bytes, int] | None = None, *, chain_id: int = 4242, start: int = 1_700_000_000
    ) -> None:
        self.chain_id = chain_id
        self.contracts: dict[bytes, Contract] = {}
        self.state = {who: Someone(balance=wei) for who, wei in (alloc or {}).items()}
        self.blocks: list[Block] = []
        self.asked: list[str] = []
        self._time = itertools.count(start, 2)
        self._seal([], [])

    @property
    def genesis_hash(self) -> bytes:
        return self.blocks[0].hash

    def install(self, address: bytes, contract: Contract, code: bytes = b"\xfe") -> None:
        """Before the first transaction to it; part of the next block's state."""
        self.state[address] = Someone(nonce=1, code=code)
        self.contracts[address] = contract

    def mine(self, count: int = 1) -> None:
        """Empty blocks."""
        for _ in range(count):
            self._seal([], [])

    def base_fee(self) -> int:
        """Of the next block (EIP-1559)."""
        if not self.blocks:
            return 10**9
        header = self.blocks[-1].header
        used, base = int.from_bytes(header[10], "big"), int.from_bytes(header[15], "big")
        target = GAS_LIMIT // 2
        change = base * abs(used - target) // target // 8
        return base + max(change, 1) if used > target else base - change

    def _seal(self, transactions: list[Sent], receipts: list[dict[str, Any]]) -> None:
        state = {who: someone for who, someone in self.state.items() if someone != Someone()}
        last = self.blocks[-1] if self.blocks else None
        same = last is not None and last.state == state
        trie = last.trie if same else trie_of({keccak256(who): someone.encode() for who, someone in state.items()})
        kept = [number(0), *(number(at) for at in range(1, len(transactions)))]
        body = trie_of({rlp.encode(at): sent.raw for at, sent in zip(kept, transactions, strict=False)})
        outcome = trie_of({rlp.encode(at): receipt_bytes(entry) for at, entry in zip(kept, receipts, strict=False)})
        parent = self.blocks[-1].hash if self.blocks else bytes(32)
        used = receipts[-1]["gas"] if receipts else 0
        header = [
            parent, EMPTY_UNCLES, bytes(20), trie.root_hash, body.root_hash, outcome.root_hash,
            bloom([log for entry in receipts for log in entry["logs"]]), b"",
            number(len(self.blocks)), number(GAS_LIMIT), number(used), number(next(self._time)), b"toy", bytes(32),
            bytes(8), number(self.base_fee()), EMPTY_ROOT, b"", b"", bytes(32), keccak256(b"requests"),
        ]  # fmt: skip
        self.blocks.append(Block(header, transactions, receipts, last.state if same else copy.deepcopy(state), trie))

    # JSON-RPC

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        self.asked.append(method)
        handler = getattr(self, method, None)
        if not method.startswith("eth_") or handler is None:
            raise RpcError(method=method, code=-32601, message="method not found", data=None)
        return handler(*params)

    def request_many(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.request(method, params) for method, params in calls]

    def _block(self, tag: str) -> Block | None:
        at = len(self.blocks) - 1 if tag in {"latest", "pending"} else int(tag, 16)
        return self.blocks[at] if at < len(self.blocks) else None

    def eth_chainId(self) -> str:
        return hex(self.chain_id)

    def eth_getBlockByNumber(self, tag: str, full: bool) -> Any:
        block = self._block(tag)
        if block is None:
            return None
        names = HEADER_NAMES
        numbers = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed"}
        numbers.add("excessBlobGas")
        answer: dict[str, Any] = {
            name: hex(int.from_bytes(part, "big")) if name in numbers else hexed(part)
            for name, part in zip(names, block.header, strict=True)
        }
        answer["hash"] = hexed(block.hash)
        answer["transactions"] = [tx_json(sent) if full else hexed(sent.hash) for sent in block.transactions]
        return answer

    def eth_getProof(self, address: str, slots: list[str], tag: str) -> Any:
        block = self._block(tag)
        assert block is not None
        who = raw(address.lower())
        someone = block.state.get(who, Someone())
        storage = someone.storage_trie()
        return {
            "address": address.lower(),
            "accountProof": proof(block.trie, keccak256(who)),
            "balance": hex(someone.balance),
            "nonce": hex(someone.nonce),
            "codeHash": hexed(keccak256(someone.code)),
            "storageHash": hexed(storage.root_hash),
            "storageProof": [
                {
                    "key": slot,
                    "value": hex(someone.storage.get(int(slot, 16), 0)),
                    "proof": proof(storage, keccak256(raw(slot).rjust(32, b"\0")))
                    if storage.root_hash != EMPTY_ROOT
                    else [],
                }
                for slot in slots
            ],
        }

    def eth_getCode(self, address: str, tag: str) -> str:
        block = self._block(tag)
        assert block is not None
        return hexed(block.state.get(raw(address.lower()), Someone()).code)

    def eth_getBalance(self, address: str, tag: str) -> str:
        block = self._block(tag)
        assert block is not None
        return hex(block.state.get(raw(address.lower()), Someone()).balance)

    def eth_getBlockReceipts(self, tag: str) -> Any:
        block = self._block(tag)
        return None if block is None else [receipt_json(entry) for entry in block.receipts]

    def eth_getTransactionReceipt(self, tx_hash: str) -> Any:
        for at, block in enumerate(self.blocks):
            for entry in block.receipts:
                if hexed(entry["hash"]) == tx_hash:
                    return {**receipt_json(entry), "blockNumber": hex(at), "transactionHash": tx_hash}
        return None

    def eth_feeHistory(self, count: str, _tag: str, _percentiles: list[int]) -> Any:
        blocks = self.blocks[-int(count, 16) :]
        fees = [hex(int.from_bytes(block.header[15], "big")) for block in blocks] + [hex(self.base_fee())]
        return {
            "oldestBlock": hex(0),
            "baseFeePerGas": fees,
            "reward": [[hex(10**9)] for _ in blocks],
            "gasUsedRatio": [],
        }

    def eth_estimateGas(self, message: dict[str, str]) -> str:
        effects = self._run(message)
        return hex(21_000 if effects is None else effects.gas + 21_000)

    def eth_call(self, message: dict[str, str], _tag: str) -> str:
        self._run(message)
        return "0x"

    def _run(self, message: dict[str, str]) -> Effects | None:
        contract = self.contracts.get(raw(message.get("to", "0x").lower()))
        if contract is None:
            return None
        sent = Sent.__new__(Sent)
        sent.sender, sent.data = raw(message["from"].lower()), raw(message.get("input", "0x"))
        sent.value = int(message.get("value", "0x0"), 16)
        effects = contract(copy.deepcopy(self.state[raw(message["to"].lower())]), sent)
        if effects.revert is not None:
            raise RpcError(method="eth_call", code=3, message="execution reverted", data=hexed(effects.revert))
        return effects

    def eth_sendRawTransaction(self, text: str) -> str:
        sent = Sent(raw(text))
        someone = self.state.setdefault(sent.sender, Someone())
        base = self.base_fee()
        if sent.chain_id != self.chain_id:
            raise RpcError(method="eth_sendRawTransaction", code=-32000, message="invalid chain id", data=None)
        if sent.nonce != someone.nonce:
            word = "low" if sent.nonce < someone.nonce else "high"
            raise RpcError(method="eth_sendRawTransaction", code=-32000, message=f"nonce too {word}", data=None)
        if sent.max_fee < base or someone.balance < sent.value + sent.gas * sent.max_fee:
            raise RpcError(method="eth_sendRawTransaction", code=-32000, message="fee or funds", data=None)
        self._seal([sent], [self._apply(sent, someone, min(sent.max_fee, base + sent.tip))])
        return hexed(sent.hash)

    def pack(self, texts: Sequence[str]) -> list[str]:
        """Several in one block; each is known to be good."""
        base = self.base_fee()
        sents = [Sent(raw(text)) for text in texts]
        entries: list[dict[str, Any]] = []
        for sent in sents:
            entry = self._apply(sent, self.state[sent.sender], min(sent.max_fee, base + sent.tip))
            entry["gas"] += entries[-1]["gas"] if entries else 0
            entries.append(entry)
        self._seal(sents, entries)
        return [hexed(sent.hash) for sent in sents]

    def _apply(self, sent: Sent, someone: Someone, price: int) -> dict[str, Any]:
        someone.nonce += 1
        target = sent.to or keccak256(rlp.encode([sent.sender, number(sent.nonce)]))[12:]
        contract = self.contracts.get(target)
        effects = Effects(gas=0)
        if contract is not None:
            before = copy.deepcopy(self.state[target])
            effects = contract(self.state[target], sent)
            if effects.revert is not None:
                self.state[target] = before
        gas = 21_000 + effects.gas
        someone.balance -= gas * price
        if effects.revert is None:
            someone.balance -= sent.value
            self.state.setdefault(target, Someone()).balance += sent.value
            if not sent.to:
                self.state[target].code, self.state[target].nonce = sent.data, 1
        logs = [(target, *log) for log in effects.logs] if effects.revert is None else []
        return {"hash": sent.hash, "ok": effects.revert is None, "gas": gas, "logs": logs}


class Keys:
    """Test accounts by index, and the signer that the sender is given."""

    def __init__(self, count: int = 3) -> None:
        self.accounts = [Signer.from_key(keccak256(b"toy key %d" % at)) for at in range(count)]

    def address(self, index: int) -> bytes:
        return raw(self.accounts[index].address.lower())

    def sign(self, index: int, transaction: dict[str, Any]) -> bytes:
        return bytes(self.accounts[index].sign_transaction(transaction).raw_transaction)
