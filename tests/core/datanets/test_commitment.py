"""A commitment hides its record from everybody, and its owner finds it again with nothing but the phrase."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from core.datanets.commitment import Claimed, Place, Salts, leaf_of, leaf_payload, owned
from core.datanets.record import Record
from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import MerkleTree, verify
from core.units import Address

KEY = bytes(range(32))
PLACE = Place(1337, Address(bytes([7]) * 20), 2)
ME = Address(bytes([10]) * 20)


def test_salts_follow_the_written_rule() -> None:
    place = (1337).to_bytes(32, "big") + bytes([7]) * 20 + (2).to_bytes(32, "big")
    nonce = hmac.new(KEY, b"openledger/contribution/1" + place + ME.raw + (3).to_bytes(8, "big"), hashlib.sha256)
    salt = hmac.new(KEY, b"openledger/salt/1" + place + nonce.digest() + (5).to_bytes(4, "big"), hashlib.sha256)
    salts = Salts(KEY, PLACE, ME, 3)
    assert salts.nonce == nonce.digest()
    assert salts.salt(5) == salt.digest()


def test_a_leaf_is_the_double_hash_of_content_hash_and_salt() -> None:
    content, salt = keccak256(b"record"), bytes(32)
    assert leaf_of(content, salt) == keccak256(keccak256(content + salt))
    leaves = [leaf_of(content, bytes([n]) * 32) for n in range(5)]
    tree = MerkleTree(leaves)
    assert verify(tree.root, leaf_payload(content, bytes([3]) * 32), tree.proof(3))
    assert not verify(tree.root, leaf_payload(content, bytes([9]) * 32), tree.proof(3))


def test_equal_records_never_have_equal_leaves() -> None:
    content = keccak256(b"the same record")
    elsewhere = Place(1338, PLACE.contract, PLACE.number)
    variants = [
        Salts(KEY, PLACE, ME, 1).salt(0),
        Salts(KEY, PLACE, ME, 1).salt(1),
        Salts(KEY, PLACE, ME, 2).salt(0),
        Salts(KEY, PLACE, Address(bytes([11]) * 20), 1).salt(0),
        Salts(KEY, elsewhere, ME, 1).salt(0),
        Salts(bytes(32), PLACE, ME, 1).salt(0),
        Salts(KEY, PLACE, ME, 1).consent,
    ]
    assert len({leaf_of(content, salt) for salt in variants}) == len(variants)


def test_the_phrase_alone_finds_what_is_mine_among_the_records_of_a_release() -> None:
    records = [Record(f"text number {n}", "a", "CC0-1.0", frozenset({"train"})) for n in range(6)]
    mine, theirs = Salts(KEY, PLACE, ME, 2), Salts(bytes(32), PLACE, ME, 2)
    claimed = [
        Claimed(leaf_of(record.content_hash, (mine if n % 2 else theirs).salt(n)), n, record.content_hash)
        for n, record in enumerate(records)
    ]
    found = owned(KEY, PLACE, ME, claimed, contributions=1)  # the first sequence never reached the ledger
    assert [(each.index, each.sequence) for each in found] == [(1, 2), (3, 2), (5, 2)]
    assert all(each.salt == mine.salt(each.index) for each in found)


def test_keys_sequences_and_places_out_of_range_are_refused() -> None:
    with pytest.raises(BadInput):
        Salts(b"short", PLACE, ME, 1)
    with pytest.raises(BadInput):
        Salts(KEY, PLACE, ME, 0)
    with pytest.raises(BadInput):
        Place(0, PLACE.contract, 1)
    with pytest.raises(BadInput):
        Place(1, PLACE.contract, 0)
