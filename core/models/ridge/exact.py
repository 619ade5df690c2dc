"""Exact integer matrix products out of float64 BLAS.

A wide integer matrix is a list of int64 arrays, its limbs in radix 2^20, lowest first; normalised limbs lie in
[0, 2^20) save the top one, which carries the sign. A float64 product of two limbs over at most 4096 terms has integer
partial sums below 2^20 * 2^20 * 2^12 = 2^52, so it is exact in any order, on any number of threads, with or without
fused multiply-add.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.rows import Many

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Wide = list[Ints]

RADIX = 20
MASK = (1 << RADIX) - 1
MAX_TERMS = 4096
_ROW_LIMB = 30  # 2047 * 2^30 * 4096 < 2^53: features need fewer, wider limbs
_ROWS = 4096  # rows turned into float64 at a time


def split(values: NDArray[Any], count: int) -> Wide:
    """`count` limbs of an integer matrix (int64, or object for any size). The top limb keeps what is left."""
    rest = values if values.dtype == object else values.astype(np.int64)
    limbs: Wide = []
    for _ in range(count - 1):
        limbs.append((rest & MASK).astype(np.int64))
        rest = rest >> RADIX
    limbs.append(rest.astype(np.int64))
    return limbs


def split_float(values: Floats, count: int) -> Wide:
    """`count` limbs (each of the value's sign, not normalised) of the integer part of float64 values, towards zero.

    Exact, because every step is a power of two, a floor, or the removal of leading bits from a magnitude.
    """
    sign, rest = np.sign(values).astype(np.int64), np.abs(values)
    limbs: Wide = []
    for place in range(count - 1, -1, -1):
        limb = np.floor(np.ldexp(rest, -RADIX * place))
        rest = rest - np.ldexp(limb, RADIX * place)
        limbs.append(limb.astype(np.int64) * sign)
    return limbs[::-1]


def carry(limbs: Wide) -> Wide:
    """The same number with normalised limbs."""
    normal: Wide = []
    over: Ints | int = 0
    for limb in limbs[:-1]:
        total = limb + over
        normal.append(total & MASK)
        over = total >> RADIX
    normal.append(limbs[-1] + over)
    return normal


def shifted(values: Ints, bits: int, count: int) -> Wide:
    """Of values * 2^bits, `count` limbs; |values| < 2^60."""
    offset, rest = divmod(bits, RADIX)
    limbs = [np.zeros_like(values) for _ in range(count)]
    for place, limb in enumerate(split(values, 3)):
        limbs[offset + place] += limb << rest
    return carry(limbs)


def product(left: list[Floats], right: Wide, count: int) -> Wide:
    """Of left @ right, `count` limbs. `left` holds normalised limbs turned into float64; `right` is normalised."""
    width = right[0].shape[1]
    limbs = [np.zeros((left[0].shape[0], width), np.int64) for _ in range(count)]
    if not any(limb.any() for limb in right):
        return limbs  # where a solution starts; a fifth of the work
    wall = np.concatenate(right, axis=1).astype(np.float64)
    for low, limb in enumerate(left):
        row = limb @ wall
        for high in range(len(right)):
            limbs[low + high] += row[:, high * width : (high + 1) * width].astype(np.int64)
    return carry(limbs)


def approximate(limbs: Wide) -> Floats:
    """The value of normalised limbs: exact below 2^53, else to a relative 2^-48 (leading limbs cancel exactly)."""
    value = limbs[-1].astype(np.float64)
    for limb in limbs[-2::-1]:
        value = value * float(1 << RADIX) + limb
    return value


def whole(limbs: Wide) -> NDArray[Any]:
    """The value of limbs as an object array of Python integers."""
    value = limbs[-1].astype(object)
    for limb in limbs[-2::-1]:
        value = (value << RADIX) + limb.astype(object)
    return value


def bits(limbs: Wide) -> int:
    """Bit length of the largest magnitude among normalised limbs."""
    rough = np.abs(approximate(limbs))
    near = rough >= rough.max(initial=0.0) * (1 - 2.0**-40)
    return max((abs(value).bit_length() for value in whole([limb[near] for limb in limbs])), default=0)


def shifted_down(limbs: Wide, places: int) -> Ints:
    """up(value / 2^places) of normalised limbs, where the results fit int64."""
    if places:
        offset, rest = divmod(places - 1, RADIX)
        half = [limb + (1 << rest) if place == offset else limb for place, limb in enumerate(limbs)]
        limbs = carry(half)
    offset, rest = divmod(places, RADIX)
    total = limbs[offset] >> rest
    for place in range(offset + 1, len(limbs)):
        up = RADIX * (place - offset) - rest
        if up >= 64:  # a result that fits has nothing but its sign up there
            break
        total = total + (limbs[place] << up)
    return total


def rows_times(X: Many, M: Ints) -> Ints:
    """X @ M for feature rows [n, d] and int64 [d, q]; the caller knows that every result fits int64."""
    count = max(1, -(-int(np.abs(M).max(initial=0)).bit_length() // _ROW_LIMB))
    parts = [(M >> (_ROW_LIMB * place)) & ((1 << _ROW_LIMB) - 1) for place in range(count - 1)]
    parts.append(M >> (_ROW_LIMB * (count - 1)))  # carries the sign
    wall = np.concatenate(parts, axis=1).astype(np.float64)
    width = M.shape[1]
    out = np.zeros((X.shape[0], width), np.int64)
    for start in range(0, len(X), _ROWS):
        rows = X[start : start + _ROWS].astype(np.float64) @ wall
        for place in range(count):
            limb = rows[:, place * width : (place + 1) * width].astype(np.int64)
            out[start : start + _ROWS] += limb << (_ROW_LIMB * place)
    return out
