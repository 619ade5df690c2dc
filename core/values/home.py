"""What happened, and what waits for the person."""

from __future__ import annotations

from dataclasses import dataclass

from core.units import Amount
from core.values.earnings import EarningsView
from core.values.models import ModelView
from core.values.shared import Known, OlderView


@dataclass(frozen=True)
class Need:
    """Something that waits for the person. `what` is a key, `page` where it is done, `number` how many."""

    what: str
    page: str
    number: int
    target: int | str | None = None


@dataclass(frozen=True)
class SinceView:
    """What came since the profile was last open, at `time`: calls made here, OPEN earned, decisions on own records."""

    time: int
    calls: int
    earned: Amount
    accepted: int
    refused: int

    @property
    def anything(self) -> bool:
        return bool(self.calls or self.earned or self.accepted or self.refused)


@dataclass(frozen=True)
class HomeView:
    """`since` is None when the profile is open for the first time."""

    earnings: EarningsView
    balance: Known[Amount]
    contributions: tuple[tuple[str, int], ...]  # state, records
    models: tuple[ModelView, ...]
    needs: tuple[Need, ...]
    datanets: int
    calls: int
    older: OlderView | None = None
    since: SinceView | None = None
