"""The certified optimum: the nearest integers to 2^t W*, proven, so the same on every machine (PoA-1, section 14).

The objective is lambda-strongly convex, so |W - W*| <= |gradient(W)| / lambda for any W (Nesterov, Lectures on Convex
Optimization, section 2.1.3). Floats give a start; the gradient is then evaluated in integers, exactly but for the
exponential, whose error is bounded; steps through any approximate inverse make it small; rounding happens only where
the gradient proves it.
"""

from __future__ import annotations

import math

import numpy as np

from core.errors import AttributionError, Uncertified
from core.jobs import Progress, silent
from core.models.ridge.base import T
from core.models.ridge.exact import RADIX, Floats, Ints, carry, product, split, whole
from core.models.ridge.statistics import LIMIT
from core.models.softmax.exponential import ERROR_BITS, PLACES, Wholes, softmax
from core.models.softmax.newton import Problem, minimise

_F = 60  # bits behind the point while a rounding is proven
_FINE = T + _F  # scale of the unrounded W
_LIMBS = -(-(62 + _F + 1) // RADIX)  # of |v| < 2^(62 + F)
_GRADIENT_LIMBS = -(-(PLACES + 8) // RADIX)  # of w (p - y), w <= 64
_ROUNDS = 12
_ROWS = 4096


def nearest(
    problem: Problem, j: int, norm_class: int, progress: Progress | None = None, start: Floats | None = None
) -> Ints:
    """W, int64 [d, K], for lambda = 2^j * 2047^2; `start` is a W nearby. Raises Uncertified, AttributionError (range),
    Cancelled.
    """
    progress = progress or silent()
    progress.step("solve")
    found = minimise(problem, math.ldexp(1.0, j), None if start is None else start * LIMIT)
    return rounded(problem, j, norm_class, found.theta / LIMIT, found.inverse / LIMIT**2, progress)


def rounded(
    problem: Problem, j: int, norm_class: int, start: Floats, inverse: Floats, progress: Progress | None = None
) -> Ints:
    """From a start near the optimum and any approximate inverse of the Hessian there (`W` and V / 2^s will do)."""
    smallest, slack = LIMIT**2 << j, _slack(problem, norm_class)
    v = _integers(np.ldexp(start, _FINE))
    last = math.inf
    for _ in range(_ROUNDS):
        slope = gradient(problem, v, smallest, progress or silent())
        size = float(np.linalg.norm(slope.astype(np.float64)))
        beta = math.ldexp((size * (1 + 2.0**-20) + slack) / smallest, _FINE - PLACES)
        half = 1 << (_F - 1)
        if min(abs((v & ((1 << _F) - 1)) - half).ravel()) > beta + 1:
            return _checked((v + half) >> _F)
        if not size < last / 2:
            break
        last = size
        step = inverse @ slope.astype(np.float64).T.ravel()
        v = v - _integers(np.ldexp(step, _FINE - PLACES).reshape(problem.K, problem.d).T)
    raise Uncertified(reason="no step proves the rounding")


def gradient(problem: Problem, v: Wholes, smallest: int, progress: Progress) -> Wholes:
    """sum_i w_i x_i (p_i - onehot(y_i)) + lambda W at W = v / 2^112, at scale 2^144: object [d, K]."""
    if float(np.abs(v.astype(np.float64)).sum(axis=0).max()) * LIMIT >= 2.0 ** (62 + _F):
        raise AttributionError(reason="range", what="W")
    limbs = carry(split(v, _LIMBS))
    slope: Wholes = (v * smallest) << (PLACES - _FINE)
    for start in range(0, len(problem.X), _ROWS):
        progress.step("certificate", start, len(problem.X))
        own = slice(start, start + _ROWS)
        rows = problem.X[own].astype(np.float64)
        rest = softmax(whole(product([rows], limbs, _LIMBS + 2)), _FINE)
        rest[np.arange(len(rest)), problem.y[own]] -= 1 << PLACES
        rest = rest * problem.w[own].astype(object)[:, None]
        slope = slope + whole(product([rows.T.copy()], carry(split(rest, _GRADIENT_LIMBS)), _GRADIENT_LIMBS + 2))
    return slope


def _slack(problem: Problem, norm_class: int) -> float:
    """A bound of the error of `gradient`, from that of each probability: sum w |x| sqrt(K) 2^12 units."""
    longest = LIMIT * math.sqrt(2.0**norm_class)
    return float(problem.w.sum()) * longest * math.sqrt(problem.K) * 2.0**ERROR_BITS * (1 + 2.0**-20)


def _integers(values: Floats) -> Wholes:
    return np.array([int(value) for value in values.ravel()], object).reshape(values.shape)


def _checked(W: Wholes) -> Ints:
    if max(sum(abs(value) for value in column) for column in W.T.tolist()) * LIMIT >= 1 << 62:
        raise AttributionError(reason="range", what="W")
    return W.astype(np.int64)
