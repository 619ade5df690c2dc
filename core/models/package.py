"""A model as one file that anyone can check: a zip of the fused graph, its vocabulary, the licence and a manifest.

manifest.json is canonical JSON (its form: `manifest`) and names the SHA-256 of every other file; its keccak256 is the
package hash on the ledger.

Reading trusts nothing: caps, then digests, then the structure of the graph, then that the head in the graph is the
one the manifest names. Only then is there a `Package`.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, ModelError, PackageRefused
from core.keccak import keccak256
from core.models import canonical, encoders, fuse, fusing, roots, sandbox
from core.models import manifest as manifests
from core.models.encoders.base import FEATURE_SCALE, Encoder
from core.models.encoders.columns import Scaling
from core.models.onnx_wire import INT16, INT64, tensor_array
from core.models.ridge.base import Head
from core.models.training import TrainedModel

MANIFEST, MODEL, VOCABULARY, UNICODE = "manifest.json", "model.onnx", "vocab.txt", "unicode-14.txt"
FILES = (MODEL, VOCABULARY, UNICODE, "LICENSE", "NOTICE")  # of a model of texts
_KNOWN = frozenset({MANIFEST, *FILES, "columns.json"})  # all that any package may hold
MAX_PACKAGE = 160 * 1024 * 1024  # bytes, of the zip and of what comes out of it
MAX_SMALL = 8 * 1024 * 1024  # bytes, of each file that is not the graph
_MAX_RATIO = 100
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Release:
    """What the model was trained on, as the ledger knows it, and what is salted by the release's secret.

    `root` 32 bytes; `features_root` and `credit_root` 32 bytes each (PoA-1).
    """

    datanet: int
    version: int
    root: bytes
    features_root: bytes
    credit_root: bytes
    licence: str


@dataclass(frozen=True)
class Built:
    """A package just made: its hash, its manifest (canonical JSON) and the whole file."""

    hash: bytes
    manifest: bytes
    data: bytes


@dataclass(frozen=True)
class Package:
    """A package that passed every check. `manifest` as `manifest` says, `files` by name."""

    hash: bytes
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.manifest["labels"])

    @property
    def encoder_hash(self) -> bytes:
        return bytes.fromhex(self.manifest["encoder"]["hash"])

    @property
    def encoder(self) -> Encoder:
        return _encoder_of(self.manifest["encoder"], self.files)

    @property
    def features_root(self) -> bytes:
        return bytes.fromhex(self.manifest["release"]["features"])

    @property
    def inverse_root(self) -> bytes:
        return bytes.fromhex(self.manifest["inverseRoot"])

    @property
    def credit_root(self) -> bytes:
        return bytes.fromhex(self.manifest["creditRoot"])

    @property
    def head(self) -> NDArray[np.int64]:
        """W int64 [d, K], as it stands in the graph."""
        return head_of(sandbox.check(self.files[MODEL]))


def build(
    trained: TrainedModel,
    *,
    name: str,
    release: Release,
    z: int,
    admission: Mapping[str, object] | None = None,
    lineage: Mapping[str, object] | None = None,
    choice: Mapping[str, object] | None = None,
) -> Built:
    """The package of a trained model; equal inputs give equal bytes. `z` as PoA-1 section 4 defines it.

    Raises ModelError when the head does not fit the graph, PackageRefused for values the manifest cannot hold
    (`admission`, `lineage` and `choice` are flat tables of text and integers).
    """
    encoder, head = trained.encoder, trained.head
    files = encoder.package_files
    files[MODEL] = fusing.fuse(encoder, head.W)
    manifest: dict[str, Any] = {
        "format": manifests.FORMAT,
        "name": name,
        "encoder": {
            "hash": encoder.hash.hex(),
            "limit": encoder.limit,
            "name": encoder.name,
            "specials": encoder.specials,
        },
        "labels": list(trained.labels),
        "head": _head_facts(head, z),
        "release": {
            "datanet": release.datanet,
            "excluded": trained.data.excluded,
            "features": release.features_root.hex(),
            "records": len(trained.data),
            "root": release.root.hex(),
            "version": release.version,
        },
        "inverseRoot": roots.inverse_tree(head.V, head.s).root.hex(),
        "creditRoot": release.credit_root.hex(),
        "admission": None if admission is None else dict(admission),
        "metrics": None if trained.evaluation is None else trained.evaluation.canonical(),
        "licence": {"data": release.licence, "encoder": encoder.licence},
        "choice": _choice(trained, choice),
        "lineage": None if lineage is None else dict(lineage),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    raw = canonical.encode(manifests.check(manifest))
    return Built(keccak256(raw), raw, _zip({MANIFEST: raw, **files}))


def _choice(trained: TrainedModel, choice: Mapping[str, object] | None) -> dict[str, object] | None:
    """Why this encoder and this family of head: what was measured for the choice, where anything was."""
    found = dict(choice or {}) | (trained.compared.canonical() if trained.compared else {})
    return found or None


def _head_facts(head: Head, z: int) -> dict[str, object]:
    return {
        "K": head.K,
        "b": head.norm_class,
        "d": head.d,
        "family": head.family,
        "feature": FEATURE_SCALE,
        "hash": roots.head_hash(head.W, head.j, head.norm_class, z, head.family).hex(),
        "j": head.j,
        "lambda": str(head.lambda_),
        "s": head.s,
        "t": head.t,
        "z": z,
    }


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Stored, in order, without dates: compressors differ between versions, and weights hardly compress."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def read(data: bytes, expected: bytes) -> Package:
    """The package whose hash is `expected` (32 bytes, from the ledger or the catalogue). Raises PackageRefused."""
    files = _unzip(data)
    raw = files.pop(MANIFEST, None)
    if raw is None:
        raise PackageRefused(reason="no manifest")
    if keccak256(raw) != expected:
        raise PackageRefused(reason="package hash", expected=expected.hex(), found=keccak256(raw).hex())
    try:
        value = canonical.decode(raw)
    except BadInput as error:
        raise PackageRefused(reason="manifest form", field="json") from error
    found = manifests.check(value)
    _check_digests(found["files"], files)
    _check_meaning(found, files, sandbox.check(files[MODEL]))
    return Package(expected, found, files)


def _check_digests(named: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    if set(named) != set(files) or MODEL not in files:
        raise PackageRefused(reason="files")
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != named[name]:
            raise PackageRefused(reason="file digest", file=name)


def _encoder_of(facts: Mapping[str, Any], files: Mapping[str, bytes]) -> Encoder:
    try:
        return encoders.of_package(facts["name"], bytes.fromhex(facts["hash"]), files)
    except (ModelError, KeyError) as error:
        raise PackageRefused(reason="unknown encoder", encoder=facts["name"]) from error


def _check_meaning(manifest: dict[str, Any], files: Mapping[str, bytes], structure: sandbox.Structure) -> None:
    """The manifest's numbers agree with the graph and, where we know the encoder, with ours."""
    head, encoder = manifest["head"], manifest["encoder"]
    ours = _encoder_of(encoder, files)
    tokens = (encoder["limit"], encoder["specials"])
    if tokens != (ours.limit, ours.specials) or (head["b"], head["d"]) != (ours.norm_class, ours.width):
        raise PackageRefused(reason="encoder facts")
    expected = ours.package_files
    if set(files) != {MODEL, *expected}:
        raise PackageRefused(reason="files")
    for file in expected.keys() - {"LICENSE", "NOTICE"}:
        if files[file] != expected[file]:
            raise PackageRefused(reason="encoder files", file=file)
    if structure.inputs != ours.ports:
        raise PackageRefused(reason="inputs")
    if structure.outputs != {"x": INT16, "scores": INT64}:
        raise PackageRefused(reason="outputs")
    weights = head_of(structure)
    if weights.shape != (head["d"], head["K"]):
        raise PackageRefused(reason="head shape")
    if roots.head_hash(weights, head["j"], head["b"], head["z"], head["family"]).hex() != head["hash"]:
        raise PackageRefused(reason="head hash")
    fuse.check_head(ours, weights)


