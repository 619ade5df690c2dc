"""Measured influence of contributors: the answer of the model made without each of them (PoA-1, section 6).

Not the sum over his records, which is far off (records of one person stand in for each other), but his departure as
a whole: the certified head of everybody else's records, weights and lambda pinned.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.attribution.payout import largest_remainder
from core.errors import BadInput
from core.jobs import Progress, silent
from core.models import ridge
from core.models.ridge.base import Head
from core.models.ridge.exact import Ints, rows_times
from core.models.ridge.head import weights_of
from core.models.ridge.statistics import Features, Statistics, check_features, check_records
from core.models.rows import Many, taken

PARTS = 1_000_000  # shares of an answer are out of this many


def left_out(
    head: Head,
    statistics: Statistics | None,
    X: Many,
    labels: ArrayLike,
    weights: ArrayLike,
    contributors: NDArray[np.integer],
    count: int,
    progress: Progress | None = None,
) -> Ints:
    """W_c for each contributor 0..count-1: int64 [count, d, K]. `contributors` [n] names each record's own.

    `statistics` are the sums of all records, which a ridge head subtracts from; None makes them anew each time.
    Raises BadInput, Uncertified, AttributionError, Cancelled.
    """
    progress = progress or silent()
    y, w = check_records(len(X), labels, head.K, weights)
    if contributors.shape != (len(X),) or (len(X) and not 0 <= contributors.min() <= contributors.max() < count):
        raise BadInput(field="contributors", reason="range")
    heads = np.broadcast_to(head.W, (count, *head.W.shape)).copy()
    for contributor in range(count):
        progress.step("contributors", contributor, count)
        own = (contributors == contributor) & (w > 0)
        if own.any() and isinstance(head, ridge.Head) and statistics is not None:
            part = Statistics.of(taken(X, own), y[own], head.K, w[own], norm_class=head.norm_class)
            heads[contributor] = weights_of(statistics - part, head.j)
        elif own.any():
            heads[contributor] = head.weights_of(taken(X, ~own), y[~own], w[~own], progress)
    return heads


def of_answers(head: Head, heads: Ints, X: Features, labels: ArrayLike) -> list[list[int]]:
    """Q of each contributor for each call: [calls][count] Python integers; influence = Q / (K 2^t). Raises BadInput."""
    check_features(X, head.norm_class)
    y, _ = check_records(len(X), labels, head.K, np.ones(len(X), np.int64))
    K = head.K
    rows: list[list[int]] = [[] for _ in range(len(X))]
    for W in heads:
        change = rows_times(X, head.W - W)
        sums = change.astype(object).sum(axis=1)  # K labels of up to 62 bits each pass int64
        for row, answered, total in zip(rows, change[np.arange(len(X)), y].tolist(), sums, strict=True):
            row.append(K * answered - int(total))
    return rows


def of_answer(head: Head, heads: Ints, x: Features, label: int) -> list[int]:
    """Q of each contributor for one call x int16 [d] answered `label`."""
    return of_answers(head, heads, x[None, :], [label])[0]


def shares(Q: list[int]) -> list[int]:
    """Of one answer, in millionths of the positive influence; contributors are given oldest first."""
    positive = [max(0, value) for value in Q]
    return largest_remainder(PARTS, positive) if any(positive) else [0] * len(Q)
