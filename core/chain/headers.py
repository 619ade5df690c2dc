"""The chain of headers: followed by parent hashes from what we pinned or last knew, never simply taken."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence

from core.chain.header_rules import check_child, check_head, check_pinned, check_reach, numbered
from core.chain.network import Network
from core.chain.quorum import QuorumTransport, Report
from core.chain.store import ChainStore, Withdrawn
from core.chain.transport import Transport
from core.chain.trust import Reason, Trust, TrustState
from core.clock import Clock
from core.errors import (
    BadInput,
    HeadLost,
    NodeUnreachable,
    NoQuorum,
    OpenLedgerError,
    ProofMismatch,
    TooLarge,
    WrongChain,
)
from core.eth import hexdata
from core.eth.header import Header
from core.jobs import Progress, silent

_CHUNK = 128  # headers asked for and stored at once
_MAX_GAP = 2048  # blocks that a chain without a pinned genesis is followed; beyond, it is taken up anew
MAX_SPAN = 16_384  # headers that are followed from a checkpoint, or reached back for, at once


class HeaderChain:
    """One chain's headers, in the store. Threads may share it; one of them syncs at a time.

    A sync that fails leaves the last good head in place and marks it stale, with the time and the reason. A branch is
    given up only for another one that hangs together, and who subscribed is told what it took with it.
    """

    def __init__(self, transport: Transport, network: Network, store: ChainStore, clock: Clock) -> None:
        self._transport = transport
        self._network = network
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._identified = False
        self._head = store.head()
        self._linked = self._reaches_checkpoint()
        self._stale: tuple[Reason, int] | None = None
        self._listeners: list[Callable[[Withdrawn], None]] = []

    @property
    def head(self) -> Header | None:
        return self._head

    @property
    def report(self) -> Report | None:
        """Which endpoints agreed at the last look; None with a single one."""
        return self._transport.report if isinstance(self._transport, QuorumTransport) else None

    def subscribe(self, listener: Callable[[Withdrawn], None]) -> Callable[[], None]:
        """`listener` hears of every block given up, on the thread that syncs, once the store has none of it any more.

        The answer ends the subscription.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def trust(self, block: int) -> Trust:
        """Of what is proven against the header of `block`."""
        head, network = self._head, self._network
        if self._stale is not None:
            return Trust(TrustState.STALE, self._stale[0], block, self._stale[1])
        if head is not None and network.max_age is not None and self._clock.now() - head.timestamp > network.max_age:
            return Trust(TrustState.STALE, Reason.OLD_HEAD, block, head.timestamp)
        if network.local:
            return Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, block)
        if self._linked and network.checkpoint is not None and block <= network.checkpoint.number:
            return Trust(TrustState.PROVEN, Reason.CHECKPOINT, block)
        if isinstance(self._transport, QuorumTransport):
            return Trust(TrustState.QUORUM, Reason.AGREED, block)
        if network.genesis_hash is not None:
            return Trust(TrustState.PROVEN, Reason.ONE_ENDPOINT, block)
        return Trust(TrustState.UNVERIFIED, Reason.BEYOND_CHECKPOINT if self._linked else Reason.SAME_ENDPOINT, block)

    def sync(self, progress: Progress, *, accept_rollback: bool) -> Header:
        """The node's head, reached from ours. Raises WrongChain, HeadLost, NoQuorum, NodeUnreachable, ProofError.

        `accept_rollback` is the person's word that a node set back (an older copy restored) is to be followed.
        """
        with self._lock:
            try:
                agreed = self._transport.agreed_head() if isinstance(self._transport, QuorumTransport) else None
                self._identify()
                target = agreed or self._fetch(None)
                check_head(target, self._network, self._clock.now())
                head = self._advance(target, progress, accept_rollback=accept_rollback)
                self._linked = self._reaches_checkpoint()
            except OpenLedgerError as error:
                self._identified = False
                if self._stale is None and not progress.cancelled:
                    self._stale = (_why(error), self._clock.now())
                raise
            self._stale = None
            return head

    def check_chain_id(self) -> None:
        """Raises WrongChain when the node now says another chain id."""
        found = hexdata.quantity(self._transport.request("eth_chainId"), "chain id", bits=64)
        if found != self._network.chain_id:
            raise WrongChain(expected=self._network.chain_id, found=found)

    def _identify(self) -> None:
        if self._identified:
            return
        self.check_chain_id()
        pinned = self._network.genesis_hash
        if pinned is not None:
            genesis = self._fetch(0)
            if genesis.hash != pinned:
                raise WrongChain(expected=pinned.hex(), found=genesis.hash.hex())
            first = self._store.first()
            if first is not None and first.hash != pinned:  # kept for another ledger of the same chain id
                raise WrongChain(expected=pinned.hex(), found=first.hash.hex())
            if first is None:
                self._append([genesis])
        checkpoint = self._network.checkpoint
        if checkpoint is not None:
            check_pinned(self._fetch(checkpoint.number), self._network)
        self._identified = True

    def _reaches_checkpoint(self) -> bool:
        """Whether hashes lead from our head down to the checkpoint."""
        checkpoint = self._network.checkpoint
        held = None if checkpoint is None else self._store.header(checkpoint.number)
        return checkpoint is not None and held is not None and held.hash == checkpoint.hash

    # Forward

    def _advance(self, target: Header, progress: Progress, *, accept_rollback: bool) -> Header:
        known = self._head
        if known is None:
            return self._begin(target, progress)
        if self._network.genesis_hash is None and target.number - known.number > self._reach():
            return self._begin(target, progress)
        held = self._store.header(target.number) if target.number <= known.number else None
        if held is not None and held.hash == target.hash:
            behind = known.number - target.number
            if behind <= self._network.reorg_depth:  # the endpoint lags: it has nothing against our head
                return known
            if not accept_rollback:
                raise HeadLost(reason="rolled back", known=known.number, found=target.number)
            return self._replace(target, [])
        reason = "rolled back" if target.number < known.number else "reorganised"
        lost = HeadLost(reason=reason, known=known.number, found=target.number)
        if target.number > known.number:
            try:
                return self._follow(known, target, progress)
            except HeadLost as error:
                lost = error
        return self._reorganise(known, target, progress, lost, accept_rollback=accept_rollback)

    def _reach(self) -> int:
        return MAX_SPAN if self._linked else _MAX_GAP

    def _begin(self, target: Header, progress: Progress) -> Header:
        """From the checkpoint where that is near enough, else at the endpoint's head: its word, and said so."""
        checkpoint = self._network.checkpoint
        if checkpoint is not None:
            if target.number < checkpoint.number:
                raise HeadLost(reason="rolled back", known=checkpoint.number, found=target.number)
            if target.number - checkpoint.number <= MAX_SPAN:
                start = self._fetch(checkpoint.number)
                check_pinned(start, self._network)
                headers = list(itertools.chain([start], *self._linked_headers(start, target, progress)))
                return self._replace(None, headers, tell=False)
        check_pinned(target, self._network)
        depth = min(self._network.reorg_depth, target.number)  # below it there is what a branch may leave from
        before = self._parents_of(target, target.number - depth) if depth else []
        return self._replace(None, [*before, target], tell=False)

    def _follow(self, known: Header, target: Header, progress: Progress) -> Header:
        """Kept piece by piece from a pinned genesis, so that a cancel loses nothing; else whole or not at all."""
        if self._network.genesis_hash is None:
            self._append(list(itertools.chain(*self._linked_headers(known, target, progress))))
        else:
            for headers in self._linked_headers(known, target, progress):
                self._append(headers)
        return target

    def _linked_headers(self, known: Header, target: Header, progress: Progress) -> Iterator[list[Header]]:
        """The headers after `known` up to the target, in chunks, each checked to follow the one before."""
        parent = known
        if target.number > known.number:
            check_reach(known, target)
        for start in range(known.number + 1, target.number + 1, _CHUNK):
            headers = self._fetch_many(range(start, min(start + _CHUNK, target.number)))
            if start + _CHUNK > target.number:
                headers.append(target)
            for header in headers:
                check_child(parent, header, self._network, known=known)
                parent = header
            yield headers
            progress.step("headers", parent.number - known.number, target.number - known.number)

    # Branches

    def _reorganise(
        self, known: Header, target: Header, progress: Progress, lost: HeadLost, *, accept_rollback: bool
    ) -> Header:
        """Onto the node's branch, where it leaves ours no deeper than allowed; else `lost` is raised."""
        first, checkpoint = self._store.first(), self._network.checkpoint
        deepest = first.number if first else 0
        if not accept_rollback:
            deepest = max(deepest, known.number - self._network.reorg_depth)
        if self._linked and checkpoint is not None:
            deepest = max(deepest, checkpoint.number)
        shared = self._shared(deepest, min(known.number, target.number))
        if shared is None:
            if not accept_rollback or self._linked:
                raise lost
            return self._replace(None, [target])
        end = min(target.number, known.number + _CHUNK)
        branch: list[Header] = []
        if target.number > shared.number:
            reached = target if end == target.number else self._fetch(end)
            branch = list(itertools.chain(*self._linked_headers(shared, reached, progress)))
        head = self._replace(shared, branch)
        return self._follow(head, target, progress) if head.number < target.number else head

    def _shared(self, low: int, high: int) -> Header | None:
        """The newest header that both have. Who agrees on a block agrees on all below it, so halving finds it."""
        shared: Header | None = None
        while low <= high:
            middle = (low + high) // 2
            ours = self._store.header(middle)
            if ours is not None and ours.hash == self._fetch(middle).hash:
                shared, low = ours, middle + 1
            else:
                high = middle - 1
        return shared

    def _replace(self, shared: Header | None, headers: Sequence[Header], *, tell: bool = True) -> Header:
        """Put `headers` above `shared` (None: in place of all), in one step, and say what went."""
        withdrawn = self._store.replace_above(shared.number if shared else -1, headers)
        head = headers[-1] if headers else shared
        assert head is not None
        self._head = head
        if withdrawn is not None and tell:
            for listener in tuple(self._listeners):
                listener(withdrawn)
        return head

    # Backward

    def reach_back(self, first: int, progress: Progress | None = None) -> None:
        """Have every header from block `first` on, each the parent of the next. Cancel keeps what is done.

        Raises BadInput when we hold none yet, TooLarge beyond MAX_SPAN, ProofMismatch when one is not the parent.
        """
        with self._lock:
            child = self._store.first()
            if child is None or first < 0:
                raise BadInput(field="blocks", reason="outside the known headers", value=first)
            if child.number - first > MAX_SPAN:
                raise TooLarge(what="blocks", found=child.number - first, limit=MAX_SPAN)
            total = child.number - first
            while child.number > first:
                headers = self._parents_of(child, max(first, child.number - _CHUNK))
                child = headers[0]
                self._store.add_headers(headers)
                (progress or silent()).step("headers", total - (child.number - first), total)
            self._linked = self._reaches_checkpoint()

    def _parents_of(self, child: Header, first: int) -> list[Header]:
        """From block `first` up to the parent of `child`, each the parent of the next."""
        headers = self._fetch_many(range(first, child.number))
        for header in reversed(headers):
            if header.hash != child.parent_hash:
                raise ProofMismatch(what="parent", expected=child.parent_hash.hex(), found=header.hash.hex())
            check_pinned(header, self._network)
            child = header
        return headers

    # Asking

    def _append(self, headers: Sequence[Header]) -> None:
        if headers:
            self._store.add_headers(headers)
            self._head = headers[-1]

    def _fetch(self, number: int | None) -> Header:
        tag = "latest" if number is None else hexdata.to_quantity(number)
        block = self._transport.request("eth_getBlockByNumber", [tag, False])
        if block is None:
            raise ProofMismatch(what="block", expected=tag, found=None)
        header = Header.from_rpc(block)
        return header if number is None else numbered(header, number)

    def _fetch_many(self, numbers: range) -> list[Header]:
        blocks = self._transport.request_many(
            [("eth_getBlockByNumber", [hexdata.to_quantity(number), False]) for number in numbers]
        )
        return [numbered(Header.from_rpc(block), number) for number, block in zip(numbers, blocks, strict=True)]


def _why(error: OpenLedgerError) -> Reason:
    if isinstance(error, NodeUnreachable):
        return Reason.UNREACHABLE
    if isinstance(error, NoQuorum):
        return Reason.NO_QUORUM
    return Reason.HEAD_LOST if isinstance(error, HeadLost) else Reason.REFUSED
