"""From the records of a release to a trained model, and to the same model without some of them.

The consent rule stands here, once: a record trains only if its terms allow "train", and measures only if they allow
"evaluate". The others are counted, not used. Weights come from outside (PoA-1, section 7: `prepare`, then
`TrainingSet.weighted`) and are pinned.

Features may stand in a file (core/models/rows.py): nothing here holds more of them than a block, and `held` says how
much memory it all takes. The sums of a ridge head are kept with it, so records come and go at the price of a solve.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, TooFewRecords
from core.jobs import Progress
from core.models import encoders, evaluation, families, features, ridge
from core.models.encoders.base import Encoder, Features
from core.models.evaluation import Evaluation
from core.models.families import Compared
from core.models.ridge.base import Head
from core.models.rows import RESIDENT, Many, joined, taken

Ints = NDArray[np.int64]
MIN_RECORDS = 2  # of each label, with weight: one alone cannot be judged without itself


@dataclass(frozen=True, eq=False, slots=True)
class Item:
    """One record. `record_id` 32 and `account` 20 bytes; `uses` as its terms allow; `weight` 0..64.

    `x` int16 [width]: the features a release committed to, for encoders whose integers differ between machines.
    """

    text: str
    label: str
    record_id: bytes
    account: bytes
    uses: frozenset[str]
    weight: int = 1
    x: Features | None = None


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Records kept out of training: x int16 [m, d], labels [m]; what two baselines got right on them, of m.

    `tfidf`: the nearest centroid of TF-IDF vectors for texts, of the features for everything else.
    `record_ids` [m] and, of each, `right` uint8 [m] (1 for the majority, 2 for the centroid): what it takes to leave
    one out again. Models that were kept before this was have neither.
    """

    x: Many
    y: Ints
    majority: int
    tfidf: int
    record_ids: tuple[bytes, ...] = ()
    right: NDArray[np.uint8] | None = None

    @classmethod
    def of(
        cls, x: Many, y: Ints, record_ids: Sequence[bytes], majority: evaluation.Right, tfidf: evaluation.Right
    ) -> HeldOut:
        """`majority` and `tfidf` [m]: which of them the baselines got right."""
        right = majority.astype(np.uint8) | (tfidf.astype(np.uint8) << 1)
        return cls(x, y, int(majority.sum()), int(tfidf.sum()), tuple(record_ids), right.astype(np.uint8))

    def without(self, record_ids: Collection[bytes]) -> HeldOut | None:
        """Less these of `record_ids`; None when nothing is left to measure on. What baselines answered stays pinned."""
        assert self.right is not None  # who has ids has these
        kept = [place for place, one in enumerate(self.record_ids) if one not in record_ids]
        if not kept:
            return None
        right = self.right[kept]
        ids = tuple(self.record_ids[place] for place in kept)
        return self.of(taken(self.x, kept), self.y[kept], ids, right & 1 == 1, right & 2 == 2)


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Records in the order of their release: x int16 [n, d], y label indices, w weights, ids and accounts.

    `excluded` counts the records whose terms do not allow training. A plain value: equal sets train equal models.
    """

    encoder: str
    labels: tuple[str, ...]
    x: Many
    y: Ints
    w: Ints
    record_ids: tuple[bytes, ...]
    accounts: tuple[bytes, ...]
    excluded: int
    held_out: HeldOut | None

    def __len__(self) -> int:
        return len(self.record_ids)

    def positions(self, record_ids: Collection[bytes]) -> Ints:
        """Where these records stand, ascending. Raises BadInput for one that is not among them."""
        wanted = set(record_ids)
        found = [i for i, record_id in enumerate(self.record_ids) if record_id in wanted]
        if len(found) != len(wanted):
            raise BadInput(field="record", reason="not in the training set", value=len(wanted) - len(found))
        return np.array(found, np.int64)

    def weighted(self, weights: Ints) -> TrainingSet:
        """The same records with these weights, int [n] in 0..64. Raises BadInput."""
        if weights.shape != self.w.shape or (len(weights) and not 0 <= int(weights.min()) <= int(weights.max()) <= 64):
            raise BadInput(field="weights", reason="range")
        return replace(self, w=weights.astype(np.int64))

    def take(self, kept: Ints) -> TrainingSet:
        ids, accounts = (tuple(column[i] for i in kept) for column in (self.record_ids, self.accounts))
        return replace(self, x=taken(self.x, kept), y=self.y[kept], w=self.w[kept], record_ids=ids, accounts=accounts)

    def joined(self, more: TrainingSet) -> TrainingSet:
        """These records, then more of the same kind; what is held out stays. Raises BadInput."""
        if (self.encoder, self.labels) != (more.encoder, more.labels):
            raise BadInput(field="records", reason="other features or labels", value=more.encoder)
        _distinct((*self.record_ids, *more.record_ids))
        x, y, w = joined(self.x, more.x), np.concatenate([self.y, more.y]), np.concatenate([self.w, more.w])
        ids, accounts = self.record_ids + more.record_ids, self.accounts + more.accounts
        excluded = self.excluded + more.excluded
        return replace(self, x=x, y=y, w=w, record_ids=ids, accounts=accounts, excluded=excluded)

    def without(self, record_ids: Collection[bytes]) -> TrainingSet:
        """The same set less these records, whether trained or measured on; all weights stay pinned."""
        learned, measured = self.parted(record_ids)
        kept = self.take(np.delete(np.arange(len(self)), self.positions(learned))) if learned else self
        if self.held_out is None or not measured:
            return kept
        return replace(kept, held_out=self.held_out.without(measured))

    def parted(self, record_ids: Collection[bytes]) -> tuple[set[bytes], set[bytes]]:
        """Those that it is trained on (or that are not here at all), and those that it is measured on."""
        apart = set() if self.held_out is None else set(self.held_out.record_ids)
        return set(record_ids) - apart, set(record_ids) & apart


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """`head` holds V, W, j and the scales; `evaluation` is None when nothing was held out.

    `compared`: what either family of head got wrong, where training looked at both. Not kept beyond the manifest.
    `statistics`: the sums of a ridge head; None where they were not kept, and for softmax.
    """

    data: TrainingSet
    head: Head
    evaluation: Evaluation | None
    compared: Compared | None = None
    statistics: ridge.Statistics | None = None

    @property
    def encoder(self) -> Encoder:
        return encoders.get(self.data.encoder)

    @property
    def labels(self) -> tuple[str, ...]:
        return self.data.labels


def prepare(
    items: Sequence[Item],
    held_out: Sequence[Item],
    labels: Sequence[str],
    progress: Progress,
    *,
    encoder: str = encoders.DEFAULT,
    shelf: features.Shelf | None = None,
    encode: features.EncodeChunk | None = None,
) -> TrainingSet:
    """Apply the consent rule, encode, and measure the baselines. `labels` in the order the model numbers them.

    What is encoded is taken from and kept on `shelf`. Raises BadInput (labels, ids), TooFewRecords, ModelError,
    DiskFull, Cancelled.
    """
    shelf = shelf or features.Shelf()
    number = _numbering(labels)
    kind = encoders.get(encoder)
    kept = [item for item in items if "train" in item.uses]
    apart = [item for item in held_out if "evaluate" in item.uses]
    y, yh = _label_indices(kept, number), _label_indices(apart, number)
    w = np.array([item.weight for item in kept], np.int64)
    _enough(y[w > 0], labels)
    _identities(kept)
    if {item.record_id for item in kept}.intersection(item.record_id for item in apart):
        raise BadInput(field="held out", reason="also trained on")
    x = _encoded(kind, kept, progress, shelf, encode)
    xh = _encoded(kind, apart, progress, shelf, encode)
    apart_set = None
    if apart:
        progress.step("baselines")
        texts, tests = [item.text for item in kept], [item.text for item in apart]
        if kind.kind == "text":
            tfidf = evaluation.tfidf_right(texts, y, tests, yh, len(labels))
        else:
            tfidf = evaluation.centroid_right(x, y, xh, yh, len(labels))
        ids = [item.record_id for item in apart]
        apart_set = HeldOut.of(xh, yh, ids, evaluation.majority_right(y, yh), tfidf)
    return TrainingSet(
        encoder,
        tuple(labels),
        x,
        y,
        w,
        tuple(item.record_id for item in kept),
        tuple(item.account for item in kept),
        len(items) - len(kept),
        apart_set,
    )


def train(data: TrainingSet, progress: Progress, *, j: int | None = None, family: str = families.AUTO) -> TrainedModel:
    """The certified head of these records; lambda = 2^j * 2047^2 is chosen, or pinned by `j`; see `families.train`.

    Raises TooFewRecords, Uncertified, AttributionError, BadInput, Cancelled.
    """
    kind = encoders.get(data.encoder)
    head, compared, statistics = families.train(
        data.x, data.y, len(data.labels), data.w, family=family, j=j, norm_class=kind.norm_class, progress=progress
    )
    return replace(_measured(data, head, progress, statistics), compared=compared)


def without(trained: TrainedModel, record_ids: Collection[bytes], progress: Progress) -> TrainedModel:
    """Exact withdrawal: the sums of a ridge head's records are subtracted, a softmax head is trained again.

    The records that stay are not looked at, however many they are. One that was held out for measuring leaves the
    measurement: the head never saw it.

    Equal to `train(trained.data.without(ids), j=trained.head.j, family=trained.head.family)`, bit for bit.

    Raises BadInput for records that are not part of the model, TooFewRecords when fewer than two labels remain.
    """
    data, head = trained.data, trained.head
    learned, _ = data.parted(record_ids)
    gone, rest = data.take(data.positions(learned)), data.without(record_ids)
    if not learned:
        return _measured(rest, head, progress, trained.statistics)
    if not isinstance(head, ridge.Head):
        return _measured(rest, head.again(rest.x, rest.y, rest.w, progress), progress)
    left = _whole(trained, progress) - _sums(gone, head.norm_class, progress)
    if int((left.mass > 0).sum()) < 2:
        raise TooFewRecords(label="", found=int((left.mass > 0).sum()), needed=2)
    progress.step("solve")
    return _measured(rest, ridge.fit(left, head.j, head.norm_class), progress, left)


def added(trained: TrainedModel, more: TrainingSet, progress: Progress) -> TrainedModel:
    """Exact addition: the model with later records as well, its j and all weights pinned.

    Equal to `train(trained.data.joined(more), j=trained.head.j, family=trained.head.family)`, bit for bit.

    Raises BadInput, Uncertified, Cancelled.
    """
    data, head = trained.data.joined(more), trained.head
    if not isinstance(head, ridge.Head):
        return _measured(data, head.again(data.x, data.y, data.w, progress), progress)
    whole = _whole(trained, progress) + _sums(more, head.norm_class, progress)
    progress.step("solve")
    return _measured(data, ridge.fit(whole, head.j, head.norm_class), progress, whole)


def held(d: int, K: int, records: int = 0) -> int:
    """Bytes that training and attribution hold beyond the program and the texts, at most.

    The features that are kept in memory; blocks of them as float64 and products by two limbs; what the certified solve
    has at once, some forty matrices of d columns and K; and of each record id, label, weight, credits and scores,
    whatever d is. Where a pass is compiled (core/attribution/kernel.py), numba takes some 90 MB once.
    """
    work = 4096 * (d * (2 + 8 * 5) + K * 8 * 8) + 40 * 8 * d * (d + K)
    return min(RESIDENT, 2 * d * records) + work + (32 << 20) + records * (600 + 6 * 8 * K)


def _whole(trained: TrainedModel, progress: Progress) -> ridge.Statistics:
    return trained.statistics or _sums(trained.data, trained.head.norm_class, progress)


def _sums(data: TrainingSet, norm_class: int, progress: Progress) -> ridge.Statistics:
    return ridge.Statistics.of(data.x, data.y, len(data.labels), data.w, norm_class=norm_class, progress=progress)


def _measured(
    data: TrainingSet, head: Head, progress: Progress, statistics: ridge.Statistics | None = None
) -> TrainedModel:
    progress.step("evaluate")
    apart = data.held_out
    found = None
    if apart is not None:
        found = evaluation.evaluate(head.W, apart.x, apart.y, majority=apart.majority, tfidf=apart.tfidf)
    return TrainedModel(data, head, found, statistics=statistics)


def _numbering(labels: Sequence[str]) -> dict[str, int]:
    if len(set(labels)) != len(labels) or not all(labels):
        raise BadInput(field="labels", reason="not distinct")
    return {label: index for index, label in enumerate(labels)}


def _label_indices(items: Sequence[Item], number: dict[str, int]) -> Ints:
    unknown = {item.label for item in items if item.label not in number}
    if unknown:
        raise BadInput(field="label", reason="not in the schema", value=min(unknown)[:100])
    return np.array([number[item.label] for item in items], np.int64)


def _enough(y: Ints, labels: Sequence[str]) -> None:
    counts = np.bincount(y, minlength=len(labels))
    for label, count in zip(labels, counts, strict=True):
        if count < MIN_RECORDS:
            raise TooFewRecords(label=label, found=int(count), needed=MIN_RECORDS)


def _identities(items: Sequence[Item]) -> None:
    if any(len(item.record_id) != 32 or len(item.account) != 20 for item in items):
        raise BadInput(field="record", reason="identity length")
    _distinct([item.record_id for item in items])


def _distinct(record_ids: Sequence[bytes]) -> None:
    if len(set(record_ids)) != len(record_ids):
        raise BadInput(field="record", reason="twice in the release")


def _encoded(
    kind: Encoder,
    items: Sequence[Item],
    progress: Progress,
    shelf: features.Shelf,
    encode: features.EncodeChunk | None,
) -> Many:
    """Committed features where given, computed ones elsewhere. For an exact encoder both must be the same."""
    if all(item.x is None for item in items):
        return shelf.rows(kind, [item.text for item in items], progress, encode)
    open_items = [item for item in items if item.x is None or kind.exact]
    computed = iter(shelf.rows(kind, [item.text for item in open_items], progress, encode))
    rows = np.zeros((len(items), kind.width), np.int16)
    for index, item in enumerate(items):
        if item.x is None or kind.exact:
            rows[index] = next(computed)
            if item.x is not None and not np.array_equal(item.x, rows[index]):
                raise BadInput(field="features", reason="not those of the text", value=index)
        else:
            rows[index] = item.x
    features.check(kind, rows, len(items))
    return rows
