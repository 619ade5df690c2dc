"""A secret under a password, as a small JSON document: the vault's header and the signer's keys are two of these.

Argon2id(password, salt) -> key -> AES-256-GCM(secret), everything else in the document as associated data. A checksum
tells damage (what the disk did) from a wrong password (what the person did); it protects nothing against a forger, who
gains nothing by it but the words "wrong password".
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from typing import Any

from core.errors import BadFile, BadInput, WrongPassword
from core.vault.kdf import BOUNDS, SALT_BYTES, Bounds, Cost, derive

LONGEST = 64 * 1024  # bytes of a document
_FORMAT = 1
_CIPHER = "aes-256-gcm"
_NONCE = 12
_TAG = 16
_PROFILE = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Sealed:
    """A parsed document; nothing in it is secret."""

    purpose: str
    profile: str  # 16 bytes, hex: which profile it belongs to
    cost: Cost
    salt: bytes
    nonce: bytes
    sealed: bytes

    def _public(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "purpose": self.purpose,
            "profile": self.profile,
            "kdf": {"name": "argon2id", "version": 19, **self.cost.as_dict(), "salt": self.salt.hex()},
            "cipher": _CIPHER,
            "nonce": self.nonce.hex(),
        }

    def associated(self) -> bytes:
        return _canonical(self._public())

    def to_bytes(self) -> bytes:
        body = {**self._public(), "sealed": self.sealed.hex()}
        return json.dumps({**body, "checksum": _checksum(body)}, indent=1).encode() + b"\n"


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _checksum(body: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


def seal(secret: bytes, password: str, *, purpose: str, profile: str, cost: Cost) -> Sealed:
    """`profile` is 16 bytes in hex. Raises BadInput, TooLarge (the password)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not _PROFILE.fullmatch(profile):
        raise BadInput(field="profile", reason="form")
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(_NONCE)
    empty = Sealed(purpose, profile, cost, salt, nonce, b"")
    sealed = AESGCM(derive(password, salt, cost)).encrypt(nonce, secret, empty.associated())
    return Sealed(purpose, profile, cost, salt, nonce, sealed)


def unseal(document: Sealed, password: str) -> bytes:
    """The secret. Raises WrongPassword. Only documents that came through `parse` or `seal` have checked bounds."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = derive(password, document.salt, document.cost)
    try:
        return AESGCM(key).decrypt(document.nonce, document.sealed, document.associated())
    except InvalidTag:
        raise WrongPassword from None


def parse(content: bytes, *, purpose: str, path: str, bounds: Bounds = BOUNDS) -> Sealed:
    """From a file's bytes, before any key is derived. Raises BadFile with the reason: "truncated" (not whole JSON),
    "damaged" (checksum), "form" (fields missing or of another kind), "purpose", "newer", "cost" (outside `bounds`).
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise BadFile(path=path, reason="empty" if not content.strip(b"\0 \n") else "truncated") from None
    try:
        if body["format"] != _FORMAT:
            raise BadFile(path=path, reason="newer" if body["format"] > _FORMAT else "form")
        checksum = body.pop("checksum")
        if checksum != _checksum(body):
            raise BadFile(path=path, reason="damaged")
        document = _build(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadFile(path=path, reason="form") from None
    if document.purpose != purpose:
        raise BadFile(path=path, reason="purpose")
    if not bounds.hold(document.cost):
        raise BadFile(path=path, reason="cost")
    return document


def _build(body: dict[str, Any]) -> Sealed:
    kdf = body["kdf"]
    cost = Cost(kdf["memory_kib"], kdf["time"], kdf["lanes"])
    document = Sealed(
        purpose=body["purpose"],
        profile=body["profile"],
        cost=cost,
        salt=bytes.fromhex(kdf["salt"]),
        nonce=bytes.fromhex(body["nonce"]),
        sealed=bytes.fromhex(body["sealed"]),
    )
    whole = (
        all(type(value) is int for value in cost.as_dict().values())
        and (kdf["name"], kdf["version"], body["cipher"]) == ("argon2id", 19, _CIPHER)
        and isinstance(document.purpose, str)
        and _PROFILE.fullmatch(document.profile) is not None
        and (len(document.salt), len(document.nonce)) == (SALT_BYTES, _NONCE)
        and len(document.sealed) > _TAG
        and json.loads(document.to_bytes())["kdf"] == kdf  # nothing beside what we know
    )
    if not whole:
        raise ValueError
    return document
