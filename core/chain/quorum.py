"""Several endpoints of one chain, of which a majority must name the same block before it is believed to be the head.

What they agree on is a block hash at one height; all else is still proven against that block. A minority that lies,
lags, is slow or dead costs nothing but its name on the network page; a lying majority is believed.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from core.chain.transport import Call, Transport
from core.errors import BadInput, NodeError, NodeUnreachable, NoQuorum, OpenLedgerError, ProofError
from core.eth import hexdata
from core.eth.header import Header

T = TypeVar("T")
MAX_ENDPOINTS = 16
PATIENCE = 10.0  # seconds for one round of questions


class Standing(StrEnum):
    """Of one endpoint, at the last look. Keys; `ui` words them."""

    AGREES = "agrees"
    BEHIND = "behind"  # does not have the block that the others agree on
    DISAGREES = "disagrees"  # has another block at that height
    ALONE = "alone"  # too few have the same block as it; nothing was agreed on
    WRONG_CHAIN = "wrong chain"
    REFUSED = "refused"  # what it answered does not hold
    SLOW = "slow"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class EndpointState:
    """`height` is what it calls its newest block, None where it said nothing that can be used."""

    endpoint: str
    standing: Standing
    height: int | None = None


@dataclass(frozen=True)
class Report:
    """What the last look at all endpoints found; `head` is None when too few agreed."""

    needed: int
    endpoints: tuple[EndpointState, ...]
    head: Header | None = None

    @property
    def agreeing(self) -> int:
        return sum(entry.standing is Standing.AGREES for entry in self.endpoints)


class QuorumTransport:
    """A transport over `transports`, `needed` of which must agree on the head: more than half of them.

    Questions go to one that agreed, and to the next when it is unreachable. Threads may share it.
    """

    def __init__(
        self, transports: Sequence[Transport], needed: int, chain_id: int, *, patience: float = PATIENCE
    ) -> None:
        if not len(transports) / 2 < needed <= len(transports) <= MAX_ENDPOINTS:
            raise BadInput(field="quorum", reason="not a majority", value=f"{needed} of {len(transports)}")
        names = [transport.endpoint for transport in transports]
        if len(set(names)) < len(names):
            raise BadInput(field="endpoint", reason="twice", value=names[0])
        self.needed = needed
        self._transports = tuple(transports)
        self._chain_id = chain_id
        self._patience = patience
        self._lock = threading.Lock()
        self._busy: dict[int, threading.Thread] = {}
        self._report = Report(needed, tuple(EndpointState(name, Standing.UNREACHABLE) for name in names))
        self._order: tuple[int, ...] = tuple(range(len(transports)))

    @property
    def endpoint(self) -> str:
        return f"{self.needed} of {len(self._transports)} endpoints"

    @property
    def report(self) -> Report:
        return self._report

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        return self._first(lambda transport: transport.request(method, params))

    def request_many(self, calls: Sequence[Call]) -> list[Any]:
        return self._first(lambda transport: transport.request_many(calls))

    def _first(self, ask: Callable[[Transport], T]) -> T:
        """Of those that agreed at the last look, the first that can be reached."""
        last: NodeUnreachable | None = None
        for at in self._order:
            try:
                return ask(self._transports[at])
            except NodeUnreachable as error:
                last = error
        raise last or NodeUnreachable(endpoint=self.endpoint, reason="no quorum")

    # The head

    def agreed_head(self) -> Header:
        """The highest block that `needed` endpoints have in common. Raises NoQuorum, and says so in `report`."""
        with self._lock:
            newest = self._ask_all(range(len(self._transports)), self._newest)
            states = {at: _failed(found) for at, found in newest.items() if isinstance(found, OpenLedgerError)}
            heads = {at: found for at, found in newest.items() if isinstance(found, Header)}
            agreed, members, votes = self._agree(heads)
            return self._conclude(agreed, members, votes, heads, states)

    def _newest(self, transport: Transport) -> Header:
        found = hexdata.quantity(transport.request("eth_chainId"), "chain id", bits=64)
        if found != self._chain_id:
            raise _OtherChain
        return _header(transport, "latest")

    def _agree(self, heads: dict[int, Header]) -> tuple[Header | None, set[int], dict[int, Header | OpenLedgerError]]:
        """The block agreed on, who has it, and what everyone who was asked has at that height.

        Begins at the highest block that enough claim to have; whoever invents height only makes it look lower.
        """
        heights = sorted((head.number for head in heads.values()), reverse=True)
        votes: dict[int, Header | OpenLedgerError] = {}
        for height in dict.fromkeys(heights[self.needed - 1 :]):
            votes = {at: head for at, head in heads.items() if head.number == height}
            taller = [at for at, head in heads.items() if head.number > height]
            votes |= self._ask_all(taller, partial(_header, height=height))
            for vote in votes.values():
                members = {at for at, other in votes.items() if _same(vote, other)}
                if isinstance(vote, Header) and len(members) >= self.needed:
                    return vote, members, votes
        return None, set(), votes

    def _conclude(
        self,
        agreed: Header | None,
        members: set[int],
        votes: dict[int, Header | OpenLedgerError],
        heads: dict[int, Header],
        states: dict[int, Standing],
    ) -> Header:
        for at in heads:
            vote = votes.get(at)
            if at in members:
                states[at] = Standing.AGREES
            elif isinstance(vote, OpenLedgerError):
                states[at] = _failed(vote)
            elif agreed is None:
                states[at] = Standing.ALONE
            else:
                states[at] = Standing.BEHIND if vote is None else Standing.DISAGREES
        self._order = tuple(sorted(members))
        self._report = Report(
            self.needed,
            tuple(
                EndpointState(transport.endpoint, states[at], heads[at].number if at in heads else None)
                for at, transport in enumerate(self._transports)
            ),
            agreed,
        )
        if agreed is None:
            agreeing = max(self._most(votes), 1 if heads else 0)
            raise NoQuorum(needed=self.needed, agreeing=agreeing, endpoints=len(self._transports))
        return agreed

    @staticmethod
    def _most(votes: dict[int, Header | OpenLedgerError]) -> int:
        counts = [sum(_same(vote, other) for other in votes.values()) for vote in votes.values()]
        return max(counts, default=0)

    # Asking several at once

    def _ask_all(
        self, who: Sequence[int] | range, ask: Callable[[Transport], Header]
    ) -> dict[int, Header | OpenLedgerError]:
        """Each one's answer or failure; who has not answered in time is slow, and is left alone until it has."""
        answers: queue.SimpleQueue[tuple[int, Header | OpenLedgerError]] = queue.SimpleQueue()
        found: dict[int, Header | OpenLedgerError] = dict.fromkeys(who, _TOO_SLOW)
        waiting = 0
        for at in who:
            if at in self._busy and self._busy[at].is_alive():
                continue
            thread = threading.Thread(target=self._ask_one, args=(at, ask, answers), daemon=True, name=f"endpoint-{at}")
            self._busy[at] = thread
            thread.start()
            waiting += 1
        deadline = time.monotonic() + self._patience
        while waiting:
            try:
                at, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            found[at] = answer
            waiting -= 1
        return found

    def _ask_one(
        self,
        at: int,
        ask: Callable[[Transport], Header],
        answers: queue.SimpleQueue[tuple[int, Header | OpenLedgerError]],
    ) -> None:
        try:
            answer: Header | OpenLedgerError = ask(self._transports[at])
        except OpenLedgerError as error:
            answer = error
        except Exception as error:  # noqa: BLE001 - one endpoint must not take the others down
            answer = NodeUnreachable(endpoint=self._transports[at].endpoint, reason=type(error).__name__)
        answers.put((at, answer))


class _OtherChainError(NodeError):
    """It names another chain id."""


_OtherChain = _OtherChainError()
_TOO_SLOW = NodeUnreachable(endpoint="", reason="slow")


def _header(transport: Transport, height: int | str) -> Header:
    tag = height if isinstance(height, str) else hexdata.to_quantity(height)
    header = Header.from_rpc(transport.request("eth_getBlockByNumber", [tag, False]))
    if not isinstance(height, str) and header.number != height:
        raise ProofError(what="block number", expected=height, found=header.number)
    return header


def _same(vote: object, other: object) -> bool:
    return isinstance(vote, Header) and isinstance(other, Header) and vote.hash == other.hash


def _failed(error: OpenLedgerError) -> Standing:
    if error is _TOO_SLOW:
        return Standing.SLOW
    if isinstance(error, _OtherChainError):
        return Standing.WRONG_CHAIN
    return Standing.REFUSED if isinstance(error, ProofError) else Standing.UNREACHABLE
