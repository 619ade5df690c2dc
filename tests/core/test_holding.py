"""What a row is about to name stays, whoever clears up meanwhile; what no row ever named goes at the next start."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.artefacts import Artefacts
from core.models.named import named
from core.storage import Database
from core.vault.migrations import MIGRATIONS

ROOT = Path(__file__).resolve().parents[2]
KEY = bytes(32)
NOTHING: frozenset[str] = frozenset()

# Keeps a file that a row is to name, says so, and waits: to go on (a line) or to be killed.
MAKER = """
import sys
from pathlib import Path
from core.artefacts import Artefacts
artefacts = Artefacts(Path(sys.argv[1]), bytes(32))
with artefacts.naming():
    print(artefacts.put(b"about to be named"), flush=True)
    sys.stdin.readline()
print("named", flush=True)
sys.stdin.readline()
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="the lock on the profile has to do there")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


def tidy(artefacts: Artefacts, known: frozenset[str] = NOTHING) -> bool:
    return artefacts.tidy(lambda: known)


def maker(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKER, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def say(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return heard(process)


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@posix
def test_another_process_clears_nothing_while_one_makes_something(folder: Path) -> None:
    orphan, here = Artefacts(folder, KEY).put(b"left by a kill"), Artefacts(folder, KEY)
    with maker(folder) as other:
        digest = heard(other)
        assert not tidy(here)
        assert here.has(digest)
        assert here.has(orphan)
        assert say(other) == "named"
        assert tidy(here, frozenset({digest}))
        assert (here.has(digest), here.has(orphan)) == (True, False)
        other.kill()


@posix
def test_what_a_kill_left_without_a_row_goes_at_the_next_start(folder: Path) -> None:
    with maker(folder) as other:
        digest = heard(other)
        other.kill()
    here = Artefacts(folder, KEY)
    assert here.has(digest)
    assert tidy(here)
    assert not here.has(digest)


@posix
def test_a_session_that_is_not_over_is_another_process_to_the_next(folder: Path) -> None:
    old, new = Artefacts(folder, KEY), Artefacts(folder, KEY)
    with old.naming():
        digest = old.put(b"of the session before")
        assert not tidy(new)
    assert new.has(digest)
    assert tidy(new)


def test_the_rows_are_read_once_nobody_can_add_to_them(folder: Path) -> None:
    artefacts, rows = Artefacts(folder, KEY), set()
    with artefacts.naming():
        rows.add(artefacts.put(b"named at the last moment"))
    assert artefacts.tidy(lambda: rows)
    assert artefacts.has(*rows)


@pytest.mark.parametrize("way", ["put", "put_long"])
def test_one_thread_does_not_remove_what_another_is_about_to_name(folder: Path, way: str) -> None:
    """Both keep the same content; the first gives up and removes it while the second has not named it yet."""
    artefacts, kept, removed = Artefacts(folder, KEY), threading.Event(), threading.Event()
    digests: list[str] = []

    def second() -> None:
        with artefacts.naming():
            digests.append(getattr(artefacts, way)(b"the same"))
            kept.set()
            removed.wait(60)

    first = getattr(artefacts, way)(b"the same")
    thread = threading.Thread(target=second)
    thread.start()
    try:
        assert kept.wait(60)
        artefacts.remove(first)
        assert not tidy(artefacts)
    finally:
        removed.set()
        thread.join()
    assert artefacts.has(*digests)
    artefacts.remove(first)
    assert not artefacts.has(first)


def test_blocks_inside_each_other_end_by_themselves(folder: Path) -> None:
    artefacts = Artefacts(folder, KEY)
    with artefacts.naming():
        outer = artefacts.put(b"outer")
        with contextlib.suppress(KeyboardInterrupt), artefacts.naming():
            inner = artefacts.put(b"inner")
            artefacts.put(b"outer")
            raise KeyboardInterrupt
        for digest in (inner, outer):
            artefacts.remove(digest)
        assert (artefacts.has(inner), artefacts.has(outer)) == (False, True)
    assert tidy(artefacts)
    assert not artefacts.has(outer)


def test_every_column_that_holds_a_digest_is_asked(tmp_path: Path) -> None:
    """A table that names files and is forgotten here would lose them at the next start."""
    database = Database(tmp_path / "vault.db", KEY, MIGRATIONS)
    try:
        tables = [row["name"] for row in database.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rules = {name: database.one("SELECT sql FROM sqlite_master WHERE name = ?", name)["sql"] for name in tables}
        columns = [
            (table, line.split()[0])
            for table, sql in rules.items()
            for line in sql.splitlines()
            if " = 64" in line and "TEXT" in line
        ]
        assert len(columns) > 2
        database.one("PRAGMA foreign_keys = OFF")
        database.one("PRAGMA ignore_check_constraints = ON")
        for number, (table, column) in enumerate(columns):
            digest = f"{number:064x}"
            info = database.all(f"PRAGMA table_info({table})")
            needed = {row["name"]: b"{}" if row["name"] == "manifest" else number for row in info if row["notnull"]}
            values = needed | {column: digest}
            marks = ", ".join("?" * len(values))
            database.run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values())
            assert digest in named(database), f"{table}.{column}"
    finally:
        database.close()


def test_what_cannot_be_cleared_keeps_nobody_out(folder: Path) -> None:
    artefacts = Artefacts(folder, KEY)
    orphan = artefacts.put(b"left by a kill")
    (folder / "a folder.part").mkdir()
    assert tidy(artefacts)
    assert not artefacts.has(orphan)
