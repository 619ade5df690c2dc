"""What each record did to the head, before any call: its leave-one-out coefficients (PoA-1, sections 4 and 14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.attribution import newton
from core.errors import AttributionError
from core.jobs import Progress, silent
from core.models import ridge, softmax
from core.models.ridge.base import Head
from core.models.ridge.exact import Ints
from core.models.ridge.statistics import Features, check_records
from core.models.rows import Many

SCALE = 24  # of gains, residuals and coefficients
_ROWS = 4_096


@dataclass(frozen=True)
class Credit:
    """c int64 [n, K] at scale 2^24; z bounds its row sums (pinned in the manifest)."""

    c: Ints
    z: int


def credit_of(head: Head, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None = None) -> Credit:
    """For the records the head was made of, in the order of the release. Records of weight 0 get zeros.

    Raises BadInput, AttributionError (a leverage of 1 or more: these are not the head's records; range), Cancelled.
    """
    progress = progress or silent()
    y, w = check_records(len(X), labels, head.K, weights)
    c = np.zeros((len(X), head.K), np.int64)
    kept = np.flatnonzero(w)
    for start in range(0, len(kept), _ROWS):
        progress.step("credit", start, len(kept))
        index = kept[start : start + _ROWS]
        c[index] = _of_records(head, X[index], y[index], w[index])
    largest = max((int(row) for row in np.abs(c).sum(axis=1)), default=0)
    return Credit(c, largest.bit_length())


def _of_records(head: Head, X: Features, y: Ints, w: Ints) -> Ints:
    if isinstance(head, softmax.Head):
        return newton.coefficients(head, X, y, w)
    assert isinstance(head, ridge.Head)
    gains = _gains(head, head.leverage(X), w)
    return _coefficients(_centred(head.residuals(X, y), head.t), gains)


def _gains(head: ridge.Head, leverage: Ints, weights: Ints) -> list[int]:
    """up(w 2^(s+24) / (2^s - w h)) as Python integers: the numerator passes 64 bits."""
    one = 1 << head.s
    gains = []
    for h, w in zip(leverage.tolist(), weights.tolist(), strict=True):
        rest = one - w * h
        if rest <= 0:
            raise AttributionError(reason="leverage")
        gains.append((((w << (head.s + SCALE)) * 2) + rest) // (2 * rest))
    return gains


def _centred(residuals: Ints, t: int) -> Ints:
    """Residuals at scale 2^24, less their mean over the labels."""
    down = t - SCALE
    R = (residuals + (1 << (down - 1))) >> down
    K = R.shape[1]
    centred: Ints = (2 * (K * R - R.sum(axis=1)[:, None]) + K) // (2 * K)
    return centred


def _coefficients(p: Ints, gains: list[int]) -> Ints:
    half = 1 << (SCALE - 1)
    if int(np.abs(p).max(initial=0)) * max(gains) < 1 << 62:
        narrow: Ints = (p * np.array(gains, np.int64)[:, None] + half) >> SCALE
        return narrow
    wide: NDArray[Any] = (p.astype(object) * np.array(gains, object)[:, None] + half) >> SCALE
    if max(abs(value) for value in wide.ravel()) >= 1 << 56:
        raise AttributionError(reason="range", what="coefficients")
    return wide.astype(np.int64)
