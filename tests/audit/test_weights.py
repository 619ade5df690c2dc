"""Admission weights and their reasons are worked out again by a script that shares nothing with the program, and what
was changed, or pinned without being so, is named.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.economy import proof_file, weights_file
from core.errors import TooLarge
from core.keccak import keccak256
from core.models import canonical
from tests.audit.scripts import FOLDER, changed, found_at, imported, places, put, run, script
from tests.audit.weights_case import Case, case, features_root, zipped

WAYS: dict[str, dict[str, Any]] = {
    "texts": {},
    "rows": {"kind": "table"},
    "pictures": {"kind": "image"},
    "nobody trusted": {"trusted": ()},
    "taken back": {"gone": (3, 77)},
}


@pytest.fixture(scope="module")
def weights() -> ModuleType:
    return script("weights")


def failed(weights: ModuleType, data: bytes) -> list[str]:
    return [one["check"] for one in weights.Weights(*weights.read(data)).results if not one["ok"]]


def test_it_shares_nothing_with_the_program() -> None:
    assert imported(FOLDER / "weights.py") - {"numpy"} <= set(sys.stdlib_module_names)
    assert len((FOLDER / "weights.py").read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize("way", WAYS)
def test_weights_and_reasons_are_worked_out_again(weights: ModuleType, way: str) -> None:
    assert failed(weights, case(**WAYS[way]).data) == []


def test_what_the_program_writes_is_what_the_script_reads(tmp_path: Path) -> None:
    path, made = tmp_path / "small.weights.zip", weights_file.made(case().contents)
    path.write_bytes(made)
    done = run("weights", path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert all(line.startswith(b"ok ") for line in done.stdout.splitlines()[:-1])
    piped = run("weights", "-", "--json", data=made)
    assert json.loads(piped.stdout)["ok"]
    assert weights_file.made(case().contents) == made


def test_more_records_than_a_script_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "MOST", 10)
    with pytest.raises(TooLarge):
        weights_file.made(case().contents)


# What no arithmetic binds: the ledger alone can tell, so a reader compares the section with any node.
LEDGER = {("chain", name) for name in ("block", "block_hash", "models", "model")}


def test_every_single_value_is_bound_by_something(weights: ModuleType) -> None:
    one = case(gone=(3, 77))
    kept, unseen = json.dumps(one.sections), set()
    for at in places(json.loads(kept)):
        one.sections = json.loads(kept)
        put(one.sections, at, changed(found_at(one.sections, at)))
        try:
            found = failed(weights, one.data)
        except ValueError as error:  # another form
            found = [str(error)]
        if not found:
            unseen.add(at)
    assert unseen == LEDGER


def lied(one: Case, reasons: dict[str, Any]) -> None:
    """As by a builder who pins what does not follow."""
    text = canonical.encode(reasons)
    one.sections["reasons"]["text"] = text.decode()
    pins = {name: reasons[name] for name in ("threshold", "likeness", "often", "core_j")}
    one.manifest["admission"] = pins | {"reasons": sha256(text).hexdigest()}
    one.pin()


def test_a_reason_that_does_not_follow_is_named_however_it_was_pinned(weights: ModuleType) -> None:
    one = case()
    kept = one.sections["reasons"]["text"]
    checks = {"novelty": "each record's novelty", "quality": "each contributor's", "core_j": "the model of the trusted"}
    kinds = {entry["reason"]: at for at, entry in enumerate(json.loads(kept)["novelty"])}
    entries = {("novelty", kinds[name]) for name in ("alike", "copy")}
    wanted = entries | {("quality", 0), ("threshold",), ("likeness",), ("often",)}
    seen = 0
    for at in places(json.loads(kept)):
        if not wanted & {at[:1], at[:2]} and at != ("core_j",):
            continue
        reasons = json.loads(kept)
        value = found_at(reasons, at)
        put(reasons, at, (value + 5) % 17 if at == ("core_j",) else 1 if value is None else changed(value))
        lied(one, reasons)
        found = failed(weights, one.data)
        assert any(check.startswith(checks.get(at[0], "the thresholds")) for check in found), (at, found)
        seen += 1
    assert len(kinds) >= 5
    assert seen == 2 * 7 + 12 + 4


def test_a_weight_that_does_not_follow_is_named_however_it_was_pinned(weights: ModuleType) -> None:
    one = case()
    w = one.contents.data.w.copy()
    w[240] = 64
    data = replace(one.contents.data, w=w)
    one.sections["records"]["weights"] = proof_file.array(w, "<i4")
    one.manifest["release"]["features"] = features_root(data).hex()
    one.pin()
    (found,) = failed(weights, one.data)
    assert found.startswith("each record's weight")


def test_a_weight_that_changed_with_a_withdrawal_is_named(weights: ModuleType) -> None:
    one = case(gone=(3, 77))
    data = one.contents.data.without([one.contents.data.record_ids[i] for i in (3, 77)])
    w = data.w.copy()
    w[0] ^= 1
    one.manifest["release"]["features"] = features_root(replace(data, w=w)).hex()
    one.pin()
    (found,) = failed(weights, one.data)
    assert found.startswith("the package in use")


def another_text(one: Case) -> None:
    one.lines[5]["record"] = one.lines[5]["record"].replace("0", "1", 1)


def another_salt(one: Case) -> None:
    one.lines[5]["salt"] = "00" * 32


def other_uses(one: Case) -> None:
    one.lines[0]["manifest"] = one.lines[0]["manifest"].replace('"terms":0', '"terms":1', 1)
    one.sections["chain"]["manifest_hash"] = keccak256(one.lines[0]["manifest"].encode()).hex()


def a_record_less(one: Case) -> None:
    del one.lines[-1]


def somebody_trusted(one: Case) -> None:
    one.lines[0]["manifest"] = one.lines[0]["manifest"].replace('"trusted":false', '"trusted":true', 1)


def nobody_trusted_on_the_ledger(one: Case) -> None:
    one.lines[0]["manifest"] = one.lines[0]["manifest"].replace('"trusted":true', '"trusted":false')
    one.sections["chain"]["manifest_hash"] = keccak256(one.lines[0]["manifest"].encode()).hex()


def another_label(one: Case) -> None:
    one.lines[0]["manifest"] = one.lines[0]["manifest"].replace('"label":0', '"label":1', 1)
    one.sections["chain"]["manifest_hash"] = keccak256(one.lines[0]["manifest"].encode()).hex()


def other_rules(one: Case) -> None:
    one.lines[0]["meta"] = one.lines[0]["meta"].replace("Weighed", "Weighted")


def another_order(one: Case) -> None:
    n = len(one.contents.data)
    order = np.arange(n)
    order[:2] = 1, 0
    data = one.contents.data.take(order)
    parts = {"X": (data.x, "<i2"), "labels": (data.y, "<i4"), "weights": (data.w, "<i4")}
    for name, (values, dtype) in parts.items():
        one.sections["records"][name] = proof_file.array(values, dtype)
    ids = np.frombuffer(b"".join(data.record_ids), np.uint8).reshape(n, 32)
    one.sections["records"]["ids"] = proof_file.array(ids, "|u1")
    one.manifest["release"]["features"] = features_root(data).hex()
    one.pin()


CHANGES: list[tuple[Callable[[Case], None], str]] = [
    (another_text, "each record of the release"),
    (another_salt, "each record of the release"),
    (other_uses, "each record of the release"),
    (a_record_less, "each record of the release"),
    (somebody_trusted, "the release, its rules"),
    (nobody_trusted_on_the_ledger, "the thresholds"),
    (another_label, "the model's records"),
    (other_rules, "the release, its rules"),
    (another_order, "the model's records"),
]


@pytest.mark.parametrize(("change", "check"), CHANGES, ids=lambda one: getattr(one, "__name__", ""))
def test_what_was_changed_is_named(weights: ModuleType, change: Callable[[Case], None], check: str) -> None:
    one = case()
    change(one)
    found = failed(weights, one.data)
    assert found[0].startswith(check), found


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    one = case()
    broken = json.loads(json.dumps(one.sections))
    broken["records"]["X"]["data"] = base64.b64encode(b"short").decode()
    one.sections = broken
    for data in (b"", b"PK not a zip", zipped({"weights.json": b"{}"}), one.data):
        done = run("weights", "-", data=data)
        assert done.returncode == 2
        assert done.stdout.startswith(b"FAILED  the file can be read")
        assert not done.stderr
    assert run("weights").returncode == 2
    assert run("weights", tmp_path / "nothing").returncode == 2


def test_no_broken_byte_is_a_crash(weights: ModuleType) -> None:
    """Where a zip says what it is: at its end, and at the head of each file in it."""
    data = case().data
    heads = [place for place in range(len(data) - 4) if data[place : place + 2] == b"PK"]
    for place in heads:
        for offset in range(0, 46, 2):
            broken = bytearray(data)
            broken[min(place + offset, len(data) - 1)] ^= 0x21
            with contextlib.suppress(*weights.BROKEN):
                weights.read(bytes(broken))
