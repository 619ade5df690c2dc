"""A change of password touches two files. Whenever it stops, one password opens both."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core.errors import BadInput, DatabaseCorrupt, DiskFull, WrongPassword
from core.files import read_small, write_whole
from core.paths import ProfilePaths
from core.vault import together
from core.vault.kdf import Cost
from core.vault.seal import parse, seal, unseal
from core.vault.vault import Vault, exists
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

NEW = "a new and better password"
SECRET = b"what the signer keeps"


@pytest.fixture
def paths(tmp_path) -> ProfilePaths:
    paths = ProfilePaths(tmp_path / "profile")
    Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS).close()
    write_whole(paths.keys, keys(PASSWORD))
    return paths


def keys(password: str, cost: Cost = COST) -> bytes:
    return seal(SECRET, password, purpose="signer", profile="00" * 16, cost=cost).to_bytes()


def unlock(paths: ProfilePaths, password: str) -> Vault:
    return Vault.open(paths, password, bounds=BOUNDS)


def opens(paths: ProfilePaths, password: str) -> tuple[bool, bool]:
    """Whether the vault and the keys open with it."""
    try:
        unlock(paths, password).close()
        vault = True
    except WrongPassword:
        vault = False
    try:
        document = parse(read_small(paths.keys, 65536), purpose="signer", path="", bounds=BOUNDS)
        return vault, unseal(document, password) == SECRET
    except WrongPassword:
        return vault, False


def change(paths: ProfilePaths) -> None:
    with unlock(paths, PASSWORD) as vault:
        vault.change_password(PASSWORD, NEW, reseal=lambda cost: keys(NEW, cost))


def test_after_a_change_the_new_password_opens_both_and_the_old_one_neither(paths):
    change(paths)
    assert opens(paths, NEW) == (True, True)
    assert opens(paths, PASSWORD) == (False, False)


def test_the_content_stays(paths):
    with unlock(paths, PASSWORD) as vault:
        vault.db.run("INSERT INTO settings VALUES ('a', '1')")
        ledger = vault.subkey("ledger")
        vault.change_password(PASSWORD, NEW, reseal=lambda cost: keys(NEW, cost))
        vault.db.run("INSERT INTO settings VALUES ('b', '2')")
    with unlock(paths, NEW) as vault:
        assert [row[0] for row in vault.db.all("SELECT name FROM settings ORDER BY name")] == ["a", "b"]
        assert vault.subkey("ledger") == ledger


def test_a_wrong_old_password_changes_nothing(paths):
    with unlock(paths, PASSWORD) as vault, pytest.raises(WrongPassword):
        vault.change_password("wrong", NEW, reseal=lambda cost: keys(NEW, cost))
    assert opens(paths, PASSWORD) == (True, True)


def test_the_vault_alone_cannot_be_changed_when_there_are_keys(paths):
    with unlock(paths, PASSWORD) as vault, pytest.raises(BadInput):
        vault.change_password(PASSWORD, NEW)
    assert opens(paths, PASSWORD) == (True, True)


def test_when_the_signer_fails_nothing_has_changed(paths):
    def broken(_cost: Cost) -> bytes:
        raise WrongPassword

    with unlock(paths, PASSWORD) as vault, pytest.raises(WrongPassword):
        vault.change_password(PASSWORD, NEW, reseal=broken)
    assert opens(paths, PASSWORD) == (True, True)


_CRASHES = """
import os, shutil, sys
from pathlib import Path
from core.paths import ProfilePaths
from core.vault.vault import Vault
from tests.core.vault.test_password_change import NEW, PASSWORD, keys, unlock

profile, crashed = Path(sys.argv[1]), Path(sys.argv[2])
armed, left = False, 0

def power(event, _details):
    # every opening, renaming and removing of a file is announced before it happens: the power goes at the nth
    global left
    if armed and event in {"open", "os.rename", "os.remove"}:
        left -= 1
        if left < 0:
            os._exit(9)

sys.addaudithook(power)
for crash in range(100):
    folder = crashed / str(crash)
    shutil.copytree(profile, folder)
    child = os.fork()
    if child == 0:
        vault = unlock(ProfilePaths(folder), PASSWORD)
        new = keys(NEW)
        left, armed = crash, True
        vault.change_password(PASSWORD, NEW, reseal=lambda cost: new)
        armed = False
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        print(crash)
        break
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a process for each moment")
def test_a_power_cut_at_any_moment_leaves_exactly_one_password_for_both(paths, tmp_path):
    out = subprocess.run(
        [sys.executable, "-c", _CRASHES, str(paths.root), str(tmp_path / "crashed")], capture_output=True, check=True
    )
    moments = int(out.stdout)
    assert moments > 8
    found = []
    for crash in range(moments + 1):
        profile = ProfilePaths(tmp_path / "crashed" / str(crash))
        old, new = opens(profile, PASSWORD), opens(profile, NEW)
        assert {old, new} == {(True, True), (False, False)}
        assert not list(profile.root.glob("*.next"))
        assert not (profile.root / "change.json").exists()
        found.append(new == (True, True))
    assert found == sorted(found), "once it has happened it stays"
    assert (found[0], found[-1]) == (False, True)


def test_a_profile_in_the_middle_of_a_change_is_a_profile(paths):
    (paths.root / "change.json").write_text("{}")
    paths.vault_header.unlink()
    assert exists(paths)


def test_a_journal_whose_files_are_gone_is_named_corrupt(paths):
    (paths.root / "change.json").write_text('{"vault.json": "00"}')
    with pytest.raises(DatabaseCorrupt):
        unlock(paths, PASSWORD)


@pytest.mark.parametrize("content", ["", "[]", '{"../outside": "00"}', '{"a": 1}', "{"])
def test_a_damaged_journal_is_named_corrupt_and_touches_nothing(paths, content):
    (paths.root / "change.json").write_text(content)
    with pytest.raises(DatabaseCorrupt):
        unlock(paths, PASSWORD)
    assert (paths.root / "change.json").exists()


def test_a_full_disk_changes_nothing(paths):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with unlock(paths, PASSWORD) as vault:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            with pytest.raises(DiskFull):
                together.write_together(paths.root, {"vault.json": b"x" * 500, "keys.json": b"y" * 500})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert vault.db.one("SELECT 1")[0] == 1
    assert opens(paths, PASSWORD) == (True, True)
    assert not list(paths.root.glob("*.next"))
    assert not list(paths.root.glob("*.part"))
