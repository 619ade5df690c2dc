"""Leave-one-out coefficients of a softmax head: one Newton step, solved exactly (PoA-1, section 14).

Each record asks for the solution of a K x K system of integers, rounded to 2^-24. Floats propose it; the residual in
exact integers, with a bound of the inverse, proves the rounding; where it does not, the record is solved in fractions.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from core.errors import AttributionError
from core.models.ridge.exact import Floats, Ints
from core.models.ridge.statistics import Features
from core.models.softmax.exponential import P, Wholes
from core.models.softmax.head import Head
from core.models.softmax.newton import rows_of

SCALE = 24  # of the coefficients
_F = 40  # bits behind the point while a rounding is proven
_STEPS = 3


def coefficients(head: Head, X: Features, y: Ints, w: Ints) -> Ints:
    """Of records with weight: c int64 [n, K] at scale 2^24. Raises AttributionError (leverage, range)."""
    found, size = np.zeros((len(X), head.K), np.int64), rows_of(head.K)
    for start in range(0, len(X), size):
        own = slice(start, start + size)
        N, r = systems(head, X[own], y[own], w[own])
        rounded, proven = _proposed(head, N, r)
        for i in np.flatnonzero(~proven):
            rounded[i] = _fractions(N[i].tolist(), r[i].tolist())
        if max(abs(rounded).ravel()) >= 1 << 56:
            raise AttributionError(reason="range", what="coefficients")
        found[own] = rounded.astype(np.int64)
    return found


def systems(head: Head, X: Features, y: Ints, w: Ints) -> tuple[Wholes, Wholes]:
    """N = 2^(32 + s) I - w A M, object [n, K, K]; r = 2^(s + 24) w (2^32 onehot(y) - p), object [n, K]."""
    p, each = head.probabilities(X), np.arange(head.K)
    a = (p[:, :, None] * p[:, None, :] + (1 << (P - 1))) >> P
    a[:, each, each] = 0
    A = -a
    A[:, each, each] = a.sum(axis=2)
    wide = (A * w[:, None, None]).astype(object)
    N = -(wide @ head.own_blocks(X).astype(object))
    N[:, each, each] += 1 << (P + head.s)
    rest = -p
    rest[np.arange(len(X)), y] += 1 << P
    return N, (rest * w[:, None]).astype(object) << (head.s + SCALE)


def _proposed(head: Head, N: Wholes, r: Wholes) -> tuple[Wholes, NDArray[np.bool_]]:
    """up(N^-1 r), and for which records that is proven."""
    one = 2.0 ** (P + head.s)
    real = N.astype(np.float64) / one
    try:
        R = np.linalg.inv(real).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise AttributionError(reason="leverage") from error
    size = np.abs(R).sum(axis=2).max(axis=1)
    far = np.abs(np.eye(head.K) - R @ real).sum(axis=2).max(axis=1)
    sound = far + size * np.abs(real).sum(axis=2).max(axis=1) * head.K * 2.0**-48 <= 0.5  # so |N^-1| <= 2 |R|
    v, goal, half = np.zeros(r.shape, object), r << _F, 1 << (_F - 1)
    for _ in range(_STEPS):
        rest = goal - (N @ v[:, :, None])[:, :, 0]
        v = v + _whole((R @ (rest.astype(np.float64) / one)[:, :, None])[:, :, 0])
    rest = np.abs((goal - (N @ v[:, :, None])[:, :, 0]).astype(np.float64) / one).max(axis=1)
    gap = np.abs((v & ((1 << _F) - 1)) - half).astype(np.float64).min(axis=1)
    return (v + half) >> _F, sound & (gap > 2 * size * rest * (1 + 2.0**-20) + 1)


def _whole(values: Floats) -> Wholes:
    return np.array([int(value) for value in np.rint(values).ravel()], object).reshape(values.shape)


def _fractions(N: list[list[int]], r: list[int]) -> list[int]:
    """up(N^-1 r) by elimination. Raises AttributionError where there is no solution."""
    rows = [[Fraction(value) for value in (*row, goal)] for row, goal in zip(N, r, strict=True)]
    for i in range(len(rows)):
        pivot = next((k for k in range(i, len(rows)) if rows[k][i]), None)
        if pivot is None:
            raise AttributionError(reason="leverage")
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(len(rows)):
            if k != i and rows[k][i]:
                factor = rows[k][i]
                rows[k] = [value - factor * other for value, other in zip(rows[k], rows[i], strict=True)]
    return [(2 * row[-1] + 1).__floor__() // 2 for row in rows]
