"""What preflight found, kept beside the rows it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from core.datanets.preflight.base import Earlier, Finding, Item
from core.datanets.record import unpack_uses
from core.datanets.store.query import Where, many
from core.storage import Database

Subject = Literal["draft", "contribution"]
_PAGE = 2_000
_FIND = {
    "draft": "SELECT id, step_id, report, created FROM preflights WHERE draft_id = ?",
    "contribution": "SELECT id, step_id, report, created FROM preflights WHERE contribution_id = ?",
}
_DROP = {
    "draft": "DELETE FROM preflights WHERE draft_id = ?",
    "contribution": "DELETE FROM preflights WHERE contribution_id = ?",
}
_ADD = {
    "draft": "INSERT INTO preflights (draft_id, step_id, report, created) VALUES (?, ?, ?, ?)",
    "contribution": "INSERT INTO preflights (contribution_id, step_id, report, created) VALUES (?, ?, ?, ?)",
}
_COUNTS = {  # only of rows that still count
    "draft": """
        SELECT f.check_name, f.kind, f.severity, count(*) FROM findings f
        LEFT JOIN draft_rows r ON r.id = f.row_id
        WHERE f.preflight_id = ? AND (f.row_id IS NULL OR r.included = 1) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """,
    "contribution": """
        SELECT check_name, kind, severity, count(*) FROM findings WHERE preflight_id = ?
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """,
}


def preflight(db: Database, subject: Subject, subject_id: int) -> Any:
    """id, step_id, report, created; or None when it never ran."""
    return db.one(_FIND[subject], subject_id)


def save(
    db: Database, subject: Subject, subject_id: int, step: int, report: str, findings: Iterable[Finding], now: int
) -> None:
    """In place of the run before."""
    with db.transaction() as connection:
        connection.execute(_DROP[subject], (subject_id,))
        run = connection.execute(_ADD[subject], (subject_id, step, report, now)).lastrowid
        connection.executemany(
            "INSERT INTO findings (preflight_id, row_id, check_name, kind, severity, start, stop, detail, suggestion)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    run, each.row, each.check, each.kind, each.severity, each.start, each.stop,
                    json.dumps(dict(each.detail)), each.suggestion,
                )
                for each in findings
            ),
        )  # fmt: skip


def finding(row: Any) -> Finding:
    return Finding(
        row["check_name"],
        row["kind"],
        row["severity"],
        row["row_id"],
        row["start"],
        row["stop"],
        row["suggestion"],
        json.loads(row["detail"]),
    )


def page(db: Database, run: int, check: str | None, kind: str | None, offset: int, limit: int) -> list[Finding]:
    where = Where().add("preflight_id = ?", run)
    if check is not None:
        where.add("check_name = ?", check)
    if kind is not None:
        where.add("kind = ?", kind)
    sql = where.join("SELECT * FROM findings", "ORDER BY id LIMIT ? OFFSET ?")
    return [finding(row) for row in db.all(sql, *where.values, limit, offset)]


def of_rows(db: Database, run: int, rows: Sequence[int]) -> list[Finding]:
    sql = "SELECT * FROM findings WHERE preflight_id = ? AND row_id IN (SELECT value FROM json_each(?)) ORDER BY id"
    return [finding(row) for row in db.all(sql, run, many(rows))]


def suggested(db: Database, run: int, rows: Iterable[int] | None, check: str | None) -> dict[int, list[Finding]]:
    """Findings with a suggestion, by row."""
    where = Where().add("preflight_id = ?", run).add("suggestion IS NOT NULL").add("row_id IS NOT NULL")
    if rows is not None:
        where.add("row_id IN (SELECT value FROM json_each(?))", many(rows))
    if check is not None:
        where.add("check_name = ?", check)
    found: dict[int, list[Finding]] = {}
    for row in db.all(where.join("SELECT * FROM findings", "ORDER BY id"), *where.values):
        found.setdefault(row["row_id"], []).append(finding(row))
    return found


def counts(db: Database, subject: Subject, run: int) -> list[tuple[str, str, str, int]]:
    return [(row[0], row[1], row[2], row[3]) for row in db.all(_COUNTS[subject], run)]


def draft_items(db: Database, draft_id: int) -> Iterator[Item]:
    """The included rows of a draft, in pages, so that a large draft is never in memory twice."""
    position = -1
    sql = """
        SELECT id, position, text, label, licence, uses, source, language FROM draft_rows
        WHERE draft_id = ? AND included = 1 AND position > ? ORDER BY position LIMIT ?
    """
    while rows := db.all(sql, draft_id, position, _PAGE):
        yield from map(_item, rows)
        position = rows[-1]["position"]


def contribution_items(db: Database, contribution_id: int) -> Iterator[Item]:
    index = -1
    sql = """
        SELECT id, idx AS position, text, label, licence, uses, source, language FROM records
        WHERE contribution_id = ? AND idx > ? ORDER BY idx LIMIT ?
    """
    while rows := db.all(sql, contribution_id, index, _PAGE):
        yield from map(_item, rows)
        index = rows[-1]["position"]


def _item(row: Any) -> Item:
    return Item(
        row["id"],
        row["position"] + 1,
        row["text"],
        row["label"],
        row["licence"],
        unpack_uses(row["uses"]),
        row["source"],
        row["language"],
    )


def earlier_contributions(db: Database, datanet_id: int, number: int | None) -> list[int]:
    """Rows of the contributions committed before `number` (all of them, and those being signed, when it is None)."""
    sql = """
        SELECT id FROM contributions WHERE datanet_id = ?1 AND (?2 IS NULL OR number < ?2)
        ORDER BY number IS NULL, number, id
    """
    return [row[0] for row in db.all(sql, datanet_id, number)]


def matches(db: Database, datanet_id: int, earlier: Sequence[int], keys: Sequence[bytes]) -> dict[bytes, Earlier]:
    """The earliest record by text key, in those contributions."""
    rank = {contribution: number for number, contribution in enumerate(earlier)}
    marks = ", ".join("?" * len(keys))
    rows = db.all(
        f"""
        SELECT text_key, contribution_id, idx, label FROM records
        WHERE datanet_id = ? AND text_key IN ({marks}) AND withdrawal_id IS NULL
        """,  # noqa: S608 - the marks are question marks
        datanet_id,
        *keys,
    )
    found: dict[bytes, Earlier] = {}
    known = [row for row in rows if row["contribution_id"] in rank]
    for row in sorted(known, key=lambda row: (rank[row["contribution_id"]], row["idx"])):
        found.setdefault(row["text_key"], Earlier(row["contribution_id"], row["idx"], row["label"], ""))
    return found


def texts(db: Database, earlier: Sequence[int]) -> Iterator[Earlier]:
    """The records of those contributions, in pages."""
    sql = """
        SELECT idx, label, text FROM records
        WHERE contribution_id = ? AND idx > ? AND withdrawal_id IS NULL ORDER BY idx LIMIT ?
    """
    for contribution in earlier:
        index = -1
        while rows := db.all(sql, contribution, index, _PAGE):
            for row in rows:
                yield Earlier(contribution, row["idx"], row["label"], row["text"])
            index = rows[-1]["idx"]
