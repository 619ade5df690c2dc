"""Influence the other way round: not what carried one answer, but which answers a record or a person carried.

Everything here comes from the same definitions as an answer's own panel (PoA-1, sections 5 and 6), call by call over
this profile's newest calls. Rows are kept: a second record of the same model costs nothing more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.attribution import batch, contributors, influence
from core.attribution.doubt import doubt
from core.client.tables import ModelTables
from core.errors import ModelError
from core.jobs import Progress
from core.models.calls import Call
from core.models.ridge.exact import Ints
from core.models.rows import blocks, taken
from core.units import Address

if TYPE_CHECKING:
    from core.client.client import Client
    from core.economy.settlement import Tables
    from core.models.catalogue import Model, Version

CALLS = 200  # of one model that are looked at, the newest
_TOGETHER = 100  # .2 ms each over 3,600 records of 257 features, 3 ms over 20,000 of 1,281
_BYTES = 48_000_000  # of rows kept for one version: 200 calls over 30,000 records
_KEPT = 2  # versions


@dataclass(frozen=True, eq=False)
class Measured:
    """Influence of every record on one answer: q int64 [n] by PoA-1, and the sum of its magnitudes."""

    label: int
    q: Ints
    whole: float


@dataclass(frozen=True, eq=False)
class Effects:
    """On the held-out records of a version: each record's mean effect on the right margin, and its rank from 1."""

    records: int
    mean: NDArray[np.float64]
    rank: Ints


@dataclass(frozen=True, eq=False)
class Part:
    """One version of a model with its tables, and its newest calls, oldest first; `all_calls` counts them all."""

    version: Version
    tables: ModelTables
    calls: tuple[Call, ...]
    all_calls: int


@dataclass(frozen=True)
class Reasons:
    """Why records weigh what they weigh, as pinned at the first training: entries by record id and by (person, label).

    Entries are plain JSON of the manifest's reasons: keys that are not known yet are passed over.
    """

    novelty: dict[bytes, dict[str, Any]]
    quality: dict[tuple[Address, int], dict[str, Any]]
    order: tuple[bytes, ...]


