"""Quality of a contributor's labels, measured by a model of the trusted core (PoA-1, section 7).

What is little known of a label is filled up with what the contributor's other records show, and what is little known of
the contributor with what newcomers did under that label: three hundred unknown accounts that tell one lie are judged by
that lie together, and a newcomer who works well is not held back by them.
"""

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
from core.models.ridge.statistics import Statistics
from core.models.rows import Many, blocks, taken

FULL = 8
UNKNOWN = 4  # one half, and review: new topics must not be starved
_FOLDS = 5
_ENOUGH = 30  # core records of a label before it measures anyone
_NEW = 100  # who has fewer measured records is a newcomer
_ONE = 1 << 16  # agreement as the core's own
_OWN = 10  # pseudo-records at the contributor's standing
_POOL = 20  # pseudo-records at the newcomers' standing, and of theirs at one half
_GOOD = 3 * _ONE // 4  # a standing that lets somebody differ from the core under a label, and keep this:
_DIFFERS = 2


@dataclass(frozen=True)
class Quality:
    """weight 0..8 of a contributor's records of one label; reason "measured", "unknown" or "differs" (then: review).

    "differs": he disagrees with the core under this label, in good standing otherwise, and keeps a quarter.
    `agree` of `count` of his agree with the core's model; `core_agree` of `core_count` core records do, out of fold.
    `standing` is that of the contributor, `pool` that of all newcomers under the label, in 2^16ths of the core's own
    agreement.
    """

    weight: int
    reason: str
    agree: int
    count: int
    core_agree: int
    core_count: int
    standing: int = 0
    pool: int = 0


def quality_of(
    X: Many,
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
    scale = [_scale(*pair) for pair in zip(core_agrees, core_counts, strict=True)]
    return _judged(counts, agreeing, core_agrees, core_counts, scale, set(trusted)), core_j


def _scale(core_agree: int, core_count: int) -> int:
    """What one agreement counts, so that agreeing as often as the core comes to 2^16; 0 where the core cannot tell."""
    return (core_count << 16) // core_agree if core_count >= _ENOUGH and core_agree else 0


def _judged(
    counts: Counter[tuple[int, int]],
    agreeing: Counter[tuple[int, int]],
    core_agrees: list[int],
    core_counts: list[int],
    scale: list[int],
    trusted: set[int],
) -> dict[tuple[int, int], Quality]:
    known = [pair for pair in sorted(counts) if scale[pair[1]]]
    measured, points = Counter[int](), Counter[int]()
    for who, label in known:
        measured[who] += counts[who, label]
        points[who] += agreeing[who, label] * scale[label]
    new = [(who, label) for who, label in known if who not in trusted and measured[who] < _NEW]
    pooled, pool_points = Counter[int](), Counter[int]()
    for who, label in new:
        pooled[label] += counts[who, label]
        pool_points[label] += agreeing[who, label] * scale[label]
    pool = [_share(pool_points[k] + _POOL * _ONE // 2, pooled[k] + _POOL) for k in range(len(scale))]
    found = {}
    for who, label in sorted(counts):
        evidence = (agreeing[who, label], counts[who, label], core_agrees[label], core_counts[label])
        if scale[label]:
            standing = _share(points[who] + _POOL * pool[label], measured[who] + _POOL)
            weight = _weight(evidence[0] * scale[label] + _OWN * standing, (evidence[1] + _OWN) * _ONE)
            differs = weight < _DIFFERS and measured[who] >= _NEW and standing >= _GOOD
            reason = "differs" if differs else "measured"
            found[who, label] = Quality(_DIFFERS if differs else weight, reason, *evidence, standing, pool[label])
        else:
            found[who, label] = Quality(UNKNOWN, "unknown", *evidence)
    return found


def _share(points: int, records: int) -> int:
    return min(_ONE, points // records)


def _weight(num: int, den: int) -> int:
    """floor(8.999 clip((q - .3) / .7, 0, 1)) of q = num / den."""
    return min(FULL, max(0, 8999 * (10 * num - 3 * den) // (7000 * den)))


def _count(labels: Ints, K: int) -> list[int]:
    return [int(value) for value in np.bincount(labels, minlength=K)]


def _predictions(
    X: Many, labels: Ints, K: int, core: Ints, norm_class: int, progress: Progress
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
    j = choose.choose(choose.errors(whole, taken(X, core), labels[core], ones, progress=progress))
    predicted[:] = _answers(X, weights_of(whole, j))
    for step, (fold, part) in enumerate(zip(folds, parts, strict=True)):
        progress.step("quality", step, _FOLDS)
        predicted[fold] = _answers(taken(X, fold), weights_of(whole - part, j))
    return predicted, j


def _sums(X: Many, labels: Ints, K: int, records: Ints, norm_class: int) -> Statistics:
    return Statistics.of(taken(X, records), labels[records], K, np.ones(len(records), np.int64), norm_class=norm_class)


def _answers(X: Many, W: Ints) -> Ints:
    found = np.empty(len(X), np.int64)
    for start, rows in blocks(X):
        found[start : start + len(rows)] = np.argmax(rows_times(rows, W), axis=1)
    return found
