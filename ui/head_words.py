"""A model's family of head in plain words: which, why, and what follows from it."""

from __future__ import annotations

from core.values import HeadChoice
from ui.text import percent

RIDGE, SOFTMAX = "ridge", "softmax"
NAMES = {
    "auto": "Choose for me",
    RIDGE: "Ridge",
    SOFTMAX: "Softmax",
}
WORDS = {
    "auto": "Ridge, unless softmax errs less by more than a point. Softmax is tried on tables of few columns only.",
    RIDGE: "The share of every record is exact: the answer of the model made without it.",
    SOFTMAX: "Better on some tables. The share of a record is one step towards the model made without it: very close, "
    "and checked and paid in the same way.",
}


def why(head: HeadChoice) -> str:
    """Which head and why, as one sentence."""
    if head.ridge is None or head.softmax is None:
        if head.family == SOFTMAX:
            return "Softmax, as its builder chose"
        return "Ridge: the share of every record in an answer is exact"
    found, other = (head.softmax, head.ridge) if head.family == SOFTMAX else (head.ridge, head.softmax)
    said = f"{percent(found)} wrong on records left out of their own training"
    if head.family == SOFTMAX:
        return f"Softmax: {said}, where ridge had {percent(other)}"
    return f"Ridge: {said}; softmax, with {percent(other)}, was not better by more than a point"


def how(head: HeadChoice) -> tuple[str, ...]:
    """How it gets from numbers to an answer, and how exact shares are, for a model's card."""
    if head.family == RIDGE:
        return (
            "A linear head, solved exactly and not by trial, gives every label a score; the largest is the answer.",
            (
                "Everything is computed in integers, so every machine gets the same bits, and whose records carried an "
                "answer is exact: the answer of the model made without them."
            ),
        )
    if head.family != SOFTMAX:
        return ("A head on top of them gives every label a score; the largest is the answer.",)
    return (
        (
            "A softmax head (logistic regression) gives every label a score; the largest is the answer. There is one "
            "best head for these records, and its integers are proven to be that one: every machine gets the same bits."
        ),
        (
            "What a contributor carried is exact: the answer of the model trained again without them. What a single "
            "record carried is one step towards that, very close for most records. Pay goes by that "
            "step, in integers that anyone can check."
        ),
        why(head) + ".",
    )