class Influences:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._rows: dict[bytes, dict[int, Measured]] = {}
        self._effects: dict[bytes, Effects | None] = {}
        self._doubts: dict[bytes, NDArray[np.float64]] = {}
        self._reasons: dict[bytes, Reasons | None] = {}

    # What there is

    def parts(self, model: Model, progress: Progress) -> list[Part]:
        """The versions whose training is on this device, oldest first; each with the calls that it answered itself."""
        session = self._client.session
        calls = session.calls.of_model(model.id)
        found = []
        for version in model.versions:
            if version.training is None:
                continue
            progress.step("influence")
            try:
                tables = self._client.models.building.tables.get(session, version)
            except ModelError:  # forgotten meanwhile
                continue
            own = [call for call in calls if call.version == version.id]
            most = min(CALLS, max(1, _BYTES // (8 * max(1, len(tables.tables.record_ids)))))
            found.append(Part(version, tables, tuple(own[-most:]), len(own)))
        return found

    def reasons(self, model: Model) -> Reasons | None:
        """None where the reasons, or the training that they belong to, are not kept here."""
        session = self._client.session
        first = next((one for one in model.versions if one.training is not None), None)
        if first is None:
            return None
        with self._lock:
            if first.package_hash not in self._reasons:
                self._reasons[first.package_hash] = _reasons(session, first)
            return self._reasons[first.package_hash]

    # By record

    def rows(self, part: Part, progress: Progress) -> list[Measured]:
        """For each call of a part, over all its records; measured once. Raises Cancelled."""
        t = part.tables.tables
        with self._lock:
            kept = self._rows.pop(part.version.package_hash, {})
            while len(self._rows) >= _KEPT:
                self._rows.pop(next(iter(self._rows)))
            self._rows[part.version.package_hash] = kept
            wanted = {call.id for call in part.calls}
            for gone in [call for call in kept if call not in wanted]:
                del kept[gone]
            new = [one for one in part.calls if one.id not in kept or kept[one.id].label != one.label]  # or corrected
            for start in range(0, len(new), _TOGETHER):
                kept.update(_measured(t, new[start : start + _TOGETHER], progress))
            return [kept[call.id] for call in part.calls]

    def effects(self, part: Part) -> Effects | None:
        """By leave-one-out, on the records that were kept out of training. None without such records."""
        with self._lock:
            if part.version.package_hash not in self._effects:
                self._effects[part.version.package_hash] = _effects(part.tables)
            return self._effects[part.version.package_hash]

    def doubts(self, part: Part) -> NDArray[np.float64]:
        """See core.attribution.doubt; NaN for records of weight 0, which the model did not learn from."""
        with self._lock:
            found = self._doubts.get(part.version.package_hash)
            if found is None:
                t = part.tables.tables
                found = np.full(len(t.record_ids), np.nan)
                kept = np.flatnonzero(np.asarray(t.weights) > 0)
                if len(kept):
                    found[kept] = doubt(t.head, taken(t.X, kept), t.labels[kept], t.weights[kept])
                self._doubts[part.version.package_hash] = found
            return found

    # By person

    def people(self, part: Part) -> NDArray[np.float64]:
        """Signed shares of each answer's influence, [calls][people]; Q itself passes 64 bits. For showing only."""
        t = part.tables
        if not part.calls:
            return np.zeros((0, len(t.people)))
        x = np.stack([call.x for call in part.calls])
        Q = contributors.of_answers(t.tables.head, t.left_out, x, [call.label for call in part.calls])
        return np.array([_shares(row) for row in Q])


def _measured(tables: Tables, calls: Sequence[Call], progress: Progress) -> dict[int, Measured]:
    xs, labels = np.stack([call.x for call in calls]), [call.label for call in calls]
    q = batch.of_answers(tables.head, tables.credit, tables.X, xs, labels, progress).q
    found = {}
    for place, call in enumerate(calls):
        column = q[:, place].copy()
        found[call.id] = Measured(call.label, column, float(np.abs(column.astype(np.float64)).sum()) or 1.0)
    return found


def others(part: Part, places: Sequence[int]) -> list[str]:
    """Of these records, the label that comes next to their own in the scores of the model."""
    t = part.tables.tables
    index = np.asarray(places, np.int64)
    if not len(index):
        return []
    scores = t.head.scores(t.X[index])
    scores[np.arange(len(index)), np.asarray(t.labels)[index]] = np.iinfo(np.int64).min
    return [part.tables.trained.labels[int(label)] for label in np.argmax(scores, axis=1)]


def _shares(row: list[int]) -> list[float]:
    whole = sum(abs(value) for value in row) or 1
    return [value / whole for value in row]


def _effects(tables: ModelTables) -> Effects | None:
    apart, t = tables.trained.data.held_out, tables.tables
    if apart is None or not len(apart.y):
        return None
    sums = np.zeros((t.head.K, t.head.d), np.int64)
    for start, x in blocks(apart.x):
        np.add.at(sums, apart.y[start : start + len(x)], x.astype(np.int64))
    mean = influence.of_sums(t.head, t.credit, t.X, sums).real() / len(apart.y)
    rank = np.empty(len(mean), np.int64)
    rank[np.argsort(-mean, kind="stable")] = np.arange(1, len(mean) + 1)
    return Effects(len(apart.y), mean, rank)


def _reasons(session: Any, version: Version) -> Reasons | None:
    digest = (version.facts["admission"] or {}).get("reasons", "")
    if not digest or not session.artefacts.has(digest):
        return None
    found = json.loads(session.artefacts.get(digest))
    try:
        data = session.catalogue.training(version).data
    except ModelError:
        return None
    novelty = found.get("novelty", [])
    if len(novelty) != len(data):
        return None
    people = list(dict.fromkeys(Address(account) for account in data.accounts))  # as they were numbered then
    quality = {
        (people[entry["contributor"]], int(entry["label"])): entry
        for entry in found.get("quality", [])
        if entry["contributor"] < len(people)
    }
    return Reasons(dict(zip(data.record_ids, novelty, strict=True)), quality, data.record_ids)
