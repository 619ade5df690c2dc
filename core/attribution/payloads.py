"""What is hashed, byte for byte (PoA-1, section 9). Trees over these payloads are core.merkle's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution.influence import Influence
from core.errors import BadInput
from core.keccak import keccak256
from core.models.ridge.exact import Ints
from core.models.ridge.head import Head
from core.models.ridge.statistics import Features

FEATURE, INVERSE, HEAD = b"PoA1.feature", b"PoA1.inverse", b"PoA1.head"
SUMS, U, SCORE = b"PoA1.sums", b"PoA1.u", b"PoA1.score"


def u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _start(tag: bytes, index: int) -> bytes:
    return tag.ljust(16, b"\0") + u32(index)


def leaf_salt(secret: bytes, tag: bytes, index: int) -> bytes:
    """So that an opened leaf tells nothing about its neighbours. `secret` is 32 bytes."""
    if len(secret) != 32:
        raise BadInput(field="salt", reason="length", value=len(secret))
    return keccak256(secret + _start(tag, index))


def features(
    secret: bytes,
    record_ids: Sequence[bytes],
    accounts: Sequence[bytes],
    labels: Sequence[int],
    weights: Sequence[int],
    X: Features,
) -> list[bytes]:
    """featuresRoot: one payload a record; ids 32 bytes, accounts 20."""
    return [
        _start(FEATURE, i) + leaf_salt(secret, FEATURE, i) + _who(one, account) + u32(label) + u32(weight) + row
        for i, (one, account, label, weight, row) in enumerate(
            zip(record_ids, accounts, labels, weights, _rows(X.astype("<i2")), strict=True)
        )
    ]


def _who(record_id: bytes, account: bytes) -> bytes:
    if len(record_id) != 32 or len(account) != 20:
        raise BadInput(field="record", reason="length", value=f"{len(record_id)} {len(account)}")
    return record_id + account


def _rows(array: NDArray[Any]) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(array)]


def inverse(head: Head) -> list[bytes]:
    """inverseRoot: one payload a row of V."""
    return [_start(INVERSE, i) + u32(head.s) + row for i, row in enumerate(_rows(head.V.astype("<i8")))]


def head_hash(head: Head, z: int) -> bytes:
    """headHash: W and every scale it is read with."""
    start = HEAD.ljust(16, b"\0") + b"".join(u32(v) for v in (head.d, head.K, head.j, head.norm_class, z))
    return keccak256(start + head.W.astype("<i8").tobytes())


def sums(secret: bytes, S: Sequence[Sequence[int]]) -> list[bytes]:
    """sumsRoot: one payload a label, int128 entries."""
    return [
        _start(SUMS, k) + leaf_salt(secret, SUMS, k) + b"".join(int(v).to_bytes(16, "little", signed=True) for v in row)
        for k, row in enumerate(S)
    ]


def directions(secret: bytes, influence: Influence) -> list[bytes]:
    """uRoot: one payload a label."""
    return [
        _start(U, k) + leaf_salt(secret, U, k) + u32(influence.e) + row
        for k, row in enumerate(_rows(influence.u.astype("<i4")))
    ]


def scores(secret: bytes, record_ids: Sequence[bytes], accounts: Sequence[bytes], v: int, q: Ints) -> list[bytes]:
    """scoresRoot: one payload a record."""
    return [
        _start(SCORE, i) + leaf_salt(secret, SCORE, i) + _who(one, account) + u32(v) + score
        for i, (one, account, score) in enumerate(
            zip(record_ids, accounts, _rows(q.astype("<i8")[:, None]), strict=True)
        )
    ]
