"""Content-addressed files keep their word, and say nothing without the key."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from core.artefacts import _PIECE as PIECE
from core.artefacts import Artefacts, LongWriter
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


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 77])
def test_long_content_is_read_in_any_parts(artefacts: Artefacts, size: int) -> None:
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    with artefacts.writing() as file:
        for start in range(0, size, 700_001):
            file.write(content[start : start + 700_001])
    found = artefacts.opened(file.digest)
    assert file.digest == hashlib.sha256(content).hexdigest()
    assert found.size == size
    assert artefacts.get(file.digest) == content
    for start, length in ((0, 9), (PIECE - 4, 8), (PIECE, 3), (size - 5, 99), (size, 1), (100, 2 * PIECE + 5)):
        first = max(0, start)
        assert found.read(first, length) == content[first : first + length]
    assert b"789abcdef0" not in artefacts.path(file.digest).read_bytes()


def test_what_was_kept_whole_is_read_in_parts_as_well(artefacts: Artefacts) -> None:
    found = artefacts.opened(artefacts.put(b"hello world"))
    assert (found.size, found.read(6, 99)) == (11, b"world")


def test_long_content_that_was_changed_cut_or_renamed_is_noticed(artefacts: Artefacts) -> None:
    content = os.urandom(2 * PIECE + 100)
    digest, other = artefacts.put_long(content), artefacts.put_long(content[::-1])
    path = artefacts.path(digest)
    sealed = path.read_bytes()
    middle = len(sealed) // 2
    piece = PIECE + 16
    swapped = sealed[:31] + sealed[31 + piece : 31 + 2 * piece] + sealed[31 : 31 + piece] + sealed[31 + 2 * piece :]
    for wrong in (sealed[:-1], sealed[:-48], sealed[:31], sealed[:10], swapped, sealed + b"\0"):
        path.write_bytes(wrong)
        with pytest.raises(DatabaseCorrupt):
            artefacts.get(digest)
    path.write_bytes(sealed[:middle] + bytes([sealed[middle] ^ 1]) + sealed[middle + 1 :])
    found = artefacts.opened(digest)
    assert found.read(0, 50) == content[:50], "the pieces before it are whole"
    with pytest.raises(DatabaseCorrupt):
        found.read(PIECE + PIECE // 2 - 99, 2000)
    path.write_bytes(artefacts.path(other).read_bytes())
    with pytest.raises(DatabaseCorrupt):
        artefacts.opened(digest)
    with pytest.raises(DatabaseCorrupt):
        Artefacts(artefacts.path(other).parents[1], b"k" * 32).get(other)


def test_nothing_stays_of_long_content_that_was_not_finished(artefacts: Artefacts, tmp_path: Path, monkeypatch) -> None:
    def stopped() -> Iterator[bytes]:
        yield bytes(PIECE)
        raise BadInput(field="rows", reason="stopped")

    for broken in (lambda: _written(artefacts, stopped()), lambda: _scratched(artefacts, stopped())):
        with pytest.raises(BadInput):
            broken()

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LongWriter, "finish", full)
    for broken in (lambda: artefacts.put_long(b"content"), lambda: _scratched(artefacts, [b"content"])):
        with pytest.raises(DiskFull):
            broken()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _written(artefacts: Artefacts, portions: Iterable[bytes]) -> None:
    with artefacts.writing() as file:
        for portion in portions:
            file.write(portion)


def _scratched(artefacts: Artefacts, portions: Iterable[bytes]) -> None:
    with artefacts.scratch() as room:
        room.keep(portions)


def test_what_a_kill_left_is_cleared_away_and_nothing_else(artefacts: Artefacts, tmp_path: Path) -> None:
    named, left = artefacts.put_long(bytes(2 * PIECE)), artefacts.put_long(bytes(2 * PIECE + 1))
    small, picture = artefacts.put(b"small"), artefacts.put(bytes(3 * PIECE))
    with artefacts.scratch() as room:  # a kill ends no block: these stand for what it leaves
        room.keep([bytes(5)])
        (half,) = tmp_path.glob("*.part")
        (tmp_path / "ab.part").write_bytes(half.read_bytes())
    assert artefacts.tidy(lambda: {named, picture})
    assert artefacts.has(named)
    assert artefacts.has(picture)
    assert not artefacts.has(left)
    assert not artefacts.has(small)
    assert list(tmp_path.glob("*.part")) == []
