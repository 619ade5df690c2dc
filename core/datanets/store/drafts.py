"""Drafts, their rows, and the steps that can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from core.datanets.store.query import Where, like, many
from core.errors import DatanetError
from core.storage import Database

_DRAFT = """
    SELECT d.*, (SELECT count(*) FROM draft_rows r WHERE r.draft_id = d.id) AS rows,
           (SELECT count(*) FROM draft_rows r WHERE r.draft_id = d.id AND r.included = 1) AS included,
           (SELECT max(id) FROM draft_steps s WHERE s.draft_id = d.id) AS step,
           (SELECT kind FROM draft_steps s WHERE s.draft_id = d.id ORDER BY id DESC LIMIT 1) AS undoable
    FROM drafts d
"""
_ROW = """
    SELECT r.*, (
        SELECT max(CASE severity WHEN 'danger' THEN 3 WHEN 'warning' THEN 2 ELSE 1 END) FROM findings
        WHERE preflight_id = (SELECT id FROM preflights WHERE draft_id = ?) AND row_id = r.id
    ) AS worst FROM draft_rows r
"""
_EDITABLE = ("text", "label", "licence", "uses", "source", "language", "included")
_COLUMNS = ", ".join(_EDITABLE)
_RESTORE = ", ".join(f"{name} = coalesce(json_extract(c.before, '$.{name}'), draft_rows.{name})" for name in _EDITABLE)


def get(db: Database, draft_id: int) -> Any:
    row = db.one(_DRAFT + " WHERE d.id = ?", draft_id)
    if row is None:
        raise DatanetError(reason="unknown draft", draft=draft_id)
    return row


def of_datanet(db: Database, datanet_id: int, *, frozen: bool) -> list[Any]:
    return db.all(_DRAFT + " WHERE d.datanet_id = ? AND d.frozen = ? ORDER BY d.id", datanet_id, frozen)


def add(db: Database, datanet_id: int, account: bytes, title: str, now: int) -> int:
    sql = "INSERT INTO drafts (datanet_id, account, title, created, updated) VALUES (?, ?, ?, ?, ?)"
    with db.transaction() as connection:
        return int(connection.execute(sql, (datanet_id, account, title, now, now)).lastrowid)


def remove(db: Database, draft_id: int) -> None:
    db.run("DELETE FROM drafts WHERE id = ?", draft_id)


def freeze(db: Database, draft_id: int, *, frozen: bool, now: int) -> None:
    db.run("UPDATE drafts SET frozen = ?, updated = ? WHERE id = ?", frozen, now, draft_id)


def begin(db: Database, draft_id: int, kind: str, now: int) -> int:
    """A new step; inside a transaction. Raises DatanetError(reason="signed") once the draft is frozen."""
    if get(db, draft_id)["frozen"]:
        raise DatanetError(reason="signed", draft=draft_id)
    with db.transaction() as connection:
        connection.execute("UPDATE drafts SET updated = ? WHERE id = ?", (now, draft_id))
        sql = "INSERT INTO draft_steps (draft_id, kind, rows, created) VALUES (?, ?, 0, ?)"
        return int(connection.execute(sql, (draft_id, kind, now)).lastrowid)


def end(db: Database, step: int, rows: int) -> int:
    """A step that changed nothing is not kept: there would be nothing to undo."""
    if rows:
        db.run("UPDATE draft_steps SET rows = ? WHERE id = ?", rows, step)
    else:
        db.run("DELETE FROM draft_steps WHERE id = ?", step)
    return rows


def insert(db: Database, draft_id: int, step: int, rows: Sequence[Sequence[str]]) -> int:
    """(text, label, licence, uses, source, language) each, after those that are there."""
    with db.transaction() as connection:
        sql = "SELECT coalesce(max(position) + 1, 0) FROM draft_rows WHERE draft_id = ?"
        first = connection.execute(sql, (draft_id,)).fetchone()[0]
        connection.executemany(
            "INSERT INTO draft_rows (draft_id, step_id, position, text, label, licence, uses, source, language)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((draft_id, step, position, *row) for position, row in enumerate(rows, start=first)),
        )
    return len(rows)


def select(draft_id: int, rows: Iterable[int] | None, check: str | None, kind: str | None) -> Where:
    """Which rows a step touches: given ones, or those with a finding of a check (and kind), or all."""
    where = Where().add("draft_id = ?", draft_id)
    if rows is not None:
        where.add("id IN (SELECT value FROM json_each(?))", many(rows))
    if check is not None:
        where.add(
            "id IN (SELECT row_id FROM findings WHERE check_name = ? AND (? IS NULL OR kind = ?)"
            " AND preflight_id = (SELECT id FROM preflights WHERE draft_id = ?))",
            check,
            kind,
            kind,
            draft_id,
        )
    return where


def set_column(db: Database, step: int, where: Where, column: str, value: object) -> int:
    """The same value for all selected rows that have another; how many of this column changed."""
    if column not in _EDITABLE:
        raise ValueError(column)
    where = Where([*where.parts, f"{column} IS NOT ?"], [*where.values, value])
    note = f"INSERT INTO draft_changes (step_id, row_id, before) SELECT ?, id, json_object('{column}', {column})"
    again = "ON CONFLICT (step_id, row_id) DO UPDATE SET before = json_patch(before, excluded.before)"
    had = f"json_extract(before, '$.{column}') IS NOT NULL"
    those = f"SELECT row_id FROM draft_changes WHERE step_id = ? AND {had}"  # noqa: S608
    with db.transaction() as connection:
        connection.execute(where.join(f"{note} FROM draft_rows", again), (step, *where.values))
        sql = f"UPDATE draft_rows SET {column} = ? WHERE id IN ({those})"  # noqa: S608 - a name of _EDITABLE
        return int(connection.execute(sql, (value, step)).rowcount)


def changed(db: Database, step: int) -> int:
    """Rows that a step has touched."""
    return int(db.one("SELECT count(*) FROM draft_changes WHERE step_id = ?", step)[0])


def set_rows(db: Database, draft_id: int, step: int, changes: Sequence[tuple[int, dict[str, object]]]) -> int:
    """Other values for each row: (row id, its new values). Findings with a span go with the text they were in."""
    touched = 0
    with db.transaction() as connection:
        for row_id, new in changes:
            sql = f"SELECT {_COLUMNS} FROM draft_rows WHERE id = ? AND draft_id = ?"  # noqa: S608 - constants
            row = connection.execute(sql, (row_id, draft_id)).fetchone()
            if row is None:
                raise DatanetError(reason="unknown row", row=row_id)
            before = {name: row[name] for name in _EDITABLE if name in new and row[name] != new[name]}
            if not before:
                continue
            sql = "INSERT INTO draft_changes (step_id, row_id, before) VALUES (?, ?, ?)"
            connection.execute(sql, (step, row_id, json.dumps(before)))
            sets = ", ".join(f"{name} = ?" for name in before)
            sql = f"UPDATE draft_rows SET {sets} WHERE id = ?"  # noqa: S608 - names of _EDITABLE
            connection.execute(sql, (*(new[name] for name in before), row_id))
            if "text" in before:
                _drop_spans(connection, draft_id, [row_id])
            touched += 1
    return touched


def _drop_spans(connection: Any, draft_id: int, rows: Iterable[int]) -> None:
    connection.execute(
        "DELETE FROM findings WHERE preflight_id = (SELECT id FROM preflights WHERE draft_id = ?)"
        " AND start IS NOT NULL AND row_id IN (SELECT value FROM json_each(?))",
        (draft_id, many(rows)),
    )


def undo(db: Database, draft_id: int) -> str | None:
    """Take back the newest step; its kind, or None when there is none."""
    with db.transaction() as connection:
        draft = get(db, draft_id)
        if draft["frozen"]:
            raise DatanetError(reason="signed", draft=draft_id)
        step = draft["step"]
        if step is None:
            return None
        texts = "SELECT row_id FROM draft_changes WHERE step_id = ? AND json_extract(before, '$.text') IS NOT NULL"
        restored = [row[0] for row in connection.execute(texts, (step,))]
        if restored:  # what was found in them is gone: the run no longer tells the truth about this step
            _drop_spans(connection, draft_id, restored)
            connection.execute("UPDATE preflights SET step_id = -1 WHERE draft_id = ?", (draft_id,))
        connection.execute(
            f"UPDATE draft_rows SET {_RESTORE} FROM draft_changes c WHERE c.step_id = ? AND c.row_id = draft_rows.id",  # noqa: S608
            (step,),
        )
        brought = "SELECT id FROM draft_rows WHERE step_id = ? AND draft_id = ?"
        run = "preflight_id = (SELECT id FROM preflights WHERE draft_id = ?)"
        connection.execute(
            f"DELETE FROM findings WHERE {run} AND row_id IN ({brought})",  # noqa: S608 - constants
            (draft_id, step, draft_id),
        )
        connection.execute("DELETE FROM draft_rows WHERE step_id = ? AND draft_id = ?", (step, draft_id))
        connection.execute("DELETE FROM draft_steps WHERE id = ?", (step,))
    return str(draft["undoable"])


def _filtered(draft_id: int, search: str, included: bool | None, check: str | None) -> Where:
    where = Where().add("r.draft_id = ?", draft_id)
    if included is not None:
        where.add("r.included = ?", included)
    if search:
        where.add(r"(r.text LIKE ? ESCAPE '\' OR r.label LIKE ? ESCAPE '\')", like(search), like(search))
    if check is not None:
        where.add(
            "r.id IN (SELECT row_id FROM findings WHERE (? = '' OR check_name = ?)"
            " AND (? <> '' OR severity <> 'info') AND preflight_id = (SELECT id FROM preflights WHERE draft_id = ?))",
            check,
            check,
            check,
            draft_id,
        )
    return where


def page(
    db: Database, draft_id: int, search: str, included: bool | None, check: str | None, offset: int, limit: int
) -> list[Any]:
    """Rows in order, each with `worst` (1 info, 2 warning, 3 danger, None). `check` "" means any warning or worse."""
    where = _filtered(draft_id, search, included, check)
    sql = where.join(_ROW, "ORDER BY r.position LIMIT ? OFFSET ?")
    return db.all(sql, draft_id, *where.values, limit, offset)


def count(db: Database, draft_id: int, search: str, included: bool | None, check: str | None) -> int:
    where = _filtered(draft_id, search, included, check)
    return int(db.one(where.join("SELECT count(*) FROM draft_rows r"), *where.values)[0])


def rows_of(db: Database, draft_id: int, rows: Sequence[int]) -> list[Any]:
    sql = "SELECT * FROM draft_rows WHERE draft_id = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY position"
    return db.all(sql, draft_id, many(rows))
