"""Bytes that are hashed stand as the specification says."""

from __future__ import annotations

import numpy as np
import pytest

from core.attribution import payloads
from core.attribution.influence import Influence
from core.errors import BadInput
from core.keccak import keccak256

SECRET = bytes(range(32))


def salt(tag: bytes, index: int) -> bytes:
    return keccak256(SECRET + tag.ljust(16, b"\0") + index.to_bytes(4, "little"))


def test_sums_are_signed_128_bit_integers_behind_a_salt() -> None:
    first, second = payloads.sums(SECRET, [[1, -1], [10**30, 0]], 1)
    assert first == b"PoA1.sums".ljust(16, b"\0") + bytes(4) + salt(b"PoA1.sums", 0) + b"\1" + bytes(15) + b"\xff" * 16
    assert second[52:68] == (10**30).to_bytes(16, "little")
    assert len(second) == 16 + 4 + 32 + 32


def test_directions_are_32_bit_integers_with_their_shift() -> None:
    made = Influence(np.zeros(1, np.int64), 0, np.array([[1, -2]], np.int32), 7, 3)
    assert payloads.directions(SECRET, made) == [
        b"PoA1.u".ljust(16, b"\0") + bytes(4) + salt(b"PoA1.u", 0) + b"\7\0\0\0" + b"\1\0\0\0" + b"\xfe\xff\xff\xff"
    ]


def test_scores_name_record_account_and_terms() -> None:
    made = payloads.scores(SECRET, [b"r" * 32], [b"a" * 20], np.array([-1]), np.array([[2, -1]]))
    start = b"PoA1.score".ljust(16, b"\0") + bytes(4)
    terms = b"\2" + bytes(7) + b"\xff" * 8
    assert made == [start + salt(b"PoA1.score", 0) + b"r" * 32 + b"a" * 20 + b"\xff" * 8 + terms]


def test_score_leaves_stand_by_account_then_by_age() -> None:
    assert payloads.score_order([b"\2" + bytes(19), b"\1" + bytes(19), b"\2" + bytes(19)]) == [1, 0, 2]


def test_secrets_ids_and_accounts_of_other_lengths_are_refused() -> None:
    with pytest.raises(BadInput):
        payloads.sums(b"short", [[1]], 1)
    with pytest.raises(BadInput):
        payloads.scores(SECRET, [b"r" * 31], [b"a" * 20], np.array([1]), np.array([[1, 1]]))
    with pytest.raises(BadInput):
        payloads.scores(SECRET, [b"r" * 32], [b"a" * 19], np.array([1]), np.array([[1, 1]]))
