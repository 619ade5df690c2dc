"""Where payments and settlements stand, in words: for the screens and the terminal."""

from __future__ import annotations

from core.values import PayoutView, SettlementView
from ui.text import until, word


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
