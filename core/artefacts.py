"""Large binary things (model packages, features, release files) as content-addressed, encrypted files.

The name of a file is the SHA-256 of its plain content, so what is read back is checked against its name. Files are
sealed with AES-256-GCM under a key derived from the vault's, so a folder copied without the password says nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from core.errors import BadInput, DatabaseCorrupt, DiskFull
from core.files import FULL, write_whole

_NONCE = 12
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Artefacts:
    """Files under `folder`, sealed with the 32-byte `key`. Safe to share between threads: writes are atomic renames."""

    def __init__(self, folder: Path, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._folder = folder
        self._cipher = AESGCM(key)

    def path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise BadInput(field="digest", reason="form", value=digest[:80])
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep `content`; its SHA-256 as hex. Raises DiskFull, and then nothing half-written stays."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        if target.exists():
            return digest
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, content, digest.encode())
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            if error.errno in FULL:
                raise DiskFull(path=str(target)) from error
            raise
        write_whole(target, sealed)
        return digest

    def get(self, digest: str) -> bytes:
        """The content of that digest. Raises DatabaseCorrupt when it is missing or not what was kept."""
        from cryptography.exceptions import InvalidTag

        path = self.path(digest)
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
        self.path(digest).unlink(missing_ok=True)
