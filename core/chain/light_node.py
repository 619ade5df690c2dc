"""Every read of the ledger: proven where there is a proof for it, marked where there is none.

A method without a verifier here is `unverified`; nothing is proven by default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from core.chain.block import Mined, VerifiedLog, verify_block
from core.chain.headers import HeaderChain
from core.chain.network import Network
from core.chain.proofs import SLOTS_AT_ONCE, Ahead, Known, Proven, Wish, check_proof, get_proof
from core.chain.quorum import Report
from core.chain.simulation import MAX_CODE, Message, NotSimulated, Simulated, Simulation
from core.chain.store import ChainStore, Withdrawn, memory_database
from core.chain.transport import Caller, Transport
from core.chain.trust import Reason, Trust, Trusted, TrustState
from core.clock import Clock, SystemClock
from core.errors import BadInput, ProofMismatch
from core.eth import hexdata, history
from core.eth.account import EMPTY_CODE_HASH, Account
from core.eth.header import Header, next_base_fee
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.storage import Database
from core.units import ZERO_ADDRESS, Address

MAX_CALL_RESULT = 1024 * 1024  # bytes
_BLOCKS_AT_ONCE = 25
_CODES_KEPT = 64


@dataclass(frozen=True)
class FeeHistory:
    """Wei a gas: base fees of past blocks and, last, of the next one; tips that were paid in each past block."""

    base_fees: tuple[int, ...]
    tips: tuple[int, ...]


class LightNode:
    """Reads one network through one transport. Threads may share it.

    `simulator` is the process that executes calls here (kind "simulator"); without one, calls are the node's word.
    `store` is the vault's database (migration m003); without one, what is verified is kept in memory. Reads stand at
    the head of the last `sync`. Wherever a value is proven, what the node merely says of it must agree: a lie told
    beside a true proof is refused too.
    """

    def __init__(
        self,
        transport: Transport,
        network: Network,
        store: Database | None = None,
        *,
        clock: Clock | None = None,
        simulator: Caller | None = None,
    ) -> None:
        self.network = network
        self._transport = transport
        self._clock = clock or SystemClock()
        self._store = ChainStore(store or memory_database(), network.chain_id)
        self._chain = HeaderChain(transport, network, self._store, self._clock)
        self._simulation = simulator and Simulation(transport, simulator, network.chain_id, self._ancestor)
        self._ahead = Ahead(b"")
        self._known = Known()
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

    def on_withdrawn(self, listener: Callable[[Withdrawn], None]) -> Callable[[], None]:
        """`listener` hears of blocks that a sync gave up, with what was read in them; the answer ends it."""
        return self._chain.subscribe(listener)

    @property
    def report(self) -> Report | None:
        """Where each of several endpoints stands since the last sync; None with a single one."""
        return self._chain.report

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
        """Of several, in one round trip, all at the same block."""
        found = self.states([Wish(address) for address in addresses])
        return [Trusted(proven.account, found.trust) for proven in found.value]

    def storage(self, address: Address, slots: Sequence[int]) -> Trusted[tuple[int, ...]]:
        """The 256-bit values of these slots of a contract, in their order."""
        return self.states([Wish(address, tuple(slots))]).map(lambda found: found[0].values)

    def states(self, wishes: Sequence[Wish]) -> Trusted[tuple[Proven, ...]]:
        """Accounts and slots of several, in one round trip, all at the same block; `nodes` are left out."""
        head = self._at()
        if len(wishes) == 1 and len(wishes[0].slots) <= SLOTS_AT_ONCE and not self._ahead.serves(head.state_root):
            answer = self._transport.request(*get_proof(head, wishes[0]))
            one = check_proof(head, wishes[0], answer, self._known)
            return Trusted((Proven(one.account, one.values, ()),), self._chain.trust(head.number))
        head, found = self._prove(wishes)
        return Trusted(tuple(map(found.of, wishes)), self._chain.trust(head.number))

    def prefetch(self, wishes: Sequence[Wish]) -> None:
        """Prove in one round trip what a page is about to read one by one; kept until the head moves."""
        self._ahead = self._prove(wishes)[1]

    def _prove(self, wishes: Sequence[Wish]) -> tuple[Header, Ahead]:
        """What was proven ahead at this head, and in one round trip what is lacking."""
        head = self._at()
        known = self._ahead if self._ahead.serves(head.state_root) else Ahead(head.state_root)
        asked = known.lacking(wishes)
        answers = self._transport.request_many([get_proof(head, wish) for wish in asked])
        proven = {
            wish: check_proof(head, wish, answer, self._known) for wish, answer in zip(asked, answers, strict=True)
        }
        return head, known.plus(proven)

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

        Raises BadInput beyond the head, TooLarge too far before what we hold, ProofMismatch when anything is changed.
        """
        head = self._at()
        earliest = self._store.first() or head
        last = head.number if last is None else last
        if first < 0 or last > head.number:
            raise BadInput(field="blocks", reason="outside the known headers", value=f"{first}..{last}")
        if first < earliest.number:
            self._chain.reach_back(first, progress)
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
            mined = verify_block(header, answers[2 * at], answers[2 * at + 1], rollup=self.network.rollup)
            self._store.add_block(header, mined)
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

    def block_hash(self, number: int) -> Trusted[bytes]:
        """Of the head or a block before it: from the headers we hold, else out of the state (EIP-2935).

        Raises BadInput beyond the 8,191 blocks that the state keeps.
        """
        head = self._at()
        digest = head.hash if number == head.number else self._ancestor(head, number)
        return Trusted(digest, self._chain.trust(head.number))

    def _ancestor(self, header: Header, number: int) -> bytes:
        if number == header.number:
            return header.hash
        if number == header.number - 1:
            return header.parent_hash
        held = self._store.header(number)
        if held is not None and self._store.header(header.number) == header:
            return held.hash
        wish = Wish(Address(history.CONTRACT), (history.slot_of(number, header.number),))
        value = check_proof(header, wish, self._transport.request(*get_proof(header, wish))).values[0]
        if value == 0:
            raise ProofMismatch(what="block hash", expected=number, found=None)
        return value.to_bytes(32, "big")

    # Execution, here and on proven state; the node's word, marked, only where that cannot be done

    def call(
        self,
        to: Address | None,
        data: bytes,
        *,
        sender: Address | None = None,
        value: int = 0,
        block: int | None = None,
    ) -> Trusted[bytes]:
        """What a call returns at our head, or after `block`. Raises RpcError with the revert's data."""
        header = self._at() if block is None else self._store.header(block)
        message = Message(sender or ZERO_ADDRESS, to, data, value)
        try:
            done = self._run(header, message)
        except NotSimulated as error:
            tag = "latest" if block is None else hexdata.to_quantity(block)
            answer = self._transport.request("eth_call", [_message(sender, to, value, data), tag])
            return Trusted(hexdata.data(answer, "call result", limit=MAX_CALL_RESULT), _unverified(error.reason))
        return done.map(lambda found: found.check("eth_call").output)

    def simulate(self, sender: Address, to: Address | None, data: bytes, value: int = 0) -> Trusted[Simulated]:
        """What a transaction would do in the next block, and the gas it needs. Its failure is a value, not an error.

        Where it cannot be worked out here, the node is asked for the gas, and `effects` is None; raises RpcError then.
        """
        try:
            return self._run(self._at(), Message(sender, to, data, value), following=True)
        except NotSimulated as error:
            answer = self._transport.request("eth_estimateGas", [_message(sender, to, value, data)])
            gas = hexdata.quantity(answer, "gas", bits=64)
            return Trusted(Simulated(b"", "", gas, gas, None), _unverified(error.reason))

    def estimate_gas(self, sender: Address, to: Address | None, data: bytes, value: int) -> Trusted[int]:
        """A gas limit that works in the next block. Raises RpcError with the revert's data."""
        return self.simulate(sender, to, data, value).map(lambda found: found.check("eth_estimateGas").gas)

    def _run(self, header: Header | None, message: Message, *, following: bool = False) -> Trusted[Simulated]:
        """Raises NotSimulated, ProofError, NodeUnreachable."""
        if not self._simulation:
            raise NotSimulated(Reason.NO_VERIFIER)
        if header is None or header.base_fee is None:
            raise NotSimulated(Reason.NO_STATE)
        base_fee = next_base_fee(header) if following else header.base_fee
        timestamp = max(self._clock.now(), header.timestamp + 1) if following else None
        done = self._simulation.run(header, message, base_fee=base_fee, timestamp=timestamp, effects=following)
        if self.network.local:
            return Trusted(done, self._chain.trust(header.number))
        return Trusted(done, Trust(TrustState.UNVERIFIED, Reason.RULES, header.number))

    def fee_history(self, blocks: int = 5) -> Trusted[FeeHistory]:
        """Base fees from the headers, tips from the blocks themselves.

        On a network that is not ours: the node's word, unless those blocks have been read and the last base fees follow
        from each other as EIP-1559 says.
        """
        head = self._at()
        first = max(head.number - blocks + 1, 0)
        if self.network.local:
            self.read_blocks(first, head.number)
        headers = self._store.headers(first, head.number)
        tips: dict[int, list[int]] = {}
        base_fees = {header.number: header.base_fee or 0 for header in headers}
        for mined in self._store.contents(first, head.number):
            tips.setdefault(mined.block, []).append(mined.price - base_fees.get(mined.block, mined.price))
        if not self.network.local and not (tips and self._worked_out(headers, first, head.number)):
            return self._said_fees(blocks)
        medians = tuple(sorted(found)[len(found) // 2] for found in tips.values())
        found = FeeHistory((*base_fees.values(), next_base_fee(head)), medians)
        return Trusted(found, self._chain.trust(head.number))

    def _worked_out(self, headers: Sequence[Header], first: int, last: int) -> bool:
        if len(headers) <= last - first or self._store.count_unread(first, last):
            return False
        pairs = list(pairwise(headers))
        return bool(pairs) and all(after.base_fee == next_base_fee(before) for before, after in pairs)

    def _said_fees(self, blocks: int) -> Trusted[FeeHistory]:
        answer = self._transport.request("eth_feeHistory", [hexdata.to_quantity(blocks), "latest", [50]])
        fields = hexdata.mapping(answer, "fee history")
        rewards = hexdata.sequence(fields.get("reward") or [], "rewards", limit=1024)
        found = FeeHistory(
            tuple(
                hexdata.quantity(fee, "base fee")
                for fee in hexdata.sequence(fields.get("baseFeePerGas"), "base fees", limit=1025)
            ),
            tuple(hexdata.quantity(tip, "tip") for row in rewards for tip in hexdata.sequence(row, "reward", limit=1)),
        )
        return Trusted(found, _unverified(Reason.NO_VERIFIER))

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
