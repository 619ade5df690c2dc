"""The backup file: a zip whose members are stored, never compressed, and sealed, each for itself.

    backup.json   the vault's header as it was (so the password of that day opens it) and a salt; nothing else reads
    0, 1, 2, ...  the files of the profile, each an AES-256-GCM stream (core/vault/stream.py)
    manifest      sealed too: which member is which file, its size and SHA-256, when and from which profile

Whoever finds the file learns its size, the number of files and their sizes. Everything is bounded before it is read:
the directory of the zip, the count and size of members, the cost of the key.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import BadFile, TooLarge
from core.jobs import Progress
from core.vault.kdf import BOUNDS, Bounds
from core.vault.seal import LONGEST, Sealed, parse
from core.vault.stream import Content, open_stream, seal_stream

FORMAT = 1
HEAD, MANIFEST = "backup.json", "manifest"
MOST_MEMBERS = 50_000
MOST_BYTES = 256 * 1024**3  # of all files together
_MOST_DIRECTORY = 16 * 1024 * 1024  # bytes of the zip's directory; ours takes about 60 a member
_MOST_MANIFEST = 32 * 1024 * 1024
_OVERHEAD = 1024 + 20  # bytes a sealed member may be larger than its content, plus one in 65,536
# what zipfile raises for a file that is none: also for offsets before its beginning and methods it does not know
_BROKEN = (zipfile.BadZipFile, EOFError, ValueError, OSError, RuntimeError, struct.error)
_NAME = re.compile(r"(vault\.db|keys\.json|ledger\.db|files(/[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}){1,4})")


@dataclass(frozen=True)
class Member:
    """One file of the profile: `name` relative to its folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `created` in seconds since 1970; `schema` the vault's version; `counter` its freshness."""

    profile: str
    created: int
    schema: int
    counter: int
    members: tuple[Member, ...]

    def to_bytes(self) -> bytes:
        return json.dumps({"format": FORMAT, **asdict(self)}).encode()


def _label(number: str) -> str:
    return f"backup/{number}"


class Writer:
    """Into an open file. `add` for each file of the profile, then `finish`."""

    def __init__(self, file: BinaryIO, header: Sealed, salt: bytes, key: bytes) -> None:
        self._key = key
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        head = {"format": FORMAT, "salt": salt.hex(), "vault": header.to_bytes().decode()}
        self._zip.writestr(HEAD, json.dumps(head))
        self.members: list[Member] = []

    def add(self, name: str, source: BinaryIO, progress: Progress) -> None:
        if not _NAME.fullmatch(name) or len(self.members) >= MOST_MEMBERS:
            raise BadFile(path=name, reason="name" if len(self.members) < MOST_MEMBERS else "too many")
        number = str(len(self.members))
        with self._zip.open(number, "w", force_zip64=True) as target:
            content = seal_stream(source, target, self._key, _label(number), progress)  # type: ignore[arg-type]
        self.members.append(Member(name, content.size, content.sha256))

    def finish(self, manifest: Manifest, progress: Progress) -> None:
        with self._zip.open(MANIFEST, "w", force_zip64=True) as target:
            seal_stream(io.BytesIO(manifest.to_bytes()), target, self._key, _label(MANIFEST), progress)  # type: ignore[arg-type]
        self._zip.close()

    def abandon(self) -> None:
        """Close without a word: the file is thrown away."""
        self._zip.filelist.clear()
        self._zip.close()


