"""The receipt of a withdrawal says exactly which records left which snapshot, and its hash stands for it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from core.economy import withdrawal
from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import MerkleTree

LEAVES = [keccak256(bytes([n])) for n in range(7)]
GONE = [LEAVES[5], LEAVES[2]]
LEFT = [leaf for leaf in LEAVES if leaf not in GONE]
OLD, NEW = keccak256(b"old"), keccak256(b"new")


def made(**values: object) -> withdrawal.Receipt:
    given = {
        "chain_id": 2**60,
        "model": 3,
        "old_package": OLD,
        "new_package": NEW,
        "scratch_package": NEW,
        "old_leaves": LEAVES,
        "withdrawn": GONE,
        "old_features_root": keccak256(b"old features"),
        "new_features_root": keccak256(b"new features"),
        "before": withdrawal.Metrics(1200, 900),
        "after": withdrawal.Metrics(1200, 899),
        "at": 1_700_000_000,
    }
    return withdrawal.receipt(**given | values)


def test_the_receipt_names_both_snapshots_and_the_records_between() -> None:
    found = made()
    assert (found.old_leaves_root, found.new_leaves_root) == (MerkleTree(LEAVES).root, MerkleTree(LEFT).root)
    assert found.withdrawn == (LEAVES[2], LEAVES[5])
    assert found.hash == keccak256(found.document())
    withdrawal.check(found.document(), found.hash, LEAVES, LEFT)


def test_the_document_is_canonical_json_of_plain_values() -> None:
    document = made().document()
    value = json.loads(document)
    assert document == json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    assert (value["old"]["right"], value["new"]["right"], value["chain_id"]) == (900, 899, str(2**60))


def test_held_out_records_that_leave_are_named_apart_from_the_snapshot() -> None:
    apart = [keccak256(b"held out")]
    found = made(unmeasured=apart, after=withdrawal.Metrics(1199, 899))
    value = json.loads(found.document())
    assert (value["version"], value["unmeasured"]) == (2, [apart[0].hex()])
    assert (made().document().find(b"unmeasured"), json.loads(made().document())["version"]) == (-1, 1)
    withdrawal.check(found.document(), found.hash, LEAVES, LEFT)
    alone = made(withdrawn=[], unmeasured=apart)
    assert alone.old_leaves_root == alone.new_leaves_root
    withdrawal.check(alone.document(), alone.hash, LEAVES, LEAVES)
    for wrong in ({"unmeasured": [LEAVES[0]]}, {"unmeasured": apart * 2}, {"unmeasured": [], "withdrawn": []}):
        with pytest.raises(BadInput):
            made(**wrong)


def test_the_order_of_asking_changes_nothing() -> None:
    assert made(withdrawn=GONE[::-1]).hash == made().hash


@pytest.mark.parametrize(
    "values",
    [
        {"withdrawn": []},
        {"withdrawn": [GONE[0], GONE[0]]},
        {"withdrawn": [keccak256(b"never there")]},
        {"new_package": OLD},
        {"scratch_package": OLD},
        {"old_package": b"short"},
    ],
)
def test_a_receipt_that_would_not_be_true_is_not_made(values: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        made(**values)


def test_more_right_answers_than_questions_are_refused() -> None:
    with pytest.raises(BadInput):
        withdrawal.Metrics(10, 11)


def test_a_lie_about_the_snapshots_is_seen() -> None:
    found = made()
    for old, new in ((LEAVES, LEAVES), (LEAVES, LEFT[::-1]), (LEAVES[:-1], LEFT), (LEAVES, LEFT[1:])):
        with pytest.raises(BadInput):
            withdrawal.check(found.document(), found.hash, old, new)


def test_a_changed_document_is_not_the_one_on_the_ledger() -> None:
    found = made()
    for document in (
        found.document() + b" ",
        found.document().replace(b'"right":899', b'"right":900'),
        dataclasses.replace(found, at=1).document(),
        b"{}",
        b"not JSON",
    ):
        with pytest.raises(BadInput):
            withdrawal.check(document, found.hash, LEAVES, LEFT)
    for document in (found.document() + b" ", b"{}", b"not JSON", b"[]"):
        with pytest.raises(BadInput):
            withdrawal.check(document, keccak256(document), LEAVES, LEFT)
