"""A backup counts once it was read back whole; a restore gives a whole profile or changes nothing."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import threading
import zipfile
from pathlib import Path

import pytest

from core import storage
from core.errors import (
    BadFile,
    BadInput,
    Cancelled,
    DatabaseCorrupt,
    DiskFull,
    NewerProfile,
    OpenLedgerError,
    TooLarge,
    WrongPassword,
)
from core.files import write_whole
from core.jobs import Progress
from core.paths import ProfilePaths
from core.storage import Database
from core.vault import backup as backups
from core.vault import backup_file
from core.vault.backup import back_up, back_up_in_turn, drill, list_backups, restore
from core.vault.seal import seal
from core.vault.stream import subkey
from core.vault.vault import Vault, exists, read_header
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

LEDGER = bytes(range(32))


@pytest.fixture
def paths(tmp_path) -> ProfilePaths:
    return ProfilePaths(tmp_path / "profile")


@pytest.fixture
def vault(paths):
    with Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS) as vault:
        vault.db.run_many(
            "INSERT INTO settings VALUES (?, ?)", [(f"n{i}", f"recognisable {i}" * 20) for i in range(300)]
        )
        keys = seal(b"phrase", PASSWORD, purpose="signer", profile=vault.profile, cost=COST)
        write_whole(paths.keys, keys.to_bytes())
        ledger = Database(paths.ledger, LEDGER)
        ledger.run("CREATE TABLE blocks (n)")
        ledger.run("INSERT INTO blocks VALUES (1)")
        ledger.close()
        (paths.files / "ab").mkdir()
        (paths.files / "ab" / ("ab" * 32)).write_bytes(os.urandom(2_500_000))
        (paths.files / "empty").write_bytes(b"")
        yield vault


@pytest.fixture
def whole(vault, tmp_path) -> Path:
    to = tmp_path / "whole.olbackup"
    back_up(vault, to, ledger=LEDGER, files=True)
    return to


def bring_back(backup: Path, folder: Path, password: str = PASSWORD) -> ProfilePaths:
    target = ProfilePaths(folder)
    restore(backup, target, password, bounds=BOUNDS)
    return target


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_everything_comes_back(vault, whole, tmp_path):
    there = bring_back(whole, tmp_path / "there")
    with Vault.open(there, PASSWORD, bounds=BOUNDS) as back:
        rows = [tuple(row) for row in vault.db.all("SELECT name, value FROM settings ORDER BY name")]
        assert [tuple(row) for row in back.db.all("SELECT name, value FROM settings ORDER BY name")] == rows
        assert back.profile == vault.profile
        assert back.subkey("artefacts") == vault.subkey("artefacts")
    assert there.keys.read_bytes() == vault.paths.keys.read_bytes()
    assert tree(there.files) == tree(vault.paths.files)
    ledger = Database(there.ledger, LEDGER)
    assert ledger.one("SELECT n FROM blocks")[0] == 1
    ledger.close()


def test_the_report_says_what_is_in_it(vault, tmp_path):
    report = back_up(vault, tmp_path / "b.olbackup", ledger=LEDGER, files=True)
    assert report.names == ("vault.db", "keys.json", "ledger.db", f"files/ab/{'ab' * 32}", "files/empty")
    assert report.size == report.path.stat().st_size
    assert report.profile == vault.profile


def test_ledger_and_files_are_left_out_unless_asked_for(vault, tmp_path):
    report = back_up(vault, tmp_path / "b.olbackup")
    assert report.names == ("vault.db", "keys.json")


def test_a_backup_tells_nothing_to_who_finds_it(whole):
    content = whole.read_bytes()
    assert b"recognisable" not in content
    assert b"vault.db" not in content
    assert b"ab" * 32 not in content
    assert whole.stat().st_mode & 0o777 == 0o600


def test_a_backup_taken_while_others_write_is_consistent(vault, tmp_path):
    begun, stop = threading.Event(), threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            with vault.db.transaction() as connection:  # two rows that always agree
                connection.execute("INSERT OR REPLACE INTO settings VALUES ('left', ?)", (str(n),))
                connection.execute("INSERT OR REPLACE INTO settings VALUES ('right', ?)", (str(n),))
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(60)
        reports = [back_up(vault, tmp_path / f"{i}.olbackup") for i in range(3)]
    finally:
        stop.set()
        writer.join()
    for i, report in enumerate(reports):
        there = bring_back(report.path, tmp_path / f"there{i}")
        with Vault.open(there, PASSWORD, bounds=BOUNDS) as back:
            left, right = (back.db.one("SELECT value FROM settings WHERE name = ?", n)[0] for n in ("left", "right"))
            assert left == right


def test_the_password_of_that_day_opens_a_backup(vault, whole, tmp_path):
    def reseal(cost) -> bytes:
        return seal(b"phrase", "new", purpose="signer", profile=vault.profile, cost=cost).to_bytes()

    vault.change_password(PASSWORD, "new", reseal=reseal)
    assert drill(whole, PASSWORD, bounds=BOUNDS).profile == vault.profile
    with pytest.raises(WrongPassword):
        drill(whole, "new", bounds=BOUNDS)


def test_a_wrong_password_restores_nothing(whole, tmp_path):
    with pytest.raises(WrongPassword):
        bring_back(whole, tmp_path / "there", "wrong")
    assert not exists(ProfilePaths(tmp_path / "there"))
    assert tree(tmp_path / "there") == {}


def test_a_drill_reads_everything_and_leaves_nothing(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    assert drill(whole, PASSWORD, bounds=BOUNDS).names[0] == "vault.db"
    assert tree(tmp_path / "scratch") == {}


def test_a_restore_never_touches_a_profile_that_is_there(vault, whole):
    before = tree(vault.paths.root)
    with pytest.raises(BadInput) as caught:
        bring_back(whole, vault.paths.root)
    assert caught.value.reason == "exists"
    assert tree(vault.paths.root) == before


def test_files_without_a_profile_are_moved_aside_not_overwritten(whole, tmp_path):
    there = ProfilePaths(tmp_path / "there")
    there.prepare()
    there.ledger.write_bytes(b"somebody's ledger")
    (there.files / "empty").write_bytes(b"not empty here")
    bring_back(whole, there.root)
    assert (there.root / "ledger.db.orphan-1").read_bytes() == b"somebody's ledger"
    assert (there.files / "empty.orphan-1").read_bytes() == b"not empty here"


def test_a_restored_profile_is_not_accused_of_being_old(vault, whole, tmp_path):
    vault.mark("head:1", 12)
    vault.db.run("DELETE FROM settings")
    there = bring_back(whole, tmp_path / "there")
    Vault.open(there, PASSWORD, bounds=BOUNDS).close()


# --- damage and hostility ---


def test_every_truncation_is_noticed_and_restores_nothing(whole, tmp_path):
    content = whole.read_bytes()
    bad = tmp_path / "bad.olbackup"
    for length in [0, 1, 21, 22, 100, len(content) // 2, len(content) - 1]:
        bad.write_bytes(content[:length])
        with pytest.raises(BadFile):
            bring_back(bad, tmp_path / "there")
        assert tree(tmp_path / "there") == {}


def test_no_flipped_bit_ever_gives_other_content(whole, tmp_path):
    content = whole.read_bytes()
    right = tree(bring_back(whole, tmp_path / "right").root)
    bad = tmp_path / "bad.olbackup"
    refused = 0
    positions = range(40, len(content), len(content) // 40)
    for position in positions:
        flipped = bytearray(content)
        flipped[position] ^= 0x10
        bad.write_bytes(bytes(flipped))
        there = tmp_path / f"there{position}"
        try:
            bring_back(bad, there)
        except (BadFile, WrongPassword, TooLarge):
            refused += 1
            assert tree(there) == {}
        else:  # a date in the zip's directory, which nothing reads
            assert {**tree(there), "freshness.json": right["freshness.json"]} == right
    assert refused > len(positions) // 2


def test_no_flipped_bit_of_the_zip_itself_gives_another_error(vault, tmp_path):
    small = tmp_path / "small.olbackup"
    back_up(vault, small)
    content = small.read_bytes()
    bad = tmp_path / "bad.olbackup"
    for position in [*range(40), *range(len(content) - 330, len(content))]:
        flipped = bytearray(content)
        flipped[position] ^= 0x80
        bad.write_bytes(bytes(flipped))
        with bad.open("rb") as file, contextlib.suppress(BadFile, TooLarge):
            reader = backup_file.Reader(file, bad, BOUNDS)
            manifest = reader.manifest(subkey(vault.key(), "backup", reader.salt), Progress())
            for number in range(len(manifest.members)):
                reader.extract(manifest, number, subkey(vault.key(), "backup", reader.salt), None, Progress())


def rebuild(whole: Path, to: Path, **changes: bytes | None) -> Path:
    """The same zip with members replaced (or left out: None)."""
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            content = changes.pop(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in changes.items():
            new.writestr(name, content)
    return to


def test_members_swapped_are_noticed(whole, tmp_path):
    with zipfile.ZipFile(whole) as old:
        bad = rebuild(whole, tmp_path / "bad", **{"0": old.read("1"), "1": old.read("0")})
    with pytest.raises(BadFile):
        bring_back(bad, tmp_path / "there")


def test_a_member_of_another_backup_is_noticed(vault, whole, tmp_path):
    other = tmp_path / "other"
    back_up(vault, other)
    with zipfile.ZipFile(other) as old:
        bad = rebuild(whole, tmp_path / "bad", **{"0": old.read("0")})
    with pytest.raises(BadFile):
        bring_back(bad, tmp_path / "there")


@pytest.mark.parametrize(
    "change", [{"1": None}, {"99": b"x"}, {"../evil": b"x"}, {"manifest": None}, {"backup.json": None}]
)
def test_members_too_many_or_too_few_are_refused(whole, tmp_path, change):
    with pytest.raises(BadFile):
        bring_back(rebuild(whole, tmp_path / "bad", **change), tmp_path / "there")
    assert not (tmp_path / "evil").exists()


def test_a_compressed_member_is_refused_unread(whole, tmp_path):
    bomb = tmp_path / "bomb"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, bytes(50_000_000) if name == "0" else old.read(name))
    with pytest.raises(BadFile) as caught:
        bring_back(bomb, tmp_path / "there")
    assert caught.value.reason == "compressed"


def test_a_costly_header_is_refused_before_it_is_paid(whole, tmp_path):
    from core.vault import seal as sealing

    with zipfile.ZipFile(whole) as old:
        head = json.loads(old.read("backup.json"))
    header = json.loads(head["vault"])
    header["kdf"]["memory_kib"] = 2**30
    del header["checksum"]
    header["checksum"] = sealing._checksum(header)
    head["vault"] = json.dumps(header)
    bad = rebuild(whole, tmp_path / "bad", **{"backup.json": json.dumps(head).encode()})
    with pytest.raises(BadFile) as caught:
        bring_back(bad, tmp_path / "there")
    assert caught.value.reason == "cost"


def test_by_default_a_cheap_header_is_refused(whole, tmp_path):
    with pytest.raises(BadFile):
        restore(whole, ProfilePaths(tmp_path / "there"), PASSWORD)


def test_a_zip_that_claims_a_huge_directory_is_refused_before_it_is_read(tmp_path):
    end = b"PK\x05\x06" + bytes(8) + (2**31).to_bytes(4, "little") + bytes(6)
    bad = tmp_path / "bad"
    bad.write_bytes(bytes(1000) + end)
    with pytest.raises(TooLarge):
        bring_back(bad, tmp_path / "there")


def test_a_file_that_is_something_else_is_refused(tmp_path):
    bad = tmp_path / "holiday.jpg"
    bad.write_bytes(os.urandom(10_000))
    with pytest.raises(BadFile):
        bring_back(bad, tmp_path / "there")
    with pytest.raises(BadFile):
        bring_back(tmp_path / "not there", tmp_path / "there")


@pytest.mark.parametrize(
    "name", ["../vault.db", "/etc/passwd", "files/../../x", "files/.hidden", "vault.json", "C:\\x", "files"]
)
def test_a_name_outside_the_profile_is_refused_even_from_who_knows_the_password(name, tmp_path, monkeypatch):
    monkeypatch.setattr(backup_file, "_NAME", re.compile(".*"))
    paths = ProfilePaths(tmp_path / "evil")
    with Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS) as vault:
        vault_file = vault.paths.vault.read_bytes()
        header, salt, profile = read_header(paths, BOUNDS), bytes(16), vault.profile
        key = subkey(vault.key(), "backup", salt)
    with (tmp_path / "evil.olbackup").open("w+b") as file:
        writer = backup_file.Writer(file, header, salt, key)
        writer.add("vault.db", io.BytesIO(vault_file), Progress())
        writer.add(name, io.BytesIO(b"evil"), Progress())
        writer.finish(backup_file.Manifest(profile, 0, 1, 0, tuple(writer.members)), Progress())
    monkeypatch.undo()
    with pytest.raises(BadFile) as caught:
        bring_back(tmp_path / "evil.olbackup", tmp_path / "there")
    assert caught.value.reason == "manifest"
    assert tree(tmp_path / "there") == {}


def test_a_backup_of_a_newer_program_says_so(vault, tmp_path, monkeypatch):
    from core.vault.migrations import MIGRATIONS

    monkeypatch.setattr(backups, "MIGRATIONS", [*MIGRATIONS, lambda _connection: None])
    back_up(vault, tmp_path / "b")
    monkeypatch.undo()
    with pytest.raises(NewerProfile):
        bring_back(tmp_path / "b", tmp_path / "there")


# --- failure in the middle ---


def test_a_corrupt_vault_is_never_promoted_to_a_backup(vault, tmp_path):
    old = tmp_path / "b.olbackup"
    back_up(vault, old)
    before = old.read_bytes()
    vault.db.one("PRAGMA wal_checkpoint(TRUNCATE)")
    with vault.paths.vault.open("r+b") as file:
        file.seek(vault.paths.vault.stat().st_size - 3000)
        file.write(os.urandom(500))
    with pytest.raises(DatabaseCorrupt):
        back_up(vault, old)
    assert old.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


def test_a_cancelled_backup_leaves_what_was_there(vault, tmp_path):
    to = tmp_path / "b.olbackup"
    to.write_bytes(b"the old one")
    moments = ["Copying the database", "Writing the backup", "Checking the backup"]
    for moment in moments:
        progress = Progress()
        progress.report = lambda _done, words, moment=moment, progress=progress: (
            progress.cancel() if words == moment else None
        )
        with pytest.raises(Cancelled):
            back_up(vault, to, ledger=LEDGER, files=True, progress=progress)
        assert to.read_bytes() == b"the old one"
    assert {p.name for p in tmp_path.iterdir()} == {"b.olbackup", "profile"}
    assert not list(vault.paths.root.glob(".openledger-*"))


def test_a_cancelled_restore_leaves_no_profile(whole, tmp_path):
    progress = Progress()
    progress.report = lambda _done, words: progress.cancel() if words == "Unpacking" else None
    there = ProfilePaths(tmp_path / "there")
    with pytest.raises(Cancelled):
        restore(whole, there, PASSWORD, bounds=BOUNDS, progress=progress)
    assert tree(there.root) == {}


@contextlib.contextmanager
def largest_file(size: int):
    """As a full disk behaves, for every file of this process."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("size", [1000, 50_000, 1_000_000])
