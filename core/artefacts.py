"""Large binary things (model packages, features, release files) as content-addressed, encrypted files.

The name of a file is the SHA-256 of its plain content, so what is read back is checked against its name. Files are
sealed with AES-256-GCM under a key derived from the vault's, so a folder copied without the password says nothing.

What may be too large for memory is written with `writing` and read with `opened`, piece by piece (the STREAM
construction, as core/vault/stream.py, under a key of the file's own; each piece opens alone). Layout: "OLLONG1" and a
line feed | salt (16) | prefix (7), pieces of 1 MiB of content and 16 bytes of tag, the last one shorter, then the
seal: the SHA-256 of the content under the nonce of an end, which binds the pieces to the name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from core.errors import BadInput, DatabaseCorrupt
from core.files import room_at, sync_folder, write_whole, writing
from core.holding import Holding

_NONCE = 12
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONG = b"OLLONG1\n"
_HEAD = len(_LONG) + 16 + 7
_PIECE = 1 << 20
_TAG = 16
_SEAL = 32 + _TAG


class Content(Protocol):
    """Plain content, read in parts."""

    @property
    def size(self) -> int: ...
    def read(self, offset: int, size: int) -> bytes: ...


class Whole:
    """Content that is in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        return len(self._content)

    def read(self, offset: int, size: int) -> bytes:
        return self._content[offset : offset + size]


class LongWriter:
    """Made by `Artefacts.writing`: `write` in any portions; `digest` once the block has ended."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._head = _LONG + os.urandom(_HEAD - len(_LONG))
        self._file, self._cipher = file, _cipher(key, self._head)
        self._hash, self._waiting, self._number = hashlib.sha256(), bytearray(), 0
        self.digest = ""
        file.write(self._head)

    def write(self, content: bytes) -> None:
        self._hash.update(content)
        self._waiting += content
        while len(self._waiting) >= _PIECE:
            self._put(bytes(self._waiting[:_PIECE]))
            del self._waiting[:_PIECE]

    def finish(self) -> None:
        if self._waiting:
            self._put(bytes(self._waiting))
        self._put(self._hash.digest(), last=True)
        self.digest = self._hash.hexdigest()

    def _put(self, content: bytes, *, last: bool = False) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._head, self._number, last=last), content, self._head))
        self._number += 1


class Long:
    """Content of a file that was written in pieces; only those asked for are opened. Safe to share between threads."""

    def __init__(self, path: Path, key: bytes, digest: str) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                self._head = file.read(_HEAD)
        except OSError as error:
            raise DatabaseCorrupt(path=str(path), reason=type(error).__name__) from error
        self._cipher = _cipher(key, self._head)
        inner = path.stat().st_size - _HEAD - _SEAL
        self._pieces = -(-inner // (_PIECE + _TAG))
        self._size = inner - _TAG * self._pieces
        self._last: tuple[int, bytes] = (-1, b"")
        if inner < 0 or self._opened(self._pieces, inner, _SEAL, last=True).hex() != digest:
            raise DatabaseCorrupt(path=str(path), reason="digest")

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int, size: int) -> bytes:
        """Fewer bytes at the end. Raises DatabaseCorrupt."""
        end = min(offset + size, self._size)
        if offset >= end:
            return b""
        found = [self._piece(number) for number in range(offset // _PIECE, -(-end // _PIECE))]
        first = offset % _PIECE
        if len(found) == 1:
            return found[0][first : first + end - offset]
        found[0] = found[0][first:]
        found[-1] = found[-1][: (end - 1) % _PIECE + 1]
        return b"".join(found)

    def _piece(self, number: int) -> bytes:
        kept, content = self._last  # one word is read and written at once
        if kept != number:
            length = min(_PIECE, self._size - number * _PIECE) + _TAG
            content = self._opened(number, number * (_PIECE + _TAG), length)
            self._last = (number, content)
        return content

    def _opened(self, number: int, at: int, length: int, *, last: bool = False) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            with self._path.open("rb") as file:
                file.seek(_HEAD + at)
                nonce = _nonce(self._head, number, last=last)
                content: bytes = self._cipher.decrypt(nonce, file.read(length), self._head)
        except (OSError, InvalidTag, ValueError) as error:
            raise DatabaseCorrupt(path=str(self._path), reason=type(error).__name__) from error
        return content


class Scratch:
    """Made by `Artefacts.scratch`: content kept for a while, under a key that nobody has afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, os.urandom(32)
        self._made: list[Path] = []

    def keep(self, portions: Iterable[bytes]) -> Content:
        """Raises DiskFull, and what the portions raise."""
        path = self._folder / f"{os.urandom(8).hex()}.part"
        self._made.append(path)
        with room_at(path):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                writer = LongWriter(file, self._key)
                for portion in portions:
                    writer.write(portion)
                writer.finish()
        return Long(path, self._key, writer.digest)

    def end(self) -> None:
        for path in self._made:
            path.unlink(missing_ok=True)


