"""The choice of lambda by closed-form leave-one-out error (PoA-1, section 3): pinned, afterwards only checked.

Floats suffice: the result of training depends on the exponent chosen, and the exponent stands in the manifest. Two
machines could choose differently only where two errors agree to 2^-20, and then either choice passes the check.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.jobs import Progress, silent
from core.models.ridge.exact import Floats, Ints
from core.models.ridge.statistics import LIMIT, Features, Statistics
from core.models.rows import Many

GRID = tuple(range(17))  # lambda = 2^j * 2047^2
_TIE = 1 + 2.0**-20
_ROWS = 4096


def errors(
    statistics: Statistics,
    X: Many,
    labels: Ints,
    weights: Ints,
    grid: Sequence[int] = GRID,
    progress: Progress | None = None,
) -> Floats:
    """Weighted squared leave-one-out error for each j of the grid, float64 [len(grid)]."""
    progress = progress or silent()
    found = LeaveOneOut(statistics, grid)
    for start in range(0, len(X), _ROWS):
        progress.step("lambda", start, len(X))
        part = slice(start, start + _ROWS)
        found.add(X[part], labels[part], weights[part])
    return found.errors


class LeaveOneOut:
    """The same errors, of records that come portion by portion: `errors` float64 [len(grid)]."""

    def __init__(self, statistics: Statistics, grid: Sequence[int] = GRID) -> None:
        values, self._Q = np.linalg.eigh(statistics.G.astype(np.float64))
        self._shrunk = 1.0 / (np.maximum(values, 0.0)[None, :] + np.ldexp(float(LIMIT**2), np.asarray(grid))[:, None])
        self._QB = self._Q.T @ statistics.B.astype(np.float64)
        self.errors = np.zeros(len(grid))

    def add(self, X: Features, labels: Ints, weights: Ints) -> None:
        kept = np.flatnonzero(weights)
        Z = X[kept].astype(np.float64) @ self._Q
        target = np.zeros((len(kept), self._QB.shape[1]))
        target[np.arange(len(kept)), labels[kept]] = 1.0
        self.errors += [_error(Z, self._QB, target, weights[kept], row) for row in self._shrunk]


def _error(Z: Floats, QB: Floats, target: Floats, weights: NDArray[np.int64], shrunk: Floats) -> float:
    leverage = (Z * Z) @ shrunk
    residual = target - Z @ (QB * shrunk[:, None])
    return float((weights / (1.0 - weights * leverage) ** 2) @ (residual * residual).sum(axis=1))


def wrong(statistics: Statistics, X: Many, labels: Ints, weights: Ints, j: int) -> int:
    """The weight of the records that the head trained without them would answer wrongly, at lambda = 2^j * 2047^2.

    In closed form: without record i its score is (x W - w h y) / (1 - w h), h its leverage. Floats, as for the errors.
    """
    inverse = np.linalg.inv(statistics.G.astype(np.float64) + np.eye(statistics.d) * np.ldexp(float(LIMIT**2), j))
    W = inverse @ statistics.B.astype(np.float64)
    total = 0
    kept = np.flatnonzero(weights)
    for start in range(0, len(kept), _ROWS):
        index = kept[start : start + _ROWS]
        rows, y, w = X[index].astype(np.float64), labels[index], weights[index]
        scores = rows @ W
        scores[np.arange(len(index)), y] -= w * ((rows @ inverse) * rows).sum(axis=1)
        total += int(w[np.argmax(scores, axis=1) != y].sum())
    return total


def choose(found: Floats, grid: Sequence[int] = GRID) -> int:
    """The largest j whose error is within 2^-20 of the least."""
    least = float(found.min())
    return max(j for j, error in zip(grid, found, strict=True) if error <= least * _TIE)


def acceptable(j: int, found: Floats, grid: Sequence[int] = GRID) -> bool:
    """Whether a pinned j passes the check of a second machine."""
    return j in grid and bool(found[list(grid).index(j)] <= float(found.min()) * (1 + 2.0**-19))
