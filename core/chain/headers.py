"""The chain of headers: followed by parent hashes from what we pinned or last knew, never simply taken."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from core.chain.network import Network
from core.chain.store import ChainStore
from core.chain.transport import Transport
from core.chain.trust import Reason, Trust, TrustState
from core.clock import Clock
from core.errors import HeadLost, NodeUnreachable, OpenLedgerError, ProofMismatch, WrongChain
from core.eth import hexdata
from core.eth.header import Header, next_base_fee
from core.jobs import Progress

_CHUNK = 128  # headers asked for and stored at once
_MAX_GAP = 2048  # blocks that a chain without a pinned genesis is followed; beyond, it is taken up anew


class HeaderChain:
    """One chain's headers, in the store. Threads may share it; one of them syncs at a time.

    A sync that fails leaves the last good head in place and marks it stale, with the time and the reason.
    """

    def __init__(self, transport: Transport, network: Network, store: ChainStore, clock: Clock) -> None:
        self._transport = transport
        self._network = network
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._identified = False
        self._head = store.head()
        self._stale: tuple[Reason, int] | None = None

    @property
    def head(self) -> Header | None:
        return self._head

    def trust(self, block: int) -> Trust:
        """Of what is proven against the header of `block`."""
        if self._stale is not None:
            return Trust(TrustState.STALE, self._stale[0], block, self._stale[1])
        if self._network.genesis_hash is None:
            return Trust(TrustState.UNVERIFIED, Reason.SAME_ENDPOINT, block)
        return Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, block)

    def sync(self, progress: Progress, *, accept_rollback: bool) -> Header:
        """The node's head, reached from ours. Raises WrongChain, HeadLost, NodeUnreachable, RpcError, ProofError.

        `accept_rollback` is the person's word that a node set back (an older copy restored) is to be followed.
        """
        with self._lock:
            try:
                self._identify()
                head = self._advance(progress, accept_rollback=accept_rollback)
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
        self._identified = True

    def _advance(self, progress: Progress, *, accept_rollback: bool) -> Header:
        target = self._fetch(None)
        known = self._head
        if known is None or (self._network.genesis_hash is None and target.number - known.number > _MAX_GAP):
            return self._take_up(target)
        lost = _lost(known, target)
        if lost is not None:
            if not accept_rollback:
                raise HeadLost(reason=lost, known=known.number, found=target.number)
            known = self._go_back(known, target)
            if known is None:
                return self._take_up(target)
        try:
            return self._follow(known, target, progress)
        except HeadLost:
            if not accept_rollback or lost is not None:
                raise
        known = self._go_back(known, target)
        return self._take_up(target) if known is None else self._follow(known, target, progress)

    def _take_up(self, target: Header) -> Header:
        """Begin at the endpoint's head: its word, and said so (`trust`)."""
        self._store.drop_above(-1)
        self._append([target])
        return target

    def _follow(self, known: Header, target: Header, progress: Progress) -> Header:
        parent = known
        for headers in self._between(known.number, target):
            for header in headers:
                _check_child(parent, header, known, pinned=self._network.local)
                parent = header
            self._append(headers)
            progress.step("headers", parent.number - known.number, target.number - known.number)
        if parent.hash != target.hash:
            raise ProofMismatch(what="head", expected=target.hash.hex(), found=parent.hash.hex())
        return target

    def _between(self, known: int, target: Header) -> Iterator[list[Header]]:
        """The headers after `known` up to the target, in chunks."""
        for start in range(known + 1, target.number, _CHUNK):
            numbers = range(start, min(start + _CHUNK, target.number))
            blocks = self._transport.request_many(
                [("eth_getBlockByNumber", [hexdata.to_quantity(number), False]) for number in numbers]
            )
            yield [_numbered(Header.from_rpc(block), number) for number, block in zip(numbers, blocks, strict=True)]
        if target.number > known:
            yield [target]

    def _go_back(self, known: Header, target: Header) -> Header | None:
        """Forget what the node no longer has; the newest header we share, or None.

        Who agrees on a block agrees on all below it, so halving finds it.
        """
        first = self._store.first()
        low, high = first.number if first else 0, min(known.number, target.number)
        shared: Header | None = None
        while low <= high:
            middle = (low + high) // 2
            ours = self._store.header(middle)
            if ours is not None and ours.hash == self._fetch(middle).hash:
                shared, low = ours, middle + 1
            else:
                high = middle - 1
        self._store.drop_above(shared.number if shared else -1)
        self._head = shared
        return shared

    def _append(self, headers: list[Header]) -> None:
        self._store.add_headers(headers)
        self._head = headers[-1]

    def _fetch(self, number: int | None) -> Header:
        tag = "latest" if number is None else hexdata.to_quantity(number)
        block = self._transport.request("eth_getBlockByNumber", [tag, False])
        if block is None:
            raise ProofMismatch(what="block", expected=tag, found=None)
        header = Header.from_rpc(block)
        return header if number is None else _numbered(header, number)


def _numbered(header: Header, number: int) -> Header:
    if header.number != number:
        raise ProofMismatch(what="block number", expected=number, found=header.number)
    return header


def _lost(known: Header, target: Header) -> str | None:
    if target.number < known.number:
        return "rolled back"
    if target.number == known.number and target.hash != known.hash:
        return "reorganised"
    return None


def _check_child(parent: Header, header: Header, known: Header, *, pinned: bool) -> None:
    """Whether `header` can follow `parent`. On our own ledger the base fee must follow too (EIP-1559)."""
    if header.parent_hash != parent.hash:
        if parent is known:
            raise HeadLost(reason="reorganised", known=known.number, found=header.number)
        raise ProofMismatch(what="parent hash", expected=parent.hash.hex(), found=header.parent_hash.hex())
    _numbered(header, parent.number + 1)
    if header.timestamp <= parent.timestamp:
        raise ProofMismatch(what="timestamp", expected=parent.timestamp + 1, found=header.timestamp)
    if header.gas_used > header.gas_limit:
        raise ProofMismatch(what="gas used", expected=header.gas_limit, found=header.gas_used)
    if pinned and header.base_fee != next_base_fee(parent):
        raise ProofMismatch(what="base fee", expected=next_base_fee(parent), found=header.base_fee)


def _why(error: OpenLedgerError) -> Reason:
    if isinstance(error, NodeUnreachable):
        return Reason.UNREACHABLE
    return Reason.HEAD_LOST if isinstance(error, HeadLost) else Reason.REFUSED
