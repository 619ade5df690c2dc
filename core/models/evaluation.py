"""How good a head is, on records it never saw, beside two baselines that saw the same training records.

Everything counted is an integer, so that it can stand in a manifest; shares are for showing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.models.ridge.exact import rows_times
from core.models.rows import Many, blocks

SCORE_BITS = 52  # scores are fixed point with that many binary places (PoA-1, section 3)
MARGIN_BITS = 20  # margins are kept shorter: manifests hold integers below 2^53
_BINS = 10
_WORD = re.compile(r"\w+")

Ints = NDArray[np.int64]
Right = NDArray[np.bool_]


@dataclass(frozen=True)
class Bin:
    """Held-out records whose margin is at least `margin` (2^-20) and below the next bin's."""

    margin: int
    records: int
    correct: int


@dataclass(frozen=True)
class Hard:
    """A held-out record far on the wrong side: `margin` = own label's score less the best other's (2^-20), negative."""

    index: int
    label: int
    answered: int
    margin: int


@dataclass(frozen=True)
class Evaluation:
    """`confusion[true][answered]` counts; `correct`, `majority`, `tfidf` count right answers out of `records`."""

    records: int
    correct: int
    majority: int
    tfidf: int
    confusion: tuple[tuple[int, ...], ...]
    calibration: tuple[Bin, ...]
    hardest: tuple[Hard, ...]

    @property
    def accuracy(self) -> float:
        return self.correct / self.records

    def canonical(self) -> dict[str, object]:
        """For the manifest. Records are not named there."""
        return {
            "calibration": [[item.margin, item.records, item.correct] for item in self.calibration],
            "confusion": [list(row) for row in self.confusion],
            "correct": self.correct,
            "majority": self.majority,
            "records": self.records,
            "tfidf": self.tfidf,
        }


def answers(scores: Ints) -> Ints:
    """[n, K] scores -> [n] labels: the largest score, the smaller label on a tie."""
    found: Ints = np.argmax(scores, axis=1).astype(np.int64)  # numpy takes the first of equals
    return found


def scores(x: Many, head: Ints) -> Ints:
    """X int16 [n, d], W int64 [d, K] -> int64 [n, K], exact."""
    found = np.empty((len(x), head.shape[1]), np.int64)
    for start, rows in blocks(x):
        found[start : start + len(rows)] = rows_times(rows, head)
    return found


def margins(found: Ints) -> Ints:
    """Best score less the second best, [n], scale 2^-20."""
    two = np.partition(found, -2, axis=1)[:, -2:]
    gap: Ints = (two[:, 1] - two[:, 0]) >> (SCORE_BITS - MARGIN_BITS)
    return gap


def confidence(margin: int, calibration: Sequence[Bin]) -> float:
    """Share of held-out answers with a margin like this one that were right; a figure to show, none to pay by."""
    matching = [item for item in calibration if item.margin <= margin] or list(calibration[:1])
    if not matching:
        return 0.0
    return matching[-1].correct / matching[-1].records


def evaluate(head: Ints, x: Many, labels: Ints, *, majority: int = 0, tfidf: int = 0, hardest: int = 20) -> Evaluation:
    """Measure W on held-out features [n, d] with true labels [n]. Raises BadInput when there are none."""
    if len(labels) == 0:
        raise BadInput(field="held out", reason="empty")
    found = scores(x, head)
    answered = answers(found)
    kinds = head.shape[1]
    confusion = np.bincount(labels * kinds + answered, minlength=kinds * kinds).reshape(kinds, kinds)
    return Evaluation(
        records=len(labels),
        correct=int((answered == labels).sum()),
        majority=majority,
        tfidf=tfidf,
        confusion=tuple(tuple(int(cell) for cell in row) for row in confusion),
        calibration=_calibration(margins(found), answered == labels),
        hardest=_hardest(found, labels, answered, hardest),
    )


