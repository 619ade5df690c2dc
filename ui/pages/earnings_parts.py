"""What Home and Earnings share: days of earnings without gaps, and the figure of a tile."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from core.units import WEI_PER_OPEN, Amount
from core.values import EarningsView
from ui.text import amount

_DAY = 86_400
_FEWEST, _MOST = 14, 366  # days in the chart


def daily(view: EarningsView, now: float | None = None) -> list[tuple[float, float]]:
    """(first second of the UTC day, OPEN) for every day up to today: a day without a settlement earned nothing."""
    if not view.by_day:
        return []
    sums = dict(view.by_day)
    today = int(time.time() if now is None else now) // _DAY * _DAY
    last = max(today, *sums)
    shown = min(_MOST, max(_FEWEST, (last - min(sums)) // _DAY + 1))
    first = last - (shown - 1) * _DAY
    return [(float(day), sums.get(day, 0) / WEI_PER_OPEN) for day in range(first, last + _DAY, _DAY)]


def day_words(seconds: float) -> str:
    """A day of the chart: days begin at midnight UTC, as the ledger's times do."""
    day = datetime.fromtimestamp(seconds, UTC)
    return f"{day.day} {day:%b}"


def figure(value: Amount) -> str:
    """A sum for a tile: a true zero is "0", not "0.0000"."""
    return amount(value) if value else "0"
