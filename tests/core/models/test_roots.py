"""The roots a model commits to hold the bytes the specification names."""

from __future__ import annotations

import numpy as np

from core.keccak import keccak256
from core.merkle import MerkleTree, leaf_hash, verify
from core.models import roots

SECRET = bytes(range(32))


def padded(tag: bytes) -> bytes:
    return tag + bytes(16 - len(tag))


def test_a_feature_leaf_is_tag_index_salt_record_account_label_weight_and_row() -> None:
    x = np.array([1, -2, 2047], np.int16)
    salt = keccak256(SECRET + padded(b"PoA1.feature") + b"\x09\0\0\0")
    expected = (
        padded(b"PoA1.feature") + b"\x09\0\0\0" + salt + b"r" * 32 + b"a" * 20
        + b"\x03\0\0\0" + b"\x08\0\0\0" + b"\x01\0\xfe\xff\xff\x07"
    )  # fmt: skip
    assert roots.feature_payload(SECRET, 9, b"r" * 32, b"a" * 20, 3, 8, x) == expected


def test_every_record_can_be_proven_under_the_features_root() -> None:
    x = np.array([[1, 2047], [2, 2047], [3, 2047]], np.int16)
    ids, accounts = [bytes([i]) * 32 for i in range(3)], [bytes(20)] * 3
    tree = roots.features_tree(SECRET, x, np.array([0, 1, 0]), np.array([1, 2, 3]), ids, accounts)
    payload = roots.feature_payload(SECRET, 1, ids[1], accounts[1], 1, 2, x[1])
    assert verify(tree.root, payload, tree.proof(1))
    assert not verify(tree.root, payload[:-1] + b"\0", tree.proof(1))


def test_an_inverse_leaf_is_tag_index_scale_and_row() -> None:
    inverse = np.array([[5, -1], [-1, 7]], np.int64)
    leaves = [
        padded(b"PoA1.inverse") + bytes([i, 0, 0, 0]) + b"\x3d\0\0\0" + inverse[i].astype("<i8").tobytes()
        for i in range(2)
    ]
    assert roots.inverse_tree(inverse, 61).root == MerkleTree([leaf_hash(leaf) for leaf in leaves]).root


def test_the_head_hash_covers_the_scales_and_the_weights() -> None:
    head = np.array([[1, -1], [2, 3], [4, 5]], np.int64)
    constants = b"".join(value.to_bytes(4, "little") for value in (3, 2, 4, 2, 27))
    expected = keccak256(padded(b"PoA1.head") + constants + head.astype("<i8").tobytes())
    assert roots.head_hash(head, 4, 2, 27) == expected
    assert roots.head_hash(np.asfortranarray(head), 4, 2, 27) == expected
