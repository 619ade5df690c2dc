"""From a feature vector, or a sum of them, back to tokens: what somebody who holds the encoder can do.

`pursuit` is orthogonal matching pursuit (Pati, Rezaiifar, Krishnaprasad 1993) over the encoder's own table: a vector of
static-256 is a sum of a few of its 30,522 rows. For words-1024 every piece of an occupied bucket is a candidate, and
the likeliest is taken. A joined vector lets the buckets narrow the table.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.models import encoders
from core.models.encoders.static256 import Static256
from core.models.encoders.words import SPECIAL, buckets

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@cache
def table() -> Floats:
    """Rows of static-256 as float64 [30522, 256]."""
    kind = encoders.get("static-256")
    assert isinstance(kind, Static256)
    return kind.table.astype(np.float64)


@cache
def homes() -> Ints:
    """The bucket of every token id."""
    return buckets(np.arange(len(table()), dtype=np.int64))


def pursuit(target: Floats, candidates: Ints, most: int) -> list[int]:
    """Up to `most` of the candidate ids whose rows make up `target` [256] with positive coefficients.

    Stops where what is left is no more than rounding leaves: 2 % of the target's length.
    """
    rows = table()[candidates]
    lengths = np.linalg.norm(rows, axis=1)
    unit = rows / np.maximum(lengths, 1e-9)[:, None]
    unit[lengths == 0] = 0
    chosen: list[int] = []
    rest = target.copy()
    goal = np.linalg.norm(target) * 0.02
    while len(chosen) < most and np.linalg.norm(rest) > goal:
        best = int(np.argmax(unit @ rest))
        if best in chosen or unit[best] @ rest <= 0:
            break
        chosen.append(best)
        basis = unit[chosen].T
        weights, *_ = np.linalg.lstsq(basis, target, rcond=None)
        rest = target - basis @ weights
    return [int(candidates[place]) for place in chosen]


def everything() -> Ints:
    return np.arange(SPECIAL, len(table()), dtype=np.int64)


def in_buckets(occupied: Ints) -> Ints:
    """Every token id that falls into one of these buckets."""
    return np.flatnonzero(np.isin(homes(), occupied))


def likeliest(occupied: Ints, frequency: Ints) -> list[int]:
    """One id for each bucket: the most frequent in `frequency` [30522], the smaller id on a tie (ids are by rank)."""
    ids = in_buckets(occupied)
    order = ids[np.lexsort((ids, -frequency[ids], homes()[ids]))]
    _, first = np.unique(homes()[order], return_index=True)
    return order[first].tolist()


def recovered(found: list[int], truth: set[int]) -> tuple[int, int, int]:
    """Tokens rightly found, tokens there are, tokens claimed."""
    return len(truth.intersection(found)), len(truth), len(found)
