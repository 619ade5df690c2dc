"""A transaction's hash as people paste it."""

from __future__ import annotations

import pytest

from core.client.receipts import parse_hash
from core.errors import BadInput

HASH = "7a" * 32


@pytest.mark.parametrize("text", [f"0x{HASH}", HASH, f"  0x{HASH.upper()}\n", f"0x{HASH[:32]} {HASH[32:]}"])
def test_a_hash_is_taken_as_it_was_copied(text: str) -> None:
    assert parse_hash(text) == b"\x7a" * 32


@pytest.mark.parametrize("text", ["", "0x", "0x7a", HASH + "00", "0x" + "zz" * 32, "not a hash"])
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a hash"):
        parse_hash(text)
