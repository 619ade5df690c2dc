"""How far a value read from a node can be believed, and why: carried with every value, shown on every screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class TrustState(StrEnum):
    LOCAL = "local"  # we executed it ourselves
    PROVEN = "proven"  # by proof against a trusted header
    QUORUM = "quorum"  # by proof against a header that several endpoints agree on
    UNVERIFIED = "unverified"
    STALE = "stale"  # proven once, against a head that the node no longer confirms


class Reason(StrEnum):
    """Keys; `ui/text.py` words them."""

    PINNED_GENESIS = "pinned genesis"  # an unbroken chain of hashes from the genesis that we pinned
    ONE_ENDPOINT = "one endpoint"  # the same, but no one else was asked whether there is another such chain
    CHECKPOINT = "checkpoint"  # hashes lead from the block that the person pinned down to this one
    BEYOND_CHECKPOINT = "beyond checkpoint"  # built on the pinned block, and since then one endpoint's word
    SAME_ENDPOINT = "same endpoint"  # the header came from where the proof came from: consistent, not canonical
    AGREED = "agreed"  # as many endpoints as asked for have this header at this height
    NO_VERIFIER = "no verifier"  # nothing that we know of could prove it
    RULES = "rules"  # executed here on proven state, but by rules that this network may have left behind
    NO_STATE = "no state"  # the node gives no proof of what its execution would need
    TOO_LARGE = "too large"  # to execute here
    SIMULATOR = "simulator"  # the process that executes here cannot
    ABSENCE = "absence"  # the node says there is none, which it cannot prove
    HEAD_LOST = "head lost"  # the node no longer has the newest block that we saw
    OLD_HEAD = "old head"  # the newest block is older than this network's ever is
    NO_QUORUM = "no quorum"  # too few endpoints agree on a head
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # the node's last answer about its head did not hold


@dataclass(frozen=True)
class Trust:
    """`block` is the height that the value was proven at, `since` (seconds since 1970) when it became stale."""

    state: TrustState
    reason: Reason
    block: int | None = None
    since: int | None = None


@dataclass(frozen=True)
class Trusted(Generic[T]):
    """A value and how far it can be believed."""

    value: T
    trust: Trust

    def map(self, change: Callable[[T], U]) -> Trusted[U]:
        return Trusted(change(self.value), self.trust)


_ORDER = [TrustState.LOCAL, TrustState.PROVEN, TrustState.QUORUM, TrustState.STALE, TrustState.UNVERIFIED]


def weakest(*trusts: Trust) -> Trust:
    """What can be said of a value made from several: the least of them, at the oldest block."""
    worst = max(trusts, key=lambda trust: _ORDER.index(trust.state))
    blocks = [trust.block for trust in trusts if trust.block is not None]
    return replace(worst, block=min(blocks) if blocks else None)
