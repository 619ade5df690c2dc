"""Contributions, their records, and what is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.datanets.store.query import many
from core.errors import DatanetError
from core.storage import Database

_CONTRIBUTION = """
    SELECT c.*,
           (SELECT accepted_count FROM reviews v WHERE v.contribution_id = c.id AND v.state = 'committed'
            ORDER BY v.id DESC LIMIT 1) AS accepted,
           (SELECT coalesce(max(w.count), 0) FROM withdrawals w WHERE w.contribution_id = c.id
            AND w.state <> 'draft') AS withdrawn,
           EXISTS (SELECT 1 FROM records r WHERE r.contribution_id = c.id) AS held
    FROM contributions c
"""
_PAGE = 2_000


def get(db: Database, contribution_id: int) -> Any:
    row = db.one(_CONTRIBUTION + " WHERE c.id = ?", contribution_id)
    if row is None:
        raise DatanetError(reason="unknown contribution", contribution=contribution_id)
    return row


def numbered(db: Database, datanet_id: int, number: int) -> Any:
    return db.one(_CONTRIBUTION + " WHERE c.datanet_id = ? AND c.number = ?", datanet_id, number)


def of_datanet(db: Database, datanet_id: int) -> list[Any]:
    """Oldest commitment first, those not on the ledger last."""
    return db.all(_CONTRIBUTION + " WHERE c.datanet_id = ? ORDER BY c.number IS NULL, c.number, c.id", datanet_id)


def of_account(db: Database, account: bytes) -> list[Any]:
    return db.all(_CONTRIBUTION + " WHERE c.account = ? ORDER BY c.id", account)


def next_sequence(db: Database, datanet_id: int, account: bytes) -> int:
    sql = "SELECT coalesce(max(sequence), 0) + 1 FROM contributions WHERE datanet_id = ? AND account = ?"
    return int(db.one(sql, datanet_id, account)[0])


def add(db: Database, values: dict[str, object]) -> int:
    names = ("datanet_id", "draft_id", "account", "sequence", "nonce", "state", "number", "count", "root", "consent",
             "consent_hash", "tx_hash", "block", "created")  # fmt: skip
    sql = f"INSERT INTO contributions ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
    with db.transaction() as connection:
        return int(connection.execute(sql, [values.get(name) for name in names]).lastrowid)


def add_records(db: Database, contribution_id: int, datanet_id: int, rows: Iterable[Sequence[object]]) -> None:
    """(index, text, label, licence, uses, source, language, salt, leaf, text key) each."""
    with db.transaction() as connection:
        connection.executemany(
            "INSERT INTO records (contribution_id, datanet_id, idx, text, label, licence, uses, source, language, salt,"
            " leaf, text_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((contribution_id, datanet_id, *row) for row in rows),
        )


def remove(db: Database, contribution_id: int) -> None:
    db.run("DELETE FROM contributions WHERE id = ? AND state = 'draft'", contribution_id)


def set_state(db: Database, contribution_id: int, state: str) -> None:
    db.run("UPDATE contributions SET state = ? WHERE id = ?", state, contribution_id)


def set_sent(db: Database, contribution_id: int, state: str, tx_hash: bytes | None) -> None:
    db.run("UPDATE contributions SET state = ?, tx_hash = ? WHERE id = ?", state, tx_hash, contribution_id)


def set_committed(db: Database, contribution_id: int, number: int, tx_hash: bytes, block: int) -> None:
    sql = "UPDATE contributions SET state = 'committed', number = ?, tx_hash = ?, block = ? WHERE id = ?"
    db.run(sql, number, tx_hash, block, contribution_id)


def set_consent(db: Database, contribution_id: int, document: bytes) -> None:
    db.run("UPDATE contributions SET consent = ? WHERE id = ?", document, contribution_id)


def leaves(db: Database, contribution_id: int) -> list[bytes]:
    """Leaf hashes in order."""
    sql = "SELECT leaf FROM records WHERE contribution_id = ? ORDER BY idx"
    return [row[0] for row in db.all(sql, contribution_id)]


def record(db: Database, record_id: int) -> Any:
    row = db.one("SELECT * FROM records WHERE id = ?", record_id)
    if row is None:
        raise DatanetError(reason="unknown record", record=record_id)
    return row


def record_at(db: Database, contribution_id: int, index: int) -> Any:
    row = db.one("SELECT * FROM records WHERE contribution_id = ? AND idx = ?", contribution_id, index)
    if row is None:
        raise DatanetError(reason="unknown record", contribution=contribution_id, index=index)
    return row


def records(db: Database, contribution_id: int) -> Iterator[Any]:
    """All records of a contribution in order, in pages."""
    index = -1
    sql = "SELECT * FROM records WHERE contribution_id = ? AND idx > ? ORDER BY idx LIMIT ?"
    while rows := db.all(sql, contribution_id, index, _PAGE):
        yield from rows
        index = rows[-1]["idx"]


def mark_withdrawn(db: Database, contribution_id: int, indices: Sequence[int], now: int, empty: bytes) -> int:
    """A new withdrawal over records not withdrawn yet; its row. Raises DatanetError when one is unknown or gone."""
    with db.transaction() as connection:
        sql = "INSERT INTO withdrawals (contribution_id, count, root, state, created) VALUES (?, 0, ?, 'draft', ?)"
        withdrawal = int(connection.execute(sql, (contribution_id, empty, now)).lastrowid)
        sql = (
            "UPDATE records SET withdrawal_id = ? WHERE contribution_id = ? AND withdrawal_id IS NULL"
            " AND idx IN (SELECT value FROM json_each(?))"
        )
        changed = connection.execute(sql, (withdrawal, contribution_id, many(indices))).rowcount
        if changed != len(set(indices)):
            raise DatanetError(reason="not there to withdraw", contribution=contribution_id, records=len(set(indices)))
    return withdrawal


def withdrawn_leaves(db: Database, contribution_id: int) -> list[bytes]:
    """Of every withdrawal of the contribution so far, in order of index."""
    sql = "SELECT leaf FROM records WHERE contribution_id = ? AND withdrawal_id IS NOT NULL ORDER BY idx"
    return [row[0] for row in db.all(sql, contribution_id)]


def set_withdrawal_root(db: Database, withdrawal_id: int, root: bytes, count: int) -> None:
    db.run("UPDATE withdrawals SET root = ?, count = ? WHERE id = ?", root, count, withdrawal_id)


def withdrawal(db: Database, withdrawal_id: int) -> Any:
    row = db.one("SELECT * FROM withdrawals WHERE id = ?", withdrawal_id)
    if row is None:
        raise DatanetError(reason="unknown withdrawal", withdrawal=withdrawal_id)
    return row


def withdrawals(db: Database, contribution_id: int) -> list[Any]:
    return db.all("SELECT * FROM withdrawals WHERE contribution_id = ? ORDER BY id", contribution_id)


def set_withdrawal(db: Database, withdrawal_id: int, state: str, tx_hash: bytes | None, block: int | None) -> None:
    sql = "UPDATE withdrawals SET state = ?, tx_hash = ?, block = ? WHERE id = ?"
    db.run(sql, state, tx_hash, block, withdrawal_id)


def drop_withdrawal(db: Database, withdrawal_id: int) -> None:
    with db.transaction() as connection:
        connection.execute("UPDATE records SET withdrawal_id = NULL WHERE withdrawal_id = ?", (withdrawal_id,))
        connection.execute("DELETE FROM withdrawals WHERE id = ? AND state = 'draft'", (withdrawal_id,))


def withdrawn_indices(db: Database, withdrawal_id: int) -> list[int]:
    sql = "SELECT idx FROM records WHERE withdrawal_id = ? ORDER BY idx"
    return [row[0] for row in db.all(sql, withdrawal_id)]
