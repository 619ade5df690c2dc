"""The settlement file: what a poster hands to contributors, so that each can check a settlement and claim from it.

It discloses the features, labels, weights and contributors of the model's records (as private as the release itself,
which contributors hold) and the per-label sums with their secret, but no call: what was asked stays with the payer.
Nothing in it is believed: the manifest is held against the package's hash, the release and the head against the roots
that the ledger keeps of the model, the sums against the root the payer signed. The format stands in SPEC.md, section 5.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.attribution.credit import credit_of
from core.economy.body import Body
from core.economy.challenge import Shown, Signed
from core.economy.evidence import ModelTrees, PlainLeaves, SumLeaves
from core.economy.proof_file import array, canonical
from core.economy.settlement import Settlement, Tables
from core.errors import BadFile, OpenLedgerError, ProofMismatch, TooLarge
from core.keccak import keccak256
from core.models import families
from core.units import Address

FORMAT = "openledger-settlement"
VERSION = 1
SUFFIX = ".settlement.json"
LIMIT = 512 * 1024 * 1024  # bytes
_SECTIONS = {"body", "head", "manifest", "payout_root", "records", "shown", "sums"}


@dataclass(frozen=True)
class SettlementFile:
    """A file whose parts belong together; whether the ledger holds this settlement is for the reader to ask.

    `shown`: the trees the poster gives; an honest one gives none, because they follow from the rest.
    """

    body: Body
    payout_root: bytes
    manifest: bytes
    features_secret: bytes
    tables: Tables
    trees: ModelTrees
    signed: Signed
    shown: Shown

    @property
    def id(self) -> bytes:
        return self.body.id(self.payout_root)


def export(
    made: Settlement,
    body: Body,
    payout_root: bytes,
    manifest: bytes,
    features_secret: bytes,
    given: Shown | None = None,
) -> bytes:
    """Of a settlement that was computed here and stands on the ledger under this body."""
    tables, (K, d) = made.tables, made.sums.shape
    raw = b"".join(int(value).to_bytes(16, "little", signed=True) for row in made.sums.tolist() for value in row)
    return (
        canonical(
            {
                "format": FORMAT,
                "version": VERSION,
                "body": body.encode().hex(),
                "payout_root": payout_root.hex(),
                "manifest": manifest.decode(),
                "records": {
                    "secret": features_secret.hex(),
                    "ids": _rows(tables.record_ids, 32),
                    "accounts": _rows([account.raw for account in tables.accounts], 20),
                    "labels": array(tables.labels, "<i4"),
                    "weights": array(tables.weights, "<i4"),
                    "X": array(tables.X, "<i2"),
                },
                "head": {"V": array(tables.head.V, "<i8"), "W": array(tables.head.W, "<i8")},
                "sums": {
                    "secret": made.secret.hex(),
                    "S": array(np.frombuffer(raw, np.uint8).reshape(K, d, 16), "|u1"),
                },
                "shown": None if given is None else _shown(given),
            }
        )
        + b"\n"
    )


def read(raw: bytes) -> SettlementFile:
    """Raises BadFile (`reason`), TooLarge, and ProofMismatch when its parts do not belong together."""
    if len(raw) > LIMIT:
        raise TooLarge(field="settlement file", limit=LIMIT, value=len(raw))
    try:
        return _read(raw)
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError, binascii.Error) as error:
        raise BadFile(path="", reason=f"not a settlement file: {type(error).__name__}") from error


def _read(raw: bytes) -> SettlementFile:
    document = json.loads(raw)
    if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (FORMAT, VERSION):
        raise ValueError("format")
    if set(document) != _SECTIONS | {"format", "version"} or canonical(document) + b"\n" != raw:
        raise ValueError("form")
    try:
        body = Body.decode(bytes.fromhex(document["body"]))
        tables = _tables(document, body)
    except ProofMismatch:
        raise
    except OpenLedgerError as error:
        raise BadFile(path="", reason=str(error.values.get("reason", type(error).__name__))) from error
    manifest, records = document["manifest"].encode(), document["records"]
    secret = _bytes(records["secret"], 32)
    trees = ModelTrees(tables, secret)
    sums = document["sums"]
    signed = Signed(_sums(_array(sums["S"], "|u1", tables.head.K, tables.head.d, 16)), _bytes(sums["secret"], 32))
    for what, expected, found in (
        ("roots of the model", body.model_roots, trees.roots.hash),
        ("sums root", body.sums_root, signed.leaves(tables.head.blocks).tree.root),
    ):
        if expected != found:
            raise ProofMismatch(what=what, expected=expected, found=found)
    payout_root = _bytes(document["payout_root"], 32)
    return SettlementFile(body, payout_root, manifest, secret, tables, trees, signed, _read_shown(document["shown"]))


def _tables(document: dict[str, Any], body: Body) -> Tables:
    """The release with its head, its credits computed again."""
    manifest, records, head = document["manifest"].encode(), document["records"], document["head"]
    if keccak256(manifest) != body.package_hash:
        raise ProofMismatch(what="package", expected=body.package_hash, found=keccak256(manifest))
    pins = json.loads(manifest)["head"]
    K, d, j, b = (int(pins[name]) for name in ("K", "d", "j", "b"))
    family = str(pins["family"])
    width = d * families.blocks(family, K)
    if not (2 <= K <= 64 and 0 < d <= 4096 and 0 <= j <= 16 and 0 <= b <= 12):
        raise ValueError("range")
    if family != families.RIDGE and not families.fits(d, K):
        raise ValueError("width")
    X = _array(records["X"], "<i2", None, d)
    n = len(X)
    made = families.kind(family)(_array(head["V"], "<i8", width, width), _array(head["W"], "<i8", d, K), j, b)
    labels, weights = (_array(records[name], "<i4", n) for name in ("labels", "weights"))
    ids = tuple(row.tobytes() for row in _array(records["ids"], "|u1", n, 32))
    accounts = tuple(Address(row.tobytes()) for row in _array(records["accounts"], "|u1", n, 20))
    return Tables(body.package_hash, made, credit_of(made, X, labels, weights), X, ids, accounts, labels, weights)


def _shown(given: Shown) -> dict[str, Any]:
    def summed(leaves: SumLeaves | None) -> list[list[str]] | None:
        if leaves is None:
            return None
        return [[payload.hex(), str(leaves.leaf(p).sum)] for p, payload in enumerate(leaves.payloads)]

    u = None if given.u is None else [payload.hex() for payload in given.u.payloads]
    return {"u": u, "scores": summed(given.scores), "payouts": summed(given.payouts)}


def _read_shown(value: Any) -> Shown:
    if value is None:
        return Shown()
    if set(value) != {"u", "scores", "payouts"}:
        raise ValueError("shown")

    def summed(rows: Any) -> SumLeaves | None:
        if rows is None:
            return None
        try:
            return SumLeaves.of([bytes.fromhex(payload) for payload, _ in rows], [int(total) for _, total in rows])
        except OpenLedgerError as error:
            raise ValueError("sums") from error

    u = None if value["u"] is None else PlainLeaves([bytes.fromhex(payload) for payload in value["u"]])
    return Shown(u, summed(value["scores"]), summed(value["payouts"]))


def _rows(values: Sequence[bytes], width: int) -> dict[str, Any]:
    return array(np.frombuffer(b"".join(values), np.uint8).reshape(len(values), width), "|u1")


def _array(value: Any, dtype: str, *shape: int | None) -> NDArray[Any]:
    """Of that type and shape; None stands for any length of at least 1."""
    found = value["shape"]
    if set(value) != {"dtype", "shape", "data"} or value["dtype"] != dtype or len(found) != len(shape):
        raise ValueError("array")
    for wanted, size in zip(shape, found, strict=True):
        if type(size) is not int or size < 1 or wanted not in {None, size}:
            raise ValueError("shape")
    raw = base64.b64decode(value["data"], validate=True)
    made: ArrayLike = np.frombuffer(raw, dtype).reshape(found)
    return np.asarray(made).astype(np.dtype(dtype).newbyteorder("="))


def _sums(raw: NDArray[Any]) -> NDArray[Any]:
    K, d, _ = raw.shape
    values = [int.from_bytes(raw[k, j].tobytes(), "little", signed=True) for k in range(K) for j in range(d)]
    made = np.empty((K, d), object)
    made.ravel()[:] = values
    return made


def _bytes(text: Any, length: int) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != length:
        raise ValueError("length")
    return found
