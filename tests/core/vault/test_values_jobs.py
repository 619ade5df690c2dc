"""Small values and long work survive a restart."""

from __future__ import annotations

import pytest

from core.errors import BadInput, Cancelled, DatabaseCorrupt, TooFewRecords
from core.jobs import Progress
from core.storage import Database
from core.vault.jobs import JobBook
from core.vault.migrations import m001_wallet
from core.vault.values import Values


class Clock:
    def __init__(self) -> None:
        self.time = 1000

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        return float(self.time)

    def sleep(self, seconds: float) -> None:
        self.time += int(seconds)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "v.db", bytes(32), [m001_wallet.migrate])
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(database, clock) -> JobBook:
    return JobBook(database, clock)


@pytest.mark.parametrize("value", [None, True, 5, 2**200, "text", [1, {"a": None}], {}])
def test_a_value_comes_back_as_it_was(database, value):
    values = Values(database)
    values.set("name", value)
    assert values.get("name", "default") == value
    assert values.all() == {"name": value}


def test_a_value_that_is_not_there_is_the_default(database):
    values = Values(database)
    assert values.get("name", 7) == 7
    values.set("name", 1)
    values.set("name", 2)
    values.remove("name")
    assert values.get("name") is None


def test_what_is_no_value_is_refused(database):
    values = Values(database)
    with pytest.raises(TypeError):
        values.set("name", b"bytes")
    for name, value in (("", 1), ("x" * 201, 1), ("x", "y" * 2**21)):
        with pytest.raises(BadInput):
            values.set(name, value)
    database.run("INSERT INTO settings VALUES ('broken', '{')")
    with pytest.raises(DatabaseCorrupt):
        values.get("broken")


def test_work_runs_from_waiting_to_done_with_its_result(book):
    job = book.add("train", {"release": 3})
    assert (job.state, job.parameters) == ("waiting", {"release": 3})

    def work(now, progress):
        assert book.get(now.id).state == "running"
        progress.step("Training", 1, 2)
        return {"accuracy": 0.8}

    assert book.run(job.id, work, Progress()) == {"accuracy": 0.8}
    job = book.get(job.id)
    assert (job.state, job.fraction, job.outcome) == ("done", 1.0, {"accuracy": 0.8})
    assert book.open() == []


def test_progress_is_seen_by_both_and_written_once_a_second(book, clock):
    seen = []
    job = book.add("import", {})

    def work(now, progress):
        for i in range(1, 5):
            clock.time += 1 if i == 3 else 0
            progress._last = 0.0  # as if time had passed for the screen
            progress.step("Reading", i, 10)
        written = book.get(now.id)
        assert (written.fraction, written.words) == (0.3, "Reading")

    book.run(job.id, work, Progress(report=lambda *step: seen.append(step)))
    assert seen == [(i / 10, "Reading") for i in range(1, 5)]


def test_a_cancel_reaches_the_work_and_is_noted(book):
    job = book.add("train", {})
    progress = Progress()

    def work(_job, inner):
        progress.cancel()
        inner.step("next")

    with pytest.raises(Cancelled):
        book.run(job.id, work, progress)
    assert book.get(job.id).state == "cancelled"


def test_a_failure_is_noted_with_its_values(book):
    job = book.add("train", {})

    def work(_job, _progress):
        raise TooFewRecords(label="bird", found=3, needed=20)

    with pytest.raises(TooFewRecords):
        book.run(job.id, work, Progress())
    job = book.get(job.id)
    assert job.state == "failed"
    assert job.outcome == {"error": "TooFewRecords", "values": {"label": "bird", "found": 3, "needed": 20}}


def test_what_ran_when_the_program_died_is_taken_up_from_its_checkpoint(book, database):
    job = book.add("import", {"file": "a.csv"})
    reached = []

    def dies(now, _progress):
        book.checkpoint(now.id, {"line": 500})
        raise SystemExit  # as a kill: nothing after this runs

    with pytest.raises(SystemExit):
        book.run(job.id, dies, Progress())
    again = JobBook(database, Clock())
    (found,) = again.interrupt()
    assert (found.id, found.state, found.checkpoint) == (job.id, "interrupted", {"line": 500})
    again.run(found.id, lambda now, _progress: reached.append(now.checkpoint["line"]), Progress())
    assert reached == [500]
    assert again.get(job.id).state == "done"


def test_a_job_runs_once_at_a_time(book):
    job = book.add("train", {})

    def work(now, _progress):
        with pytest.raises(BadInput):
            book.run(now.id, lambda *_: None, Progress())

    book.run(job.id, work, Progress())
    with pytest.raises(BadInput):
        book.run(job.id, work, Progress())
    with pytest.raises(BadInput):
        book.get(99)


def test_waiting_work_can_be_cancelled_and_old_work_forgotten(book, clock):
    waiting, done = book.add("a", {}), book.add("b", {})
    book.run(done.id, lambda *_: None, Progress())
    assert book.cancel(waiting.id).state == "cancelled"
    assert book.cancel(done.id).state == "done"
    assert [job.id for job in book.recent()] == [done.id, waiting.id]
    book.clear(clock.time + 1)
    assert book.recent() == []
