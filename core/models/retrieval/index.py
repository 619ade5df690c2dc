"""The index: integer features of the documents, their exact dot products with a query's, and the ranking (PoA-1, 11).

Scores are integers whatever computes them. Where no partial sum can pass 2^24 (by Cauchy-Schwarz over the longest
document) single precision holds every one exactly, in any order; else double precision does, up to 2^53.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, ModelError
from core.jobs import Progress
from core.models import encoders, features
from core.models.encoders.base import Encoder, Features
from core.models.training import Item

Ints = NDArray[np.int64]
MOST = 8  # documents of an answer
_ROWS = 8192  # rows made float at once: 8 MB for 256 features, which a cache holds
_SINGLE, _DOUBLE = 1 << 24, 1 << 53  # integers up to here are exact in float32 and float64


@dataclass(frozen=True, eq=False)
class Index:
    """Documents in the order of their release: x int16 [n, d] with the bias last, y label indices int64 [n].

    `labels` as the release numbers them; `excluded` records do not allow training, `copies` repeat older texts.
    """

    encoder: str
    labels: tuple[str, ...]
    x: Features
    y: Ints
    record_ids: tuple[bytes, ...]
    accounts: tuple[bytes, ...]
    excluded: int
    copies: int

    def __len__(self) -> int:
        return len(self.record_ids)

    @property
    def kind(self) -> Encoder:
        return encoders.get(self.encoder)

    @cached_property
    def longest(self) -> int:
        """The largest sum of squares of a document, the bias left out."""
        dense = self.x[:, :-1]
        parts = (dense[at : at + _ROWS].astype(np.int64) for at in range(0, len(dense), _ROWS))
        return max((int((part * part).sum(axis=1).max(initial=0)) for part in parts), default=0)

    def scores(self, x: Features, progress: Progress | None = None) -> Ints:
        """Of a query x int16 [d]: int64 [n]. Raises BadInput for features of another width, Cancelled."""
        found = np.zeros(len(self), np.int64)
        for at, part in self.products(x[None, :], progress):
            found[at : at + len(part)] = part[:, 0]
        return found

    def products(self, queries: Features, progress: Progress | None = None) -> Iterator[tuple[int, Ints]]:
        """Exact scores of m queries int16 [m, d], some rows at a time: (first row, int64 [rows, m])."""
        if queries.dtype != np.int16 or queries.ndim != 2 or queries.shape[1] != self.x.shape[1]:
            raise BadInput(field="query", reason="shape", value=str(queries.shape))
        dense = queries[:, :-1].astype(np.int64)
        bound = math.isqrt(self.longest * int((dense * dense).sum(axis=1).max(initial=0)))
        kind: Any = np.float32 if bound < _SINGLE - 1 else np.float64
        if bound >= _DOUBLE - 1:
            raise BadInput(field="query", reason="range", value=bound)
        columns = np.ascontiguousarray(dense.T.astype(kind))
        for at in range(0, len(self), _ROWS):
            if progress is not None:
                progress.step("search", at, len(self))
            yield at, (self.x[at : at + _ROWS, :-1].astype(kind) @ columns).astype(np.int64)

    def positions(self, record_ids: Collection[bytes]) -> Ints:
        """Where these records stand, ascending. Raises BadInput for one that is not among them."""
        wanted = set(record_ids)
        found = [place for place, record_id in enumerate(self.record_ids) if record_id in wanted]
        if len(found) != len(wanted):
            raise BadInput(field="record", reason="not in the index", value=len(wanted) - len(found))
        return np.array(found, np.int64)

    def without(self, record_ids: Collection[bytes]) -> Index:
        """Exact withdrawal: the same index less these documents. Raises BadInput, ModelError when none is left."""
        kept = np.delete(np.arange(len(self)), self.positions(record_ids))
        if not len(kept):
            raise ModelError(reason="no documents")
        ids, accounts = (tuple(column[i] for i in kept) for column in (self.record_ids, self.accounts))
        return replace(self, x=self.x[kept], y=self.y[kept], record_ids=ids, accounts=accounts)


def ranking(scores: Ints, most: int) -> tuple[int, ...]:
    """The first `most` of those with a positive score: larger first, the older on a tie."""
    positive = np.flatnonzero(scores > 0)
    if len(positive) > most:
        least = np.partition(scores[positive], len(positive) - most)[len(positive) - most]
        positive = positive[scores[positive] >= least]
    ordered = positive[np.argsort(-scores[positive], kind="stable")]
    return tuple(int(place) for place in ordered[:most])


def build(
    items: Sequence[Item],
    labels: Sequence[str],
    progress: Progress,
    *,
    encoder: str = encoders.DEFAULT,
    cache: features.Cache | None = None,
    encode: features.EncodeChunk | None = None,
) -> Index:
    """The index of records in the order of their release. Terms without "train" keep a record out, and weight 0 (the
    caller found it a copy of an older text). Raises ModelError("no documents"), BadInput, Cancelled.
    """
    number = {label: place for place, label in enumerate(labels)}
    allowed = [item for item in items if "train" in item.uses]
    kept = [item for item in allowed if item.weight]
    if not kept:
        raise ModelError(reason="no documents")
    unknown = {item.label for item in kept if item.label not in number}
    if unknown:
        raise BadInput(field="label", reason="not in the schema", value=min(unknown)[:100])
    if any(len(item.record_id) != 32 or len(item.account) != 20 for item in kept):
        raise BadInput(field="record", reason="identity length")
    if len({item.record_id for item in kept}) != len(kept):
        raise BadInput(field="record", reason="twice in the release")
    return Index(
        encoder,
        tuple(labels),
        _encoded(encoders.get(encoder), kept, progress, cache, encode),
        np.array([number[item.label] for item in kept], np.int64),
        tuple(item.record_id for item in kept),
        tuple(item.account for item in kept),
        len(items) - len(allowed),
        len(allowed) - len(kept),
    )


def _encoded(
    kind: Encoder,
    items: Sequence[Item],
    progress: Progress,
    cache: features.Cache | None,
    encode: Callable[[Sequence[str]], Features] | None,
) -> Features:
    """Features that a release committed to count where machines differ; else the text's own."""
    rows = np.zeros((len(items), kind.width), np.int16)
    todo = [place for place, item in enumerate(items) if item.x is None or kind.exact]
    rows[todo] = features.compute(kind, [items[place].text for place in todo], progress, cache=cache, encode=encode)
    for place, item in enumerate(items):
        if item.x is not None and not kind.exact:
            rows[place] = item.x
        elif item.x is not None and not np.array_equal(item.x, rows[place]):
            raise BadInput(field="features", reason="not those of the text", value=place)
    features.check(kind, rows, len(items))
    return rows
