"""Files of any size, sealed piece by piece, so that neither side holds them in memory.

AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of piece i is a random
prefix, i, and whether it is the last; pieces cannot be swapped, dropped, repeated or cut off unseen.
Layout: salt (16) | prefix (7) | pieces of 1 MiB + 16 bytes of tag, the last one shorter (it may be only a tag).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import BadFile, TooLarge
from core.jobs import Progress

_PIECE = 1024 * 1024
_TAG = 16
_SALT = 16
_PREFIX = 7
_MOST_PIECES = 2**32 - 1


@dataclass(frozen=True)
class Content:
    """What went through: bytes of plain content, and their SHA-256 as hex."""

    size: int
    sha256: str


def subkey(key: bytes, label: str, salt: bytes = b"") -> bytes:
    """32 bytes by HKDF-SHA256 (RFC 5869) for one use named by `label`."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt or None, b"openledger-contributor/" + label.encode()).derive(key)


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    if number > _MOST_PIECES:
        raise TooLarge(what="file", found=number * _PIECE, limit=_MOST_PIECES * _PIECE)
    return prefix + number.to_bytes(4, "big") + bytes([last])


def seal_stream(source: BinaryIO, target: BinaryIO, key: bytes, label: str, progress: Progress) -> Content:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, prefix = os.urandom(_SALT), os.urandom(_PREFIX)
    target.write(salt + prefix)
    cipher = AESGCM(subkey(key, label, salt))
    digest, size, number = hashlib.sha256(), 0, 0
    piece = source.read(_PIECE)
    while True:
        progress.check()
        following = source.read(_PIECE)
        digest.update(piece)
        size += len(piece)
        target.write(cipher.encrypt(_nonce(prefix, number, not following), piece, None))
        if not following:
            return Content(size, digest.hexdigest())
        piece, number = following, number + 1


def open_stream(
    source: BinaryIO, target: BinaryIO | None, key: bytes, label: str, progress: Progress, *, name: str, limit: int
) -> Content:
    """Into `target` (None only checks). Raises BadFile(path=name, reason="damaged"), TooLarge past `limit` bytes.
    What was written before an error is the beginning of the right content, never anything else.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head = source.read(_SALT + _PREFIX)
    if len(head) != _SALT + _PREFIX:
        raise BadFile(path=name, reason="damaged")
    cipher = AESGCM(subkey(key, label, head[:_SALT]))
    digest, size, number = hashlib.sha256(), 0, 0
    sealed = source.read(_PIECE + _TAG)
    while True:
        progress.check()
        following = source.read(_PIECE + _TAG)
        try:
            piece = cipher.decrypt(_nonce(head[_SALT:], number, not following), sealed, None)
        except (InvalidTag, ValueError):
            raise BadFile(path=name, reason="damaged") from None
        size += len(piece)
        if size > limit:
            raise TooLarge(what=name, found=size, limit=limit)
        digest.update(piece)
        if target is not None:
            target.write(piece)
        if not following:
            return Content(size, digest.hexdigest())
        sealed, number = following, number + 1
