"""Looking through a Datanet's records, for the Records tab and the review queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.datanets.preflight.base import Severity
from core.datanets.record import unpack_uses
from core.datanets.store import datanets as datanet_store
from core.datanets.store import records as store
from core.datanets.store.records import Filter
from core.errors import DatanetError
from core.storage import Database
from core.units import Address

__all__ = ["Filter", "RecordRow", "Records"]
_WORST: tuple[Severity | None, ...] = (None, "info", "warning", "danger")


@dataclass(frozen=True)
class RecordRow:
    """One record as a table shows it. `label` is the final one, `given_label` the contributor's.

    decision      "", "approve", "reject", "relabel"
    contribution  the vault's row; `number` is the ledger's
    """

    id: int
    contribution: int
    number: int | None
    index: int
    account: Address
    text: str
    label: str
    given_label: str
    licence: str
    uses: frozenset[str]
    source: str
    language: str
    decision: str
    reason: str
    withdrawn: bool
    worst: Severity | None
    kind: str = "text"


class Records:
    def __init__(self, db: Database) -> None:
        self._db = db

    def page(self, wanted: Filter, offset: int = 0, limit: int = 100) -> list[RecordRow]:
        return self._records(store.page(self._db, wanted, offset, limit))

    def after(self, wanted: Filter, record_id: int, limit: int = 1) -> list[RecordRow]:
        """The next matching ones behind a record (0: from the start)."""
        return self._records(store.after(self._db, wanted, record_id, limit))

    def ids(self, wanted: Filter) -> list[int]:
        """Every match: what a bulk step over a filter takes."""
        return store.ids(self._db, wanted)

    def count(self, wanted: Filter) -> int:
        return store.count(self._db, wanted)

    def get(self, record_id: int) -> RecordRow:
        row = store.one(self._db, record_id)
        if row is None:
            raise DatanetError(reason="unknown record", record=record_id)
        return self._records([row])[0]

    def _records(self, rows: list[Any]) -> list[RecordRow]:
        kinds = {one: datanet_store.get(self._db, one).rules.kind for one in {row["datanet_id"] for row in rows}}
        return [_record(row, kinds[row["datanet_id"]]) for row in rows]


def _record(row: Any, kind: str) -> RecordRow:
    return RecordRow(
        row["id"],
        row["contribution_id"],
        row["number"],
        row["idx"],
        Address(row["account"]),
        row["text"],
        row["final_label"] if row["decision"] == "relabel" else row["label"],
        row["label"],
        row["licence"],
        unpack_uses(row["uses"]),
        row["source"],
        row["language"],
        row["decision"],
        row["reason"],
        row["withdrawal_id"] is not None,
        _WORST[row["worst"] or 0],
        kind,
    )
