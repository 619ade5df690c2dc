"""A new profile has both secrets or none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.errors import BadInput, BadPhrase, Cancelled, DiskFull
from core.jobs import Progress
from core.paths import ProfilePaths
from core.vault.vault import Vault, exists
from core.wallet.profile import create_profile
from core.wallet.signer import Signer
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

PHRASE = "test " * 11 + "junk"


@pytest.fixture
def paths(tmp_path) -> ProfilePaths:
    return ProfilePaths(tmp_path / "profile")


@pytest.fixture
def signer(paths):
    signer = Signer(paths.keys, bounds=BOUNDS)
    yield signer
    signer.lock()


def create(paths: ProfilePaths, signer: Signer, phrase: str = PHRASE, **rest) -> Vault:
    return create_profile(paths, signer, phrase, PASSWORD, cost=COST, bounds=BOUNDS, **rest)


def test_one_password_opens_vault_and_signer(paths, signer):
    create(paths, signer).close()
    Vault.open(paths, PASSWORD, bounds=BOUNDS).close()
    signer.open(PASSWORD, 5)
    assert str(signer.addresses([0])[0]) == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def test_a_profile_that_is_there_is_left_alone(paths, signer):
    create(paths, signer).close()
    before = paths.keys.read_bytes(), paths.vault_header.read_bytes()
    with pytest.raises(BadInput):
        create(paths, signer)
    assert (paths.keys.read_bytes(), paths.vault_header.read_bytes()) == before


def test_a_bad_phrase_leaves_nothing(paths, signer):
    with pytest.raises(BadPhrase):
        create(paths, signer, "test " * 12)
    assert not exists(paths)
    assert not paths.keys.exists()


@pytest.mark.parametrize("moment", ["Measuring this computer", "Sealing the recovery phrase", "Creating the vault"])
def test_a_cancel_leaves_nothing_or_a_whole_profile(paths, signer, moment):
    progress = Progress()
    progress.report = lambda _done, words: progress.cancel() if words == moment else None
    if moment == "Creating the vault":  # too late: what is nearly done is done
        create(paths, signer, progress=progress).close()
        Vault.open(paths, PASSWORD, bounds=BOUNDS).close()
        return
    with pytest.raises(Cancelled):
        create(paths, signer, progress=progress)
    assert not exists(paths)
    assert not paths.keys.exists()
    create(paths, signer).close()


def test_a_full_disk_leaves_nothing_and_can_be_tried_again(paths, signer):
    resource = pytest.importorskip("resource")
    signer.new_phrase()  # the signer's process starts before the limit, which it would inherit
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(DiskFull):
            create(paths, signer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not exists(paths)
    assert not paths.keys.exists()
    create(paths, signer).close()
    signer.open(PASSWORD, 5)


_CRASH = """
import os, sys
from pathlib import Path
from core.paths import ProfilePaths
from core.wallet.signer import Signer
from core.wallet.profile import create_profile
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

paths, left = ProfilePaths(Path(sys.argv[1])), int(sys.argv[2])
signer = Signer(paths.keys, bounds=BOUNDS)
phrase = signer.check_phrase("test " * 11 + "junk")

def power(event, details):
    global left
    if event in {"open", "os.rename", "os.remove", "sqlite3.connect"} and str(paths.root) in str(details[0]):
        left -= 1
        if left < 0:
            os._exit(9)

sys.addaudithook(power)
create_profile(paths, signer, phrase, PASSWORD, cost=COST, bounds=BOUNDS)
os._exit(0)
"""


def test_after_a_power_cut_at_any_moment_the_first_start_works_again(tmp_path):
    outcomes = []
    for moment in range(0, 40, 2):
        paths = ProfilePaths(tmp_path / str(moment))
        command = [sys.executable, "-c", _CRASH, str(paths.root), str(moment)]
        outcomes.append(subprocess.run(command, check=False).returncode)
        signer = Signer(paths.keys, bounds=BOUNDS)
        try:
            if not exists(paths):
                create(paths, signer).close()
            Vault.open(paths, PASSWORD, bounds=BOUNDS).close()
            signer.open(PASSWORD, 5)
            assert signer.data_key()
        finally:
            signer.lock()
        if outcomes[-1] == 0:
            break
    assert outcomes[-1] == 0
    assert len(outcomes) > 3
