"""A transaction's hash as people paste it."""

from __future__ import annotations

import pytest

from core.client.receipts import parse_hash, plain_values
from core.errors import BadInput

HASH = "7a" * 32


@pytest.mark.parametrize("text", [f"0x{HASH}", HASH, f"  0x{HASH.upper()}\n", f"0x{HASH[:32]} {HASH[32:]}"])
def test_a_hash_is_taken_as_it_was_copied(text: str) -> None:
    assert parse_hash(text) == b"\x7a" * 32


@pytest.mark.parametrize("text", ["", "0x", "0x7a", HASH + "00", "0x" + "zz" * 32, "not a hash"])
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a hash"):
        parse_hash(text)


def test_values_inside_a_structure_are_told_one_by_one() -> None:
    arguments = {"modelId": 1, "roots": {"features": b"\xab" * 32, "old": [b"\x01", 2]}, "name": "Birds"}
    assert dict(plain_values(arguments)) == {
        "modelId": "1",
        "roots.features": "0x" + "ab" * 32,
        "roots.old": "0x01, 2",
        "name": "Birds",
    }
