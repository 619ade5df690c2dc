"""Rows of integers in a file of any length, written once, read piece by piece: features, labels, credits, scores.

Content of a profile is sealed (AES-256-GCM in the STREAM construction, as core/vault/stream.py, with the head of the
file as associated data): pieces cannot be changed, swapped, dropped or cut off unseen, and any one is opened alone. A
released artefact may lie in the clear; then it can be mapped, and its commitment (featuresRoot) is what holds it.

Layout: "OLROWS1" and a line feed | u8 type | u8 sealed | u16 0 | u32 width | salt (16) | prefix (7) | zeros to 64
bytes, then pieces of 2048 rows, little-endian, row-major, each with 16 bytes of tag where sealed; the last one may be
shorter or empty.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from core.errors import BadFile, BadInput
from core.files import writing
from core.vault.stream import subkey

ROWS = 2048  # in a piece, whatever the width: files of one release are read side by side
_MAGIC = b"OLROWS1\n"
_HEAD = 64
_TAG = 16
_TYPES = [np.dtype(name) for name in ("<i2", "<i4", "<i8")]
_LABEL = "rows"


class RowWriter:
    """Made by `writing_rows`. `append` takes rows in any portions."""

    def __init__(self, file: BinaryIO, dtype: np.dtype[Any], width: int, key: bytes | None) -> None:
        salt, prefix = os.urandom(16), os.urandom(7)
        sealed = key is not None
        start = _MAGIC + bytes([_TYPES.index(dtype), sealed, 0, 0]) + width.to_bytes(4, "little") + salt + prefix
        self._head = start.ljust(_HEAD, b"\0")
        self._file, self._dtype, self._width = file, dtype, width
        self._cipher = _cipher(key, salt) if key is not None else None
        self._waiting: list[NDArray[Any]] = []
        self._count = self._number = 0
        file.write(self._head)

    def append(self, rows: NDArray[Any]) -> None:
        """Integer rows [m, width] of that type. Raises BadInput."""
        if rows.ndim != 2 or rows.shape[1] != self._width or rows.dtype != self._dtype:
            raise BadInput(field="rows", reason="shape", value=f"{rows.dtype}{rows.shape}")
        for start in range(0, len(rows), ROWS):
            self._waiting.append(np.array(rows[start : start + ROWS]))
            self._count += len(self._waiting[-1])
            if self._count > ROWS:  # the last piece is known to be the last only at the end
                whole = np.concatenate(self._waiting)
                self._write(whole[:ROWS], last=False)
                self._waiting, self._count = [whole[ROWS:]], len(whole) - ROWS

    def finish(self) -> None:
        empty = np.zeros((0, self._width), self._dtype)
        self._write(np.concatenate([empty, *self._waiting]), last=True)

    def _write(self, piece: NDArray[Any], *, last: bool) -> None:
        content = piece.tobytes()
        if self._cipher is not None:
            content = self._cipher.encrypt(_nonce(self._head, self._number, last=last), content, self._head)
        self._file.write(content)
        self._number += 1


@contextlib.contextmanager
def writing_rows(path: Path, dtype: DTypeLike, width: int, key: bytes | None = None) -> Iterator[RowWriter]:
    """The file takes its place when the block ends well. `key` 32 bytes seals it. Raises BadInput, DiskFull."""
    kind = np.dtype(dtype).newbyteorder("<")
    if kind not in _TYPES or not 1 <= width <= 4096:
        raise BadInput(field="rows", reason="shape", value=f"{kind}[{width}]")
    with writing(path) as file:
        writer = RowWriter(file, kind, width, key)
        yield writer
        writer.finish()


class RowFile:
    """Reads what `writing_rows` wrote: `len`, `width`, `dtype`, `piece(i)` and iteration over the pieces.

    Safe to share between threads. Raises BadFile where the file is damaged, cut off, or of another key.
    """

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._head = file.read(_HEAD)
        except OSError as error:
            raise BadFile(path=str(path), reason="missing") from error
        if len(self._head) != _HEAD or not self._head.startswith(_MAGIC) or self._head[8] >= len(_TYPES):
            raise BadFile(path=str(path), reason="not rows")
        if bool(self._head[9]) != (key is not None):
            raise BadFile(path=str(path), reason="sealed" if self._head[9] else "not sealed")
        self.dtype, self.width = _TYPES[self._head[8]], int.from_bytes(self._head[12:16], "little")
        self._cipher = None if key is None else _cipher(key, self._head[16:32])
        self._tag = _TAG if self._cipher is not None else 0
        self._row = self.width * self.dtype.itemsize
        self._size = path.stat().st_size - _HEAD
        self.pieces = max(1, -(-self._size // (ROWS * self._row + self._tag))) if self._row else 0
        rows, rest = divmod(self._size - self._tag * self.pieces, self._row or 1)
        if rest or rows < 0 or not self._row:
            raise BadFile(path=str(path), reason="damaged")
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """The pieces in order: [up to 2048, width] each, not to be written to."""
        return (self.piece(number) for number in range(self.pieces))

    def piece(self, number: int) -> NDArray[Any]:
        """Up to 2048 rows, in memory of their own."""
        rows = min(ROWS, self._rows - number * ROWS)
        with self.path.open("rb") as file:
            file.seek(_HEAD + number * (ROWS * self._row + self._tag))
            content = file.read(rows * self._row + self._tag)
        if self._cipher is not None:
            content = self._opened(content, number)
        if len(content) != rows * self._row:
            raise BadFile(path=str(self.path), reason="damaged")
        return np.frombuffer(content, self.dtype).reshape(rows, self.width)

    def _opened(self, content: bytes, number: int) -> bytes:
        from cryptography.exceptions import InvalidTag

        assert self._cipher is not None
        nonce = _nonce(self._head, number, last=number == self.pieces - 1)
        try:
            opened: bytes = self._cipher.decrypt(nonce, content, self._head)
        except (InvalidTag, ValueError):
            raise BadFile(path=str(self.path), reason="damaged") from None
        return opened

    def mapped(self) -> NDArray[Any]:
        """All rows, mapped: [n, width]. Only of a file in the clear; raises BadInput for a sealed one."""
        if self._cipher is not None:
            raise BadInput(field="rows", reason="sealed")
        if not self._rows:
            return np.zeros((0, self.width), self.dtype)
        return np.memmap(self.path, self.dtype, "r", _HEAD, (self._rows, self.width))


def _cipher(key: bytes, salt: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(subkey(key, _LABEL, salt))


def _nonce(head: bytes, number: int, *, last: bool) -> bytes:
    return head[32:39] + number.to_bytes(4, "big") + bytes([last])
