"""Softmax regression in floats: where the certified solve starts, and what the choice of lambda looks at.

Features are scaled by 2047 here, so lambda is 2^j: minimise sum_i w_i CE(softmax(z_i theta), y_i) + 2^j |theta|^2 / 2
by Newton's method with backtracking (Boyd and Vandenberghe, Convex Optimization, section 9.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.errors import Uncertified
from core.models.ridge.exact import Floats, Ints
from core.models.ridge.statistics import LIMIT, Features

_ROUNDS = 200
_CLOSE = 1e-7  # of the length of theta; the distance left is of the order of its square


@dataclass(frozen=True, eq=False)
class Problem:
    """Records with weight: x int16 [n, d], labels [n] in 0..K-1, weights [n] above 0."""

    X: Features
    y: Ints
    w: Ints
    K: int

    @cached_property
    def Z(self) -> Floats:  # noqa: N802
        return self.X.astype(np.float64) / LIMIT

    @cached_property
    def target(self) -> Floats:
        target = np.zeros((len(self.y), self.K))
        target[np.arange(len(self.y)), self.y] = 1.0
        return target

    @property
    def d(self) -> int:
        return int(self.X.shape[1])

    def loss(self, theta: Floats, ridge: float) -> float:
        logits = self.Z @ theta
        own = logits[np.arange(len(self.y)), self.y]
        return float(self.w @ (_logsumexp(logits) - own) + ridge / 2 * (theta * theta).sum())

    def gradient(self, theta: Floats, ridge: float) -> tuple[Floats, Floats]:
        """The gradient [d, K], and the probabilities [n, K]."""
        found = probabilities(self.Z @ theta)
        return self.Z.T @ (self.w[:, None] * (found - self.target)) + ridge * theta, found

    def hessian(self, found: Floats, ridge: float) -> Floats:
        """[K d, K d] by label, then feature, at these probabilities: a Laplacian of p_k p_l, and ridge."""
        K, d = self.K, self.d
        whole = np.zeros((K, d, K, d))
        for k in range(K):
            for m in range(k + 1, K):
                block = self.Z.T @ ((self.w * found[:, k] * found[:, m])[:, None] * self.Z)
                whole[k, :, m, :] = whole[m, :, k, :] = -block
                whole[k, :, k, :] += block
                whole[m, :, m, :] += block
        flat: Floats = whole.reshape(K * d, K * d)
        flat[np.diag_indices(K * d)] += ridge
        return flat


@dataclass(frozen=True, eq=False)
class Found:
    """theta [d, K], its probabilities [n, K] and the inverse of its Hessian [K d, K d]."""

    theta: Floats
    p: Floats
    inverse: Floats


def minimise(problem: Problem, ridge: float, start: Floats | None = None) -> Found:
    """As near the optimum as floats come. Raises Uncertified where steps do not get small."""
    theta = np.zeros((problem.d, problem.K)) if start is None else start
    for _ in range(_ROUNDS):
        slope, p = problem.gradient(theta, ridge)
        H = problem.hessian(p, ridge)
        step: Floats = np.linalg.solve(H, slope.T.ravel()).reshape(problem.K, problem.d).T.astype(np.float64)
        theta = theta - _length(problem, ridge, theta, slope, step) * step
        if np.linalg.norm(step) <= _CLOSE * (1.0 + np.linalg.norm(theta)):
            return Found(theta, problem.gradient(theta, ridge)[1], np.linalg.inv(H).astype(np.float64))
    raise Uncertified(reason="Newton's method does not settle")


def _length(problem: Problem, ridge: float, theta: Floats, slope: Floats, step: Floats) -> float:
    """1, or the first halving that lowers the loss enough; near the optimum losses differ by rounding only."""
    gain = float((slope * step).sum())
    here, length = problem.loss(theta, ridge), 1.0
    if gain <= 1e-9 * (1.0 + here):
        return 1.0
    while problem.loss(theta - length * step, ridge) > here - 0.1 * length * gain and length > 2.0**-40:
        length /= 2
    return length


def rows_of(K: int) -> int:
    """Records at a time where each has a K x K matrix: 2 MB of floats."""
    return max(16, (1 << 18) // K**2)


def own_blocks(rows: Floats, inverse: Floats, K: int) -> Floats:
    """M_i = the K x K values z_i V_kl z_i of each row, [n, K, K]."""
    d = rows.shape[1]
    made = np.empty((len(rows), K, K))
    for k in range(K):
        through = (rows @ inverse[k * d : (k + 1) * d]).reshape(len(rows), K, d)
        made[:, k] = np.einsum("ilj,ij->il", through, rows)
    return made


def left_out(logits: Floats, p: Floats, rest: Floats, w: Ints, blocks: Floats) -> Floats:
    """Scores of each record without itself, one Newton step: z - M (I - w A M)^-1 w rest, [n, K].

    rest [n, K] = onehot(y) - p. Records of weight 0 keep their scores.
    """
    A = -p[:, :, None] * p[:, None, :]
    A[:, np.arange(p.shape[1]), np.arange(p.shape[1])] += p
    N = np.eye(p.shape[1]) - w[:, None, None] * (A @ blocks)
    m = np.linalg.solve(N, (w[:, None] * rest)[:, :, None])
    without: Floats = logits - (blocks @ m)[:, :, 0]
    return without


def probabilities(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1)[:, None])
    shares: Floats = powers / powers.sum(axis=1)[:, None]
    return shares


def _logsumexp(logits: Floats) -> Floats:
    most = logits.max(axis=1)
    summed: Floats = most + np.log(np.exp(logits - most[:, None]).sum(axis=1))
    return summed


def log_loss(logits: Floats, y: Ints, w: Ints) -> float:
    """The weighted sum of -log softmax of each record's own label."""
    return float(w @ (_logsumexp(logits) - logits[np.arange(len(y)), y]))