def test_a_full_disk_ends_a_backup_with_a_clear_word_and_no_file(vault, tmp_path, size):
    with largest_file(size), pytest.raises(DiskFull):
        back_up(vault, tmp_path / "b.olbackup", files=True)
    assert {p.name for p in tmp_path.iterdir()} == {"profile"}
    assert not list(vault.paths.root.glob(".openledger-*"))


def test_a_full_disk_ends_a_restore_with_a_clear_word_and_no_profile(whole, tmp_path):
    there = ProfilePaths(tmp_path / "there")
    with largest_file(1_000_000), pytest.raises(DiskFull):
        restore(whole, there, PASSWORD, bounds=BOUNDS)
    assert tree(there.root) == {}
    bring_back(whole, there.root)


# --- in turn ---


def test_backups_in_turn_keep_the_newest(vault, tmp_path):
    folder = tmp_path / "backups"
    times = [1_700_000_000 + 60 * i for i in range(5)]
    made = [back_up_in_turn(vault, folder, 3, now=lambda t=t: t).path for t in times]
    assert list_backups(folder, vault.profile) == made[:1:-1]
    assert drill(made[-1], PASSWORD, bounds=BOUNDS).profile == vault.profile


def test_two_backups_in_one_second_are_two(vault, tmp_path):
    folder = tmp_path / "backups"
    made = [back_up_in_turn(vault, folder, 20, now=lambda: 1_700_000_000).path for _ in range(12)]
    assert list_backups(folder, vault.profile) == made[::-1]


def test_turning_touches_nothing_else(vault, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("letter.txt", "openledger-00000000-20200101T000000Z.olbackup", "mine.olbackup"):
        (folder / name).write_bytes(b"x")
    back_up_in_turn(vault, folder, 1, now=lambda: 1_700_000_000)
    back_up_in_turn(vault, folder, 1, now=lambda: 1_700_000_060)
    assert len(list(folder.iterdir())) == 4


def test_a_failed_backup_costs_no_old_one(vault, tmp_path):
    folder = tmp_path / "backups"
    kept = back_up_in_turn(vault, folder, 1, now=lambda: 1_700_000_000).path
    progress = Progress()
    progress.cancel()
    with pytest.raises(OpenLedgerError):
        back_up_in_turn(vault, folder, 1, now=lambda: 1_700_000_060, progress=progress)
    assert list_backups(folder, vault.profile) == [kept]


def test_the_snapshot_itself_passes_both_integrity_checks(vault, tmp_path):
    backups.snapshot(vault.paths.vault, tmp_path / "s.db", vault.key(), Progress())
    storage.check(tmp_path / "s.db", vault.key())
    assert hashlib.sha256((tmp_path / "s.db").read_bytes()).digest()
    assert not (tmp_path / "s.db-wal").exists()
