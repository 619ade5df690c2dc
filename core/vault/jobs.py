"""Long work that survives a restart: what it was asked to do, how far it came, where to go on.

waiting -> running -> done | failed | cancelled. Work that was running when the program ended is `interrupted` at the
next start and may run again from its checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.clock import Clock, SystemClock
from core.errors import BadInput, Cancelled, OpenLedgerError
from core.jobs import Progress
from core.storage import Database

State = Literal["waiting", "running", "interrupted", "done", "failed", "cancelled"]
_OPEN = ("waiting", "running", "interrupted")
_INTERVAL = 1.0  # seconds between two writes of the progress


@dataclass(frozen=True)
class Job:
    """`name` is the key of the kind of work. `outcome` is the result, or {"error": name, "values": {...}}.

    `fraction` is 0..1, None while unknown; `created`, `updated` in seconds since 1970.
    """

    id: int
    name: str
    parameters: Mapping[str, Any]
    state: State
    fraction: float | None
    words: str
    checkpoint: Any
    outcome: Any
    created: int
    updated: int


class JobBook:
    """Safe on any thread. `run` is what makes a row and its work agree."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._db = database
        self._clock = clock or SystemClock()

    def interrupt(self) -> list[Job]:
        """Once at the start of the program: what ran when it last ended. These and the waiting ones can be taken up."""
        self._db.run("UPDATE jobs SET state = 'interrupted', updated = ? WHERE state = 'running'", self._clock.now())
        return self.open()

    def open(self) -> list[Job]:
        rows = self._db.all(f"SELECT * FROM jobs WHERE state IN {_OPEN} ORDER BY id")  # noqa: S608 - our own words
        return [_job(row) for row in rows]

    def recent(self, most: int = 50) -> list[Job]:
        return [_job(row) for row in self._db.all("SELECT * FROM jobs ORDER BY updated DESC, id DESC LIMIT ?", most)]

    def get(self, number: int) -> Job:
        """Raises BadInput("unknown")."""
        row = self._db.one("SELECT * FROM jobs WHERE id = ?", number)
        if row is None:
            raise BadInput(field="job", reason="unknown", value=number)
        return _job(row)

    def add(self, name: str, parameters: Mapping[str, Any]) -> Job:
        now = self._clock.now()
        with self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO jobs (name, parameters, state, created, updated) VALUES (?, ?, 'waiting', ?, ?)",
                (name, json.dumps(dict(parameters)), now, now),
            )
            return self.get(int(cursor.lastrowid))

    def checkpoint(self, number: int, where: Any) -> None:
        """Where to go on after a restart; in the same transaction as the work it stands for, when one is open."""
        self._db.run(
            "UPDATE jobs SET checkpoint = ?, updated = ? WHERE id = ?", json.dumps(where), self._clock.now(), number
        )

    def cancel(self, number: int) -> Job:
        """One that does not run (a running one is cancelled by its Progress)."""
        self._db.run(
            "UPDATE jobs SET state = 'cancelled', updated = ? WHERE id = ? AND state IN ('waiting', 'interrupted')",
            self._clock.now(),
            number,
        )
        return self.get(number)

    def run(self, number: int, work: Callable[[Job, Progress], Any], progress: Progress) -> Any:
        """Do the work of a waiting or interrupted job, keep its progress and its end; the result (JSON).

        Raises what the work raises, after noting it: Cancelled leaves it `cancelled`, every other error `failed`.
        """
        with self._db.transaction():
            job = self.get(number)
            if job.state not in {"waiting", "interrupted"}:
                raise BadInput(field="job", reason=job.state, value=number)
            self._change(number, "running", job.fraction, job.words)
        watched = _Watched(self, number, progress, self._clock)
        try:
            result = work(job, watched.progress)
            outcome = json.dumps(result)
        except Cancelled:
            self._end(number, "cancelled", None)
            raise
        except Exception as error:
            values = error.values if isinstance(error, OpenLedgerError) else {}
            said = {"error": type(error).__name__, "values": values}
            self._end(number, "failed", json.dumps(said, default=str))
            raise
        self._end(number, "done", outcome)
        return result

    def clear(self, before: int) -> None:
        """Forget what ended before that time."""
        self._db.run("DELETE FROM jobs WHERE state IN ('done', 'failed', 'cancelled') AND updated < ?", before)

    def note(self, number: int, fraction: float | None, words: str) -> None:
        self._change(number, "running", fraction, words)

    def _change(self, number: int, state: State, fraction: float | None, words: str) -> None:
        self._db.run(
            "UPDATE jobs SET state = ?, fraction = ?, words = ?, updated = ? WHERE id = ?",
            state,
            fraction,
            words,
            self._clock.now(),
            number,
        )

    def _end(self, number: int, state: State, outcome: str | None) -> None:
        self._db.run(
            "UPDATE jobs SET state = ?, outcome = ?, fraction = CASE ?1 WHEN 'done' THEN 1.0 ELSE fraction END, "
            "updated = ? WHERE id = ?",
            state,
            outcome,
            self._clock.now(),
            number,
        )


class _Watched:
    """A Progress that passes on what it hears and writes it down once a second; cancelled with the one it wraps."""

    def __init__(self, book: JobBook, number: int, outer: Progress, clock: Clock) -> None:
        self._book, self._number, self._outer, self._clock = book, number, outer, clock
        self._written = float("-inf")
        self.progress = Progress(report=self._hear, _stop=outer._stop)  # noqa: SLF001 - one wish to stop for both

    def _hear(self, fraction: float | None, words: str) -> None:
        self._outer.report(fraction, words)
        now = self._clock.monotonic()
        if now - self._written >= _INTERVAL:
            self._written = now
            self._book.note(self._number, fraction, words)


def _job(row: Any) -> Job:
    return Job(
        id=row["id"],
        name=row["name"],
        parameters=json.loads(row["parameters"]),
        state=row["state"],
        fraction=row["fraction"],
        words=row["words"],
        checkpoint=json.loads(row["checkpoint"]) if row["checkpoint"] is not None else None,
        outcome=json.loads(row["outcome"]) if row["outcome"] is not None else None,
        created=row["created"],
        updated=row["updated"],
    )
