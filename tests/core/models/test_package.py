"""A package is what its hash says, or it is refused; before that nothing in it is believed."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import PackageRefused
from core.keccak import keccak256
from core.models import canonical, encoders, package, roots
from core.models.package import Built
from core.models.training import TrainedModel
from tests.core.models import small_topics


def contents(built: Built) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(built.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def repack(built: Built, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> tuple[bytes, bytes]:
    """A package whose digests all hold, but whose manifest or files were changed: what a liar would build."""
    files = contents(built)
    manifest = json.loads(files.pop("manifest.json"))
    change(manifest, files)
    for name, data in files.items():
        if name in manifest["files"]:
            manifest["files"][name] = hashlib.sha256(data).hexdigest()
    raw = canonical.encode(manifest)
    return pack({"manifest.json": raw, **files}), keccak256(raw)


def refusal(data: bytes, expected: bytes) -> str:
    with pytest.raises(PackageRefused) as caught:
        package.read(data, expected)
    return str(caught.value.values["reason"])


def test_a_package_comes_back_as_it_was_made(built: Built, trained: TrainedModel) -> None:
    found = package.read(built.data, built.hash)
    assert found.hash == keccak256(built.manifest) == built.hash
    assert found.labels == small_topics.LABELS
    assert (found.head == trained.head.W).all()
    assert found.encoder_hash == encoders.get("static-256").hash
    assert found.features_root == small_topics.release_of(trained).features_root
    assert found.inverse_root == roots.inverse_tree(trained.head.V, trained.head.s).root
    assert found.manifest["metrics"]["records"] == 6
    assert found.manifest["head"]["lambda"] == str(trained.head.lambda_)
    assert b"Apache License" in found.files["LICENSE"]


def test_the_same_model_gives_the_same_package(built: Built, trained: TrainedModel) -> None:
    again = package.build(trained, name="Small topics", release=small_topics.release_of(trained), z=27)
    assert again.data == built.data


def test_every_fact_changes_the_hash(built: Built, trained: TrainedModel) -> None:
    release = small_topics.release_of(trained)
    others = [
        package.build(trained, name="Other", release=release, z=27),
        package.build(trained, name="Small topics", release=release, z=28),
        package.build(trained, name="Small topics", release=release, z=27, lineage={"from": "00"}),
        package.build(trained, name="Small topics", release=release, z=27, admission={"T": 40}),
    ]
    assert len({built.hash, *(other.hash for other in others)}) == 5


def test_another_hash_than_expected_is_refused(built: Built) -> None:
    assert refusal(built.data, bytes(32)) == "package hash"


@pytest.mark.parametrize("name", package.FILES)
def test_one_changed_byte_in_any_file_is_refused(built: Built, name: str) -> None:
    files = contents(built)
    body = bytearray(files[name])
    body[len(body) // 2] ^= 1
    assert refusal(pack({**files, name: bytes(body)}), built.hash) == "file digest"


def test_a_missing_or_additional_file_is_refused(built: Built) -> None:
    files = contents(built)
    assert refusal(pack({**files, "more.txt": b""}), built.hash) == "archive directory"
    less = {name: data for name, data in files.items() if name != "NOTICE"}
    assert refusal(pack(less), built.hash) == "files"
    assert refusal(pack({**less, "../NOTICE": b""}), built.hash) == "files"
    assert refusal(pack({n: d for n, d in files.items() if n != "manifest.json"}), built.hash) == "no manifest"


def test_spaces_in_the_manifest_are_refused(built: Built) -> None:
    files = contents(built)
    raw = files.pop("manifest.json").replace(b'":', b'": ', 1)
    assert refusal(pack({"manifest.json": raw, **files}), keccak256(raw)) == "manifest form"


def test_a_truncated_package_is_refused_at_every_length(built: Built) -> None:
    for length in (0, 10, 22, 1000, len(built.data) // 2, len(built.data) - 1):
        assert refusal(built.data[:length], built.hash) == "not a zip"


def test_other_archives_and_things_around_the_zip_are_refused(built: Built) -> None:
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("manifest.json"))
    assert refusal(out.getvalue(), built.hash) == "not a zip"
    assert refusal(b"#!/bin/sh\n" + built.data, built.hash) == "not a zip"
    assert refusal(built.data + b"x", built.hash) == "not a zip"


def test_a_zip_bomb_is_refused_before_it_unfolds(built: Built) -> None:
    files = contents(built)
    bomb = pack({**files, "NOTICE": bytes(7_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < len(built.data)
    assert refusal(bomb, built.hash) == "too large"


def test_a_file_larger_than_allowed_is_refused(built: Built) -> None:
    files = contents(built)
    assert refusal(pack({**files, "NOTICE": bytes(package.MAX_SMALL + 1)}), built.hash) == "too large"


def test_a_directory_that_claims_many_entries_is_refused(built: Built) -> None:
    data = bytearray(built.data)
    struct.pack_into("<2H", data, len(data) - 14, 60_000, 60_000)
    assert refusal(bytes(data), built.hash) == "archive directory"


def test_a_size_that_lies_is_refused(built: Built) -> None:
    data = bytearray(built.data)
    central = data.index(b"PK\1\2")
    struct.pack_into("<2L", data, central + 20, 10, 10)  # the manifest claims ten bytes
    assert refusal(bytes(data), built.hash) in {"package hash", "not a zip"}


def rename(key: str, value: object) -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    def change(manifest: dict[str, Any], _files: dict[str, bytes]) -> None:
        *path, last = key.split(".")
        inner = manifest
        for step in path:
            inner = inner[step]
        inner[last] = value

    return change


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("labels", ["animal", "food"], "manifest form"),
        ("labels", ["animal", "animal", "food"], "manifest form"),
        ("labels", ["animal", "food", 3], "manifest form"),
        ("labels", None, "manifest form"),
        ("name", "x" * 201, "manifest form"),
        ("name", "", "manifest form"),
        ("head.K", True, "manifest form"),
        ("head.lambda", "1", "manifest form"),
        ("head.s", 59, "manifest form"),
        ("head.hash", "00", "manifest form"),
        ("metrics.correct", 7, "manifest form"),
        ("metrics.confusion", [[6]], "manifest form"),
        ("metrics.confusion", 6, "manifest form"),
        ("metrics.calibration", [[0, 5, 5]], "manifest form"),
        ("release.root", "zz", "manifest form"),
        ("release.records", -1, "manifest form"),
        ("licence.data", None, "manifest form"),
        ("admission", {"a": {}}, "manifest form"),
        ("lineage", [], "manifest form"),
        ("files", {}, "files"),
        ("head.z", 28, "head hash"),
        ("head.j", 9, "manifest form"),
        ("head.j", "1", "manifest form"),
        ("head.d", 256, "encoder facts"),
        ("head.b", 5, "manifest form"),
        ("encoder.name", "static-512", "unknown encoder"),
        ("encoder.name", "minilm-w4", "unknown encoder"),
        ("encoder.limit", 1_000_000, "encoder facts"),
        ("format", "openledger-model/9", "manifest form"),
        ("more", 1, "manifest form"),
    ],
)
def test_a_manifest_that_lies_about_the_graph_is_refused(built: Built, key: str, value: object, reason: str) -> None:
    assert refusal(*repack(built, rename(key, value))) == reason


def test_another_vocabulary_is_refused_even_with_its_right_digest(built: Built) -> None:
    def change(_manifest: dict[str, Any], files: dict[str, bytes]) -> None:
        files["vocab.txt"] = files["vocab.txt"].replace(b"\ndog\n", b"\ndgo\n")

    assert refusal(*repack(built, change)) == "encoder files"


def test_another_head_in_the_graph_is_refused_even_with_its_right_digest(built: Built, trained: TrainedModel) -> None:
    head = trained.head.W.astype("<i8").tobytes()

    def change(_manifest: dict[str, Any], files: dict[str, bytes]) -> None:
        assert head in files["model.onnx"]
        files["model.onnx"] = files["model.onnx"].replace(head, bytes([head[0] ^ 1]) + head[1:])

    assert refusal(*repack(built, change)) == "head hash"


def test_a_compressed_package_with_the_same_files_is_the_same_package(built: Built) -> None:
    assert package.read(pack(contents(built), zipfile.ZIP_DEFLATED), built.hash).hash == built.hash


def test_a_canonical_value_has_one_text() -> None:
    assert canonical.encode({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()
    for bad in ('{"a":1.5}', '{"a":1,"a":1}', "[1 ]", '{"b":1,"a":2}', "[9007199254740994]", "nonsense", "[" * 100_000):
        with pytest.raises(Exception, match="json"):
            canonical.decode(bad.encode())
