"""The audit script agrees with the program to the last integer, shares nothing with it, and sees every changed byte."""

from __future__ import annotations

import base64
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.economy import proof_file
from core.keccak import keccak256
from core.storage import Database
from core.units import Amount
from resources import ROOT
from tests.audit.scripts import imported, script
from tests.core.economy import small_case

SCRIPT = ROOT / "audit" / "audit.py"
SECTIONS = ("chain", "manifest", "release", "records", "head", "calls", "settlement", "answer", "claim")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    found = small_case.database(tmp_path_factory.mktemp("vault"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def whole(kept: Database) -> proof_file.Contents:
    return small_case.contents(kept, small_case.model(n=60, d=7), 25)


@pytest.fixture(scope="module")
def raw(whole: proof_file.Contents) -> bytes:
    return proof_file.export(whole)


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    return script("audit")


def failed(audit: ModuleType, document: dict[str, Any]) -> list[str]:
    return [one["check"] for one in audit.Audit(document).results if not one["ok"]]


def run(path: Path, *more: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    """Isolated, from elsewhere, so that nothing of this program can be found by accident."""
    start = f"{before}; import runpy, sys; sys.argv = ['audit.py', *{[str(path), *more]!r}]; "
    start += f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-I", "-c", start], cwd=path.parent, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_script_is_short_and_stands_alone() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) < 400
    names = imported(SCRIPT)
    assert names == {"base64", "json", "math", "os", "re", "runpy", "sys", "numpy", "tiny_keccak", "Crypto"}


@pytest.mark.parametrize("before", ["pass", "import sys; sys.modules['tiny_keccak'] = None"])
def test_a_true_file_passes_every_check(raw: bytes, tmp_path: Path, before: str) -> None:
    path = tmp_path / "settlement.proof.json"
    path.write_bytes(raw)
    done = run(path, before=before)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 26
    assert all(line.startswith("ok ") for line in lines[:-1])


def test_it_answers_in_json_too(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "settlement.proof.json"
    path.write_bytes(raw)
    answer = json.loads(run(path, "--json").stdout)
    assert answer["ok"] is True
    assert all(one["ok"] for one in answer["checks"])
    path.write_bytes(raw.replace(b'"trust":"proven"', b'"trust":"quorum"'))
    done = run(path, "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"]) == (1, False)
    assert [one["check"] for one in answer["checks"] if not one["ok"]] == ["section chain is whole"]


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b"{" * 100_000, b'{"format": 1}'])
def test_what_is_no_proof_file_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    done = run(path)
    assert done.returncode == 2
    assert done.stdout.startswith("FAILED  the file can be read")
    assert "Traceback" not in done.stderr


def test_a_missing_file_or_argument_is_said(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere.json").returncode == 2
    done = run(tmp_path / "a", str(tmp_path / "b"))
    assert done.returncode == 2
    assert "audit.py FILE" in done.stderr


@pytest.mark.parametrize("section", SECTIONS)
def test_one_changed_byte_in_a_section_is_named(audit: ModuleType, raw: bytes, tmp_path: Path, section: str) -> None:
    text = proof_file.canonical(json.loads(raw)["sections"][section])
    start = raw.index(text)
    letters = [i for i in range(start, start + len(text)) if chr(raw[i]).isalnum() and chr(raw[i - 1]).isalnum()]
    at = letters[len(letters) // 2]
    other = ord("1") if raw[at] != ord("1") else ord("2")
    path = tmp_path / "changed.json"
    path.write_bytes(raw[:at] + bytes([other]) + raw[at + 1 :])
    document = audit.read(path)
    assert f"section {section} is whole" in failed(audit, document)


def test_a_broken_syntax_is_a_file_that_cannot_be_read(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    for at in (0, raw.index(b'":{'), len(raw) - 2):
        path.write_bytes(raw[:at] + b"x" + raw[at + 1 :])
        assert run(path).returncode == 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_changed_byte_goes_unseen(audit: ModuleType, raw: bytes, tmp_path: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != raw[at]))
    path = tmp_path / "changed.json"
    path.write_bytes(raw[:at] + bytes([byte]) + raw[at + 1 :])
    try:
        document = audit.read(path)
    except (ValueError, TypeError, AttributeError):
        return
    assert failed(audit, document)


def change(section: dict[str, Any], name: str, dtype: str, at: tuple[int, ...], by: int = 1) -> None:
    """One entry of an array, as a forger would change it."""
    value = section[name]
    array = np.frombuffer(base64.b64decode(value["data"]), dtype).reshape(value["shape"]).copy()
    array[at] += by
    section[name] = proof_file.array(array, dtype)


def swap_accounts(s: dict[str, Any]) -> None:
    value = s["records"]["accounts"]
    array = np.frombuffer(base64.b64decode(value["data"]), "|u1").reshape(value["shape"]).copy()
    array[[0, 1]] = array[[1, 0]]
    s["records"]["accounts"] = proof_file.array(array, "|u1")


def move_a_wei(s: dict[str, Any]) -> None:
    first, second = s["settlement"]["payout"][:2]
    first["amount"], second["amount"] = str(int(first["amount"]) + 1), str(int(second["amount"]) - 1)


def word(s: dict[str, Any], place: int, value: int | None) -> None:
    """Another word in the body (None: one bit of it), under a name that fits."""
    raw = bytearray.fromhex(s["chain"]["body"])
    value = raw[32 * place + 31] ^ 1 if value is None else value
    raw[32 * place : 32 * place + 32] = value.to_bytes(32, "big")
    s["chain"].update(body=raw.hex())
    if place != 1:
        s["chain"].update(settlement=keccak256(keccak256(bytes(raw)) + bytes.fromhex(s["chain"]["payout_root"])).hex())


def other_credits(s: dict[str, Any]) -> None:
    manifest = json.loads(s["manifest"]["text"]) | {"creditRoot": "22" * 32}
    s["manifest"]["text"] = proof_file.canonical(manifest).decode()


FORGERIES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "a feature": (lambda s: change(s["records"], "X", "<i2", (3, 2)), "the release has its root"),
    "a label": (lambda s: change(s["records"], "labels", "<i4", (3,), 1), "the release has its root"),
    "a weight": (lambda s: change(s["records"], "weights", "<i4", (1,), -1), "the release has its root"),
    "two owners": (swap_accounts, "the release has its root"),
    "a leaf": (lambda s: change(s["release"], "leaves", "|u1", (60, 3)), "the release has its root"),
    "the inverse": (lambda s: change(s["head"], "V", "<i8", (2, 4)), "V is the certified inverse"),
    "the head": (lambda s: change(s["head"], "W", "<i8", (2, 1)), "W is the certified head"),
    "the manifest": (lambda s: s["manifest"].update(text=s["manifest"]["text"] + " "), "the manifest is the one"),
    "a question": (lambda s: change(s["calls"], "x", "<i2", (4, 1)), "the payer's calls"),
    "a fee": (lambda s: change(s["calls"], "fees", "|u1", (4, 0)), "the payer's calls"),
    "a time": (lambda s: change(s["calls"], "times", "<i8", (4,)), "the payer's calls"),
    "a salt": (lambda s: change(s["calls"], "salts", "|u1", (4, 9)), "the payer's calls"),
    "the first number": (lambda s: s["calls"].update(first=2), "the payer's calls"),
    "a sum": (lambda s: change(s["settlement"], "sums", "|u1", (1, 2, 0)), "the sums by label"),
    "a direction": (lambda s: change(s["settlement"], "u", "<i4", (1, 2)), "every record's score"),
    "a score": (lambda s: change(s["settlement"], "scores", "<i8", (7,)), "every record's score"),
    "a scale": (lambda s: s["settlement"].update(v=s["settlement"]["v"] + 1), "every record's score"),
    "the total": (lambda s: s["settlement"].update(total_fee="1"), "the fees of the calls"),
    "the split": (lambda s: s["chain"].update(split=[6001, 2499, 1000, 500]), "the fees of the calls"),
    "a wei": (move_a_wei, "each contributor's part"),
    "the payer": (lambda s: word(s, 1, 0x1111), "the settlement's name"),
    "the pool": (lambda s: word(s, 7, 5), "the fees of the calls"),
    "the builder's part": (lambda s: word(s, 9, 5), "the fees of the calls"),
    "the statements": (lambda s: word(s, 19, 5), "the payer's calls"),
    "the sums": (lambda s: word(s, 20, 5), "the sums by label"),
    "the directions": (lambda s: word(s, 21, 5), "every record's score"),
    "the scores": (lambda s: word(s, 22, 5), "every record's score"),
    "the largest entry": (lambda s: word(s, 27, None), "every record's score"),
    "the payouts": (lambda s: s["chain"].update(payout_root="22" * 32), "each contributor's part"),
    "the settlement's name": (lambda s: s["chain"].update(settlement="22" * 32), "the settlement's name"),
    "a fallen settlement": (lambda s: s["chain"].update(status=3), "the settlement's name"),
    "the window": (lambda s: s["chain"].update(claimable_at=5), "the settlement's name"),
    "the model's roots": (lambda s: s["chain"].update(roots_hash="22" * 32), "each record's coefficients"),
    "the credits": (other_credits, "each record's coefficients"),
    "the answer's scores": (lambda s: change(s["answer"], "scores", "<i8", (0,)), "the answer, and each record"),
    "a record's influence": (lambda s: change(s["answer"], "records", "<i8", (9,)), "the answer, and each record"),
    "a contributor's share": (
        lambda s: s["answer"]["contributors"][0].update(share=1),
        "each contributor's influence on the answer",
    ),
    "a contributor's influence": (
        lambda s: s["answer"]["contributors"][2].update(influence="5"),
        "each contributor's influence on the answer",
    ),
    "the claim's amount": (lambda s: s["claim"].update(amount="5"), "the claim is a leaf"),
    "the claim's account": (lambda s: s["claim"].update(account="0x" + "11" * 20), "the claim is a leaf"),
    "the claim's place": (lambda s: s["claim"].update(index=-1), "the claim is a leaf"),
    "the claim's path": (lambda s: s["claim"].update(path=s["claim"]["path"][:-1]), "the claim is a leaf"),
    "a sum on the path": (lambda s: s["claim"]["path"][0].__setitem__(1, "5"), "the claim is a leaf"),
    "the balance": (lambda s: s["claim"]["taken"].update(after="5"), "the claim is a leaf"),
    "a claim never made": (lambda s: s["chain"].update(is_claimed=False), "the claim is a leaf"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forger_who_mends_the_digests_is_caught_by_the_arithmetic(audit: ModuleType, raw: bytes, name: str) -> None:
    forge, check = FORGERIES[name]
    document = json.loads(raw)
    sections = document["sections"]
    forge(sections)
    document["digests"] = {n: audit.keccak(proof_file.canonical(part)).hex() for n, part in sections.items()}
    found = failed(audit, document)
    assert not [one for one in found if one.startswith("section")]
    assert any(one.startswith(check) for one in found), found


def test_an_answer_the_model_did_not_give_is_seen(audit: ModuleType, raw: bytes) -> None:
    document = json.loads(raw)
    change(document["sections"]["calls"], "answered", "<i4", (3,), by=1)
    assert any(one.startswith("the payer's calls") for one in failed(audit, document))


def test_a_leaf_not_taken_yet_is_checked_without_its_balance(audit: ModuleType, whole: proof_file.Contents) -> None:
    results = audit.Audit(json.loads(proof_file.export(small_case.untaken(whole)))).results
    assert all(one["ok"] for one in results)
    assert results[-1]["detail"].endswith("not taken yet")


def test_calls_settled_before_stand_in_the_tree_but_are_not_paid_again(audit: ModuleType, tmp_path: Path) -> None:
    """A voucher signed before an earlier one was posted covers calls that are already settled."""
    from core.economy import settlement, usage

    kept, made = small_case.database(tmp_path), small_case.model(n=60, d=7)
    small_case.call(kept, made, 12)
    first = usage.label_sums(usage.statements(kept, small_case.channel(), 1, 5), 3)
    bill = usage.next_bill(kept, small_case.channel(), 3, settled_nonce=0, settled=Amount(0), secret=small_case.SECRET)
    signed, statements = small_case.sign(bill.voucher), bill.statements
    done = settlement.compute(
        bill.voucher,
        bill.secret,
        bill.sums.sums,
        made.tables,
        small_case.SPLIT,
        previous=5,
        amount=bill.voucher.total_fee - first.fee,
        datanet=4,
        staked=False,
    )
    contents = proof_file.Contents(
        done,
        signed,
        statements,
        made.manifest,
        small_case.FEATURES_SECRET,
        made.leaves,
        small_case.on_chain(done, made, is_claimed=False),
        7,
        done.paid[0].account,
        None,
    )
    assert failed(audit, json.loads(proof_file.export(contents))) == []
    kept.close()


@pytest.mark.parametrize(("K", "people", "seed"), [(2, 1, 1), (5, 7, 2), (7, 2, 8)])
def test_it_agrees_on_other_shapes(audit: ModuleType, tmp_path: Path, K: int, people: int, seed: int) -> None:
    made = small_case.model(n=80, d=11, K=K, people=people + 1, seed=seed)
    kept = small_case.database(tmp_path)
    contents = small_case.contents(kept, made, 30)
    assert failed(audit, json.loads(proof_file.export(contents))) == []
    closer = dataclasses.replace(contents, answer=1, claimant=contents.settlement.paid[-1].account, claim=None)
    closer = small_case.untaken(closer)
    assert failed(audit, json.loads(proof_file.export(closer))) == []
    kept.close()
