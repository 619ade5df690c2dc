"""Withdrawals that others made: what the ledger says of them, and which records they name once a file has said it.

A withdrawal of one's own marks its records as it is made. Another's is a row with a root and a count until its leaves
are known; where it takes back the whole contribution, nobody has to name anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.storage import Database

_NAMED = """(
    w.count = c.count OR EXISTS (SELECT 1 FROM withdrawn_leaves l WHERE l.withdrawal_id = w.id)
    OR EXISTS (SELECT 1 FROM records r WHERE r.withdrawal_id = w.id)
)"""


def find(db: Database, contribution_id: int, root: bytes, count: int) -> Any:
    """A withdrawal's row, by what it says; None where there is none. Drafts are not on the ledger."""
    sql = "SELECT * FROM withdrawals WHERE contribution_id = ? AND root = ? AND count = ? AND state <> 'draft'"
    return db.one(sql, contribution_id, root, count)


def add(db: Database, contribution_id: int, values: Sequence[object]) -> int:
    """(count, root, tx hash, block, now) of one that stands on the ledger; its row."""
    with db.transaction() as connection:
        sql = (
            "INSERT INTO withdrawals (contribution_id, count, root, tx_hash, block, created, state) "
            "VALUES (?, ?, ?, ?, ?, ?, 'committed')"
        )
        return int(connection.execute(sql, (contribution_id, *values)).lastrowid)


def name(db: Database, withdrawal_id: int, leaves: Sequence[bytes]) -> None:
    """In the order of its root. Saying it twice is harmless."""
    with db.transaction() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO withdrawn_leaves (withdrawal_id, place, leaf) VALUES (?, ?, ?)",
            ((withdrawal_id, place, leaf) for place, leaf in enumerate(leaves)),
        )


def mark(db: Database, contribution_id: int) -> int:
    """Take out the records that are here and that some withdrawal names; how many were not out before."""
    whole = """
        UPDATE records SET withdrawal_id = (
            SELECT max(w.id) FROM withdrawals w JOIN contributions c ON c.id = w.contribution_id
            WHERE w.contribution_id = records.contribution_id AND w.state = 'committed' AND w.count = c.count)
        WHERE contribution_id = ? AND withdrawal_id IS NULL AND EXISTS (
            SELECT 1 FROM withdrawals w JOIN contributions c ON c.id = w.contribution_id
            WHERE w.contribution_id = records.contribution_id AND w.state = 'committed' AND w.count = c.count)
    """
    named = """
        UPDATE records SET withdrawal_id = named.id FROM (
            SELECT l.leaf, min(w.id) AS id FROM withdrawals w JOIN withdrawn_leaves l ON l.withdrawal_id = w.id
            WHERE w.contribution_id = ? AND w.state = 'committed' GROUP BY l.leaf) AS named
        WHERE contribution_id = ? AND withdrawal_id IS NULL AND records.leaf = named.leaf
    """
    with db.transaction() as connection:
        done = int(connection.execute(named, (contribution_id, contribution_id)).rowcount)
        return done + int(connection.execute(whole, (contribution_id,)).rowcount)


def newest_named(db: Database, contribution_id: int) -> Any:
    """The withdrawal on the ledger that says most of those whose records are known here; None where there is none."""
    sql = f"""
        SELECT w.* FROM withdrawals w JOIN contributions c ON c.id = w.contribution_id
        WHERE w.contribution_id = ? AND w.state = 'committed' AND {_NAMED} ORDER BY w.count DESC LIMIT 1
    """  # noqa: S608 - our words
    return db.one(sql, contribution_id)


def leaves(db: Database, withdrawal: Any) -> list[bytes]:
    """Of everything taken back up to this withdrawal, in the order of its root: as named, or as marked by oneself."""
    sql = "SELECT leaf FROM withdrawn_leaves WHERE withdrawal_id = ? ORDER BY place"
    found = [bytes(row[0]) for row in db.all(sql, withdrawal["id"])]
    if found:
        return found
    sql = """
        SELECT r.leaf FROM records r JOIN withdrawals w ON w.id = r.withdrawal_id
        WHERE r.contribution_id = ? AND w.state = 'committed' AND w.id <= ? ORDER BY r.idx
    """
    return [bytes(row[0]) for row in db.all(sql, withdrawal["contribution_id"], withdrawal["id"])]


def unnamed(db: Database, datanet_id: int) -> list[Any]:
    """id, number, account and records (how many) of each contribution whose last withdrawal nobody has named here.

    `held`: records of it are here that are not taken back.
    """
    sql = f"""
        SELECT * FROM (
            SELECT c.id, c.number, c.account,
                   max(w.count) - coalesce(max(CASE WHEN {_NAMED} THEN w.count END), 0) AS records,
                   EXISTS (SELECT 1 FROM records r WHERE r.contribution_id = c.id AND r.withdrawal_id IS NULL) AS held
            FROM contributions c JOIN withdrawals w ON w.contribution_id = c.id
            WHERE c.datanet_id = ? AND w.state = 'committed' GROUP BY c.id
        ) WHERE records > 0 ORDER BY number
    """  # noqa: S608 - our words
    return db.all(sql, datanet_id)
