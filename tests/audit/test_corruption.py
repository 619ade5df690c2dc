"""Every single value of a proof file is bound: by a root, a signature, an equation, or by its form alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from core.economy import proof_file
from core.keccak import keccak256
from tests.audit.scripts import changed, found_at, places, put, script
from tests.core.economy import small_case


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    return script("audit")


def failed(audit: ModuleType, document: dict[str, Any]) -> list[str]:
    return [one["check"] for one in audit.Audit(document).results if not one["ok"]]


def mended(audit: ModuleType, document: dict[str, Any], at: tuple[Any, ...], value: Any) -> list[str]:
    """What fails when that value stands there, and the digests are made to fit."""
    found = json.loads(proof_file.canonical(document))
    put(found["sections"], at, value)
    found["digests"] = {n: audit.keccak(proof_file.canonical(part)).hex() for n, part in found["sections"].items()}
    return failed(audit, found)


# What no arithmetic binds: the ledger alone can tell, so a reader compares the section with any node.
LEDGER = {("chain", "block"), ("chain", "block_hash"), ("chain", "status"), ("claim", "taken", "tx")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[proof_file.Contents]:
    kept = small_case.database(tmp_path_factory.mktemp("vault"))
    yield small_case.contents(kept, small_case.model(n=14, d=4, K=2, people=3), 4)
    kept.close()


@pytest.fixture(scope="module")
def small(whole: proof_file.Contents) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(proof_file.export(whole))
    return found


def test_every_single_value_is_bound_by_something(audit: ModuleType, small: dict[str, Any]) -> None:
    unseen = set()
    for at in places(small["sections"]):
        found = mended(audit, small, at, changed(found_at(small["sections"], at)))
        if not found:
            unseen.add(at)
        assert not [one for one in found if one.startswith("section")]
    assert unseen == LEDGER


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("chain", "trust"), "certain"),
        (("chain", "block"), 41.0),
        (("chain", "block"), -1),
        (("chain", "block_hash"), "0x" + "11" * 32),
        (("chain", "is_claimed"), 1),
        (("chain", "contract"), "0x" + "AB" * 20),
        (("chain", "more"), 1),
        (("claim", "taken"), {}),
        (("claim", "taken", "before"), None),
        (("claim", "path", 0), ["11" * 32]),
        (("records", "secret"), None),
        (("records", "X", "shape", 0), 10**30),
        (("records", "X", "shape", 0), -1),
        (("records", "X", "data"), "!"),
        (("calls", "first"), True),
        (("settlement", "total_fee"), "0000000000000001"),
        (("settlement", "total_fee"), "\u0661"),
        (("settlement", "signature"), "00" * 65),
        (("settlement", "payout"), None),
        (("answer", "contributors", 0, "share"), 1.0),
    ],
)
def test_another_form_is_named_and_breaks_nothing(
    audit: ModuleType, small: dict[str, Any], at: tuple[Any, ...], value: Any
) -> None:
    found = mended(audit, small, at, value)
    assert found
    assert not [one for one in found if one.startswith("section")]


def test_a_voucher_that_another_signed_is_seen(
    audit: ModuleType, whole: proof_file.Contents, small: dict[str, Any]
) -> None:
    theirs = small_case.sign(whole.voucher.voucher, keccak256(b"a thief's key"))
    (found,) = mended(audit, small, ("settlement", "signature"), theirs.signature.hex())
    assert found.startswith("the payer signed the voucher")
