"""The roots a model commits to (PoA-1, section 9): its features, its inverse, its credits, its head.

    featuresRoot   leaf i: tag, u32(i), salt, record id [32], account [20], u32(label), u32(weight), le(x int16 [d])
    inverseRoot    leaf i: tag, u32(i), u32(s), le(V_i int64 [d])
    creditRoot     leaf i: tag, u32(i), salt, le(c_i int64 [K])
    headHash       keccak of: tag (of the family), u32(d), u32(K), u32(j), u32(b), u32(z), le(W int64 [d, K])

u32 is little-endian; tags are ASCII padded with zero bytes to 16; salt = keccak(secret, tag, u32(i)) with the
release's secret of 32 bytes, so an opened leaf tells nothing about its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.keccak import keccak256
from core.merkle import MerkleTree
from core.models.encoders.base import Features

Ints = NDArray[np.int64]


def tag(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


FEATURE, INVERSE, CREDIT = tag("PoA1.feature"), tag("PoA1.inverse"), tag("PoA1.credit")
HEADS = {"ridge": tag("PoA1.head"), "softmax": tag("PoA1.softmax")}


def u32(value: int) -> bytes:
    return int(value).to_bytes(4, "little")


def salt(secret: bytes, name: bytes, index: int) -> bytes:
    return keccak256(secret + name + u32(index))


def feature_payload(
    secret: bytes, index: int, record_id: bytes, account: bytes, label: int, weight: int, x: Features
) -> bytes:
    """One leaf of featuresRoot; `x` int16 [d]."""
    head = FEATURE + u32(index) + salt(secret, FEATURE, index) + record_id + account
    return head + u32(label) + u32(weight) + x.astype("<i2").tobytes()


def features_tree(
    secret: bytes,
    x: Features,
    labels: Ints,
    weights: Ints,
    record_ids: Sequence[bytes],
    accounts: Sequence[bytes],
) -> MerkleTree:
    """Over all n records in the order of the release."""
    assert len(secret) == 32
    rows = zip(record_ids, accounts, labels, weights, x, strict=True)
    return MerkleTree.of([feature_payload(secret, index, *row) for index, row in enumerate(rows)])


def inverse_payload(index: int, scale: int, row: Ints) -> bytes:
    """One leaf of inverseRoot; `row` int64 [d]."""
    return INVERSE + u32(index) + u32(scale) + row.astype("<i8").tobytes()


def inverse_tree(inverse: Ints, scale: int) -> MerkleTree:
    """Over the rows of V int64 [d, d] (softmax: [K d, K d]), fixed point with `scale` = s binary places."""
    return MerkleTree.of([inverse_payload(index, scale, row) for index, row in enumerate(inverse)])


def credit_payload(secret: bytes, index: int, row: Ints) -> bytes:
    """One leaf of creditRoot; `row` int64 [K]; `secret` the release's, as for features."""
    return CREDIT + u32(index) + salt(secret, CREDIT, index) + row.astype("<i8").tobytes()


def credit_tree(secret: bytes, credit: Ints) -> MerkleTree:
    """Over c int64 [n, K] (PoA-1, section 4), in the order of the release."""
    assert len(secret) == 32
    return MerkleTree.of([credit_payload(secret, index, row) for index, row in enumerate(credit)])


def model_roots(
    features: bytes,
    inverse: bytes,
    credit: bytes,
    *,
    records: int,
    width: int,
    labels: int,
    norm_class: int,
    z: int,
    blocks: int,
) -> bytes:
    """What the ledger keeps of a package: keccak(abi.encode(the three roots, n, d, K, b, z, m)), 32 bytes.

    `blocks` is m: 1 for a ridge head, K for a softmax head.
    """
    counts = (records, width, labels, norm_class, z, blocks)
    return keccak256(features + inverse + credit + b"".join(int(value).to_bytes(32, "big") for value in counts))


def head_hash(head: Ints, j: int, norm_class: int, z: int, family: str = "ridge") -> bytes:
    """W int64 [d, K] with the constants that give its integers their meaning."""
    constants = b"".join(u32(value) for value in (*head.shape, j, norm_class, z))
    return keccak256(HEADS[family] + constants + np.ascontiguousarray(head).astype("<i8").tobytes())
