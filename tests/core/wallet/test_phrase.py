"""Phrases, seeds, paths and addresses are the ones every other wallet finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import BadInput, BadPhrase
from core.units import Address
from core.wallet.keys import Keys
from core.wallet.phrase import check_phrase, completions, new_phrase, seed

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared vectors are not here")
ABANDON = "abandon " * 11 + "about"
TEST = "test " * 11 + "junk"


def test_a_published_seed():
    # trezor's first vector: entropy of zeros, passphrase TREZOR
    assert seed(ABANDON, "TREZOR").hex().startswith("c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e5349553")


@pytest.mark.parametrize(
    ("phrase", "index", "address"),
    [
        (ABANDON, 0, "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"),
        (TEST, 0, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
        (TEST, 1, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        (TEST, 9, "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"),
    ],
)
def test_addresses_known_from_other_wallets(phrase, index, address):
    assert str(Keys(phrase).address(index)) == address


def test_a_passphrase_is_another_wallet():
    assert Keys(TEST, "x").address(0) != Keys(TEST).address(0)


@pytest.mark.parametrize("words", [12, 24])
def test_a_new_phrase_is_valid_and_never_twice_the_same(words):
    made = {new_phrase(words) for _ in range(20)}
    assert len(made) == 20
    assert all(check_phrase(phrase) == phrase and len(phrase.split()) == words for phrase in made)


@pytest.mark.parametrize("words", [0, 11, 13, 15, 25, 256])
def test_no_other_length_is_made(words):
    with pytest.raises(BadInput):
        new_phrase(words)


def test_what_a_person_types_is_taken_in_its_one_form():
    assert check_phrase("  Test\n" + "TEST\t " * 10 + " junk ") == TEST


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {"reason": "length", "found": 0}),
        ("test " * 11, {"reason": "length", "found": 11}),
        ("test " * 13, {"reason": "length", "found": 13}),
        ("test " * 3 + "tset " + "test " * 7 + "junk", {"reason": "word", "position": 4}),
        ("test " * 12, {"reason": "checksum"}),
        ("junk " + "test " * 11, {"reason": "checksum"}),
    ],
)
def test_what_is_wrong_with_a_phrase_is_said_without_saying_its_words(text, values):
    with pytest.raises(BadPhrase) as caught:
        check_phrase(text)
    assert caught.value.values == {"field": "phrase", **values}


def test_two_neighbours_swapped_are_nearly_always_noticed():
    words = new_phrase(24).split()
    found = 0
    for i in range(23):
        swapped = [*words]
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        try:
            found += check_phrase(" ".join(swapped)) == " ".join(words)
        except BadPhrase:
            found += 1
    assert found >= 21  # 8 bits of checksum: one in 256 slips through


def test_a_passphrase_has_an_end_and_must_be_text():
    with pytest.raises(BadInput):
        seed(TEST, "x" * 257)
    with pytest.raises(BadInput) as caught:
        seed(TEST, "\ud800")
    assert "\ud800" not in repr(caught.value)


def test_four_letters_name_one_word():
    assert completions("aban") == ("abandon",)
    assert completions("zo") == ("zone", "zoo")
    assert completions("") == ()
    assert len(completions("a")) == 5


def test_the_key_for_data_is_of_the_phrase_and_no_account_key():
    keys = Keys(TEST)
    assert keys.data_key() == Keys(TEST).data_key()
    assert len({keys.data_key(), Keys(ABANDON).data_key(), Keys(TEST, "x").data_key(), keys._private(0)}) == 4


@pytest.mark.parametrize("index", [-1, 2**31, True, "0", 1.0])
def test_an_account_number_out_of_range_is_refused(index):
    with pytest.raises(BadInput):
        Keys(TEST).address(index)


def test_keys_say_nothing_of_themselves():
    assert repr(Keys(TEST)) == "Keys()"


@needs_vectors
def test_all_english_vectors_of_bip39():
    vectors = json.loads((VECTORS / "bip39" / "trezor_vectors.json").read_text("utf8"))["english"]
    assert len(vectors) == 24
    for _entropy, phrase, expected, _xprv in vectors:
        assert seed(phrase, "TREZOR").hex() == expected
        assert check_phrase(phrase) == phrase


@needs_vectors
def test_all_vectors_of_bip32():
    from bip_utils import Base58ChecksumError, Bip32KeyError, Bip32Slip10Secp256k1

    vectors = json.loads((VECTORS / "bip32" / "bip32_vectors.json").read_text("utf8"))
    checked = 0
    for vector in vectors["valid"]:
        for step in vector["chains"]:
            node = Bip32Slip10Secp256k1.FromSeed(bytes.fromhex(vector["seed"])).DerivePath(step["path"])
            assert node.PublicKey().ToExtended() == step["xpub"]
            assert node.PrivateKey().ToExtended() == step["xprv"]
            checked += 1
    assert checked == 17
    for bad in vectors["invalid"]:
        with pytest.raises((Base58ChecksumError, Bip32KeyError, ValueError)):
            Bip32Slip10Secp256k1.FromExtendedKey(bad["key"])


def test_an_address_is_the_last_20_bytes_of_the_public_keys_hash():
    from coincurve import PrivateKey

    from core.keccak import keccak256

    keys = Keys(TEST)
    public = PrivateKey(keys._private(3)).public_key.format(compressed=False)
    assert keys.address(3) == Address(keccak256(public[1:])[-20:])
