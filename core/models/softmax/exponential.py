"""e^-y and softmax in Python's integers, with proven errors: what the softmax head's certificate stands on.

Numbers are object arrays of integers at scale 2^PLACES unless said otherwise. No float, so no libm.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Uncertified
from core.models.ridge.exact import Ints

Wholes = NDArray[Any]  # object array of Python integers

PLACES = 144
ERROR_BITS = 12  # |softmax - true| <= 2^(ERROR_BITS - PLACES)
P = 32  # scale of published probabilities
_STEP = 8  # bits of the argument that one table takes
_TABLES = 3
_TERMS = 5  # of the series for what the tables leave: f < 2^-24, so f^6 / 6! < 2^-153


def softmax(logits: Wholes, places: int) -> Wholes:
    """Of each row of integers at scale 2^places [n, K]: probabilities at scale 2^PLACES.

    An exponential is off by at most 2^5 (below) and the largest is 2^PLACES exactly, so a quotient is off by at most
    2^5 (1 + K) + 1 < 2^12 for K <= 64.
    """
    below = logits.max(axis=1)[:, None] - logits
    powers = exponential(below, places)
    quotients: Wholes = (powers << PLACES) // powers.sum(axis=1)[:, None]
    return quotients


def probabilities(scores: Ints, places: int) -> Ints:
    """Nearest integers to 2^32 softmax, int64 [n, K], of scores int64 at scale 2^places (PoA-1, section 14).

    Different scores never give a probability half way between two integers, for then it is irrational; equal ones
    give 1/K, which is not half way either. Raises Uncertified where 144 places do not tell which side.
    """
    exact = softmax(scores.astype(object), places)
    down = PLACES - P
    rest = (exact & ((1 << down) - 1)) - (1 << (down - 1))
    if exact.size and min(abs(rest).ravel()) <= 1 << ERROR_BITS:
        raise Uncertified(reason="a probability is half way")
    rounded: Ints = ((exact + (1 << (down - 1))) >> down).astype(np.int64)
    return rounded


def exponential(below: Wholes, places: int) -> Wholes:
    """e^-y for y >= 0 at scale 2^places <= 2^PLACES: off by less than 2^5; exactly 2^PLACES for y = 0.

    y = n ln 2 + three table steps + f. Tables and products floor: below 20 units together; the n units of n ln 2 count
    n 2^-n < 1.
    """
    ln2, tables = _constants()
    y = below << (PLACES - places)
    halvings = y // ln2
    rest = y - halvings * ln2
    value = np.full(below.shape, 1 << PLACES, object)
    for level, table in enumerate(tables, start=1):
        bits = PLACES - _STEP * level
        value = value * table[(rest >> bits).astype(np.int64)] >> PLACES
        rest = rest & ((1 << bits) - 1)
    series = np.full(below.shape, 1 << PLACES, object)
    for term in range(_TERMS, 0, -1):
        series = (1 << PLACES) - (rest * series >> PLACES) // term
    found: Wholes = (value * series >> PLACES) >> np.minimum(halvings, 2 * PLACES)
    return found


@cache
def _constants() -> tuple[int, list[Wholes]]:
    """The constants ln 2, and e^-(i 2^-8), e^-(i 2^-16), e^-(i 2^-24) for i < 256, floored at scale 2^PLACES."""
    guard = PLACES + 40
    ln2 = sum((1 << guard) // (k << k) for k in range(1, guard))
    tables = []
    for level in range(1, _TABLES + 1):
        power, powers = 1 << guard, []
        step = _series(1 << (guard - _STEP * level), guard)
        for _ in range(1 << _STEP):
            powers.append(power >> 40)
            power = power * step >> guard
        tables.append(np.array(powers, object))
    return ln2 >> 40, tables


def _series(x: int, places: int) -> int:
    """e^-x by its series, for small x."""
    one = 1 << places
    value = one
    for term in range(40, 0, -1):
        value = one - (x * value >> places) // term
    return value
