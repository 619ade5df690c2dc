"""The head: V = nearest(2^s H^-1) and W = nearest(2^t H^-1 B), and what follows from them alone (PoA-1, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import AttributionError, BadInput, TooFewRecords
from core.jobs import Progress, silent
from core.models.ridge import base, choose
from core.models.ridge.base import T, scale
from core.models.ridge.exact import RADIX, Floats, Ints, Wide, carry, product, rows_times, split
from core.models.ridge.solve import nearest, verify
from core.models.ridge.statistics import LIMIT, Features, Statistics, check_features, check_records
from core.models.rows import Many


@dataclass(frozen=True)
class Head(base.Head):
    """V int64 [d, d] at scale 2^s, W int64 [d, K] at scale 2^t, lambda = 2^j * 2047^2."""

    family: ClassVar[str] = "ridge"

    def leverage(self, X: Features) -> Ints:
        """Of each row: h = x V x, int64 [n] at scale 2^s (times w: the leverage of a record of weight w)."""
        check_features(X, self.norm_class)
        leverage: Ints = np.einsum("ij,ij->i", rows_times(X, self.V), X.astype(np.int64))
        return leverage

    def residuals(self, X: Features, labels: ArrayLike) -> Ints:
        """onehot(y) - x W, int64 [n, K] at scale 2^t."""
        y, _ = check_records(len(X), labels, self.K, np.ones(len(X), np.int64))
        rest = -self.scores(X)
        rest[np.arange(len(X)), y] += 1 << T
        return rest

    def directions(self, sums: NDArray[Any]) -> Wide:
        largest = max(abs(int(sums.min())), int(sums.max()))
        asked = np.flatnonzero((sums != 0).any(axis=1))  # one answer asks for one label
        limbs = carry(split(sums[asked].T, largest.bit_length() // RADIX + 1))
        made = product(self.inverse_limbs, limbs, len(self.inverse_limbs) + len(limbs) + 1)
        if len(asked) == self.K:
            return made
        whole = [np.zeros((self.d, self.K), np.int64) for _ in made]
        for limb, part in zip(whole, made, strict=True):
            limb[:, asked] = part
        return whole

    def concerned(self, labels: Ints) -> Ints:
        return labels[:, None]

    def of_calls(self, xs: Features, labels: Ints) -> Wide:  # noqa: ARG002  the other family needs them
        limbs = carry(split(xs.T, 1))
        return product(self.inverse_limbs, limbs, len(self.inverse_limbs) + 1)

    def direction(self, sums: NDArray[Any], label: int, feature: int) -> int:
        return sum(int(a) * int(b) for a, b in zip(self.V[feature], sums[label], strict=True))

    def left_out(self, X: Features, labels: Ints, weights: Ints) -> Floats:
        rest = np.ldexp(self.residuals(X, labels).astype(np.float64), -T)
        rest /= (1.0 - weights * np.ldexp(self.leverage(X).astype(np.float64), -self.s))[:, None]
        scores: Floats = -rest
        scores[np.arange(len(X)), labels] += 1.0
        return scores

    def weights_of(self, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None = None) -> Ints:
        return weights_of(self._sums(X, labels, weights, progress), self.j)

    def again(self, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None = None) -> Self:
        made = train(X, labels, self.K, weights, j=self.j, norm_class=self.norm_class, progress=progress)[0]
        return replace(self, V=made.V, W=made.W)

    def _sums(self, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None) -> Statistics:
        return Statistics.of(X, labels, self.K, weights, norm_class=self.norm_class, progress=progress)


def regularised(statistics: Statistics, j: int) -> Ints:
    """H = G + lambda I. Raises BadInput for a j off the grid."""
    if j not in choose.GRID:
        raise BadInput(field="lambda", reason="range", value=j)
    return statistics.G + np.eye(statistics.d, dtype=np.int64) * (LIMIT**2 << j)


def weights_of(statistics: Statistics, j: int) -> Ints:
    """W alone, int64 [d, K]: the certified solve without V. Raises Uncertified, AttributionError (range)."""
    W = nearest(regularised(statistics, j), LIMIT**2 << j, statistics.B, T)
    widest = max(int(column.sum()) for column in np.abs(W).T)
    if widest * LIMIT >= 1 << 62:
        raise AttributionError(reason="range", what="W")
    return W


def fit(statistics: Statistics, j: int, norm_class: int = 2) -> Head:
    """The head of these sums under a pinned j. Raises Uncertified, AttributionError (range), BadInput."""
    eye = np.eye(statistics.d, dtype=np.int64)
    V = nearest(regularised(statistics, j), LIMIT**2 << j, eye, scale(j, norm_class))
    return Head(V, weights_of(statistics, j), j, norm_class)


def train(
    X: Many,
    labels: ArrayLike,
    K: int,
    weights: ArrayLike,
    *,
    j: int | None = None,
    grid: Sequence[int] = choose.GRID,
    norm_class: int = 2,
    progress: Progress | None = None,
) -> tuple[Head, Statistics]:
    """From records: X int16 [n, d], labels [n] in 0..K-1, integer weights [n] in 0..64; j is pinned or chosen.

    Raises BadInput, TooFewRecords (fewer than two labels carry weight), Uncertified, AttributionError, Cancelled.
    """
    progress = progress or silent()
    statistics = Statistics.of(X, labels, K, weights, norm_class=norm_class, progress=progress)
    if int((statistics.mass > 0).sum()) < 2:
        empty = int(np.flatnonzero(statistics.mass == 0)[0])
        raise TooFewRecords(label=empty, found=0, needed=1)
    if j is None:
        y, w = check_records(len(X), labels, K, weights)
        j = choose.choose(choose.errors(statistics, X, y, w, grid, progress), grid)
    progress.step("solve")
    return fit(statistics, j, norm_class), statistics


def check(head: Head, statistics: Statistics) -> bool:
    """Whether V and W are the head of these sums, without a solver (an auditor's question)."""
    H, eye = regularised(statistics, head.j), np.eye(head.d, dtype=np.int64)
    if head.V.shape != H.shape or head.W.shape != statistics.B.shape:
        return False
    return verify(H, head.lambda_, eye, head.s, head.V, head.V, head.s) and verify(
        H, head.lambda_, statistics.B, T, head.W, head.V, head.s
    )
