"""The softmax head: W = nearest(2^t W*), and V, the rounded inverse of its Hessian (PoA-1, section 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import AttributionError, BadInput, TooFewRecords
from core.jobs import Progress, silent
from core.models.ridge import base
from core.models.ridge import solve as inverses
from core.models.ridge.base import T, scale
from core.models.ridge.exact import RADIX, Floats, Ints, Wide, carry, product, rows_times, split
from core.models.ridge.statistics import LIMIT, Features, check_features, check_records
from core.models.rows import Many
from core.models.softmax import choose, newton, solve
from core.models.softmax.exponential import P, probabilities
from core.models.softmax.newton import Problem

MOST = 1300  # d K: V has its square
MAX_TOTAL = 1 << 26  # total weight: keeps the sums of `hessian` in 64 bits
_LOW = 18  # bits of the low half of w a: 2^18 * 2047^2 * 4096 rows < 2^53
_ROWS = 4096


@dataclass(frozen=True)
class Head(base.Head):
    """V int64 [K d, K d] at scale 2^s, by label, then feature; W int64 [d, K] at scale 2^t."""

    family: ClassVar[str] = "softmax"

    def probabilities(self, X: Features) -> Ints:
        """Nearest integers to 2^32 softmax(x W), int64 [n, K]."""
        return probabilities(self.scores(X), T)

    def own_blocks(self, X: Features) -> Ints:
        """M of each row: x V_kl x, int64 [n, K, K] at scale 2^s."""
        check_features(X, self.norm_class)
        made, wide = np.empty((len(X), self.K, self.K), np.int64), X.astype(np.int64)
        for k in range(self.K):
            rows = rows_times(X, self.V[k * self.d : (k + 1) * self.d])
            made[:, k] = np.einsum("ilj,ij->il", rows.reshape(len(X), self.K, self.d), wide)
        return made

    def directions(self, sums: NDArray[Any]) -> Wide:
        largest = max(abs(int(sums.min())), int(sums.max()))
        limbs = carry(split(sums.reshape(-1, 1), largest.bit_length() // RADIX + 1))
        found = product(self.inverse_limbs, limbs, len(self.inverse_limbs) + len(limbs) + 1)
        return [np.ascontiguousarray(limb.reshape(self.K, self.d).T) for limb in found]

    def concerned(self, labels: Ints) -> Ints:
        return np.tile(np.arange(self.K), (len(labels), 1))

    def of_calls(self, xs: Features, labels: Ints) -> Wide:
        sums = np.zeros((len(xs), self.K, self.d), np.int64)
        sums[np.arange(len(xs)), labels] = xs
        limbs = carry(split(sums.reshape(len(xs), -1).T, 1))
        found = product(self.inverse_limbs, limbs, len(self.inverse_limbs) + 1)
        return [limb.reshape(self.K, self.d, -1).transpose(1, 2, 0).reshape(self.d, -1) for limb in found]

    def direction(self, sums: NDArray[Any], label: int, feature: int) -> int:
        row = self.V[label * self.d + feature]
        return sum(int(a) * int(b) for a, b in zip(row, sums.ravel(), strict=True))

    def left_out(self, X: Features, labels: Ints, weights: Ints) -> Floats:
        logits = np.ldexp(self.scores(X).astype(np.float64), -T)
        p = newton.probabilities(logits)
        rest = -p
        rest[np.arange(len(X)), labels] += 1.0
        size = newton.rows_of(self.K)
        for start in range(0, len(X), size):
            own = slice(start, start + size)
            blocks = np.ldexp(self.own_blocks(X[own]).astype(np.float64), -self.s)
            logits[own] = newton.left_out(logits[own], p[own], rest[own], weights[own], blocks)
        return logits

    def weights_of(self, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None = None) -> Ints:
        problem = problem_of(X, labels, self.K, weights, self.norm_class, fewest=0)  # whoever is left out, it has one
        near = np.ldexp(self.W.astype(np.float64), -T)
        return solve.nearest(problem, self.j, self.norm_class, progress, near)

    def again(self, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None = None) -> Self:
        made = train(X, labels, self.K, weights, j=self.j, norm_class=self.norm_class, progress=progress)
        return replace(self, V=made.V, W=made.W)


def fits(d: int, K: int) -> bool:
    return d * K <= MOST


def problem_of(X: Many, labels: ArrayLike, K: int, weights: ArrayLike, norm_class: int, *, fewest: int = 2) -> Problem:
    """The records with weight, of at least so many labels. Raises BadInput, AttributionError (size, total weight),
    TooFewRecords.
    """
    check_features(X, norm_class)
    y, w = check_records(len(X), labels, K, weights)
    if not fits(X.shape[1], K):
        raise AttributionError(reason="too wide for softmax", found=X.shape[1] * K, limit=MOST)
    if int(w.sum()) > MAX_TOTAL:
        raise AttributionError(reason="total weight", found=int(w.sum()), limit=MAX_TOTAL)
    kept = w > 0
    found = np.bincount(y[kept], minlength=K)
    if int((found > 0).sum()) < fewest:
        raise TooFewRecords(label=int(np.flatnonzero(found == 0)[0]), found=0, needed=1)
    return Problem(X[kept], y[kept], w[kept], K)


def hessian(X: Features, p: Ints, w: Ints, j: int) -> Ints:
    """H of PoA-1, section 14, int64 [K d, K d]: p [n, K] at scale 2^32; the sums are exact and rounded once."""
    (n, d), K = X.shape, p.shape[1]
    whole = np.zeros((K, d, K, d), np.int64)
    for k in range(K):
        for m in range(k + 1, K):
            a = w * ((p[:, k] * p[:, m] + (1 << (P - 1))) >> P)  # p_k p_m <= 2^62, w a < 2^37
            low, high = np.zeros((d, d), np.int64), np.zeros((d, d), np.int64)
            for start in range(0, n, _ROWS):
                rows, part = X[start : start + _ROWS].astype(np.float64), a[start : start + _ROWS]
                low += ((rows * (part & ((1 << _LOW) - 1))[:, None]).T @ rows).astype(np.int64)
                high += ((rows * (part >> _LOW)[:, None]).T @ rows).astype(np.int64)
            block = (high + ((low + (1 << (P - 1))) >> _LOW)) >> (P - _LOW)
            whole[k, :, m, :] = whole[m, :, k, :] = -block
            whole[k, :, k, :] += block
            whole[m, :, m, :] += block
    flat = whole.reshape(K * d, K * d)
    flat[np.diag_indices(K * d)] += LIMIT**2 << j
    return flat


def smallest(j: int, size: int) -> int:
    """A bound below the eigenvalues of `hessian`: lambda, less what its roundings can take."""
    return (LIMIT**2 << j) - size


def fit(problem: Problem, j: int, norm_class: int, progress: Progress | None = None) -> Head:
    """The head of these records under a pinned j. Raises Uncertified, AttributionError (range), BadInput."""
    if j not in choose.GRID:
        raise BadInput(field="lambda", reason="range", value=j)
    progress = progress or silent()
    W = solve.nearest(problem, j, norm_class, progress)
    H = hessian(problem.X, probabilities(rows_times(problem.X, W), T), problem.w, j)
    progress.step("inverse")
    eye = np.eye(len(H), dtype=np.int64)
    return Head(inverses.nearest(H, smallest(j, len(H)), eye, scale(j, norm_class)), W, j, norm_class)


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
) -> Head:
    """From records: X int16 [n, d], labels [n] in 0..K-1, integer weights [n] in 0..64; j is pinned or chosen.

    Raises BadInput, TooFewRecords (fewer than two labels carry weight), Uncertified, AttributionError, Cancelled.
    """
    problem = problem_of(X, labels, K, weights, norm_class)
    if j is None:
        j = choose.choose(problem, grid, progress).j
    return fit(problem, j, norm_class, progress)


def check(head: Head, X: Features, labels: ArrayLike, weights: ArrayLike) -> bool:
    """Whether W and V are the head of these records, without a solver: V / 2^s is the only inverse used."""
    problem = problem_of(X, labels, head.K, weights, head.norm_class)
    size = head.d * head.K
    if head.V.shape != (size, size) or head.W.shape != (problem.d, problem.K):
        return False
    inverse, start = np.ldexp(head.V.astype(np.float64), -head.s), np.ldexp(head.W.astype(np.float64), -T)
    try:
        W = solve.rounded(problem, head.j, head.norm_class, start, inverse)
        H = hessian(problem.X, probabilities(rows_times(problem.X, head.W), T), problem.w, head.j)
    except AttributionError:
        return False
    eye = np.eye(size, dtype=np.int64)
    return np.array_equal(W, head.W) and inverses.verify(H, smallest(head.j, size), eye, head.s, head.V, head.V, head.s)
