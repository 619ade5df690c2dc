"""The audit script, written from the specification alone, holds its vectors; so does the double; neither needs us."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from resources import ROOT
from tests.audit.scripts import script

TESTS = Path(__file__).resolve().parents[1]
SCRIPT, DOUBLE = ROOT / "audit" / "audit.py", TESTS / "doubles" / "poa.py"
VECTOR = json.loads((ROOT / "audit" / "vectors.json").read_text(encoding="utf-8"))["10"]


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    return script("audit")


@pytest.fixture
def checker(audit):
    """A check that has read the vector's records."""
    one = audit.Audit.__new__(audit.Audit)
    one.X, one.V, one.W = (np.array(VECTOR[name], np.int64) for name in ("X", "V", "W"))
    one.X = one.X.astype(np.int16)
    one.y, one.w = np.array(VECTOR["y"]), np.array(VECTOR["w"])
    one.K, one.b, one.z, one.s, one.t, one.d = *(VECTOR[name] for name in ("K", "b", "z", "s", "t")), 3
    one.smallest = 2047**2 << VECTOR["j"]
    one.c = np.array(VECTOR["c"])
    return one


def test_the_audit_finds_the_sums_and_the_head(audit, checker) -> None:
    G, B = checker.statistics(checker.w > 0)
    assert (G.tolist(), B.tolist()) == (VECTOR["G"], VECTOR["B"])
    H, eye = G + np.eye(3, dtype=np.int64) * checker.smallest, np.eye(3, dtype=np.int64)
    assert audit.nearest(H, checker.smallest, eye, VECTOR["s"]).tolist() == VECTOR["V"]
    assert audit.nearest(H, checker.smallest, B, VECTOR["t"]).tolist() == VECTOR["W"]


def test_the_audit_finds_the_credits_and_their_roots(checker) -> None:
    checker.records = {"secret": "00" * 32}
    checker.roots = [VECTOR[name] for name in ("featuresRoot", "inverseRoot", "creditRoot")]
    checker.chain = {"roots_hash": VECTOR["modelRoots"]}
    checker.body = {"model_roots": bytes.fromhex(VECTOR["modelRoots"])}
    checker.c = None
    checker.check_credit()
    assert checker.c.tolist() == VECTOR["c"]


def test_the_audit_finds_scores_of_a_settlement_and_of_an_answer(checker) -> None:
    e, u, v, terms, q = checker.influence(np.array(VECTOR["S"], object))
    found = {"e": e, "u": u.tolist(), "v": v, "terms": terms.tolist(), "q": q.tolist(), "U": checker.U.tolist()}
    assert found.items() <= VECTOR.items()
    S = np.zeros((2, 3), object)
    S[VECTOR["label"]] = VECTOR["x"]
    e, u, v, terms, q = checker.influence(S)
    assert {"e": e, "u": u.tolist(), "v": v, "terms": terms.tolist(), "q": q.tolist()} == VECTOR["answer"]


def test_the_audit_divides_as_the_specification_does(audit) -> None:
    assert audit.largest_remainder(VECTOR["pool"], VECTOR["points"]) == VECTOR["amounts"]
    assert audit.largest_remainder(1_000_000, [max(0, value) for value in VECTOR["Q"]]) == VECTOR["shares"]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(str(node.module).split(".")[0])
    return found


def test_neither_imports_anything_of_the_program() -> None:
    assert imported(SCRIPT) - set(sys.stdlib_module_names) == {"numpy", "tiny_keccak", "Crypto"}
    assert imported(SCRIPT.with_name("softmax.py")) - set(sys.stdlib_module_names) == {"numpy"}
    assert imported(DOUBLE) - set(sys.stdlib_module_names) == set()


def test_the_double_runs_where_there_is_no_package_at_all(tmp_path) -> None:
    """-I and -S leave nothing but Python itself on the path."""
    code = f"import runpy; found = runpy.run_path({str(DOUBLE)!r}); import sys; found['records'](5, 3, 2, 1); "
    code += "print(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout.replace("'", '"')) in ([], ["__main__"])