class Artefacts:
    """Files under `folder`, sealed with the 32-byte `key`. Safe to share between threads: writes are atomic renames.

    What a row of the vault is to name is put inside `naming`, row included; and `remove` is called in the transaction
    that found no row naming it.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._folder = folder
        self._key = key
        self._cipher = AESGCM(key)
        self._holding = Holding(folder)

    @contextlib.contextmanager
    def naming(self) -> Iterator[None]:
        """What this thread keeps inside is named by a row before the block ends: until then nobody clears it away."""
        self._make_folder()
        with self._holding.naming():
            yield

    @contextlib.contextmanager
    def _making(self) -> Iterator[None]:
        self._make_folder()
        with self._holding.making():
            yield

    def _make_folder(self) -> None:
        with room_at(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise BadInput(field="digest", reason="form", value=digest[:80])
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep `content`; its SHA-256 as hex. Raises DiskFull, and then nothing half-written stays."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        with self._making():
            self._holding.hold(digest)
            if target.exists():
                return digest
            nonce = os.urandom(_NONCE)
            sealed = nonce + self._cipher.encrypt(nonce, content, digest.encode())
            with room_at(target):
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(target, sealed)
        return digest

    def put_long(self, content: bytes) -> str:
        """As `put`, in pieces that open alone."""
        with self.writing() as file:
            file.write(content)
        return file.digest

    @contextlib.contextmanager
    def writing(self) -> Iterator[LongWriter]:
        """Content that comes in portions, kept when the block ends well. Raises DiskFull; then nothing stays."""
        made = self._folder / f"{os.urandom(8).hex()}.part"
        with self._making():
            try:
                with writing(made) as file:
                    writer = LongWriter(file, self._key)
                    yield writer
                    writer.finish()
                target = self.path(writer.digest)
                self._holding.hold(writer.digest)
                if not target.exists():
                    with room_at(target):
                        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                        made.replace(target)
                        sync_folder(target.parent)
            finally:
                made.unlink(missing_ok=True)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Scratch]:
        """Room for what does not fit in memory while something is made: sealed, and gone at the end of the block."""
        room = Scratch(self._folder)
        with self._making():
            try:
                yield room
            finally:
                room.end()

    def opened(self, digest: str) -> Content:
        """For reading in parts, however it was kept. Raises DatabaseCorrupt when it is missing or not what was kept."""
        path = self.path(digest)
        return Long(path, self._key, digest) if _is_long(path) else Whole(self.get(digest))

    def get(self, digest: str) -> bytes:
        """The content of that digest. Raises DatabaseCorrupt when it is missing or not what was kept."""
        from cryptography.exceptions import InvalidTag

        path = self.path(digest)
        if _is_long(path):
            long = Long(path, self._key, digest)
            return long.read(0, long.size)
        try:
            sealed = path.read_bytes()
            content = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], digest.encode())
        except (FileNotFoundError, InvalidTag, ValueError) as error:
            raise DatabaseCorrupt(path=str(path), reason=type(error).__name__) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise DatabaseCorrupt(path=str(path), reason="digest")
        return content

    def has(self, digest: str) -> bool:
        return self.path(digest).exists()

    def remove(self, digest: str) -> None:
        """Unless somebody else is about to name it."""
        path = self.path(digest)
        self._holding.unless_held(digest, lambda: path.unlink(missing_ok=True))

    def tidy(self, named: Callable[[], Collection[str]]) -> bool:
        """Clear away what a program that was killed left behind: half-written files, and those that no row names.

        False, and nothing is touched, while anybody makes something here: the next start does it. `named` gives the
        digests of all rows; it is asked once nobody else can add to them. For the start of a session, before its own
        threads use this.
        """
        with self._holding.alone() as free:
            if not free:
                return False
            known = named()
            for path in self._folder.rglob("*"):
                if path.suffix == ".part" or (_DIGEST.fullmatch(path.name) and path.name not in known):
                    with contextlib.suppress(OSError):  # what cannot go (in use, read-only) keeps nobody out
                        path.unlink(missing_ok=True)
        return True


def _is_long(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_LONG)) == _LONG
    except OSError:
        return False


def _cipher(key: bytes, head: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    salt = head[len(_LONG) : len(_LONG) + 16]
    return AESGCM(HKDF(SHA256(), 32, salt, b"openledger-contributor/long artefact").derive(key))


def _nonce(head: bytes, number: int, *, last: bool) -> bytes:
    return head[-7:] + number.to_bytes(4, "big") + bytes([last])