class Reader:
    """From an open file. `header` and `salt` first, then `manifest(key)`, then `extract`. Raises BadFile, TooLarge."""

    def __init__(self, file: BinaryIO, path: Path, bounds: Bounds = BOUNDS) -> None:
        self._path = str(path)
        size = file.seek(0, io.SEEK_END)
        _check_directory(file, size, self._path)
        try:
            self._zip = zipfile.ZipFile(file)
            self._check_members(size)
            head = json.loads(self._zip.read(HEAD))
            if head["format"] != FORMAT:
                raise BadFile(path=self._path, reason="newer")
            self.salt = bytes.fromhex(head["salt"])
            self.header = parse(head["vault"].encode(), purpose="vault", path=self._path, bounds=bounds)
        except (*_BROKEN, KeyError, TypeError, AttributeError) as error:
            raise BadFile(path=self._path, reason="not a backup") from error

    def _check_members(self, size: int) -> None:
        members = self._zip.infolist()
        names = [member.filename for member in members]
        if len(set(names)) != len(names) or set(names) != {HEAD, MANIFEST, *map(str, range(len(names) - 2))}:
            raise BadFile(path=self._path, reason="members")
        if any(member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 for member in members):
            raise BadFile(path=self._path, reason="compressed")
        if sum(member.file_size for member in members) > size:
            raise BadFile(path=self._path, reason="sizes")
        if self._zip.getinfo(HEAD).file_size > 2 * LONGEST:
            raise TooLarge(what=HEAD, found=self._zip.getinfo(HEAD).file_size, limit=2 * LONGEST)

    def manifest(self, key: bytes, progress: Progress) -> Manifest:
        out = io.BytesIO()
        self._open(MANIFEST, key, out, progress, _MOST_MANIFEST)
        try:
            manifest = _manifest(json.loads(out.getvalue()))
        except (ValueError, KeyError, TypeError) as error:
            raise BadFile(path=self._path, reason="manifest") from error
        if len(manifest.members) + 2 != len(self._zip.infolist()):
            raise BadFile(path=self._path, reason="members")
        return manifest

    def extract(self, manifest: Manifest, number: int, key: bytes, target: BinaryIO | None, progress: Progress) -> None:
        """Member `number` into `target` (None only checks). Raises BadFile when it is not what the manifest says."""
        member = manifest.members[number]
        content = self._open(str(number), key, target, progress, member.size)
        if content != Content(member.size, member.sha256):
            raise BadFile(path=self._path, reason="damaged", member=member.name)

    def _open(self, number: str, key: bytes, target: BinaryIO | None, progress: Progress, limit: int) -> Content:
        try:
            source = self._zip.open(number)
        except (*_BROKEN, KeyError) as error:
            raise BadFile(path=self._path, reason="damaged") from error
        try:
            with source:
                return open_stream(
                    source,  # type: ignore[arg-type]
                    target,
                    key,
                    _label(number),
                    progress,
                    name=self._path,
                    limit=limit,
                )
        except (zipfile.BadZipFile, EOFError) as error:
            raise BadFile(path=self._path, reason="damaged") from error


def _manifest(body: Mapping[str, Any]) -> Manifest:
    members = tuple(Member(**member) for member in body["members"])
    names = [member.name for member in members]
    numbers = [body["created"], body["schema"], body["counter"], *(member.size for member in members)]
    whole = (
        body["format"] == FORMAT
        and all(type(number) is int and number >= 0 for number in numbers)
        and all(_NAME.fullmatch(name) for name in names)
        and len({name.casefold() for name in names}) == len(names)
        and "vault.db" in names
        and sum(member.size for member in members) <= MOST_BYTES
    )
    if not whole:
        raise ValueError("manifest")
    return Manifest(str(body["profile"]), body["created"], body["schema"], body["counter"], members)


def _check_directory(file: BinaryIO, size: int, path: str) -> None:
    """`zipfile` reads the whole directory into memory, as large as the file says: look at its size first.
    (APPNOTE 4.3.14 to 4.3.16; our own files have no comment, so the end record is the last 22 bytes.)
    """
    tail = min(size, 22 + 20 + 56)
    file.seek(size - tail)
    end = file.read(tail)
    if len(end) < 22 or end[-22:-18] != b"PK\x05\x06":
        raise BadFile(path=path, reason="not a backup")
    directory = struct.unpack("<L", end[-10:-6])[0]
    if end[-42:-38] == b"PK\x06\x07" and end[:4] == b"PK\x06\x06":
        directory = struct.unpack("<Q", end[40:48])[0]
    if directory > _MOST_DIRECTORY:
        raise TooLarge(what="zip directory", found=directory, limit=_MOST_DIRECTORY)
    file.seek(0)
