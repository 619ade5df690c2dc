"""What a settlement commits to, byte for byte (PoA-1, section 9); the roots of a model are in core.models.roots.

Trees over these payloads are core.merkle's. `secret` is the settlement's 32 bytes: opened leaves stay apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution.influence import Influence
from core.errors import BadInput
from core.models.ridge.exact import Ints
from core.models.roots import salt, tag, u32

SUMS, U, SCORE = tag("PoA1.sums"), tag("PoA1.u"), tag("PoA1.score")


def sums(secret: bytes, S: Sequence[Sequence[int]] | NDArray[Any]) -> list[bytes]:
    """For sumsRoot: one payload a label, int128 entries. Raises BadInput."""
    _check_secret(secret)
    return [
        SUMS + u32(k) + salt(secret, SUMS, k) + b"".join(int(v).to_bytes(16, "little", signed=True) for v in row)
        for k, row in enumerate(S)
    ]


def directions(secret: bytes, influence: Influence) -> list[bytes]:
    """For uRoot: one payload a label. Raises BadInput."""
    _check_secret(secret)
    return [
        U + u32(k) + salt(secret, U, k) + u32(influence.e) + row.astype("<i4").tobytes()
        for k, row in enumerate(influence.u)
    ]


def scores(secret: bytes, record_ids: Sequence[bytes], accounts: Sequence[bytes], v: int, q: Ints) -> list[bytes]:
    """For scoresRoot: one payload a record; ids 32 bytes, accounts 20. Raises BadInput."""
    _check_secret(secret)
    if {len(one) for one in record_ids} - {32} or {len(account) for account in accounts} - {20}:
        raise BadInput(field="record", reason="length")
    return [
        SCORE + u32(i) + salt(secret, SCORE, i) + one + account + u32(v) + np.int64(score).astype("<i8").tobytes()
        for i, (one, account, score) in enumerate(zip(record_ids, accounts, q, strict=True))
    ]


def _check_secret(secret: bytes) -> None:
    if len(secret) != 32:
        raise BadInput(field="salt", reason="length", value=len(secret))
