"""An index as one file with a hash: a manifest in canonical JSON, then the arrays it names the SHA-256 of.

    format     "openledger-index/1"
    name       as given by the builder (foreign text to everybody else)
    encoder    name, hash
    index      d (features, bias included), k (documents of an answer), rule "sum of the k best, bias left out"
    labels     in order, as the release numbers them
    release    datanet, version, root; records that are documents, excluded by their terms, copies of older texts;
               features: featuresRoot of PoA-1, section 9, each weight 1
    quality    records tried, first hits of the same label: ours, of TF-IDF, of the commonest label; or null
    licence    SPDX identifiers: data, encoder
    lineage    null, or package and number of documents withdrawn
    arrays     [name, type, shape] of each, in the order they stand in
    content    SHA-256 of the arrays, little-endian, one after the other

The package hash is the keccak256 of the manifest. File: magic, u32 (LE) length of the manifest, manifest, arrays.
The content is features, as private as the texts; the texts are not in it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, PackageRefused
from core.keccak import keccak256
from core.models import canonical, encoders, features
from core.models.package import Built
from core.models.retrieval.index import MOST, Index

FORMAT, RULE = "openledger-index/1", "sum of the k best, bias left out"
_MAGIC = b"OLIX1\n"
_TYPES = {"accounts": "u1", "record_ids": "u1", "x": "<i2", "y": "<i2"}
_NAMES = frozenset(
    ("arrays", "content", "encoder", "format", "index", "labels", "licence", "lineage", "name", "quality", "release")
)
_HASH = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 2**31


@dataclass(frozen=True)
class Release:
    """What the index was made of, as the ledger knows it; `features_root` 32 bytes, salted by the release's secret."""

    datanet: int
    version: int
    root: bytes
    features_root: bytes
    licence: str


@dataclass(frozen=True, eq=False)
class Package:
    """A package that passed every check."""

    hash: bytes
    manifest: Mapping[str, Any]
    index: Index

    @property
    def k(self) -> int:
        return int(self.manifest["index"]["k"])


def build(
    index: Index,
    *,
    name: str,
    release: Release,
    k: int,
    quality: Mapping[str, int] | None = None,
    lineage: Mapping[str, object] | None = None,
) -> Built:
    """Equal inputs give equal bytes. Raises BadInput (name, k)."""
    if not name.strip() or len(name) > 200:
        raise BadInput(field="name", reason="length", value=name[:200])
    if not 1 <= k <= MOST:
        raise BadInput(field="k", reason="range", value=k)
    arrays = _arrays(index)
    content = b"".join(arrays[one].tobytes() for one in sorted(arrays))
    manifest = {
        "format": FORMAT,
        "name": name.strip(),
        "encoder": {"hash": index.kind.hash.hex(), "name": index.encoder},
        "index": {"d": int(index.x.shape[1]), "k": k, "rule": RULE},
        "labels": list(index.labels),
        "release": {
            "copies": index.copies,
            "datanet": release.datanet,
            "excluded": index.excluded,
            "features": release.features_root.hex(),
            "records": len(index),
            "root": release.root.hex(),
            "version": release.version,
        },
        "quality": None if quality is None else dict(quality),
        "licence": {"data": release.licence, "encoder": "Apache-2.0"},
        "lineage": None if lineage is None else dict(lineage),
        "arrays": [[one, _TYPES[one].lstrip("<"), list(arrays[one].shape)] for one in sorted(arrays)],
        "content": hashlib.sha256(content).hexdigest(),
    }
    raw = canonical.encode(manifest)
    return Built(keccak256(raw), raw, b"".join([_MAGIC, len(raw).to_bytes(4, "little"), raw, content]))


def _arrays(index: Index) -> dict[str, NDArray[Any]]:
    count = len(index)
    return {
        "accounts": np.frombuffer(b"".join(index.accounts), np.uint8).reshape(count, 20),
        "record_ids": np.frombuffer(b"".join(index.record_ids), np.uint8).reshape(count, 32),
        "x": np.ascontiguousarray(index.x).astype("<i2"),
        "y": index.y.astype("<i2"),
    }


def read(data: bytes, expected: bytes) -> Package:
    """The package whose hash is `expected`. Raises PackageRefused."""
    start = len(_MAGIC) + 4
    size = int.from_bytes(data[len(_MAGIC) : start], "little")
    if not data.startswith(_MAGIC) or start + size > len(data):
        raise PackageRefused(reason="no manifest")
    raw, content = data[start : start + size], data[start + size :]
    if keccak256(raw) != expected:
        raise PackageRefused(reason="package hash", expected=expected.hex(), found=keccak256(raw).hex())
    try:
        manifest = canonical.decode(raw)
    except BadInput as error:
        raise PackageRefused(reason="manifest form", field="json") from error
    found = _checked(manifest)
    if hashlib.sha256(content).hexdigest() != found["content"]:
        raise PackageRefused(reason="file digest", file="arrays")
    try:
        return Package(expected, found, _index(found, content))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PackageRefused(reason="manifest form", field="arrays") from error


def _checked(value: object) -> dict[str, Any]:
    """The fields that reading relies on have the form above."""
    if not isinstance(value, dict) or set(value) != _NAMES or value["format"] != FORMAT:
        raise PackageRefused(reason="manifest form", field="keys")
    encoder, index, release = value["encoder"], value["index"], value["release"]
    holds = {
        "encoder": isinstance(encoder, dict) and encoder.get("name") in encoders.NAMES and _hash(encoder.get("hash")),
        "index": isinstance(index, dict) and index.get("rule") == RULE and index.get("k") in range(1, MOST + 1),
        "release": isinstance(release, dict) and _hash(release.get("root")) and _hash(release.get("features")),
        "labels": isinstance(value["labels"], list) and all(isinstance(one, str) for one in value["labels"]),
        "content": _hash(value["content"]),
    }
    for name, fine in holds.items():
        if not fine:
            raise PackageRefused(reason="manifest form", field=name)
    if encoders.get(encoder["name"]).hash.hex() != encoder["hash"]:
        raise PackageRefused(reason="unknown encoder", encoder=encoder["name"])
    return value


def _hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _index(manifest: dict[str, Any], content: bytes) -> Index:
    arrays: dict[str, NDArray[Any]] = {}
    at = 0
    for name, kind, shape in manifest["arrays"]:
        dtype = np.dtype(_TYPES[name])
        end = at + math.prod(shape) * dtype.itemsize
        if _TYPES[name].lstrip("<") != kind or min(shape) < 0 or end > min(len(content), _MOST_BYTES):
            raise ValueError(name)
        arrays[name] = np.frombuffer(content[at:end], dtype).reshape(shape)
        at = end
    count, width = manifest["release"]["records"], manifest["index"]["d"]
    shapes = {"accounts": (count, 20), "record_ids": (count, 32), "x": (count, width), "y": (count,)}
    if at != len(content) or {name: array.shape for name, array in arrays.items()} != shapes:
        raise ValueError(shapes)
    y = arrays["y"].astype(np.int64)
    if count and not 0 <= int(y.min()) <= int(y.max()) < len(manifest["labels"]):
        raise ValueError(count)
    x = arrays["x"].astype(np.int16)
    features.check(encoders.get(manifest["encoder"]["name"]), x, count)
    ids, accounts = (tuple(row.tobytes() for row in arrays[name]) for name in ("record_ids", "accounts"))
    counts = manifest["release"]["excluded"], manifest["release"]["copies"]
    return Index(manifest["encoder"]["name"], tuple(manifest["labels"]), x, y, ids, accounts, *counts)
