"""Transactions on their way into a block: in order of their nonces for each sender, by tip among senders.

One whose turn has come is taken into a block at once; one with a gap before it waits, and so does one whose highest
price the base fee has passed meanwhile. Words are those of other nodes, because wallets look for them.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from core.node.engine import Invalid
from core.node.rules import DELEGATION, check_offer, check_sender, cost, short, too_cheap
from core.node.values import Account, Transaction

Content = dict[bytes, dict[int, Transaction]]


@dataclass(frozen=True)
class Limits:
    """`bytes` of encoded transactions; `least_tip` wei per gas; `bump` percent that a replacement must offer more."""

    per_sender: int = 64
    transactions: int = 1_024
    bytes: int = 8 * 1024 * 1024
    least_tip: int = 0
    bump: int = 10


@dataclass(frozen=True)
class Ground:
    """What the next block stands on. `account` and `code` read the state of the head by address."""

    chain_id: int
    fork: str
    base_fee: int
    gas_limit: int
    account: Callable[[bytes], Account | None]
    code: Callable[[bytes], bytes]


@dataclass
class _Queue:
    """One sender's, by nonce. `nonce` is the account's own; `delegated` whether others may move it (EIP-7702)."""

    nonce: int
    delegated: bool
    waiting: dict[int, Transaction] = field(default_factory=dict)

    def run(self) -> Iterator[Transaction]:
        """Those without a gap before them."""
        for nonce in itertools.count(self.nonce):
            if nonce not in self.waiting:
                return
            yield self.waiting[nonce]


class Pool:
    """Not safe for threads: the ledger's lock stands before it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._queues: dict[bytes, _Queue] = {}
        self._known: dict[bytes, tuple[Transaction, int]] = {}  # by hash, with the order of arrival
        self._arrivals = itertools.count()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, digest: bytes) -> Transaction | None:
        found = self._known.get(digest)
        return found[0] if found else None

    # Taking one in

    def add(self, tx: Transaction, ground: Ground) -> list[Transaction]:
        """Returns those that left for it: the one that it replaces, or the worst of a full pool. Raises Invalid."""
        if tx.hash in self._known:
            raise Invalid("already known")
        check_offer(tx, ground.chain_id, ground.fork, ground.gas_limit)
        account, code = ground.account(tx.sender), ground.code(tx.sender)
        nonce, balance = (account.nonce, account.balance) if account else (0, 0)
        check_sender(tx, nonce, code)
        self._check_price(tx, ground)
        queue = self._queues.get(tx.sender) or _Queue(nonce, code.startswith(DELEGATION))
        queue.nonce, queue.delegated = nonce, code.startswith(DELEGATION)
        old = queue.waiting.get(tx.nonce)
        self._check_place(tx, queue, old)
        self._check_funds(tx, queue, old, balance)
        leaving = [old] if old else self._make_room(tx, queue, ground)
        self.remove([one.hash for one in leaving])
        self._queues.setdefault(tx.sender, queue).waiting[tx.nonce] = tx
        self._known[tx.hash] = (tx, next(self._arrivals))
        self._bytes += len(tx.raw)
        return leaving

    def _check_price(self, tx: Transaction, ground: Ground) -> None:
        if tx.max_priority_fee < self.limits.least_tip:
            least = self.limits.least_tip
            raise Invalid(f"transaction underpriced: gas tip cap {tx.max_priority_fee}, minimum needed {least}")
        if tx.max_fee < ground.base_fee:
            raise too_cheap(tx, ground.base_fee)

    def _check_place(self, tx: Transaction, queue: _Queue, old: Transaction | None) -> None:
        if queue.delegated and tx.nonce > queue.nonce:
            raise Invalid("gapped-nonce tx from delegated accounts")  # others may empty it while this waits
        if tx.nonce >= queue.nonce + self.limits.per_sender:
            raise Invalid(f"nonce too high: address 0x{tx.sender.hex()}, tx: {tx.nonce} state: {queue.nonce}")
        if old is None:
            return
        for offered, before in ((tx.max_fee, old.max_fee), (tx.max_priority_fee, old.max_priority_fee)):
            if offered * 100 < before * (100 + self.limits.bump):
                raise Invalid("replacement transaction underpriced")

    def _check_funds(self, tx: Transaction, queue: _Queue, old: Transaction | None, balance: int) -> None:
        if balance < cost(tx):
            raise short(tx, balance, cost(tx))
        others = sum(cost(one) for one in queue.waiting.values()) - (cost(old) if old else 0)
        if balance < others + cost(tx):
            over = others + cost(tx) - balance
            raise Invalid(
                f"insufficient funds for gas * price + value: balance {balance}, queued cost {others}, "
                f"tx cost {cost(tx)}, overshot {over}"
            )

    def _make_room(self, tx: Transaction, queue: _Queue, ground: Ground) -> list[Transaction]:
        """Who has to go, worst first. Only the last of a sender's may, or it would leave a gap."""
        if tx.nonce == queue.nonce:
            return []  # it goes into a block now
        leaving: list[Transaction] = []
        count, size = len(self._known) + 1, self._bytes + len(tx.raw)
        while count > self.limits.transactions or size > self.limits.bytes:
            gone = {one.hash for one in leaving}
            worst = min(
                (
                    last
                    for address, other in self._queues.items()
                    if address != tx.sender
                    for last in [_last(other, gone)]
                    if last is not None
                ),
                key=lambda one: (_tip(one, ground.base_fee), -self._known[one.hash][1]),
                default=None,
            )
            if worst is None or _tip(worst, ground.base_fee) >= _tip(tx, ground.base_fee):
                raise Invalid("transaction underpriced: txpool is full")
            leaving.append(worst)
            count, size = count - 1, size - len(worst.raw)
        return leaving

    # Letting them go

    def remove(self, digests: Collection[bytes]) -> None:
        for digest in digests:
            found = self._known.pop(digest, None)
            if found is None:
                continue
            tx = found[0]
            self._bytes -= len(tx.raw)
            queue = self._queues[tx.sender]
            del queue.waiting[tx.nonce]
            if not queue.waiting:
                del self._queues[tx.sender]

    def settle(self, ground: Ground, touched: Collection[bytes] | None) -> list[Transaction]:
        """After a block: forget what has become impossible, and return it. `touched` are the senders of the block, None
        for anyone: of others an account's nonce stays and its balance cannot fall, unless it is delegated.
        """
        lost: list[Transaction] = []
        for address, queue in self._queues.items():
            if touched is not None and address not in touched and not queue.delegated:
                continue
            account, code = ground.account(address), ground.code(address)
            queue.nonce, left = (account.nonce, account.balance) if account else (0, 0)
            queue.delegated = code.startswith(DELEGATION)
            for nonce in sorted(queue.waiting):
                tx = queue.waiting[nonce]
                if nonce >= queue.nonce:
                    left -= cost(tx)
                if nonce < queue.nonce or left < 0 or (code and not queue.delegated):
                    lost.append(tx)
        self.remove([tx.hash for tx in lost])
        return lost

    # What a block may take, and what is there

    def ready(self, base_fee: int) -> list[Transaction]:
        """In the order of a block: best tip first, then first come, each sender's by nonce."""
        runs = [iter(queue.run()) for queue in self._queues.values() if queue.nonce in queue.waiting]
        heap: list[tuple[int, int, int]] = []
        heads: dict[int, Transaction] = {}

        def advance(which: int) -> None:
            tx = next(runs[which], None)
            if tx is not None and tx.max_fee >= base_fee:
                heads[which] = tx
                heapq.heappush(heap, (-_tip(tx, base_fee), self._known[tx.hash][1], which))

        for which in range(len(runs)):
            advance(which)
        ordered = []
        while heap:
            which = heapq.heappop(heap)[2]
            ordered.append(heads[which])
            advance(which)
        return ordered

    def next_nonce(self, address: bytes, nonce: int) -> int:
        """What a sender's next transaction should have, after those that wait without a gap; `nonce` is the state's."""
        queue = self._queues.get(address)
        return nonce if queue is None else queue.nonce + sum(1 for _ in queue.run())

    def content(self) -> tuple[Content, Content]:
        """(pending, queued) by sender and nonce: without a gap before them, and with one."""
        pending: Content = {}
        queued: Content = {}
        for address, queue in self._queues.items():
            running = {tx.nonce: tx for tx in queue.run()}
            rest = {nonce: queue.waiting[nonce] for nonce in sorted(queue.waiting) if nonce not in running}
            for part, found in ((pending, running), (queued, rest)):
                if found:
                    part[address] = found
        return pending, queued


def _tip(tx: Transaction, base_fee: int) -> int:
    return min(tx.max_priority_fee, tx.max_fee - base_fee)


def _last(queue: _Queue, gone: Collection[bytes]) -> Transaction | None:
    left = [nonce for nonce, tx in queue.waiting.items() if tx.hash not in gone]
    return queue.waiting[max(left)] if left else None
