"""Features are made again from texts and rows by a script that shares nothing with the program, to the last integer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.datanets.commitment import Place, leaf_of
from core.datanets.consent import Terms
from core.datanets.manifest import Entry, Manifest
from core.datanets.record import Record
from core.economy import proof_file
from core.jobs import silent
from core.keccak import keccak256
from core.merkle import leaf_hash
from core.models import canonical, encoders, package, training
from core.models.encoders.columns import fit
from resources import ROOT
from tests.audit import scripts
from tests.audit.weights_case import zipped
from tests.core.attribution import vectors
from tests.core.economy import small_case

SCRIPT = ROOT / "audit" / "reencode.py"
LABELS = ("birds", "ships")
TEXTS = (
    "A naïve bird sings.",
    "sailors on a quiet deck",
    "the ΟΔΟΣ bird 中文 flies",
    "a ship, isn't it?",
    "birds of the north",
    "\u2167 harbour",
)
SCHEMA = (("mass", "number"), ("length", "number"), ("beak", "category"))
ROWS = (
    '{"beak":"red","length":"12.5","mass":"3"}',
    '{"length":"-0.125","mass":"4000"}',
    '{"beak":"yellow","mass":"3.25"}',
    '{"beak":"none given","length":"7","mass":"41"}',
    '{"beak":"red","length":"999999999","mass":"3.1"}',
    "{}",
)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return scripts.script("reencode")


def release_of(texts: tuple[str, ...]) -> tuple[Manifest, list[dict[str, str]]]:
    """A release of these texts, and the lines of its file."""
    entries, lines = [], []
    place = Place(7, small_case.address("datanets"), 4)
    for i, text in enumerate(texts):
        record = Record(text, LABELS[i % 2], "CC0-1.0", frozenset({"train", "share"}))
        salt, who = keccak256(f"salt {i}".encode()), small_case.address(f"contributor {i % 3}")
        leaf = leaf_of(record.content_hash, salt)
        entries.append(Entry(1 + i // 2, i % 2, leaf, who, i % 2, Terms(record.licence, record.uses), trusted=True))
        lines.append({"record": record.canonical.decode(), "salt": salt.hex()})
    return Manifest(place, 1, None, LABELS, tuple(entries)), lines


def files(folder: Path, way: str) -> tuple[Path, Path, Path]:
    """A package, a release and the parts of a proof that belong together."""
    texts = ROWS if way == "columns" else TEXTS
    manifest, lines = release_of(texts)
    ids = [leaf_hash(entry.payload) for entry in manifest.entries]
    items = [
        training.Item(text, LABELS[entry.label], name, entry.contributor.raw, entry.terms.uses)
        for text, entry, name in zip(texts, manifest.entries, ids, strict=True)
    ]
    key = fit(ROWS, SCHEMA).key if way == "columns" else way
    trained = training.train(training.prepare(items, [], LABELS, silent(), encoder=key), silent(), j=6, family="ridge")
    release = package.Release(4, 1, manifest.tree.root, bytes(32), bytes(32), "CC0-1.0")
    built = package.build(trained, name="small", release=release, z=30)
    data = trained.data
    proof = {
        "chain": {
            "package": built.hash.hex(),
            "encoder": encoders.get(key).hash.hex(),
            "records_root": manifest.tree.root.hex(),
        },
        "release": {"leaves": proof_file.array(np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 32), "|u1")},
        "records": {
            "ids": proof_file.array(np.frombuffer(b"".join(data.record_ids), np.uint8).reshape(-1, 32), "|u1"),
            "accounts": proof_file.array(np.frombuffer(b"".join(data.accounts), np.uint8).reshape(-1, 20), "|u1"),
            "labels": proof_file.array(data.y, "<i4"),
            "X": proof_file.array(data.x, "<i2"),
        },
    }
    head = {"kind": "openledger/release", "manifest": manifest.encoded.decode()}
    paths = folder / "model.zip", folder / "release.jsonl", folder / "proof.json"
    paths[0].write_bytes(built.data)
    paths[1].write_bytes(b"".join(canonical.encode(line) + b"\n" for line in [head, *lines]))
    paths[2].write_text(json.dumps({"sections": proof}))
    return paths


def run(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    return scripts.run("reencode", *arguments)


def test_it_shares_nothing_with_the_program() -> None:
    names = scripts.imported(SCRIPT)
    assert names - set(sys.stdlib_module_names) == {"tiny_keccak", "Crypto"}
    assert len(SCRIPT.read_text().splitlines()) < 400


@pytest.mark.parametrize("way", ["static-256", "columns"])
def test_features_are_made_again_from_the_package_and_the_release(tmp_path: Path, way: str) -> None:
    done = run(*files(tmp_path, way))
    assert (done.returncode, done.stderr) == (0, b"")
    assert all(line.startswith(b"ok ") for line in done.stdout.splitlines()[:-1])


def test_it_cuts_texts_as_the_specification_prints(script: ModuleType) -> None:
    texts = vectors.kept("1")
    pieces = script.Pieces(*((ROOT / "encoders" / name).read_text("utf-8") for name in ("vocab.txt", "unicode-14.txt")))
    assert [pieces(text) for text in texts["texts"]] == texts["ids"]
    ids = np.array([[*script.words(ids), 2047] for ids in texts["ids"]], "<i2")
    assert [keccak256(row.tobytes()).hex() for row in ids] == texts["wordsHash"]


@pytest.mark.parametrize("way", ["words-1024", "static-256+words", "minilm-w4", "minilm-w4+words"])
def test_other_features_are_made_again_as_far_as_integers_go(script: ModuleType, way: str) -> None:
    """Without a head of their own: a solve of a thousand features would be most of the time."""
    encoder = encoders.get(way)
    one = script.Again.__new__(script.Again)
    one.name, one.d, one.X = way, encoder.width, encoder.features(TEXTS).tolist()
    one.ids = list(range(len(TEXTS)))
    one.entries = {i: (None, None, {"record": json.dumps({"text": text})}) for i, text in enumerate(TEXTS)}
    one.files = {name: (ROOT / "encoders" / name).read_bytes() for name in ("vocab.txt", "unicode-14.txt")}
    one.files["model.onnx"] = (ROOT / "encoders/static-256/encoder.onnx").read_bytes()
    one.manifest = {
        "encoder": {"limit": encoder.limit, "specials": encoder.specials},
        "files": {name: sha256(data).hexdigest() for name, data in one.files.items()},
        "head": {"b": encoder.norm_class},
    }
    one.chain = {"encoder": encoder.hash.hex()}
    one.check_encoder()
    assert ("floats" in one.check_features()) == way.startswith("minilm")
    one.X[3][-2] += 1
    if way != "minilm-w4":
        with pytest.raises(ValueError, match="of record 3"):
            one.check_features()


def another_text(release: list[Any], _proof: dict[str, Any]) -> None:
    release[2]["record"] = release[2]["record"].replace("length", "lenght")


def another_salt(release: list[Any], _proof: dict[str, Any]) -> None:
    release[1]["salt"] = "00" * 32


def another_label(release: list[Any], _proof: dict[str, Any]) -> None:
    release[0]["manifest"] = release[0]["manifest"].replace('"label":0', '"label":1', 1)


def a_record_less(release: list[Any], _proof: dict[str, Any]) -> None:
    del release[-1]


def another_feature(_release: list[Any], proof: dict[str, Any]) -> None:
    found = proof["sections"]["records"]["X"]
    X = np.zeros(found["shape"], np.int16) + 7
    proof["sections"]["records"]["X"] = proof_file.array(X, "<i2")


def another_owner(_release: list[Any], proof: dict[str, Any]) -> None:
    proof["sections"]["records"]["accounts"] = proof_file.array(np.zeros((6, 20), np.uint8), "|u1")


def another_encoder(_release: list[Any], proof: dict[str, Any]) -> None:
    proof["sections"]["chain"]["encoder"] = "11" * 32


def another_package(_release: list[Any], proof: dict[str, Any]) -> None:
    proof["sections"]["chain"]["package"] = "11" * 32


CHANGES: list[tuple[Callable[[list[Any], dict[str, Any]], None], str]] = [
    (another_text, "each record of the release"),
    (another_salt, "each record of the release"),
    (another_label, "the model's records"),
    (a_record_less, "the release is the one"),
    (another_feature, "each record's features"),
    (another_owner, "the model's records"),
    (another_encoder, "the rule of the features"),
    (another_package, "the package is the one"),
]


@pytest.mark.parametrize(("change", "check"), CHANGES)
def test_what_was_changed_is_named(
    script: ModuleType, tmp_path: Path, change: Callable[[list[Any], dict[str, Any]], None], check: str
) -> None:
    built, release, proof = files(tmp_path, "columns")
    lines, document = [json.loads(line) for line in release.read_bytes().splitlines()], json.loads(proof.read_bytes())
    change(lines, document)
    with script.zipfile.ZipFile(built) as opened:
        results = script.Again(opened, lines, document).results
    assert any(one["check"].startswith(check) for one in results if not one["ok"]), results


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    built, release, proof = files(tmp_path, "columns")
    for three in ((proof, release, built), (built, built, proof), (built, release, release), (built, tmp_path, proof)):
        done = run(*three)
        assert done.returncode == 2
        assert done.stdout.startswith(b"FAILED  the files can be read")
        assert not done.stderr
    assert run(built, release).returncode == 2


def test_one_file_may_hold_all_three(tmp_path: Path) -> None:
    built, release, proof = files(tmp_path, "columns")
    names = {"package.zip": built, "release.jsonl": release, "weights.json": proof}
    whole = zipped({name: path.read_bytes() for name, path in names.items()})
    done = scripts.run("reencode", "-", "--json", data=whole)
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads(run(built, release, proof, "--json").stdout)
    assert run(built).returncode == 2