def _calibration(gaps: Ints, right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Bins of equal size by margin; equal margins never part."""
    order = np.argsort(gaps, kind="stable")
    bins: list[Bin] = []
    for part in np.array_split(order, min(_BINS, len(order))):
        least, correct = int(gaps[part[0]]), int(right[part].sum())
        if bins and bins[-1].margin == least:
            last = bins.pop()
            bins.append(Bin(least, last.records + len(part), last.correct + correct))
        else:
            bins.append(Bin(least, len(part), correct))
    return tuple(bins)


def _hardest(found: Ints, labels: Ints, answered: Ints, count: int) -> tuple[Hard, ...]:
    rows = np.arange(len(labels))
    own = found[rows, labels]
    others = found.copy()
    others[rows, labels] = np.iinfo(np.int64).min
    gaps = (own - others.max(axis=1)) >> (SCORE_BITS - MARGIN_BITS)
    order = [int(i) for i in np.argsort(gaps, kind="stable")[:count] if answered[i] != labels[i]]
    return tuple(Hard(i, int(labels[i]), int(answered[i]), int(gaps[i])) for i in order)


def majority_right(train_labels: Ints, labels: Ints) -> Right:
    """Which [m] are right when the most frequent training label is always given (the smaller label on a tie)."""
    found: Right = labels == np.argmax(np.bincount(train_labels))
    return found


def majority_baseline(train_labels: Ints, labels: Ints) -> int:
    return int(majority_right(train_labels, labels).sum())


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


class TfIdfCentroids:
    """TF-IDF (1 + ln tf, smoothed idf), unit length, nearest class centroid by cosine. Plain sums in a fixed order."""

    def __init__(self, texts: Sequence[str], labels: Ints, kinds: int) -> None:
        bags = [Counter(words(text)) for text in texts]
        seen = Counter(word for bag in bags for word in bag)
        self._idf = {word: math.log((1 + len(texts)) / (1 + count)) + 1 for word, count in seen.items()}
        self._columns = {word: column for column, word in enumerate(seen)}
        centroids = np.zeros((kinds, len(seen)))
        for bag, label in zip(bags, labels, strict=True):
            for column, value in self._vector(bag):
                centroids[label, column] += value
        norms = np.sqrt((centroids * centroids).sum(axis=1, keepdims=True))
        self._centroids = centroids / np.maximum(norms, 1e-300)

    def _vector(self, bag: Counter[str]) -> list[tuple[int, float]]:
        known = [(word, count) for word, count in bag.items() if word in self._columns]
        values = [(1 + math.log(count)) * self._idf[word] for word, count in known]
        norm = math.sqrt(math.fsum(value * value for value in values)) or 1.0
        return [(self._columns[word], value / norm) for (word, _), value in zip(known, values, strict=True)]

    def answers(self, texts: Sequence[str]) -> Ints:
        found = np.zeros(len(texts), np.int64)
        for row, text in enumerate(texts):
            total = np.zeros(len(self._centroids))
            for column, value in self._vector(Counter(words(text))):
                total += value * self._centroids[:, column]
            found[row] = int(np.argmax(total))
        return found


def tfidf_right(train: Sequence[str], train_labels: Ints, texts: Sequence[str], labels: Ints, kinds: int) -> Right:
    """Which [m] the nearest TF-IDF centroid answers right: each by itself, whatever else is measured."""
    found: Right = TfIdfCentroids(train, train_labels, kinds).answers(texts) == labels
    return found


def tfidf_baseline(train: Sequence[str], train_labels: Ints, texts: Sequence[str], labels: Ints, kinds: int) -> int:
    return int(tfidf_right(train, train_labels, texts, labels, kinds).sum())


def centroid_baseline(train: Many, train_labels: Ints, x: Many, labels: Ints, kinds: int) -> int:
    return int(centroid_right(train, train_labels, x, labels, kinds).sum())


def centroid_right(train: Many, train_labels: Ints, x: Many, labels: Ints, kinds: int) -> Right:
    """Which [m] are right when the label of the nearest class mean is given; TF-IDF needs words."""
    sums, counts = np.zeros((kinds, train.shape[1]), np.int64), np.bincount(train_labels, minlength=kinds)
    for start, rows in blocks(train):
        np.add.at(sums, train_labels[start : start + len(rows)], rows)
    means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], np.inf)
    right = np.zeros(len(labels), np.bool_)
    for start, rows in blocks(x):
        distances = np.stack([((rows.astype(np.float64) - mean) ** 2).sum(axis=1) for mean in means], axis=1)
        right[start : start + len(rows)] = np.argmin(distances, axis=1) == labels[start : start + len(rows)]
    return right
