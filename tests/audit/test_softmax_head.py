"""The audit script checks a softmax model's settlement as it does a ridge model's, by code of its own; forgers fall."""

from __future__ import annotations

import importlib.util
import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.economy import proof_file
from resources import ROOT
from tests.audit.test_audit import FORGERIES, failed
from tests.core.economy import small_case

SCRIPT = ROOT / "audit" / "audit.py"
VECTOR = json.loads((ROOT / "audit" / "vectors.json").read_text(encoding="utf-8"))["14"]
NAMES = (
    "a feature", "the inverse", "the head", "a sum", "a direction", "the model's roots", "the credits",
    "a record's influence", "a contributor's share",
)  # fmt: skip


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_of_softmax", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    kept = small_case.database(tmp_path_factory.mktemp("vault"))
    try:
        return proof_file.export(small_case.contents(kept, small_case.model(n=60, d=5, family="softmax"), 25))
    finally:
        kept.close()


def test_a_true_file_passes_every_check_from_anywhere(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "settlement.proof.json"
    path.write_bytes(raw)
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert len(done.stdout.splitlines()) == 26


@pytest.mark.parametrize("name", NAMES)
def test_a_forger_who_mends_the_digests_is_caught_by_the_arithmetic(audit: ModuleType, raw: bytes, name: str) -> None:
    forge, check = FORGERIES[name]
    document = json.loads(raw)
    forge(document["sections"])
    parts = document["sections"].items()
    document["digests"] = {part: audit.keccak(proof_file.canonical(value)).hex() for part, value in parts}
    assert any(one.startswith(check) for one in failed(audit, document))


@pytest.fixture
def checker(audit: ModuleType) -> Any:
    """A check that has read the records of the specification's vector."""
    one = audit.Audit.__new__(audit.Audit)
    one.X, one.y, one.w = np.array(VECTOR["X"], np.int16), np.array(VECTOR["y"]), np.array(VECTOR["w"])
    one.V, one.W = np.array(VECTOR["V"]), np.array(VECTOR["W"]).reshape(3, 3)
    one.K, one.d, one.b, one.j, one.z = 3, 3, *(VECTOR[name] for name in "bjz")
    one.s, one.t, one.smallest = 62 - one.b + one.j, 52, 2047**2 << one.j
    found = runpy.run_path(str(SCRIPT.with_name("softmax.py")))
    vars(one).update(found["instead"](one, audit.times, audit.need))
    return one


def test_the_script_finds_every_integer_of_the_specification(audit: ModuleType, checker: Any) -> None:
    H = checker.statistics(None)[0] + np.eye(9, dtype=np.int64) * checker.smallest
    assert H.tolist() == VECTOR["H"]
    V = audit.nearest(H, checker.smallest - checker.rounded, np.eye(9, dtype=np.int64), checker.s)
    assert V.tolist() == VECTOR["V"]
    assert checker.without(checker.w < 0).tolist() == VECTOR["W"]
    checker.c = checker.credit().astype(np.int64)
    assert checker.c.tolist() == VECTOR["c"]
    e, u, v, terms, q = checker.influence(np.array(VECTOR["S"], object))
    found = {"e": e, "u": u.tolist(), "v": v, "terms": terms.tolist(), "q": q.tolist(), "U": checker.U.tolist()}
    assert found.items() <= VECTOR.items()


def test_a_system_that_floats_do_not_settle_is_solved_without_them(checker: Any) -> None:
    checker.statistics(None)
    made = checker.credit.__self__
    for i in range(6):
        N, r = made.system(i)
        rows = [[int(v) for v in row] + [int(end)] for row, end in zip(N, r, strict=True)]
        assert made.eliminated(rows).tolist() == VECTOR["c"][i]
