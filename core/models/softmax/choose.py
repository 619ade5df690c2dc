"""The choice of lambda by the log loss of one-Newton leave-one-out (PoA-1, section 14): pinned, then only checked.

Walking from the middle of the grid to the nearest least, instead of trying every exponent: each trial is a training.
Floats suffice, as for ridge (`core.models.ridge.choose`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.jobs import Progress, silent
from core.models.ridge.exact import Floats
from core.models.softmax.newton import Found, Problem, left_out, log_loss, minimise, own_blocks, rows_of

GRID = tuple(range(17))  # lambda = 2^j * 2047^2
_START = 6
_TIE = 1 + 2.0**-20


@dataclass(frozen=True)
class Choice:
    """j, and the summed weight of the records that the head without them answers right."""

    j: int
    right: int


def choose(problem: Problem, grid: Sequence[int] = GRID, progress: Progress | None = None) -> Choice:
    """The first j, walking downhill from 6, whose error is no more than its neighbours'; the larger on a tie.

    Raises Uncertified, Cancelled.
    """
    trials = _Trials(problem, progress or silent())
    j = min(grid, key=lambda one: abs(one - _START))
    while True:
        around = [one for one in (j - 1, j, j + 1) if one in grid]
        least = min(trials.error(one) for one in around)
        best = max(one for one in around if trials.error(one) <= least * _TIE)
        if best == j:
            return Choice(j, trials.right(j))
        j = best


def acceptable(j: int, problem: Problem, grid: Sequence[int] = GRID) -> bool:
    """Whether a pinned j passes the check of a second machine: no neighbour is better."""
    if j not in grid:
        return False
    trials = _Trials(problem, silent())
    around = [trials.error(one) for one in (j - 1, j + 1) if one in grid]
    return trials.error(j) <= min(around, default=math.inf) * (1 + 2.0**-19)


class _Trials:
    def __init__(self, problem: Problem, progress: Progress) -> None:
        self._problem, self._progress = problem, progress
        self._scores: dict[int, Floats] = {}
        self._last: Found | None = None

    def _left_out(self, j: int) -> Floats:
        if j not in self._scores:
            self._progress.step("lambda")
            one = self._problem
            found = minimise(one, math.ldexp(1.0, j), None if self._last is None else self._last.theta)
            self._last = found
            logits, rest, size = one.Z @ found.theta, one.target - found.p, rows_of(one.K)
            for start in range(0, len(logits), size):
                own = slice(start, start + size)
                blocks = own_blocks(one.Z[own], found.inverse, one.K)
                logits[own] = left_out(logits[own], found.p[own], rest[own], one.w[own], blocks)
            self._scores[j] = logits
        return self._scores[j]

    def error(self, j: int) -> float:
        return log_loss(self._left_out(j), self._problem.y, self._problem.w)

    def right(self, j: int) -> int:
        answers = np.argmax(self._left_out(j), axis=1)
        return int(self._problem.w[answers == self._problem.y].sum())
