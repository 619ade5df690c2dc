"""What Home and Earnings share: days of earnings without gaps, and the words for a zero."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from core.units import WEI_PER_OPEN, Amount
from core.values import EarningsView, PayoutView, SettlementView
from ui.text import amount, until, word

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


def settlement_words(view: SettlementView) -> str:
    """Where it stands, in a few words."""
    if view.state == "open":
        return f"Waiting for objections until {until(view.claimable_at)}"
    if view.state == "void":
        return f"Void: {word('void', str(view.void_kind or 0))}"
    return word("settlement", view.state)


def payout_words(payout: PayoutView) -> str:
    """Where one account's part stands, in a few words."""
    if payout.state == "waiting":
        return f"Waiting for objections until {until(payout.until)}"
    if payout.state == "refused":
        return f"Refused: {refusal_words(payout.reason)}. Its calls wait to be settled again"
    return zero_words(payout.reason) if payout.state == "nothing" else word("payout", payout.state)


def refusal_words(reason: str) -> str:
    """Why the ledger did not take a settlement; a contract's or a node's own words where there are none for it."""
    return word("refused", reason)


def zero_words(reason: str) -> str:
    """Why a sum is zero."""
    return word("zero", reason) if reason else ""
