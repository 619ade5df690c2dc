"""Content-addressed files keep their word, and say nothing without the key."""

import errno
import os
from pathlib import Path

import pytest

from core.artefacts import Artefacts
from core.errors import BadInput, DatabaseCorrupt, DiskFull
from core.files import write_whole


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    return Artefacts(tmp_path, bytes(32))


def test_what_is_kept_comes_back_and_is_not_readable_on_disk(artefacts: Artefacts) -> None:
    content = b"a secret record " * 1000
    digest = artefacts.put(content)
    assert artefacts.get(digest) == content
    assert b"secret" not in artefacts.path(digest).read_bytes()
    assert artefacts.put(content) == digest


def test_a_changed_byte_is_noticed(artefacts: Artefacts) -> None:
    digest = artefacts.put(b"hello")
    path = artefacts.path(digest)
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(bytes(sealed))
    with pytest.raises(DatabaseCorrupt):
        artefacts.get(digest)


def test_a_missing_file_is_worded(artefacts: Artefacts) -> None:
    with pytest.raises(DatabaseCorrupt):
        artefacts.get("0" * 64)


def test_a_digest_cannot_leave_the_folder(artefacts: Artefacts) -> None:
    with pytest.raises(BadInput):
        artefacts.path("../" * 10 + "etc/passwd")


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    digest = Artefacts(tmp_path, bytes(32)).put(os.urandom(100))
    with pytest.raises(DatabaseCorrupt):
        Artefacts(tmp_path, b"k" * 32).get(digest)


def test_a_full_disk_is_said_wherever_it_shows(artefacts: Artefacts, tmp_path: Path, monkeypatch) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for module, name in ((Path, "mkdir"), (os, "fsync")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, full)
            with pytest.raises(DiskFull):
                artefacts.put(f"kept when {name} fails".encode())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_stop_from_the_keyboard_leaves_no_part(tmp_path: Path, monkeypatch) -> None:
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "settlement.json", b"what somebody asked")
    assert list(tmp_path.iterdir()) == []
