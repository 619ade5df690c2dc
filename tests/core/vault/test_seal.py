"""Sealed documents and streams give back exactly what went in, or nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path

import pytest

from core.errors import BadFile, Cancelled, TooLarge, WrongPassword
from core.jobs import Progress
from core.vault.seal import Sealed, parse, seal, unseal
from core.vault.stream import open_stream, seal_stream, subkey
from tests.doubles.cheap import BOUNDS, COST

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "wycheproof"
KEY = bytes(range(32))
MIB = 1024 * 1024


def make(secret: bytes = b"secret") -> Sealed:
    return seal(secret, "password", purpose="test", profile="ab" * 16, cost=COST)


def test_a_secret_comes_back_for_its_password_only():
    document = parse(make().to_bytes(), purpose="test", path="", bounds=BOUNDS)
    assert unseal(document, "password") == b"secret"
    with pytest.raises(WrongPassword):
        unseal(document, "Password")


def test_the_same_secret_never_looks_the_same():
    assert make().sealed != make().sealed


def test_a_document_for_one_purpose_does_not_serve_another():
    with pytest.raises(BadFile) as caught:
        parse(make().to_bytes(), purpose="other", path="", bounds=BOUNDS)
    assert caught.value.reason == "purpose"


@pytest.mark.parametrize("field", ["profile", "purpose", "salt", "nonce"])
def test_nothing_in_the_document_can_be_exchanged(field):
    ours, theirs = make(), make()
    values = {name: getattr(ours, name) for name in ("purpose", "profile", "cost", "salt", "nonce", "sealed")}
    values[field] = {"profile": "cd" * 16, "purpose": "test2"}.get(field) or getattr(theirs, field)
    with pytest.raises(WrongPassword):
        unseal(Sealed(**values), "password")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "1"},
        {"kdf": 5},
        {"kdf": {}},
        {"nonce": "zz"},
        {"nonce": "00"},
        {"sealed": ""},
        {"sealed": None},
        {"cipher": "none"},
        {"profile": "xx"},
    ],
)
def test_a_document_of_another_form_is_refused(change):
    from core.vault import seal as sealing

    body = {**json.loads(make().to_bytes()), **change}
    del body["checksum"]
    body["checksum"] = sealing._checksum(body)
    with pytest.raises(BadFile) as caught:
        parse(json.dumps(body).encode(), purpose="test", path="", bounds=BOUNDS)
    assert caught.value.reason == "form"


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"[]", b"null", b"{", b"5", b'"x"', b"\xff", b"[" * 10_000])
def test_what_is_no_document_is_refused(content):
    with pytest.raises(BadFile):
        parse(content, purpose="test", path="", bounds=BOUNDS)


def run(content: bytes) -> bytes:
    out = io.BytesIO()
    seal_stream(io.BytesIO(content), out, KEY, "label", Progress())
    return out.getvalue()


def back(sealed: bytes, *, key: bytes = KEY, label: str = "label", limit: int = 10 * MIB) -> bytes:
    out = io.BytesIO()
    open_stream(io.BytesIO(sealed), out, key, label, Progress(), name="x", limit=limit)
    return out.getvalue()


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 7])
def test_a_stream_of_any_length_comes_back(size):
    content = os.urandom(size)
    assert back(run(content)) == content


def test_a_stream_reports_size_and_digest():
    content = os.urandom(MIB + 5)
    said = seal_stream(io.BytesIO(content), io.BytesIO(), KEY, "label", Progress())
    assert (said.size, said.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_pieces_dropped_swapped_repeated_or_cut_are_noticed():
    sealed = run(os.urandom(3 * MIB))
    head, piece = 23, MIB + 16
    a, b, c = (sealed[head + i * piece : head + (i + 1) * piece] for i in range(3))
    for pieces in ([a, b], [a], [], [b, a, c], [a, a, b, c], [a, c], [a, b, c, c], [a, b, c[:-1]]):
        with pytest.raises(BadFile):
            back(sealed[:head] + b"".join(pieces))


def test_a_stream_opens_for_its_key_and_label_only():
    sealed = run(b"content")
    with pytest.raises(BadFile):
        back(sealed, key=bytes(32))
    with pytest.raises(BadFile):
        back(sealed, label="other")


def test_a_stream_longer_than_allowed_is_stopped():
    with pytest.raises(TooLarge):
        back(run(bytes(3 * MIB)), limit=2 * MIB)


def test_a_stream_can_be_cancelled():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        seal_stream(io.BytesIO(b"x"), io.BytesIO(), KEY, "label", progress)


def test_subkeys_are_hkdf():
    # RFC 5869 appendix A.1 has its own info; ours has the product's name before it, so this is checked by hand
    import hmac

    from core.vault import stream

    prk = hmac.new(bytes(32), KEY, hashlib.sha256).digest()
    info = b"openledger-contributor/label"
    assert stream.subkey(KEY, "label") == hmac.new(prk, info + b"\x01", hashlib.sha256).digest()
    assert subkey(KEY, "a") != subkey(KEY, "b")


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared vectors are not here")
def test_the_library_below_passes_wycheproof_for_aes_gcm():
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    path = next(VECTORS.glob("*aes_gcm*.json"))
    checked = 0
    for group in json.loads(path.read_text("utf8"))["testGroups"]:
        if group["keySize"] != 256 or group["ivSize"] != 96:
            continue
        for test in group["tests"]:
            cipher = AESGCM(bytes.fromhex(test["key"]))
            sealed = bytes.fromhex(test["ct"] + test["tag"])
            nonce, extra = bytes.fromhex(test["iv"]), bytes.fromhex(test["aad"])
            if test["result"] == "valid":
                assert cipher.decrypt(nonce, sealed, extra) == bytes.fromhex(test["msg"])
            else:
                with pytest.raises(InvalidTag):
                    cipher.decrypt(nonce, sealed, extra)
            checked += 1
    assert checked > 50
