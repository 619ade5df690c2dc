"""A database that was put back to an older state is noticed, and a healthy one never accused."""

from __future__ import annotations

import json
import shutil

import pytest

from core.errors import BadInput, RolledBack
from core.paths import ProfilePaths
from core.vault.vault import Vault
from tests.doubles.cheap import BOUNDS, COST, PASSWORD


@pytest.fixture
def paths(tmp_path) -> ProfilePaths:
    paths = ProfilePaths(tmp_path / "profile")
    Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS).close()
    return paths


def unlock(paths: ProfilePaths, **rest) -> Vault:
    return Vault.open(paths, PASSWORD, bounds=BOUNDS, **rest)


def write(vault: Vault, name: str) -> None:
    vault.db.run("INSERT OR REPLACE INTO settings VALUES (?, '1')", name)


def test_an_older_copy_of_the_database_is_noticed(paths):
    old = paths.vault.read_bytes()
    with unlock(paths) as vault:
        write(vault, "paid")
    paths.vault.write_bytes(old)
    with pytest.raises(RolledBack) as caught:
        unlock(paths)
    assert caught.value.what == "vault"
    assert caught.value.found < caught.value.expected


def test_a_lost_write_ahead_log_is_noticed(paths):
    vault = unlock(paths)
    write(vault, "before")
    vault.mark("head:1", 7)
    copy = paths.root.with_name("copy")
    shutil.copytree(paths.root, copy)  # as after a power cut, without the log
    vault.close()
    assert (copy / "vault.db-wal").stat().st_size > 0
    (copy / "vault.db-wal").unlink()
    (copy / "vault.db-shm").unlink()
    with pytest.raises(RolledBack):
        unlock(ProfilePaths(copy))


def test_the_person_may_go_on_with_an_older_database(paths):
    old = paths.vault.read_bytes()
    with unlock(paths) as vault:
        write(vault, "paid")
    paths.vault.write_bytes(old)
    unlock(paths, accept_rollback=True).close()
    unlock(paths).close()


def test_a_healthy_database_ahead_of_its_file_opens(paths):
    with unlock(paths) as vault:
        write(vault, "a")
        old = paths.freshness.read_bytes()
    with unlock(paths) as vault:
        write(vault, "b")
    paths.freshness.write_bytes(old)  # a crash between the commit and the writing of the file
    unlock(paths).close()


def test_a_missing_file_is_noticed(paths):
    paths.freshness.unlink()
    with pytest.raises(RolledBack) as caught:
        unlock(paths)
    assert caught.value.what == "freshness file"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"counter": 0, "marks": {}, "mac": "00"}'])
def test_a_damaged_file_is_noticed(paths, content):
    paths.freshness.write_bytes(content)
    with pytest.raises(RolledBack) as caught:
        unlock(paths)
    assert caught.value.found == "damaged"


def test_a_file_with_another_counter_is_not_believed(paths):
    body = json.loads(paths.freshness.read_bytes())
    paths.freshness.write_text(json.dumps({**body, "counter": 0}))
    with pytest.raises(RolledBack):
        unlock(paths)


def test_the_file_of_another_profile_is_not_believed(paths, tmp_path):
    other = ProfilePaths(tmp_path / "other")
    Vault.create(other, PASSWORD, cost=COST, bounds=BOUNDS).close()
    shutil.copy(other.freshness, paths.freshness)
    with pytest.raises(RolledBack):
        unlock(paths)


def test_a_mark_only_rises(paths):
    with unlock(paths) as vault:
        vault.mark("head:1", 10)
        vault.mark("head:1", 4)
        assert vault.marks() == {"head:1": 10}
        vault.mark("head:1", 11)
    with unlock(paths) as vault:
        assert vault.marks() == {"head:1": 11}


def test_a_mark_is_in_the_file_at_once(paths):
    with unlock(paths) as vault:
        vault.mark("head:1", 5)
        assert json.loads(paths.freshness.read_bytes())["marks"] == {"head:1": 5}


@pytest.mark.parametrize(("name", "value"), [("", 1), ("x", -1), ("x", 2**63), ("x" * 201, 1)])
def test_a_mark_out_of_range_is_refused(paths, name, value):
    with unlock(paths) as vault, pytest.raises(BadInput):
        vault.mark(name, value)


def test_a_burst_of_writes_writes_the_file_once_and_closing_brings_it_up(paths):
    now = [100.0]
    with unlock(paths) as vault:
        vault.db.watch(vault._freshness(), clock=lambda: now[0])
        now[0] += 5
        write(vault, "first")
        before = paths.freshness.stat().st_mtime_ns, json.loads(paths.freshness.read_bytes())["counter"]
        for i in range(20):
            write(vault, f"n{i}")
        assert (paths.freshness.stat().st_mtime_ns, json.loads(paths.freshness.read_bytes())["counter"]) == before
        now[0] += 1
        write(vault, "later")
        assert json.loads(paths.freshness.read_bytes())["counter"] == vault.db.seen().counter
        write(vault, "last")
        last = vault.db.seen().counter
    assert json.loads(paths.freshness.read_bytes())["counter"] == last


def test_reading_raises_no_counter(paths):
    with unlock(paths) as vault:
        before = vault.db.seen()
        with vault.db.transaction() as connection:
            connection.execute("SELECT count(*) FROM settings").fetchone()
        assert vault.db.seen() == before


def test_a_rolled_back_transaction_raises_no_counter(paths):
    with unlock(paths) as vault:
        before = vault.db.seen()
        with pytest.raises(RuntimeError), vault.db.transaction() as connection:
            _fail_after_writing(connection)
        assert vault.db.seen() == before


def _fail_after_writing(connection) -> None:
    connection.execute("INSERT INTO settings VALUES ('a', '1')")
    raise RuntimeError
