"""Every read of the ledger: proven where there is a proof for it, marked where there is none.

A method without a verifier here is `unverified`; nothing is proven by default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.chain.block import Mined, VerifiedLog, verify_block
from core.chain.headers import HeaderChain
from core.chain.network import Network
from core.chain.store import ChainStore, memory_database
from core.chain.transport import Transport
from core.chain.trust import Reason, Trust, Trusted, TrustState
from core.clock import Clock, SystemClock
from core.errors import BadInput, ProofMismatch
from core.eth import hexdata
from core.eth.account import EMPTY_CODE_HASH, Account, verify_account, verify_slot
from core.eth.header import Header
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.storage import Database
from core.units import Address

MAX_CODE = 49_152  # bytes; EIP-170 allows half of that
MAX_CALL_RESULT = 1024 * 1024  # bytes
_MAX_PROOF = 80  # nodes
_BLOCKS_AT_ONCE = 25
_CODES_KEPT = 64


@dataclass(frozen=True)
class FeeHistory:
    """Wei a gas: base fees of past blocks and, last, of the next one; tips that were paid in each past block."""

    base_fees: tuple[int, ...]
    tips: tuple[int, ...]


class LightNode:
    """Reads one network through one transport. Threads may share it.

    `store` is the vault's database (migration m003); without one, what is verified is kept in memory. Reads stand at
    the head of the last `sync`. Wherever a value is proven, what the node merely says of it must agree: a lie told
    beside a true proof is refused too.
    """

    def __init__(
        self, transport: Transport, network: Network, store: Database | None = None, *, clock: Clock | None = None
    ) -> None:
        self.network = network
        self._transport = transport
        self._store = ChainStore(store or memory_database(), network.chain_id)
        self._chain = HeaderChain(transport, network, self._store, clock or SystemClock())
        self._codes: dict[bytes, bytes] = {EMPTY_CODE_HASH: b""}

    # The head

    def sync(self, progress: Progress | None = None, *, accept_rollback: bool = False) -> Trusted[Header]:
        """Follow the node to its head. Raises WrongChain, HeadLost, NodeUnreachable, RpcError, ProofError."""
        header = self._chain.sync(progress or silent(), accept_rollback=accept_rollback)
        return Trusted(header, self._chain.trust(header.number))

    def head(self) -> Trusted[Header]:
        """The newest header we hold, stale since the node stopped confirming it; syncs when we hold none."""
        header = self._at()
        return Trusted(header, self._chain.trust(header.number))

    def check_chain_id(self) -> None:
        """Raises WrongChain; asked before every signature."""
        self._chain.check_chain_id()

    def _at(self) -> Header:
        return self._chain.head or self.sync().value

    # State, by proof against the head's state root (EIP-1186)

    def account(self, address: Address) -> Trusted[Account]:
        """Raises ProofMismatch, BadEncoding, and what the transport raises."""
        return self.accounts([address])[0]

    def accounts(self, addresses: Sequence[Address]) -> list[Trusted[Account]]:
        """Of several, in one go, all at the same block."""
        head = self._at()
        answers = self._transport.request_many([_get_proof(head, address, ()) for address in addresses])
        trust = self._chain.trust(head.number)
        return [
            Trusted(_account(head, address, answer), trust) for address, answer in zip(addresses, answers, strict=True)
        ]

    def storage(self, address: Address, slots: Sequence[int]) -> Trusted[tuple[int, ...]]:
        """The 256-bit values of these slots of a contract, in their order."""
        head = self._at()
        answer = self._transport.request(*_get_proof(head, address, slots))
        account = _account(head, address, answer)
        entries = hexdata.sequence(hexdata.mapping(answer, "proof").get("storageProof"), "storageProof")
        if len(entries) != len(slots):
            raise ProofMismatch(what="storage proofs", expected=len(slots), found=len(entries))
        values = tuple(_slot(account, slot, entry) for slot, entry in zip(slots, entries, strict=True))
        return Trusted(values, self._chain.trust(head.number))

    def code(self, address: Address) -> Trusted[bytes]:
        """A contract's code by its proven hash; empty for an account without."""
        proven = self.account(address)
        wanted = proven.value.code_hash
        code = self._codes.get(wanted)
        if code is None:
            tag = hexdata.to_quantity(proven.trust.block or 0)
            code = hexdata.data(self._transport.request("eth_getCode", [str(address), tag]), "code", limit=MAX_CODE)
            if keccak256(code) != wanted:
                raise ProofMismatch(what="code hash", expected=wanted.hex(), found=keccak256(code).hex())
            if len(self._codes) < _CODES_KEPT:
                self._codes[wanted] = code
        return Trusted(code, proven.trust)

    # Blocks, by rebuilding both roots of the whole block; kept, so that each is read once

    def read_blocks(self, first: int, last: int | None = None, progress: Progress | None = None) -> None:
        """Read what the blocks from `first` to `last` (the head) hold and is not here yet. Cancel keeps what is done.

        Raises BadInput outside of the headers we hold, ProofMismatch when anything is missing or changed.
        """
        head = self._at()
        earliest = self._store.first() or head
        last = head.number if last is None else last
        if not earliest.number <= first or last > head.number:
            raise BadInput(field="blocks", reason="outside the known headers", value=f"{first}..{last}")
        done, total = 0, self._store.count_unread(first, last)
        while headers := self._store.unread(first, last, _BLOCKS_AT_ONCE):
            for header in self._fetch_blocks(headers):
                done += 1
                (progress or silent()).step("blocks", done, max(total, done))
                first = header.number + 1

    def _fetch_blocks(self, headers: Sequence[Header]) -> Sequence[Header]:
        calls: list[tuple[str, list[Any]]] = []
        for header in headers:
            tag = hexdata.to_quantity(header.number)
            calls += [("eth_getBlockByNumber", [tag, True]), ("eth_getBlockReceipts", [tag])]
        answers = self._transport.request_many(calls)
        for at, header in enumerate(headers):
            self._store.add_block(header, verify_block(header, answers[2 * at], answers[2 * at + 1]))
        return headers

    def logs(
        self, addresses: Sequence[Address], first: int, last: int | None = None, progress: Progress | None = None
    ) -> Trusted[tuple[VerifiedLog, ...]]:
        """All that these contracts said from block `first` to `last` (the head), none left out, in order."""
        head = self._at()
        last = head.number if last is None else last
        self.read_blocks(first, last, progress)
        return Trusted(tuple(self._store.logs(addresses, first, last)), self._chain.trust(last))

    def transactions(
        self, addresses: Sequence[Address], first: int, last: int | None = None, progress: Progress | None = None
    ) -> Trusted[tuple[Mined, ...]]:
        """All that these accounts sent or received directly in these blocks (not what contracts passed on)."""
        head = self._at()
        last = head.number if last is None else last
        self.read_blocks(first, last, progress)
        return Trusted(tuple(self._store.transactions(addresses, first, last)), self._chain.trust(last))

    def headers(self, first: int, last: int) -> list[Header]:
        """Those we hold, ascending."""
        return self._store.headers(first, last)

    def transaction_counts(self, first: int, last: int) -> dict[int, int]:
        """Transactions in each of these blocks, all of them read and verified."""
        self.read_blocks(first, last)
        return self._store.transaction_counts(first, last)

    def receipt(self, tx_hash: bytes) -> Trusted[Mined | None]:
        """The transaction with its outcome; None, unverified, when the node says that no block has it.

        One in a block newer than our head is None too: `sync` first.
        """
        mined = self._store.transaction(tx_hash)
        if mined is None:
            answer = self._transport.request("eth_getTransactionReceipt", [hexdata.to_data(tx_hash)])
            if answer is None:
                return Trusted(None, _unverified(Reason.ABSENCE))
            block = hexdata.quantity(hexdata.mapping(answer, "receipt").get("blockNumber"), "block number", bits=63)
            if block > self._at().number:
                return Trusted(None, _unverified(Reason.ABSENCE))
            self.read_blocks(block, block)
            mined = self._store.transaction(tx_hash)
            if mined is None:
                raise ProofMismatch(what="receipt", expected=tx_hash.hex(), found=None)
        return Trusted(mined, self._chain.trust(mined.block))

    def sent(self, sender: Address, nonce: int, first: int) -> Trusted[Mined | None]:
        """Which transaction took this nonce of the account, searched in the blocks from `first` to the head."""
        head = self._at()
        self.read_blocks(min(first, head.number))
        return Trusted(self._store.sent(sender, nonce), self._chain.trust(head.number))

    # What no proof covers

    def call(
        self,
        to: Address | None,
        data: bytes,
        *,
        sender: Address | None = None,
        value: int = 0,
        block: int | None = None,
    ) -> Trusted[bytes]:
        """`eth_call`; the node's word. Raises RpcError with the revert's data."""
        tag = "latest" if block is None else hexdata.to_quantity(block)
        answer = self._transport.request("eth_call", [_message(sender, to, value, data), tag])
        return Trusted(hexdata.data(answer, "call result", limit=MAX_CALL_RESULT), _unverified(Reason.NO_VERIFIER))

    def estimate_gas(self, sender: Address, to: Address | None, data: bytes, value: int) -> Trusted[int]:
        """The node's word. Raises RpcError with the revert's data."""
        answer = self._transport.request("eth_estimateGas", [_message(sender, to, value, data)])
        return Trusted(hexdata.quantity(answer, "gas", bits=64), _unverified(Reason.NO_VERIFIER))

    def fee_history(self, blocks: int = 5) -> Trusted[FeeHistory]:
        """The node's word."""
        answer = self._transport.request("eth_feeHistory", [hexdata.to_quantity(blocks), "latest", [50]])
        fields = hexdata.mapping(answer, "fee history")
        rewards = hexdata.sequence(fields.get("reward") or [], "rewards", limit=1024)
        history = FeeHistory(
            tuple(
                hexdata.quantity(fee, "base fee")
                for fee in hexdata.sequence(fields.get("baseFeePerGas"), "base fees", limit=1025)
            ),
            tuple(hexdata.quantity(tip, "tip") for row in rewards for tip in hexdata.sequence(row, "reward", limit=1)),
        )
        return Trusted(history, _unverified(Reason.NO_VERIFIER))

    def send_raw(self, raw: bytes) -> bytes:
        """Hand a signed transaction to the node; its hash. Raises RpcError when the node refuses it."""
        answer = self._transport.request("eth_sendRawTransaction", [hexdata.to_data(raw)])
        found = hexdata.data(answer, "transaction hash", 32)
        if found != keccak256(raw):
            raise ProofMismatch(what="transaction hash", expected=keccak256(raw).hex(), found=found.hex())
        return found