def scaling_of(data: bytes) -> Scaling:
    """The pinned constants of a table's package that was read before. Raises PackageRefused."""
    found = _unzip(data).get("columns.json")
    if found is None:
        raise PackageRefused(reason="files", file="columns.json")
    return Scaling.parse(found)


def head_of(structure: sandbox.Structure) -> NDArray[np.int64]:
    """W int64 [d, K] of a checked graph."""
    weights = structure.constants.get(fuse.HEAD)
    if weights is None or weights.get("data_type") != INT64:
        raise PackageRefused(reason="no head")
    return tensor_array(weights).astype(np.int64)


def _unzip(data: bytes) -> dict[str, bytes]:
    """Every file by name. Zip only, plain names we know, capped before anything is unpacked. Raises PackageRefused."""
    _check_directory(data)
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.filename in found or info.filename not in _KNOWN:
                    raise PackageRefused(reason="files", file=info.filename[:100])
                found[info.filename] = _extract(archive, info)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        struct.error,
    ) as error:
        raise PackageRefused(reason="not a zip") from error
    return found


def _check_directory(data: bytes) -> None:
    """The end record stands at the very end and names a handful of entries; no zip64. Before zipfile reads a byte."""
    if len(data) > MAX_PACKAGE:
        raise PackageRefused(reason="too large", found=len(data), limit=MAX_PACKAGE)
    end = data[-22:]
    if len(end) < 22 or not end.startswith(b"PK\5\6") or not data.startswith(b"PK\3\4"):
        raise PackageRefused(reason="not a zip")
    _, disk, start_disk, here, entries, size, offset, comment = struct.unpack("<4s4H2LH", end)
    if disk or start_disk or comment or here != entries or entries > len(FILES) + 1:
        raise PackageRefused(reason="archive directory")
    if offset + size != len(data) - 22 or size > 4096:
        raise PackageRefused(reason="archive directory")


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    limit = MAX_PACKAGE if info.filename == MODEL else MAX_SMALL
    packed = max(1, info.compress_size)
    if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PackageRefused(reason="archive method", file=info.filename)
    if info.file_size > limit or info.file_size > packed * _MAX_RATIO:
        raise PackageRefused(reason="too large", file=info.filename, found=info.file_size, limit=limit)
    with archive.open(info) as stream:
        content = stream.read(info.file_size + 1)  # never more than was claimed and allowed
    if len(content) != info.file_size:
        raise PackageRefused(reason="archive size", file=info.filename)
    return content
