"""A profile that lives on another's node opens whatever became of that node; one with a node of its own says it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from core.client.joining import first_sync
from core.errors import BadEncoding, HeadLost, NodeError, NodeUnreachable, ProofError, WrongChain
from core.jobs import silent

FAULTS = [
    NodeUnreachable(endpoint="node", reason="closed"),
    WrongChain(expected=1, found=2),
    HeadLost(reason="rolled back", known=9, found=5),
    BadEncoding(what="answer", reason="not JSON"),
]


class Light:
    def __init__(self, fault: Exception, block: int | None) -> None:
        self.fault, self.block = fault, block

    def sync(self, *_: object) -> Any:
        raise self.fault

    def head(self) -> Any:
        return SimpleNamespace(value=SimpleNamespace(number=self.block)) if self.block is not None else self.sync()


JOINED = {"joined": {"checkpoint": [9, "0x"]}}


def sync(pinned: dict[str, Any], light: Light) -> None:
    first_sync(SimpleNamespace(pinned=pinned, light=light), silent())  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_joined_profile_opens_on_what_was_proven_last(fault: Exception) -> None:
    sync(JOINED, Light(fault, 9))
    with pytest.raises((NodeError, ProofError)):  # nothing was, yet
        sync(JOINED, Light(fault, None))
    with pytest.raises((NodeError, ProofError)):
        sync({}, Light(fault, 9))


def test_who_never_reached_the_ledger_joins_nothing_that_does_not_hold() -> None:
    with pytest.raises(HeadLost):
        sync(JOINED, Light(HeadLost(reason="rolled back", known=9, found=5), 0))
