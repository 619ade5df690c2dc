"""Looking through the records of a Datanet: pages, search and counts that stay fast at 100,000."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.datanets.store.query import Where, fts
from core.storage import Database

_COLUMNS = """
    SELECT r.*, c.number, c.account, c.state, (
        SELECT max(CASE severity WHEN 'danger' THEN 3 WHEN 'warning' THEN 2 ELSE 1 END) FROM findings f
        WHERE f.row_id = r.id
        AND f.preflight_id = (SELECT id FROM preflights p WHERE p.contribution_id = r.contribution_id)
    ) AS worst
"""
_FROM = "FROM records r CROSS JOIN contributions c ON c.id = r.contribution_id"  # in this order: by records_in_order
_ORDER = "ORDER BY r.contribution_id, r.idx"
_FLAGGED = """
    EXISTS (SELECT 1 FROM findings f JOIN preflights p ON p.id = f.preflight_id
            WHERE p.contribution_id = r.contribution_id AND f.row_id = r.id AND f.severity <> 'info')
"""


@dataclass(frozen=True)
class Filter:
    """Which records: None and "" mean any.

    search        words that must stand in the text
    contribution  the vault's row
    label         final label where it was changed, else the given one
    decision      "", "approve", "reject", "relabel"
    open_only     only what waits for a review: on the ledger, its review not signed
    """

    datanet: int
    search: str = ""
    contribution: int | None = None
    account: bytes | None = None
    label: str | None = None
    decision: str | None = None
    flagged: bool | None = None
    withdrawn: bool | None = None
    open_only: bool = False


def _where(wanted: Filter) -> Where:
    where = Where().add("r.datanet_id = ?", wanted.datanet)
    if wanted.contribution is not None:
        where.add("r.contribution_id = ?", wanted.contribution)
    if wanted.account is not None:
        where.add("c.account = ?", wanted.account)
    if wanted.label is not None:
        where.add("(CASE r.decision WHEN 'relabel' THEN r.final_label ELSE r.label END) = ?", wanted.label)
    if wanted.decision is not None:
        where.add("r.decision = ?", wanted.decision)
    if wanted.flagged is not None:
        where.add(_FLAGGED if wanted.flagged else f"NOT {_FLAGGED}")
    if wanted.withdrawn is not None:
        where.add("r.withdrawal_id IS NOT NULL" if wanted.withdrawn else "r.withdrawal_id IS NULL")
    if wanted.open_only:
        where.add("c.state = 'committed'")
        where.add("NOT EXISTS (SELECT 1 FROM reviews v WHERE v.contribution_id = c.id AND v.state = 'signed')")
    if wanted.search.strip():
        where.add("r.id IN (SELECT rowid FROM records_fts WHERE records_fts MATCH ?)", fts(wanted.search))
    return where


def _findable(wanted: Filter) -> bool:
    return not wanted.search.strip() or bool(fts(wanted.search))


def page(db: Database, wanted: Filter, offset: int, limit: int) -> list[Any]:
    """In the order in which they came in."""
    if not _findable(wanted):
        return []
    where = _where(wanted)
    return _fetch(
        db, where.join(f"SELECT r.id {_from(wanted)}", _ORDER, "LIMIT ? OFFSET ?"), *where.values, limit, offset
    )


def _fetch(db: Database, ids_sql: str, *values: object) -> list[Any]:
    """Whole rows of those that the inner query names: it runs over the index alone, however far down the page is."""
    return db.all(f"{_COLUMNS} {_FROM} WHERE r.id IN ({ids_sql}) {_ORDER}", *values)


def _from(wanted: Filter) -> str:
    return _FROM if wanted.account is not None or wanted.open_only else "FROM records r"


def after(db: Database, wanted: Filter, record_id: int, limit: int) -> list[Any]:
    """The next ones after a record (0: from the first): what a queue asks."""
    if not _findable(wanted):
        return []
    where = _where(wanted)
    behind = "(r.contribution_id, r.idx) > (SELECT contribution_id, idx FROM records WHERE id = ?)"
    if record_id:
        where.add(behind, record_id)
    return _fetch(db, where.join(f"SELECT r.id {_from(wanted)}", _ORDER, "LIMIT ?"), *where.values, limit)


def ids(db: Database, wanted: Filter) -> list[int]:
    if not _findable(wanted):
        return []
    where = _where(wanted)
    return [row[0] for row in db.all(where.join(f"SELECT r.id {_from(wanted)}", _ORDER), *where.values)]


def count(db: Database, wanted: Filter) -> int:
    if not _findable(wanted):
        return 0
    where = _where(wanted)
    return int(db.one(where.join(f"SELECT count(*) {_from(wanted)}"), *where.values)[0])


def one(db: Database, record_id: int) -> Any:
    return db.one(f"{_COLUMNS} {_FROM} WHERE r.id = ?", record_id)
