"""What attribution needs of a model, put together once and kept: head, credits, features, owners, left-out heads."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.attribution import contributors
from core.attribution.credit import credit_of
from core.economy.settlement import Tables, contributors_of
from core.jobs import silent
from core.models import ridge
from core.models.ridge.exact import Ints
from core.models.training import TrainedModel
from core.units import Address

if TYPE_CHECKING:
    from core.client.session import Session
    from core.models.catalogue import Version

_KEPT = 4  # models at once; 3,600 records of 257 integers are 2 MB, their left-out heads 25 kB a contributor


@dataclass(frozen=True, eq=False)
class ModelTables:
    """`people` oldest first; `owner` [n] each record's place among them; `left_out` int64 [people, d, K]."""

    trained: TrainedModel
    tables: Tables
    people: tuple[Address, ...]
    owner: Ints
    left_out: Ints


class TableCache:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[bytes, ModelTables] = {}

    def get(self, session: Session, version: Version) -> ModelTables:
        """Raises ModelError for a package whose training is not on this device."""
        with self._lock:
            found = self._kept.get(version.package_hash)
            if found is None:
                trained = session.catalogue.training(version)
                found = make(trained, version.package_hash, _novelty(session, version, len(trained.data)))
                while len(self._kept) >= _KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[version.package_hash] = found
            return found


def _novelty(session: Session, version: Version, records: int) -> Ints | None:
    """Which records are copies (0), from the reasons kept at training; None once records were withdrawn."""
    digest = (version.facts["admission"] or {}).get("reasons", "")
    if not digest or not session.artefacts.has(digest):
        return None
    found = [int(entry["weight"]) for entry in json.loads(session.artefacts.get(digest))["novelty"]]
    return np.array(found, np.int64) if len(found) == records else None


def make(trained: TrainedModel, package_hash: bytes, novelty: Ints | None) -> ModelTables:
    data, head = trained.data, trained.head
    accounts = tuple(Address(account) for account in data.accounts)
    people, owner = contributors_of(accounts)
    credit = credit_of(head, data.x, data.y, data.w, silent())
    statistics = trained.statistics
    if statistics is None and isinstance(head, ridge.Head):
        statistics = ridge.Statistics.of(data.x, data.y, head.K, data.w, norm_class=head.norm_class)
    left_out = contributors.left_out(head, statistics, data.x, data.y, data.w, owner, len(people))
    tables = Tables(package_hash, head, credit, data.x, data.record_ids, accounts, data.y, data.w, novelty)
    return ModelTables(trained, tables, tuple(people), owner, left_out)
