"""What a settlement commits to, byte for byte (PoA-1, section 9); the roots of a model are in core.models.roots.

Trees over these payloads are core.merkle's. `secret` is the settlement's 32 bytes: opened leaves stay apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from core.attribution.influence import Influence
from core.errors import BadInput
from core.models.ridge.exact import Ints
from core.models.roots import salt, tag, u32

SUMS, U, SCORE = tag("PoA1.sums"), tag("PoA1.u"), tag("PoA1.score")


def sums(secret: bytes, S: Sequence[Sequence[int]] | NDArray[Any], blocks: int) -> list[bytes]:
    """For sumsRoot: one payload for every `blocks` labels (1, or all of a softmax head), int128 entries. Raises
    BadInput.
    """
    _check_secret(secret)
    rows = [b"".join(int(v).to_bytes(16, "little", signed=True) for v in row) for row in S]
    whole = [b"".join(rows[start : start + blocks]) for start in range(0, len(rows), blocks)]
    return [SUMS + u32(leaf) + salt(secret, SUMS, leaf) + row for leaf, row in enumerate(whole)]


def directions(secret: bytes, influence: Influence) -> list[bytes]:
    """For uRoot: one payload a label. Raises BadInput."""
    _check_secret(secret)
    return [
        U + u32(k) + salt(secret, U, k) + u32(influence.e) + row.astype("<i4").tobytes()
        for k, row in enumerate(influence.u)
    ]


def scores(secret: bytes, record_ids: Sequence[bytes], accounts: Sequence[bytes], q: Ints, terms: Ints) -> list[bytes]:
    """For scoresRoot: one payload a record, in the order of the release; `score_order` is that of the leaves.

    ids 32 bytes, accounts 20, q int64 [n], terms int64 [n, K] (`influence.terms`). Raises BadInput.
    """
    _check_secret(secret)
    if {len(one) for one in record_ids} - {32} or {len(account) for account in accounts} - {20}:
        raise BadInput(field="record", reason="length")
    return [
        SCORE + u32(i) + salt(secret, SCORE, i) + one + account + score.tobytes() + row.tobytes()
        for i, (one, account, score, row) in enumerate(
            zip(record_ids, accounts, q.astype("<i8"), terms.astype("<i8"), strict=True)
        )
    ]


def score_order(accounts: Sequence[bytes]) -> list[int]:
    """The records in the order of their leaves: by account as a number, then as in the release."""
    return sorted(range(len(accounts)), key=lambda i: accounts[i])  # equal lengths: bytes compare as numbers do


def _check_secret(secret: bytes) -> None:
    if len(secret) != 32:
        raise BadInput(field="salt", reason="length", value=len(secret))
