"""Quality of a contributor's labels, measured by a model of the trusted core (PoA-1, section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.jobs import Progress, silent
from core.models.ridge import choose
from core.models.ridge.exact import Ints, rows_times
from core.models.ridge.head import weights_of
from core.models.ridge.statistics import Features, Statistics

FULL = 8
UNKNOWN = 4  # one half, and review: new topics must not be starved
_FOLDS = 5
_ENOUGH = 30  # core records of a label before it measures anyone


@dataclass(frozen=True)
class Quality:
    """weight 0..8 of a contributor's records of one label; reason "measured" or "unknown" (then: review).

    `agree` of `count` of his agree with the core's model; `core_agree` of `core_count` core records do, out of fold.
    """

    weight: int
    reason: str
    agree: int
    count: int
    core_agree: int
    core_count: int


def quality_of(
    X: Features,
    labels: Ints,
    K: int,
    contributors: NDArray[np.integer],
    trusted: Collection[int],
    novel: NDArray[np.bool_],
    norm_class: int = 2,
    progress: Progress | None = None,
) -> tuple[dict[tuple[int, int], Quality], int | None]:
    """By (contributor, label) over the novel records, and the core's pinned exponent j (None without a usable core).

    Raises Uncertified, AttributionError, Cancelled.
    """
    progress = progress or silent()
    core = np.flatnonzero(np.isin(contributors, list(trusted)) & novel)
    predicted, core_j = _predictions(X, labels, K, core, norm_class, progress)
    agrees = predicted == labels
    core_counts, core_agrees = _count(labels[core], K), _count(labels[core][agrees[core]], K)
    pairs = list(zip(contributors[novel].tolist(), labels[novel].tolist(), strict=True))
    counts, agreeing = Counter(pairs), Counter(p for p, ok in zip(pairs, agrees[novel].tolist(), strict=True) if ok)
    return {
        pair: _judge(agreeing[pair], counts[pair], core_agrees[pair[1]], core_counts[pair[1]])
        for pair in sorted(counts)
    }, core_j


def _count(labels: Ints, K: int) -> list[int]:
    return [int(value) for value in np.bincount(labels, minlength=K)]


def _predictions(
    X: Features, labels: Ints, K: int, core: Ints, norm_class: int, progress: Progress
) -> tuple[Ints, int | None]:
    """The core model's answer for every record, out of fold for the core's own; -1 everywhere without a core."""
    predicted = np.full(len(X), -1, np.int64)
    folds = [core[fold::_FOLDS] for fold in range(_FOLDS)]
    parts = [_sums(X, labels, K, fold, norm_class) for fold in folds]
    whole = Statistics.zero(X.shape[1], K)
    for part in parts:
        whole = whole + part
    if any(int(((whole - part).mass > 0).sum()) < 2 for part in parts):
        return predicted, None
    ones = np.ones(len(core), np.int64)
    j = choose.choose(choose.errors(whole, X[core], labels[core], ones, progress=progress))
    predicted[:] = _answers(X, weights_of(whole, j))
    for step, (fold, part) in enumerate(zip(folds, parts, strict=True)):
        progress.step("quality", step, _FOLDS)
        predicted[fold] = _answers(X[fold], weights_of(whole - part, j))
    return predicted, j


def _sums(X: Features, labels: Ints, K: int, records: Ints, norm_class: int) -> Statistics:
    return Statistics.of(X[records], labels[records], K, np.ones(len(records), np.int64), norm_class=norm_class)


def _answers(X: Features, W: Ints) -> Ints:
    answers: Ints = np.argmax(rows_times(X, W), axis=1).astype(np.int64)
    return answers


def _judge(agree: int, count: int, core_agree: int, core_count: int) -> Quality:
    if core_count < _ENOUGH or core_agree == 0:
        return Quality(UNKNOWN, "unknown", agree, count, core_agree, core_count)
    num = agree * core_count + 10 * core_agree  # 20 pseudo-records at one half
    den = core_agree * (count + 20)
    weight = 8999 * (10 * num - 3 * den) // (7000 * den)  # floor(8.999 clip((q - .3) / .7, 0, 1))
    return Quality(min(FULL, max(0, weight)), "measured", agree, count, core_agree, core_count)
