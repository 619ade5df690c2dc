"""Releases and the records in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.datanets.store.query import many
from core.errors import DatanetError
from core.storage import Database

_RELEASE = """
    SELECT id, datanet_id, version, state, count, records_root, manifest_hash, tx_hash, block, created FROM releases
"""


def get(db: Database, release_id: int) -> Any:
    row = db.one(_RELEASE + " WHERE id = ?", release_id)
    if row is None:
        raise DatanetError(reason="unknown release", release=release_id)
    return row


def of_datanet(db: Database, datanet_id: int) -> list[Any]:
    return db.all(_RELEASE + " WHERE datanet_id = ? ORDER BY version", datanet_id)


def latest(db: Database, datanet_id: int) -> Any:
    sql = _RELEASE + " WHERE datanet_id = ? AND state = 'committed' ORDER BY version DESC LIMIT 1"
    return db.one(sql, datanet_id)


def manifest(db: Database, release_id: int) -> bytes:
    row = db.one("SELECT manifest FROM releases WHERE id = ?", release_id)
    if row is None:
        raise DatanetError(reason="unknown release", release=release_id)
    return bytes(row[0])


def releasable(db: Database, datanet_id: int) -> list[Any]:
    """What the next release holds: accepted under a committed review and not withdrawn, by commitment and index."""
    return db.all(
        """
        SELECT r.id, c.number, r.idx, r.leaf, c.account, r.licence, r.uses,
               CASE r.decision WHEN 'relabel' THEN r.final_label ELSE r.label END AS label
        FROM contributions c JOIN records r ON r.contribution_id = c.id
        LEFT JOIN withdrawals w ON w.id = r.withdrawal_id
        WHERE c.datanet_id = ? AND c.state IN ('reviewed', 'released') AND r.decision IN ('approve', 'relabel')
              AND (w.id IS NULL OR w.state = 'draft')
        ORDER BY c.number, r.idx
        """,
        datanet_id,
    )


def add(db: Database, values: dict[str, object], records: Sequence[int]) -> int:
    """In place of an unsigned one of the same Datanet."""
    names = ("datanet_id", "version", "count", "records_root", "manifest", "manifest_hash", "created")
    with db.transaction() as connection:
        sql = "DELETE FROM releases WHERE datanet_id = ? AND state = 'draft'"
        connection.execute(sql, (values["datanet_id"],))
        sql = f"INSERT INTO releases (state, {', '.join(names)}) VALUES ('draft', ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        release = int(connection.execute(sql, [values[name] for name in names]).lastrowid)
        connection.execute(
            "INSERT INTO release_records (release_id, position, record_id) SELECT ?, key, value FROM json_each(?)",
            (release, many(records)),
        )
    return release


def remove(db: Database, release_id: int) -> None:
    db.run("DELETE FROM releases WHERE id = ? AND state = 'draft'", release_id)


def set_state(db: Database, release_id: int, state: str, tx_hash: bytes | None, block: int | None) -> None:
    db.run("UPDATE releases SET state = ?, tx_hash = ?, block = ? WHERE id = ?", state, tx_hash, block, release_id)


def set_version(db: Database, release_id: int, version: int) -> None:
    db.run("UPDATE releases SET version = ? WHERE id = ?", version, release_id)


def mark_released(db: Database, release_id: int) -> None:
    """The contributions whose records it holds: their reviews stand from here on."""
    db.run(
        """
        UPDATE contributions SET state = 'released' WHERE state = 'reviewed' AND id IN (
            SELECT r.contribution_id FROM release_records e JOIN records r ON r.id = e.record_id WHERE e.release_id = ?
        )
        """,
        release_id,
    )


def records(db: Database, release_id: int) -> list[Any]:
    """text, source, language, salt and withdrawn of every record, by position."""
    return db.all(
        """
        SELECT r.id, r.text, r.label, r.licence, r.uses, r.source, r.language, r.salt,
               coalesce(w.state <> 'draft', 0) AS withdrawn
        FROM release_records e JOIN records r ON r.id = e.record_id LEFT JOIN withdrawals w ON w.id = r.withdrawal_id
        WHERE e.release_id = ? ORDER BY e.position
        """,
        release_id,
    )


def withdrawn(db: Database, release_id: int) -> bool:
    """Whether a record of it was taken back; what is only asked is not."""
    sql = """
        SELECT 1 FROM release_records e JOIN records r ON r.id = e.record_id
        JOIN withdrawals w ON w.id = r.withdrawal_id
        WHERE e.release_id = ? AND w.state <> 'draft' LIMIT 1
    """
    return db.one(sql, release_id) is not None


def positions(db: Database, release_id: int, record_ids: str) -> list[Any]:
    """position, record_id of those records (a JSON list) that are in the release."""
    sql = """
        SELECT position, record_id FROM release_records
        WHERE release_id = ? AND record_id IN (SELECT value FROM json_each(?)) ORDER BY position
    """
    return db.all(sql, release_id, record_ids)


def record_at(db: Database, release_id: int, position: int) -> Any:
    """The record's row; None outside the release."""
    sql = """
        SELECT r.* FROM release_records e JOIN records r ON r.id = e.record_id WHERE e.release_id = ? AND e.position = ?
    """
    return db.one(sql, release_id, position)
