"""The vault opens for its password alone, and says what is wrong when it does not open."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest

from core.errors import BadInput, DatabaseCorrupt, Locked, NewerProfile, TooLarge, WrongPassword
from core.paths import ProfilePaths
from core.vault.kdf import BOUNDS as STRICT
from core.vault.kdf import Cost
from core.vault.migrations import MIGRATIONS
from core.vault.vault import Vault, exists
from tests.doubles.cheap import BOUNDS, COST, PASSWORD


@pytest.fixture
def paths(tmp_path) -> ProfilePaths:
    return ProfilePaths(tmp_path / "profile")


def create(paths: ProfilePaths, password: str = PASSWORD) -> Vault:
    return Vault.create(paths, password, cost=COST, bounds=BOUNDS)


def unlock(paths: ProfilePaths, password: str = PASSWORD, **rest) -> Vault:
    return Vault.open(paths, password, bounds=BOUNDS, **rest)


def write(vault: Vault, name: str, value: str) -> None:
    vault.db.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)


def read(vault: Vault, name: str) -> str | None:
    row = vault.db.one("SELECT value FROM settings WHERE name = ?", name)
    return row[0] if row else None


def test_what_was_written_is_there_after_unlocking(paths):
    with create(paths) as vault:
        write(vault, "hello", "world")
    with unlock(paths) as vault:
        assert read(vault, "hello") == "world"


def test_a_vault_has_the_newest_schema(paths):
    with create(paths) as vault:
        assert vault.db.one("PRAGMA user_version")[0] == len(MIGRATIONS)


def test_a_wrong_password_is_named_as_such_and_changes_nothing(paths):
    create(paths).close()
    before = {path.name: path.read_bytes() for path in paths.root.iterdir() if path.is_file()}
    with pytest.raises(WrongPassword):
        unlock(paths, "something else")
    assert {path.name: path.read_bytes() for path in paths.root.iterdir() if path.is_file()} == before


def test_an_empty_password_is_refused(paths):
    with pytest.raises(BadInput):
        create(paths, "")
    assert not exists(paths)


def test_a_password_too_long_to_type_is_refused(paths):
    with pytest.raises(TooLarge):
        create(paths, "x" * 1025)


def test_the_same_letters_typed_another_way_open_it(paths):
    create(paths, "zu\u0308rich").close()
    unlock(paths, "z\u00fcrich").close()


def test_files_are_for_their_owner_only(paths):
    with create(paths) as vault:
        write(vault, "a", "b")
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in paths.root.iterdir() if p.is_file()}
        assert set(modes) >= {"vault.db", "vault.json", "freshness.json"}
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE(paths.root.stat().st_mode) == 0o700


def test_nothing_readable_stands_in_the_files(paths):
    with create(paths) as vault:
        write(vault, "plain", "a very recognisable sentence")
        content = b"".join(p.read_bytes() for p in paths.root.iterdir() if p.is_file())
    assert b"recognisable" not in content
    assert b"SQLite format" not in content
    assert PASSWORD.encode() not in content


def test_repr_tells_no_secret(paths):
    with create(paths) as vault:
        assert vault.key().hex() not in repr(vault)
        assert repr(vault) == f"Vault({vault.profile[:8]})"


def test_a_second_create_is_refused(paths):
    create(paths).close()
    with pytest.raises(BadInput) as caught:
        create(paths)
    assert caught.value.reason == "exists"


def test_two_vaults_with_one_password_share_no_key(tmp_path):
    with create(ProfilePaths(tmp_path / "a")) as one, create(ProfilePaths(tmp_path / "b")) as two:
        assert one.key() != two.key()
        assert one.subkey("ledger") != two.subkey("ledger")


def test_subkeys_differ_by_label_and_stay_the_same(paths):
    with create(paths) as vault:
        ledger = vault.subkey("ledger")
        assert len({ledger, vault.subkey("artefacts"), vault.key()}) == 3
    with unlock(paths) as vault:
        assert vault.subkey("ledger") == ledger


def test_after_closing_every_use_says_locked(paths):
    vault = create(paths)
    vault.close()
    vault.close()
    with pytest.raises(Locked):
        vault.db.one("SELECT 1")
    with pytest.raises(Locked):
        write(vault, "a", "b")
    assert vault.key() == bytes(32)


# --- the header ---


def test_by_default_a_cheap_header_is_not_accepted(paths):
    create(paths).close()
    with pytest.raises(DatabaseCorrupt) as caught:
        Vault.open(paths, PASSWORD)
    assert caught.value.reason == "header cost"


@pytest.mark.parametrize(
    ("field", "value"), [("memory_kib", 2**31), ("memory_kib", 0), ("time", 10**9), ("time", 0), ("lanes", 255)]
)
def test_a_cost_out_of_bounds_is_refused_before_it_is_paid(paths, field, value):
    from core.vault import seal

    create(paths).close()
    body = json.loads(paths.vault_header.read_bytes())
    body["kdf"][field] = value
    del body["checksum"]
    body["checksum"] = seal._checksum(body)
    paths.vault_header.write_text(json.dumps(body))
    with pytest.raises(DatabaseCorrupt) as caught:
        unlock(paths)
    assert caught.value.reason == "header cost"


def test_what_the_product_accepts_is_at_least_64_mib_and_three_passes():
    assert STRICT.hold(Cost(64 * 1024, 3, 4))
    assert not STRICT.hold(Cost(64 * 1024 - 1, 3, 4))
    assert not STRICT.hold(Cost(64 * 1024, 2, 4))


def test_every_truncation_of_the_header_is_named_corrupt_with_a_remedy(paths):
    create(paths).close()
    whole = paths.vault_header.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        paths.vault_header.write_bytes(whole[:length])
        with pytest.raises(DatabaseCorrupt) as caught:
            unlock(paths)
        assert caught.value.remedy == "restore_backup"


def test_every_flipped_byte_of_the_header_is_named_corrupt_not_a_wrong_password(paths):
    create(paths).close()
    whole = paths.vault_header.read_bytes()
    for position in range(0, len(whole) - 1, 5):
        bad = bytearray(whole)
        bad[position] ^= 0x04
        paths.vault_header.write_bytes(bytes(bad))
        if json_equal(bytes(bad), whole):
            continue  # white space is not content
        with pytest.raises((DatabaseCorrupt, NewerProfile)):
            unlock(paths)


def json_equal(a: bytes, b: bytes) -> bool:
    try:
        return json.loads(a) == json.loads(b)
    except ValueError:
        return False


def test_a_header_of_a_newer_program_says_so(paths):
    create(paths).close()
    body = json.loads(paths.vault_header.read_bytes())
    paths.vault_header.write_text(json.dumps({**body, "format": 2}))
    with pytest.raises(NewerProfile):
        unlock(paths)


def test_a_forged_header_gains_nothing_but_a_wrong_password(paths):
    from core.vault import seal

    create(paths).close()
    body = json.loads(paths.vault_header.read_bytes())
    body["kdf"]["time"] = 2
    del body["checksum"]
    body["checksum"] = seal._checksum(body)
    paths.vault_header.write_text(json.dumps(body))
    with pytest.raises(WrongPassword):
        unlock(paths)


def test_a_missing_header_is_corrupt(paths):
    create(paths).close()
    paths.vault_header.unlink()
    assert not exists(paths)
    with pytest.raises(DatabaseCorrupt) as caught:
        unlock(paths)
    assert caught.value.reason == "header missing"


def test_a_huge_header_is_not_read(paths):
    create(paths).close()
    paths.vault_header.write_bytes(b" " * (1024 * 1024))
    with pytest.raises(DatabaseCorrupt) as caught:
        unlock(paths)
    assert caught.value.reason == "too large"


# --- the database ---


def fill(paths: ProfilePaths) -> None:
    with create(paths) as vault:
        vault.db.run_many("INSERT INTO settings VALUES (?, ?)", [(f"n{i}", "x" * 500) for i in range(400)])


def test_a_missing_database_is_corrupt_and_not_made_anew(paths):
    fill(paths)
    paths.vault.unlink()
    with pytest.raises(DatabaseCorrupt) as caught:
        unlock(paths)
    assert caught.value.reason == "missing"
    assert not paths.vault.exists()


@pytest.mark.parametrize("length", [0, 1, 100, 4095, 4096, 8192, 100_000])
def test_a_truncated_database_is_named_corrupt_with_a_remedy(paths, length):
    fill(paths)
    os.truncate(paths.vault, length)
    with pytest.raises(DatabaseCorrupt) as caught:
        unlock(paths)
    assert caught.value.remedy == "restore_backup"


def test_a_database_full_of_noise_is_named_corrupt(paths):
    fill(paths)
    paths.vault.write_bytes(os.urandom(paths.vault.stat().st_size))
    with pytest.raises(DatabaseCorrupt):
        unlock(paths)


def test_a_single_flipped_bit_anywhere_is_found_by_the_check(paths):
    fill(paths)
    whole = paths.vault.read_bytes()
    for position in range(5000, len(whole), len(whole) // 9):
        bad = bytearray(whole)
        bad[position] ^= 1
        paths.vault.write_bytes(bytes(bad))
        with pytest.raises(DatabaseCorrupt), unlock(paths, accept_rollback=True) as vault:
            vault.check()


def test_a_whole_vault_passes_its_check(paths):
    fill(paths)
    with unlock(paths) as vault:
        vault.check()


def test_a_database_of_a_newer_program_says_so(paths):
    with create(paths) as vault:
        vault.db.run(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(NewerProfile) as caught:
        unlock(paths)
    assert caught.value.values == {"found": len(MIGRATIONS) + 1, "known": len(MIGRATIONS)}


def test_what_a_crashed_creation_left_is_moved_aside_not_deleted(paths):
    create(paths).close()
    old = paths.vault.read_bytes()
    paths.vault_header.unlink()  # the header is written last: this is how a crash before it looks
    with create(paths) as vault:
        write(vault, "a", "b")
    assert paths.vault.with_name("vault.db.orphan-1").read_bytes() == old


_KILLED = """
import os, sys
from pathlib import Path
from core.paths import ProfilePaths
from core.vault.vault import Vault
from tests.doubles.cheap import BOUNDS, PASSWORD
vault = Vault.open(ProfilePaths(Path(sys.argv[1])), PASSWORD, bounds=BOUNDS)
for i in range(100000):
    vault.db.run("INSERT INTO settings VALUES (?, ?)", f"n{i}", "x" * 200)
    print(i, flush=True)
"""


def test_a_kill_in_mid_write_loses_nothing_that_was_acknowledged(paths):
    create(paths).close()
    for acknowledged in (3, 20, 61):
        with subprocess.Popen([sys.executable, "-c", _KILLED, str(paths.root)], stdout=subprocess.PIPE) as writer:
            for _ in range(acknowledged):
                last = int(writer.stdout.readline())
            writer.kill()
        with unlock(paths) as vault:
            assert vault.db.one("SELECT count(*) FROM settings")[0] > last
            vault.check()
            vault.db.run("DELETE FROM settings")
