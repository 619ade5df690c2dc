"""Amounts never round, addresses never pass a wrong checksum."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadAddress, BadAmount
from core.keccak import keccak256
from core.units import MAX_WEI, ZERO_ADDRESS, Address, Amount

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "eip55" / "eip55.json"
EIP55 = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("0", 0),
        ("1", 10**18),
        ("1.5", 15 * 10**17),
        (" 1,000.25 OPEN ", 100025 * 10**16),
        (".5", 5 * 10**17),
        ("5.", 5 * 10**18),
        ("0.000000000000000001", 1),
        ("1\u202f000", 1000 * 10**18),
    ],
)
def test_what_a_person_types_is_taken_exactly(text, wei):
    assert Amount.parse(text).wei == wei


@pytest.mark.parametrize(
    "text", ["", ".", "-1", "+1", "1e5", "0x10", "1.5.5", "one", "1 000", "٣", "0.0000000000000000001", "9" * 61]
)
def test_what_is_no_exact_amount_is_refused(text):
    with pytest.raises(BadAmount):
        Amount.parse(text)


@pytest.mark.parametrize("wei", [-1, MAX_WEI + 1, 1.0, True, "1"])
def test_an_amount_is_an_integer_of_wei_in_range(wei):
    with pytest.raises(BadAmount):
        Amount(wei)


@given(st.integers(0, MAX_WEI))
def test_an_amount_written_out_and_read_back_is_the_same(wei):
    assert Amount.parse(Amount(wei).text()).wei == wei


@given(st.integers(0, MAX_WEI), st.integers(0, 18))
def test_a_shortened_amount_is_never_more_than_there_is(wei, decimals):
    assert Amount.parse(Amount(wei).text(decimals)).wei <= wei


def test_amounts_are_shown_in_full_or_cut():
    amount = Amount(1234_567890123456789012)
    assert str(amount) == "1,234.567890123456789012 OPEN"
    assert amount.text(2) == "1,234.56"
    assert amount.text(0) == "1,234"
    assert Amount(10**18).text(2) == "1.00"


def test_sums_stay_in_range():
    assert Amount(3) + Amount(4) == Amount(7)
    assert Amount(7) - Amount(4) == Amount(3)
    with pytest.raises(BadAmount):
        Amount(3) - Amount(4)
    with pytest.raises(BadAmount):
        Amount(MAX_WEI) + Amount(1)
    assert not Amount(0)
    assert Amount(1) < Amount(2)


@pytest.mark.parametrize("text", EIP55)
def test_addresses_are_written_with_their_checksum(text):
    assert str(Address.parse(text.lower())) == text
    assert Address.parse(text) == Address.parse("0x" + text[2:].upper())


@pytest.mark.parametrize("text", EIP55[4:])
def test_one_letter_in_the_other_case_is_refused(text):
    position = next(i for i, c in enumerate(text) if c.isalpha() and i > 1)
    with pytest.raises(BadAddress) as caught:
        Address.parse(text[:position] + text[position].swapcase() + text[position + 1 :])
    assert caught.value.reason == "checksum"


@pytest.mark.parametrize("text", ["", "0x", "0x1", EIP55[4][2:], EIP55[4] + "0", "0x" + "g" * 40, "0X" + "a" * 40])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadAddress):
        Address.parse(text)


def test_an_address_has_20_bytes():
    with pytest.raises(BadAddress):
        Address(bytes(19))
    assert str(ZERO_ADDRESS) == "0x" + "0" * 40


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
def test_the_published_checksums():
    found = [text for text in json.dumps(json.loads(VECTORS.read_text())).split('"') if text.startswith("0x")]
    assert len(found) >= 8
    for text in found:
        assert str(Address.parse(text.lower())) == text


def test_keccak_is_ethereums():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"


def test_both_keccak_libraries_agree():
    from Crypto.Hash import keccak

    for size in (0, 1, 135, 136, 137, 1000):
        data = bytes(range(256)) * 4
        assert keccak256(data[:size]) == keccak.new(digest_bits=256, data=data[:size]).digest()
