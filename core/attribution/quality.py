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
_ONE = 1 << 16  # agreement as the core's own; 0 is that of chance
_OWN = 10  # pseudo-records at the contributor's standing
_POOL = 20  # pseudo-records at the newcomers' standing, and of theirs at one half
_CLEAR = 8  # a label measures where its own records are answered so an eighth oftener than all records
_TWICE = 2  # no label is trusted more than twice as far as all labels of the contributor
_GOOD = 3 * _ONE // 4  # a standing that lets somebody differ from the core under a label, and keep this:
_DIFFERS = 2


@dataclass(frozen=True)
class Quality:
    """weight 0..8 of a contributor's records of one label; `reason` says what it rests on.

    "measured"; "unknown": the core cannot tell this label from chance (then: review); "differs": he disagrees with the
    core under this label, in good standing otherwise, and keeps a quarter (then: review); "chance": less than his
    labels of this name alone would get, because all of his together hardly agree more than chance.
    `agree` of `count` of his agree with the core's model; out of fold `core_agree` of `core_count` core records do, and
    `chance` of all `core` records are answered this label. `standing` is that of the contributor, `pool` that of all
    newcomers under the label, in 2^16ths of the core's own agreement beyond chance.
    """

    weight: int
    reason: str
    agree: int
    count: int
    core_agree: int
    core_count: int
    chance: int = 0
    core: int = 0
    standing: int = 0
    pool: int = 0


@dataclass(frozen=True)
class Measure:
    """Of one label in the core: `agree` of `count` records agree out of fold, and `answered` of all `core` get it."""

    agree: int
    count: int
    answered: int
    core: int

    @property
    def beyond(self) -> int:
        """How much more often its records are answered so than all are, times count and core."""
        return self.agree * self.core - self.answered * self.count

    @property
    def tells(self) -> bool:
        return self.count >= _ENOUGH and _CLEAR * self.beyond >= self.count * self.core > 0

    def points(self, agree: int, count: int) -> int:
        """2^16 a record for agreeing as the core does, 0 for agreeing as labels by chance do, less for lies."""
        return (self.count * (agree * self.core - count * self.answered) << 16) // self.beyond


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
    answered = predicted[core][predicted[core] >= 0]
    agreed, held, given = (_count(part, K) for part in (labels[core][agrees[core]], labels[core], answered))
    measures = [Measure(*each, core=len(core)) for each in zip(agreed, held, given, strict=True)]
    pairs = list(zip(contributors[novel].tolist(), labels[novel].tolist(), strict=True))
    agreeing = Counter(pair for pair, ok in zip(pairs, agrees[novel].tolist(), strict=True) if ok)
    return judged(Counter(pairs), agreeing, measures, set(trusted)), core_j


def judged(
    counts: Counter[tuple[int, int]],
    agreeing: Counter[tuple[int, int]],
    measures: list[Measure],
    trusted: set[int],
) -> dict[tuple[int, int], Quality]:
    """By (contributor, label), from how many records each has under it and how many of them agree."""
    measured, points = Counter[int](), Counter[int]()
    for who, label in counts:
        if measures[label].tells:
            measured[who] += counts[who, label]
            points[who] += measures[label].points(agreeing[who, label], counts[who, label])
    pool = _pools(counts, agreeing, measures, {who for who, _ in counts if who in trusted or measured[who] >= _NEW})
    found = {}
    for who, label in sorted(counts):
        one, mine = measures[label], (agreeing[who, label], counts[who, label])
        standing = _share(points[who] + _POOL * pool[label], measured[who] + _POOL)
        most = _weight(_TWICE * standing, _ONE)
        weight, reason = UNKNOWN, "unknown"
        if one.tells:
            weight = _weight(one.points(*mine) + _OWN * standing, (mine[1] + _OWN) * _ONE)
            reason = "measured"
        if weight > most:
            weight, reason = most, "chance"
        if weight < _DIFFERS and measured[who] >= _NEW and standing >= _GOOD:
            weight, reason = _DIFFERS, "differs"
        found[who, label] = Quality(
            weight, reason, *mine, one.agree, one.count, one.answered, one.core, standing, pool[label]
        )
    return found


def _pools(
    counts: Counter[tuple[int, int]],
    agreeing: Counter[tuple[int, int]],
    measures: list[Measure],
    known: set[int],
) -> list[int]:
    """By label: how all newcomers together agree under it, one half where the core cannot tell."""
    pools = []
    for label, one in enumerate(measures):
        new = [pair for pair in counts if pair[1] == label and pair[0] not in known] if one.tells else []
        agree, count = sum(agreeing[pair] for pair in new), sum(counts[pair] for pair in new)
        points = one.points(agree, count) if new else 0
        pools.append(_share(points + _POOL * _ONE // 2, count + _POOL))
    return pools


def _share(points: int, records: int) -> int:
    return min(_ONE, max(0, points // records))


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
