"""The certified solve: the nearest integers to 2^scale H^-1 C, proven, so the same on every machine.

LAPACK gives a start; residuals in exact integers correct it. Rounding happens only where a residual proves it: H >=
smallest * I (G is a sum of w x x^T), so |v - H^-1 c| <= ||c - H v||_2 / smallest in every entry (PoA-1, section 3).
"""

from __future__ import annotations

import numpy as np

from core.errors import AttributionError, Uncertified
from core.models.ridge.exact import RADIX, Floats, Ints, Wide, approximate, carry, product, shifted, split, split_float

_FRACTION = 3  # limbs behind the point: 60 bits, while the residual costs about log2(cond H) + 4
_MOST_FRACTION = 6
_ROUNDS = 60
_MATRIX_LIMBS = 3  # |H| < 2^53
_WHOLE_LIMBS = 4  # results below 2^62


def nearest(
    H: Ints,
    smallest: int,
    C: Ints,
    scale: int,
    *,
    inverse: Floats | None = None,
    fraction: int = _FRACTION,
) -> Ints:
    """Nearest integers to 2^scale H^-1 C: int64, the shape of C [d, q].

    H int64 [d, d] symmetric below 2^53 with eigenvalues >= smallest; |C| < 2^52. `inverse` is any approximate H^-1
    (LAPACK's when left out). Raises Uncertified where no precision proves the rounding (an entry half way between two
    integers) and AttributionError where a result passes 2^62.
    """
    if int(np.abs(H).max()) >= 1 << 53 or int(np.abs(C).max()) >= 1 << 53:
        raise AttributionError(reason="range", what="matrix")
    guess = np.linalg.inv(H.astype(np.float64)) if inverse is None else inverse
    left = [limb.astype(np.float64) for limb in split(H, _MATRIX_LIMBS)]
    solution: Wide = [np.zeros_like(C) for _ in range(fraction + _WHOLE_LIMBS)]
    for places in range(fraction, _MOST_FRACTION + 1):
        solution = [np.zeros_like(C)] * (places + _WHOLE_LIMBS - len(solution)) + solution
        found = _refine(left, smallest, C, scale + RADIX * places, guess, solution, places)
        if found is not None:
            return found
    raise Uncertified(reason="no precision proves the rounding")


def _refine(
    left: list[Floats], smallest: int, C: Ints, scale: int, guess: Floats, solution: Wide, places: int
) -> Ints | None:
    """Corrects `solution` (in place) until it is proven; None when it stops improving first."""
    count = max(len(left) + len(solution), (scale + 53) // RADIX + 3)
    goal = shifted(C, scale, count)
    last = np.inf
    for _ in range(_ROUNDS):
        made = product(left, solution, count)
        residual = approximate(carry([a - b for a, b in zip(goal, made, strict=True)]))
        norms = np.linalg.norm(residual, axis=0)
        proven = _rounded(solution, norms / smallest, places)
        if proven is not None:
            return proven
        size = float(norms.max())
        if not size < last / 2:
            return None
        last = size
        step = split_float(np.rint(guess @ residual), len(solution))
        solution[:] = carry([a + b for a, b in zip(solution, step, strict=True)])
    return None


def _rounded(solution: Wide, beta: Floats, places: int) -> Ints | None:
    """The nearest integers where `beta` (per column, in units of the last place) proves every one of them."""
    behind = solution[places - 3] + (solution[places - 2] << RADIX) + (solution[places - 1] << 2 * RADIX)
    half = 1 << (3 * RADIX - 1)
    slack = np.ldexp(beta, -RADIX * (places - 3)) * (1 + 2.0**-20) + 2.0**10
    if not (np.abs(behind - half) > slack).all():
        return None
    front = solution[places:]
    if np.abs(approximate(front)).max(initial=0) >= 2.0**62:
        raise AttributionError(reason="range", what="solution")
    value = sum((limb << (RADIX * place) for place, limb in enumerate(front)), start=np.zeros_like(behind))
    rounded: Ints = value + (behind > half)
    return rounded


def verify(H: Ints, smallest: int, C: Ints, scale: int, found: Ints, V: Ints, s: int) -> bool:
    """Whether `found` is nearest(H, smallest, C, scale), without a solver: V / 2^s is the only inverse used.

    To check V itself, C is the identity and found = V. Columns are independent: give some of C and found to spot-check.
    """
    try:
        return bool(np.array_equal(nearest(H, smallest, C, scale, inverse=np.ldexp(V.astype(np.float64), -s)), found))
    except AttributionError:
        return False


def plausible(H: Ints, V: Ints, s: int) -> bool:
    """The quick necessary check of PoA-1, section 3: |2^s I - H V| <= half the row sums of |H|, in exact integers."""
    d = len(H)
    count = max(_MATRIX_LIMBS + _WHOLE_LIMBS, s // RADIX + 4)
    made = product([limb.astype(np.float64) for limb in split(H, _MATRIX_LIMBS)], carry(split(V, 4)), count)
    goal = shifted(np.eye(d, dtype=np.int64), s, count)
    residual = carry([a - b for a, b in zip(goal, made, strict=True)])
    twice = np.abs(approximate(residual)) * 2
    return bool((twice <= np.abs(H.astype(np.float64)).sum(axis=1)[:, None] * (1 + 2.0**-40)).all())
