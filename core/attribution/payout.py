"""Who gets what of a settlement's pool (PoA-1, section 8).

Signed scores are netted over all calls of the settlement first, then the positive part is taken record by record:
taking it call by call would pay noise best, and taking it per contributor would reward splitting into identities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.models.ridge.exact import Ints

_LOW = 31


@dataclass(frozen=True)
class Payout:
    """Per contributor: the sum of positive record scores, and wei. sum(amounts) + unassigned = the pool."""

    points: tuple[int, ...]
    amounts: tuple[int, ...]
    unassigned: int


def largest_remainder(total: int, claims: Sequence[int], age: Sequence[int] | None = None) -> list[int]:
    """`total` in integers proportional to `claims` (not all zero), summing to it exactly.

    What division leaves goes one each to the largest remainders, on a tie to the lower `age` (by default the order
    given). Raises BadInput.
    """
    whole = sum(claims)
    if total < 0 or whole <= 0 or min(claims) < 0:
        raise BadInput(field="claims", reason="range")
    order = range(len(claims)) if age is None else age
    amounts = [total * claim // whole for claim in claims]
    remainders = [total * claim % whole for claim in claims]
    first = sorted(range(len(claims)), key=lambda i: (-remainders[i], order[i]))
    for i in first[: total - sum(amounts)]:
        amounts[i] += 1
    return amounts


def points_of(q: Ints, contributors: NDArray[np.integer], count: int) -> list[int]:
    """The sum of max(0, q) over each contributor's records, as Python integers (sums pass 64 bits)."""
    positive = np.maximum(q, 0)
    low, high = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(low, contributors, positive & ((1 << _LOW) - 1))
    np.add.at(high, contributors, positive >> _LOW)
    return [(h << _LOW) + lo for lo, h in zip(low.tolist(), high.tolist(), strict=True)]


def pay(pool: int, q: Ints, contributors: NDArray[np.integer], count: int) -> Payout:
    """Of `pool` wei by the record scores q int64 [n] of one settlement; `contributors` [n] names each record's own.

    Records stand in the order of their commitments, which settles ties. Raises BadInput.
    """
    if pool < 0 or len(q) != len(contributors):
        raise BadInput(field="pool" if pool < 0 else "contributors", reason="range")
    if len(q) and not 0 <= contributors.min() <= contributors.max() < count:
        raise BadInput(field="contributors", reason="range")
    points = points_of(q, contributors, count)
    if not any(points):
        return Payout(tuple(points), (0,) * count, pool)
    age = [len(q)] * count
    for record in range(len(q) - 1, -1, -1):
        age[contributors[record]] = record
    return Payout(tuple(points), tuple(largest_remainder(pool, points, age)), 0)
