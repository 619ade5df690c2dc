"""Decisions on records, their steps, and the reviews signed over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.datanets.store.query import many
from core.errors import DatanetError
from core.jobs import Progress
from core.storage import Database

_PORTION = 4_096  # records decided on before the next look whether to go on


def decide(
    db: Database,
    datanet_id: int,
    curator: bytes,
    records: Sequence[int],
    decision: str,
    label: str,
    reason: str,
    now: int,
    progress: Progress,
) -> int:
    """One step over those records that would change; how many did. All of them, or none where it is stopped.

    In portions in the order of their places, so that what is read is still at hand when it is written.
    """
    ordered = sorted(set(records))
    with db.transaction() as connection:
        sql = "INSERT INTO review_steps (datanet_id, curator, kind, rows, created) VALUES (?, ?, ?, 0, ?)"
        step = connection.execute(sql, (datanet_id, curator, decision or "clear", now)).lastrowid
        changed = 0
        for start in range(0, len(ordered), _PORTION):
            progress.step("deciding", start, len(ordered))
            portion = ordered[start : start + _PORTION]
            connection.execute(
                "INSERT INTO review_changes (step_id, record_id, decision, final_label, reason)"
                " SELECT ?, id, decision, final_label, reason FROM records WHERE datanet_id = ?"
                " AND id IN (SELECT value FROM json_each(?)) AND (decision, final_label, reason) IS NOT (?, ?, ?)",
                (step, datanet_id, many(portion), decision, label, reason),
            )
            cursor = connection.execute(
                "UPDATE records SET decision = ?, final_label = ?, reason = ? WHERE id IN"
                " (SELECT record_id FROM review_changes WHERE step_id = ? AND record_id BETWEEN ? AND ?)",
                (decision, label, reason, step, portion[0], portion[-1]),
            )
            changed += int(cursor.rowcount)
        if changed:
            connection.execute("UPDATE review_steps SET rows = ? WHERE id = ?", (changed, step))
        else:
            connection.execute("DELETE FROM review_steps WHERE id = ?", (step,))
        progress.check()
    return changed


def touched(db: Database, records: Sequence[int]) -> list[Any]:
    """id, state, datanet_id, signed of the contributions that hold these records, and how many records each."""
    return db.all(
        """
        SELECT c.id, c.state, c.datanet_id, count(*) AS records,
               EXISTS (SELECT 1 FROM reviews v WHERE v.contribution_id = c.id AND v.state = 'signed') AS signed
        FROM records r JOIN contributions c ON c.id = r.contribution_id
        WHERE r.id IN (SELECT value FROM json_each(?)) GROUP BY c.id
        """,
        many(records),
    )


def last_step(db: Database, datanet_id: int, curator: bytes) -> Any:
    sql = "SELECT * FROM review_steps WHERE datanet_id = ? AND curator = ? ORDER BY id DESC LIMIT 1"
    return db.one(sql, datanet_id, curator)


def step_records(db: Database, step: int) -> list[int]:
    return [row[0] for row in db.all("SELECT record_id FROM review_changes WHERE step_id = ? ORDER BY 1", step)]


def undo(db: Database, step: int) -> None:
    with db.transaction() as connection:
        connection.execute(
            "UPDATE records SET decision = c.decision, final_label = c.final_label, reason = c.reason"
            " FROM review_changes c WHERE c.step_id = ? AND c.record_id = records.id",
            (step,),
        )
        connection.execute("DELETE FROM review_steps WHERE id = ?", (step,))


def counts(db: Database, contribution_id: int) -> dict[str, int]:
    """Records by decision; "" is undecided."""
    sql = """
        SELECT decision, count(*) FROM records WHERE contribution_id = ?1
        AND datanet_id = (SELECT datanet_id FROM contributions WHERE id = ?1) GROUP BY decision
    """
    return {row[0]: row[1] for row in db.all(sql, contribution_id)}


def undecided(db: Database, contribution_id: int) -> list[int]:
    """Records without a decision, in their order. No text is read for it."""
    sql = """
        SELECT id FROM records WHERE contribution_id = ?1 AND decision = ''
        AND datanet_id = (SELECT datanet_id FROM contributions WHERE id = ?1) ORDER BY idx
    """
    return [row[0] for row in db.all(sql, contribution_id)]


def clean(db: Database, contribution_id: int, labels: Sequence[str]) -> list[int]:
    """Those of them that preflight found nothing about, and that have one of `labels`: they can be approved."""
    sql = """
        SELECT id FROM records WHERE contribution_id = ?1 AND decision = ''
        AND datanet_id = (SELECT datanet_id FROM contributions WHERE id = ?1)
        AND label IN (SELECT value FROM json_each(?2)) AND id NOT IN (
            SELECT row_id FROM findings WHERE severity <> 'info' AND row_id IS NOT NULL
            AND preflight_id = (SELECT id FROM preflights WHERE contribution_id = ?1)
        ) ORDER BY idx
    """
    return [row[0] for row in db.all(sql, contribution_id, many(labels))]


def outside(db: Database, datanet_id: int, labels: Sequence[str]) -> set[int]:
    """Records of the Datanet whose label is none of `labels`: they cannot be approved as they are. No text is read."""
    sql = "SELECT id FROM records WHERE datanet_id = ? AND label NOT IN (SELECT value FROM json_each(?))"
    return {row[0] for row in db.all(sql, datanet_id, many(labels))}


def decisions(db: Database, contribution_id: int) -> list[Any]:
    sql = "SELECT idx, leaf, decision, label, final_label, reason FROM records WHERE contribution_id = ? ORDER BY idx"
    return db.all(sql, contribution_id)


def add(db: Database, values: dict[str, object]) -> int:
    names = ("contribution_id", "curator", "accepted_root", "accepted_count", "decisions", "decisions_hash", "created")
    sql = f"INSERT INTO reviews (state, {', '.join(names)}) VALUES ('draft', ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    with db.transaction() as connection:
        drop_drafts(db, [values["contribution_id"]])
        return int(connection.execute(sql, [values[name] for name in names]).lastrowid)


def drop_drafts(db: Database, contributions: Sequence[object]) -> None:
    """Reviews that were put together but not signed: the decisions below them changed."""
    sql = "DELETE FROM reviews WHERE state = 'draft' AND contribution_id IN (SELECT value FROM json_each(?))"
    db.run(sql, many(contributions))


def get(db: Database, review_id: int) -> Any:
    row = db.one("SELECT * FROM reviews WHERE id = ?", review_id)
    if row is None:
        raise DatanetError(reason="unknown review", review=review_id)
    return row


def of_contribution(db: Database, contribution_id: int) -> list[Any]:
    return db.all("SELECT * FROM reviews WHERE contribution_id = ? ORDER BY id", contribution_id)


def set_state(db: Database, review_id: int, state: str, tx_hash: bytes | None, block: int | None) -> None:
    db.run("UPDATE reviews SET state = ?, tx_hash = ?, block = ? WHERE id = ?", state, tx_hash, block, review_id)