def _unverified(reason: Reason) -> Trust:
    return Trust(TrustState.UNVERIFIED, reason)


def _message(sender: Address | None, to: Address | None, value: int, data: bytes) -> dict[str, str]:
    message = {"value": hexdata.to_quantity(value), "input": hexdata.to_data(data), "data": hexdata.to_data(data)}
    if sender is not None:
        message["from"] = str(sender)
    if to is not None:
        message["to"] = str(to)
    return message


def _get_proof(head: Header, address: Address, slots: Sequence[int]) -> tuple[str, list[Any]]:
    keys = [hexdata.to_data(slot.to_bytes(32, "big")) for slot in slots]
    return "eth_getProof", [str(address), keys, hexdata.to_quantity(head.number)]


def _nodes(value: object) -> list[bytes]:
    return [hexdata.data(node, "proof node") for node in hexdata.sequence(value, "proof", limit=_MAX_PROOF)]


def _account(head: Header, address: Address, answer: object) -> Account:
    fields = hexdata.mapping(answer, "proof")
    account = verify_account(head.state_root, address.raw, _nodes(fields.get("accountProof")))
    _agree(fields, "balance", account.balance)
    _agree(fields, "nonce", account.nonce)
    return account


def _slot(account: Account, slot: int, entry: object) -> int:
    fields = hexdata.mapping(entry, "storage proof")
    value = verify_slot(account.storage_root, slot, _nodes(fields.get("proof")))
    _agree(fields, "value", value)
    return value


def _agree(fields: Mapping[str, object], name: str, proven: int) -> None:
    said = hexdata.quantity(fields.get(name), name)
    if said != proven:
        raise ProofMismatch(what=name, expected=proven, found=said)
