"""The frames of a snapshot file. Pure reading and writing; what they mean is `core.node.snapshot`'s.

    "OLSNAP01"                          8 bytes
    length (4) | sealed key             length 0 for a file in the clear
    kind (1) | length (4) | payload | chain (32)     again and again, the last one of kind END

`chain` is the SHA-256 of the chain before it and of this frame, so frames cannot be changed, swapped, left out or cut
off unseen. With a password every payload is AES-256-GCM under a random key of this file (nonce: the frame's number,
16 bytes of tag), which stands in the head under the password as the vault's own key does (core/vault/seal.py).
"""

from __future__ import annotations

import hashlib
import os
from enum import IntEnum
from typing import Any, BinaryIO

from core.errors import BadFile, WrongPassword
from core.vault.kdf import BOUNDS, Bounds, Cost
from core.vault.seal import LONGEST, parse, seal, unseal

MAGIC = b"OLSNAP01"
MAX_PAYLOAD = 64 * 1024 * 1024  # bytes of one frame; ours have a quarter of a MiB and what one block has beyond it
_PURPOSE = "snapshot"
_TAG = 16


class Frame(IntEnum):
    HEAD = 0
    NODES = 1
    BLOCKS = 2
    END = 3


class _Cipher:
    def __init__(self, key: bytes | None) -> None:
        self._gcm: Any = None
        if key is not None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._gcm = AESGCM(key)

    def seal(self, number: int, payload: bytes) -> bytes:
        return payload if self._gcm is None else bytes(self._gcm.encrypt(number.to_bytes(12, "big"), payload, None))

    def open(self, number: int, payload: bytes) -> bytes:
        return payload if self._gcm is None else bytes(self._gcm.decrypt(number.to_bytes(12, "big"), payload, None))


def _link(chain: bytes, head: bytes, payload: bytes) -> bytes:
    digest = hashlib.sha256(chain)
    digest.update(head)
    digest.update(payload)
    return digest.digest()


class FrameWriter:
    def __init__(self, file: BinaryIO, password: str | None, cost: Cost | None) -> None:
        """`cost` is of deriving a key from the password; needed with one. Raises BadInput, TooLarge (the password)."""
        self._file = file
        key, sealed = None, b""
        if password is not None:
            assert cost is not None
            key = os.urandom(32)
            sealed = seal(key, password, purpose=_PURPOSE, profile=os.urandom(16).hex(), cost=cost).to_bytes()
        self._cipher = _Cipher(key)
        self._chain, self._number = hashlib.sha256(MAGIC + sealed).digest(), 0
        file.write(MAGIC + len(sealed).to_bytes(4, "big") + sealed)

    def add(self, kind: Frame, payload: bytes) -> None:
        payload = self._cipher.seal(self._number, payload)
        head = bytes([kind]) + len(payload).to_bytes(4, "big")
        self._chain = _link(self._chain, head, payload)
        self._file.write(head + payload + self._chain)
        self._number += 1


class FrameReader:
    """Raises BadFile: "not a snapshot", "newer", "truncated", "damaged", "password" (one is needed); WrongPassword."""

    def __init__(self, file: BinaryIO, name: str, password: str | None, bounds: Bounds = BOUNDS) -> None:
        self._file, self._name = file, name
        magic = file.read(len(MAGIC))
        if magic != MAGIC:
            raise self.bad("newer" if magic[:6] == MAGIC[:6] and len(magic) == len(MAGIC) else "not a snapshot")
        size = int.from_bytes(self._exactly(4), "big")
        if size > LONGEST:
            raise self.bad("damaged")
        sealed = self._exactly(size)
        key = None
        if sealed:
            document = parse(sealed, purpose=_PURPOSE, path=name, bounds=bounds)
            if password is None:
                raise self.bad("password")
            key = unseal(document, password)
        elif password is not None:
            raise WrongPassword  # nobody who expects a sealed file gets an open one in its place
        self._cipher = _Cipher(key)
        self._chain, self._number = hashlib.sha256(MAGIC + sealed).digest(), 0

    def bad(self, reason: str) -> BadFile:
        return BadFile(path=self._name, reason=reason)

    def _exactly(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) != size:
            raise self.bad("truncated")
        return found

    def next(self) -> tuple[Frame, bytes]:
        head = self._exactly(5)
        size = int.from_bytes(head[1:], "big")
        if head[0] not in Frame.__members__.values() or size > MAX_PAYLOAD + _TAG:
            raise self.bad("damaged")
        payload = self._exactly(size)
        self._chain = _link(self._chain, head, payload)
        if self._exactly(32) != self._chain:
            raise self.bad("damaged")
        from cryptography.exceptions import InvalidTag

        try:
            payload = self._cipher.open(self._number, payload)
        except (InvalidTag, ValueError):
            raise self.bad("damaged") from None
        self._number += 1
        kind = Frame(head[0])
        if kind is Frame.END and self._file.read(1):
            raise self.bad("damaged")
        return kind, payload
