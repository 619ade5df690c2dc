"""Consent is data: what was agreed can be proven, and a trainer cannot get at the rest."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.datanets import canonical
from core.datanets.consent import Consent, Terms, allowed, require
from core.errors import BadInput, DatanetError
from core.keccak import keccak256
from core.merkle import MerkleTree

LEAVES = [bytes([n]) * 32 for n in range(1, 5)]
SALT = bytes([6]) * 32
ROOT = MerkleTree(LEAVES).root
PAIR = MerkleTree(LEAVES[:2]).root
OPEN = Terms("CC0-1.0", frozenset({"train", "evaluate"}))
SHUT = Terms("CC-BY-4.0", frozenset({"evaluate"}))


@dataclass(frozen=True)
class Item:
    uses: frozenset[str]
    withdrawn: bool = False


def test_terms_are_kept_record_by_record() -> None:
    made = Consent.of(LEAVES, SALT, [OPEN, OPEN, SHUT, OPEN])
    plain = canonical.decode(made.document, field="consent", limit=10_000)
    assert plain["terms"] == [
        {"licence": "CC0-1.0", "uses": ["evaluate", "train"]},
        {"licence": "CC-BY-4.0", "uses": ["evaluate"]},
    ]
    assert plain["records"] == [[0, 2], [1, 1], [0, 1]]
    assert Consent.parse(made.document, root=ROOT, consent_hash=made.hash).terms == (OPEN, OPEN, SHUT, OPEN)


def test_the_hash_binds_root_order_terms_and_salt() -> None:
    hashes = {
        Consent.of(LEAVES[:2], SALT, [OPEN, OPEN]).hash,
        Consent.of(LEAVES[1::-1], SALT, [OPEN, OPEN]).hash,  # the same root: the tree does not see who is first
        Consent.of(LEAVES[2:], SALT, [OPEN, OPEN]).hash,
        Consent.of(LEAVES[:2], ROOT, [OPEN, OPEN]).hash,
        Consent.of(LEAVES[:2], SALT, [OPEN, SHUT]).hash,
        Consent.of(LEAVES[:2], SALT, [SHUT, OPEN]).hash,
    }
    assert len(hashes) == 6


def test_a_document_that_does_not_fit_the_ledger_is_refused() -> None:
    made = Consent.of(LEAVES[:2], SALT, [OPEN, SHUT])
    with pytest.raises(BadInput):
        Consent.parse(made.document, root=PAIR, consent_hash=bytes(32))
    with pytest.raises(BadInput):
        Consent.parse(made.document, root=SALT, consent_hash=made.hash)


@pytest.mark.parametrize(
    "change",
    [
        {"count": 3},
        {"records": [[0, 1], [2, 1]]},
        {"records": [[0, 0], [1, 2]]},
        {"records": [[0, 2**60], [1, 1]]},
        {"records": [["0", 2]]},
        {"terms": [{"licence": "CC0-1.0", "uses": ["sell"]}] * 2},
        {"terms": [{"licence": "", "uses": ["train"]}] * 2},
        {"terms": [{"licence": "CC0-1.0", "uses": []}] * 2},
        {"v": 2},
        {"order": "00"},
        {"order": 7},
        {"root": "00" * 32},
        {"extra": 1},
    ],
)
def test_malformed_documents_are_refused_even_with_the_right_hash(change: dict[str, object]) -> None:
    plain = canonical.decode(Consent.of(LEAVES[:2], SALT, [OPEN, SHUT]).document, field="consent", limit=10_000)
    document = canonical.encode({**plain, **change})
    with pytest.raises(BadInput):
        Consent.parse(document, root=PAIR, consent_hash=keccak256(document))


def test_a_trainer_gets_only_what_was_given_for_training_and_not_taken_back() -> None:
    free, test_only = Item(frozenset({"train", "share"})), Item(frozenset({"evaluate"}))
    gone = Item(frozenset({"train"}), withdrawn=True)
    assert allowed([free, test_only, gone], "train") == [free]
    assert allowed([free, test_only, gone], "evaluate") == [test_only]
    require([free], "train")
    with pytest.raises(DatanetError) as refused:
        require([free, test_only, gone], "train")
    assert (refused.value.reason, refused.value.records) == ("consent", 2)
    with pytest.raises(BadInput):
        allowed([free], "sell")
