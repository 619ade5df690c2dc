"""RLP: one value, one encoding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadEncoding
from core.eth import rlp
from tests.core.eth.shared_vectors import load, unhex

# The Yellow Paper's own examples and the edges of every length form.
KNOWN = [
    (b"dog", "83646f67"),
    ([b"cat", b"dog"], "c88363617483646f67"),
    (b"", "80"),
    ([], "c0"),
    (0, "80"),
    (b"\x00", "00"),
    (b"\x7f", "7f"),
    (b"\x80", "8180"),
    (1024, "820400"),
    ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
    (b"a" * 55, "b7" + "61" * 55),
    (b"a" * 56, "b838" + "61" * 56),
    ([b"a" * 55], "f838b7" + "61" * 55),
]

REFUSED = {
    "nothing": "",
    "trailing byte": "8000",
    "a small byte with a prefix": "8101",
    "a cut string": "83646f",
    "a cut list": "c883636174",
    "a long form for a short string": "b801ff",
    "a long form for a short list": "f803112233",
    "a length with a leading zero": "b90037" + "61" * 55,
    "a list that ends inside its item": "c283636174",
    "a length past any memory": "bfffffffffffffffff",
    "a list length past any memory": "ffffffffffffffffff00",
}


@pytest.mark.parametrize(("value", "encoded"), KNOWN)
def test_a_value_has_its_known_encoding(value, encoded):
    assert rlp.encode(value).hex() == encoded


@pytest.mark.parametrize(("value", "encoded"), [pair for pair in KNOWN if not isinstance(pair[0], int)])
def test_an_encoding_has_its_known_value(value, encoded):
    assert rlp.decode(bytes.fromhex(encoded)) == value


@pytest.mark.parametrize("encoded", REFUSED.values(), ids=REFUSED)
def test_what_is_not_canonical_is_refused(encoded):
    with pytest.raises(BadEncoding):
        rlp.decode(bytes.fromhex(encoded))


def test_depth_and_length_have_limits():
    deep = b"\xc0"
    for _ in range(20):
        deep = rlp.encode([rlp.decode(deep, max_depth=100)])
    with pytest.raises(BadEncoding):
        rlp.decode(deep)
    with pytest.raises(BadEncoding):
        rlp.decode(b"\xc0" * 1, max_bytes=0)


def test_a_hundred_thousand_open_lists_do_not_exhaust_the_stack():
    with pytest.raises(BadEncoding):
        rlp.decode(b"\xc1" * 100_000 + b"\xc0")


def test_integers_are_read_without_leading_zeros_and_within_their_width():
    assert rlp.as_int(b"") == 0
    assert rlp.as_int(b"\x01\x00") == 256
    for bad in (b"\x00", b"\x00\x01", b"\x01" * 33, [b"\x01"]):
        with pytest.raises(BadEncoding):
            rlp.as_int(bad)


items = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=20)


@settings(max_examples=60, deadline=None)
@given(items)
def test_every_value_comes_back_as_it_was(item):
    assert rlp.decode(rlp.encode(item), max_depth=40) == item


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_bytes_that_decode_are_the_one_encoding_of_what_they_say(data):
    try:
        item = rlp.decode(data, max_depth=40)
    except BadEncoding:
        return
    assert rlp.encode(item) == data


def _plain(value):
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, int):
        return rlp.encode_int(value)
    return rlp.encode_int(int(value[1:])) if value.startswith("#") else value.encode("latin-1")


def test_the_public_vectors_encode_and_decode():
    for name, case in load("ethereum-tests/RLPTests/rlptest.json").items():
        encoded = unhex(case["out"])
        assert rlp.encode(_plain(case["in"])) == encoded, name
        assert rlp.decode(encoded, max_depth=40) == _plain(case["in"]), name
    for name, case in load("ethereum-tests/RLPTests/RandomRLPTests/example.json").items():
        rlp.decode(unhex(case["out"]), max_depth=40)
        assert case["in"] == "VALID", name


def test_the_public_invalid_vectors_are_refused():
    cases = load("ethereum-tests/RLPTests/invalidRLPTest.json")
    assert len(cases) > 20
    for case in cases.values():
        with pytest.raises(BadEncoding):
            rlp.decode(unhex(case["out"]), max_depth=40)
