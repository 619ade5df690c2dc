"""What a file tells whoever gets it, in words: the window and the terminal say it before asking for a yes. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from ui.text import count, foreign, number

_RECORDS = (
    "•  the features, label, weight and contributor of every record of the release; features give back most "
    "of a text's words\n"
)
_CALLS = "•  the features, label, fee and time of every call of the settlement\n"
_NO_KEY = "\nIt holds no text, no key and no phrase. Give it only to people who may see the release."

PROOF = (
    "Whoever gets it can recompute the whole settlement without this program. To make that possible it discloses:\n\n"
    f"{_RECORDS}{_CALLS}•  the claim of a payment and the balances around it\n{_NO_KEY}"
)
ANSWER = (
    "Whoever gets it can recompute this answer and its whole settlement without this program. To make that possible it "
    f"discloses:\n\n{_RECORDS}{_CALLS}{_NO_KEY}"
)
WEIGHTS = (
    "Whoever gets it can work out the features and the weight of every record without this program. To make that "
    "possible it holds, in the open:\n\n"
    "•  every text of the release, with its label, its contributor and the salt of its commitment\n"
    "•  its features and weight, and the reason for it\n"
    "•  the model's package\n"
    "\nIt holds no key and no phrase. It cannot be taken back: give it only to people who may read every record."
)
HAND_OVER = "The file holds the records with their salts, in the open. Give it to the curator alone."
RELEASE = (
    "The file holds every record of the release in the open. Kept, the release stays private; handed over, it is "
    "shared with whoever gets it; put up for download, it is public. None of it can be taken back."
)
_SETTLEMENT = (
    "Contributors need it to check the settlement and to claim from it. It discloses the features, label, weight and "
    "contributor of every record of the release, and what the calls add up to for each label.\n\n"
    "It holds no call, no text, no key and no phrase. Give it only to people who may see the release."
)
_SUMS = (
    "The file holds the exact sums behind the model. Together with another file of nearly the same records it gives "
    "the difference away."
)


def settlement_words(few: Sequence[tuple[str, int | None]]) -> str:
    """Of a settlement file; `few`: the labels whose sums say too much."""
    return _SETTLEMENT + few_calls_words(few)


def few_calls_words(few: Sequence[tuple[str, int | None]]) -> str:
    """A paragraph on labels whose sums say too much; "" where there are none. None: nobody here can count the calls."""
    if not few:
        return ""
    if any(calls is None for _, calls in few):
        return (
            "\n\nThe calls are not on this device, so nobody here can say how many were answered with "
            f"{_named(few)}. What fewer than 64 calls add up to can give words of them away: ask the payer."
        )
    return (
        f"\n\nFew calls of one fee were answered {_named(few)}. What fewer than 64 calls add up to can give words of "
        "them away: settle later, when there are more, where that matters."
    )


def sums_words(few: Sequence[tuple[str, int]]) -> str:
    """Of a file of a model's sums; `few`: the labels with fewer than 64 records."""
    if not few:
        return _SUMS
    return f"{_SUMS}\n\nFew records have the label {_named(few)}. What so few add up to can give words of them away."


def _named(few: Sequence[tuple[str, int | None]]) -> str:
    words = (foreign(label, 40) + ("" if calls is None else f" ({number(calls)})") for label, calls in few[:4])
    return ", ".join(words) + (f" and {count(len(few) - 4, 'more label')}" if len(few) > 4 else "")
