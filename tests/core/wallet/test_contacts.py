"""Contacts have plain names; a look-alike of a known address is caught."""

from __future__ import annotations

import pytest

from core.errors import BadInput
from core.storage import Database
from core.units import ZERO_ADDRESS, Address
from core.vault.migrations import m001_wallet
from core.wallet.contacts import Contacts
from core.wallet.names import clean_name
from core.wallet.poisoning import look_alike

ALICE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
BOB = Address.parse("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")


@pytest.fixture
def contacts(tmp_path):
    database = Database(tmp_path / "v.db", bytes(32), [m001_wallet.migrate])
    yield Contacts(database)
    database.close()


def test_contacts_are_kept_by_name_and_found_by_address(contacts):
    contacts.save(BOB, "Bob")
    contacts.save(ALICE, "alice", "from school")
    assert [contact.name for contact in contacts.all()] == ["alice", "Bob"]
    assert contacts.of(ALICE).note == "from school"
    contacts.remove(ALICE)
    assert contacts.of(ALICE) is None


def test_saving_a_known_address_changes_its_name(contacts):
    contacts.save(ALICE, "Alice")
    contacts.save(ALICE, "Alice Smith")
    assert [contact.name for contact in contacts.all()] == ["Alice Smith"]


def test_two_contacts_cannot_have_one_name(contacts):
    contacts.save(ALICE, "Alice")
    with pytest.raises(BadInput) as caught:
        contacts.save(BOB, "ALICE")
    assert caught.value.reason == "taken"


def test_nobody_is_at_the_zero_address(contacts):
    with pytest.raises(BadInput):
        contacts.save(ZERO_ADDRESS, "Nobody")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a  b ", "a b"),
        ("a\u202eb", "a b"),
        ("a\tb\nc", "a b c"),
        ("e\u0301", "é"),
        ("\ud800x", "x"),
        ("家族", "家族"),
    ],
)
def test_names_are_made_harmless(typed, kept):
    assert clean_name(typed) == kept


def changed(address: Address, position: int) -> Address:
    digits = list(address.raw.hex())
    digits[position] = "f" if digits[position] != "f" else "e"
    return Address(bytes.fromhex("".join(digits)))


@pytest.mark.parametrize("position", range(4, 36))
def test_the_same_ends_with_another_middle_are_a_look_alike(position):
    found = look_alike(changed(ALICE, position), [BOB, ALICE])
    assert found.known == ALICE
    assert found.different == (2 + position,)


@pytest.mark.parametrize("position", [0, 3, 36, 39])
def test_another_end_is_another_address(position):
    assert look_alike(changed(ALICE, position), [BOB, ALICE]) is None


def test_a_known_address_is_no_look_alike_even_of_another_known_one():
    twin = changed(ALICE, 20)
    assert look_alike(twin, [ALICE, twin]) is None
    assert look_alike(ALICE, []) is None
