"""A database keeps whole transactions, one schema version after another, and names what is wrong with it."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import threading

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from core.errors import DatabaseCorrupt, DiskFull, Locked, NewerProfile, ProfileInUse, StorageError
from core.storage import Database, check

KEY = bytes(range(32))


def first(connection) -> None:
    connection.execute("CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER CHECK (size > 0))")


def second(connection) -> None:
    connection.execute("ALTER TABLE things ADD COLUMN colour TEXT")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def database(path):
    database = Database(path, KEY, [first])
    yield database
    database.close()


def put(database: Database, name: str, size: int = 1) -> None:
    database.run("INSERT INTO things (name, size) VALUES (?, ?)", name, size)


def names(database: Database) -> list[str]:
    return [row["name"] for row in database.all("SELECT name FROM things ORDER BY name")]


def test_what_was_written_is_read(database):
    put(database, "a")
    assert names(database) == ["a"]
    assert database.one("SELECT size FROM things WHERE name = ?", "a")[0] == 1
    assert database.one("SELECT size FROM things WHERE name = ?", "b") is None


def test_a_transaction_is_whole_or_nothing(database):
    with pytest.raises(RuntimeError), database.transaction() as connection:
        _write_and_fail(connection)
    assert names(database) == []


def _write_and_fail(connection) -> None:
    connection.execute("INSERT INTO things (name) VALUES ('a')")
    raise RuntimeError


def test_a_nested_transaction_joins_the_outer_one(database):
    with contextlib.suppress(RuntimeError), database.transaction():
        put(database, "inner")
        raise RuntimeError
    assert names(database) == []
    with database.transaction():
        put(database, "inner")
    assert names(database) == ["inner"]


def test_many_rows_or_none(database):
    with pytest.raises(sqlcipher.IntegrityError):
        database.run_many("INSERT INTO things (name) VALUES (?)", [["a"], ["b"], ["a"]])
    assert names(database) == []


def test_a_broken_constraint_stays_the_callers_matter(database):
    with pytest.raises(sqlcipher.IntegrityError):
        put(database, "a", -1)
    put(database, "a")


def test_a_wrong_statement_is_not_called_corruption(database):
    with pytest.raises(sqlcipher.OperationalError):
        database.all("SELECT nothing FROM nowhere")
    with pytest.raises(sqlcipher.OperationalError):
        database.run("INSERT INTO nowhere VALUES (1)")


def test_threads_share_a_database(database):
    def add(start: int) -> None:
        for i in range(start, start + 25):
            put(database, f"{i:03}")

    threads = [threading.Thread(target=add, args=(start,)) for start in range(0, 100, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(database)) == 100


def test_migrations_run_in_order_and_once(path):
    Database(path, KEY, [first]).close()
    database = Database(path, KEY, [first, second])
    database.run("INSERT INTO things VALUES ('a', 1, 'red')")
    assert database.one("PRAGMA user_version")[0] == 2
    database.close()
    Database(path, KEY, [first, second]).close()


def test_a_failed_migration_leaves_the_schema_before_it(path):
    def broken(connection) -> None:
        second(connection)
        raise RuntimeError

    Database(path, KEY, [first]).close()
    with pytest.raises(RuntimeError):
        Database(path, KEY, [first, broken])
    database = Database(path, KEY, [first, second])
    assert database.one("PRAGMA user_version")[0] == 2
    database.close()


def test_a_newer_schema_is_not_touched(path):
    Database(path, KEY, [first, second]).close()
    with pytest.raises(NewerProfile):
        Database(path, KEY, [first])


def test_another_key_finds_no_database(path):
    Database(path, KEY, [first]).close()
    with pytest.raises(DatabaseCorrupt):
        Database(path, bytes(32), [first])


def test_a_key_of_another_length_is_a_fault_of_ours(path):
    with pytest.raises(ValueError, match="32 bytes"):
        Database(path, b"short")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StorageError):
        Database(tmp_path / "no" / "a.db", KEY)


def test_a_database_in_memory_makes_no_file(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    database = Database(Path(":memory:"), KEY, [first])
    put(database, "a")
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_every_file_is_for_its_owner_only(database, path):
    put(database, "a")
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 3


def test_opening_a_second_time_leaves_the_locks_of_the_first(database, path):
    with database.transaction() as connection:
        connection.execute("INSERT INTO things (name) VALUES ('a')")
        check(path, KEY)  # its own connection to the same file, in the same process
        other = (
            "import sqlcipher3.dbapi2 as s, sys\n"
            "c = s.connect(sys.argv[1], timeout=0.2, isolation_level=None)\n"
            f'c.execute("PRAGMA key = \\"x\'{KEY.hex()}\'\\"")\n'
            "try:\n    c.execute('BEGIN IMMEDIATE')\nexcept s.OperationalError as error:\n    print(error)\n"
        )
        import sys

        said = subprocess.run([sys.executable, "-c", other, str(path)], capture_output=True, text=True, check=True)
        assert "locked" in said.stdout


def test_a_database_that_another_program_writes_to_says_so(database, path):
    other = sqlcipher.connect(str(path), isolation_level=None)
    other.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    other.execute("BEGIN IMMEDIATE")
    database.all("PRAGMA busy_timeout = 100")
    with pytest.raises(ProfileInUse):
        put(database, "a")
    other.execute("ROLLBACK")
    other.close()
    put(database, "a")


def test_after_closing_every_use_says_locked(path):
    database = Database(path, KEY, [first])
    database.close()
    database.close()
    for use in (lambda: database.one("SELECT 1"), lambda: put(database, "a")):
        with pytest.raises(Locked):
            use()


def test_closing_leaves_one_file(path):
    database = Database(path, KEY, [first])
    put(database, "a")
    database.close()
    assert [file.name for file in path.parent.iterdir()] == ["a.db"]


# --- damage, and a full disk ---


def test_the_check_passes_a_whole_database_and_finds_a_flipped_bit(path):
    database = Database(path, KEY, [first])
    database.run_many("INSERT INTO things (name) VALUES (?)", [[f"{i}" * 50] for i in range(500)])
    database.close()
    check(path, KEY)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DatabaseCorrupt):
        check(path, KEY)


def test_a_full_database_is_a_full_disk_and_nothing_committed_is_lost(database):
    put(database, "kept")
    database.all(f"PRAGMA max_page_count = {database.one('PRAGMA page_count')[0]}")
    with pytest.raises(DiskFull):
        database.run_many("INSERT INTO things (name) VALUES (?)", [[f"{i}" * 100] for i in range(500)])
    assert names(database) == ["kept"]
    database.all("PRAGMA max_page_count = 100000")
    put(database, "later")
    assert names(database) == ["kept", "later"]


def test_a_file_that_may_not_grow_is_a_full_disk_and_nothing_committed_is_lost(database, path):
    resource = pytest.importorskip("resource")
    put(database, "kept")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name("a.db-wal").stat().st_size + 5000, limits[1]))
    try:
        with pytest.raises(DiskFull):
            database.run_many("INSERT INTO things (name) VALUES (?)", [[f"{i}" * 100] for i in range(500)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(database) == ["kept"]
    put(database, "later")
    database.close()
    check(path, KEY)


def _fill(database: Database) -> int:
    """Rows that were acknowledged before the disk was full."""
    for stored in range(100_000):
        try:
            put(database, f"{stored:05}" + "x" * 5000)
        except DiskFull:
            return stored
    raise AssertionError


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_really_full_disk_is_named_and_nothing_committed_is_lost(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        database = Database(disk / "a.db", KEY, [first])
        stored = _fill(database)
        assert len(names(database)) == stored
        database.close()
        database = Database(disk / "a.db", KEY, [first])
        assert len(names(database)) == stored
        database.close()
        check(disk / "a.db", KEY)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
