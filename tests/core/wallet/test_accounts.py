"""Accounts keep their names, are found again after a restore, and never vanish by accident."""

from __future__ import annotations

import pytest

from core.errors import BadInput, Cancelled, Locked, NodeUnreachable
from core.jobs import Progress
from core.storage import Database
from core.units import Address
from core.vault.migrations import m001_wallet
from core.wallet.accounts import Accounts

KEY = bytes(32)


def address(index: int) -> Address:
    return Address(index.to_bytes(20, "big"))


class Phrase:
    """Addresses as a signer would give them, counting how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.locked = False

    def __call__(self, indices):
        if self.locked:
            raise Locked
        self.asked += 1
        return [address(i) for i in indices]


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "v.db", KEY, [m001_wallet.migrate])
    yield database
    database.close()


@pytest.fixture
def phrase() -> Phrase:
    return Phrase()


@pytest.fixture
def accounts(database, phrase) -> Accounts:
    return Accounts(database, phrase)


def test_accounts_are_added_one_after_the_other(accounts):
    assert [accounts.add().index for _ in range(3)] == [0, 1, 2]
    assert [account.name for account in accounts.all()] == ["Account 1", "Account 2", "Account 3"]
    assert accounts.get(1).address == address(1)
    assert accounts.of(address(2)).index == 2
    assert accounts.of(address(9)) is None


def test_known_accounts_are_shown_without_the_signer(accounts, phrase):
    accounts.add("Mine")
    phrase.locked = True
    assert accounts.all()[0].name == "Mine"
    with pytest.raises(Locked):
        accounts.add()
    assert len(accounts.all()) == 1


def test_a_name_is_one_visible_line(accounts):
    accounts.add()
    assert accounts.rename(0, "  Savings\u202e \n 2 ").name == "Savings 2"
    for name, reason in (("", "empty"), ("\u200b\n", "empty"), ("x" * 61, "length")):
        with pytest.raises(BadInput) as caught:
            accounts.rename(0, name)
        assert caught.value.reason == reason
    with pytest.raises(BadInput):
        accounts.rename(7, "Nobody")


def test_an_account_can_be_hidden_and_shown_again_but_never_the_last(accounts):
    accounts.add()
    accounts.add()
    accounts.hide(0)
    assert [account.index for account in accounts.all()] == [1]
    assert [account.index for account in accounts.all(hidden=True)] == [0, 1]
    with pytest.raises(BadInput):
        accounts.hide(1)
    accounts.hide(0, False)
    accounts.hide(1)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (set(), [0]),
        ({0}, [0]),
        ({3}, [0, 1, 2, 3]),
        ({0, 20}, list(range(21))),
        ({0, 21}, [0]),  # more unused ones in a row than the gap
        ({5, 25, 45}, list(range(46))),
    ],
)
def test_a_restore_finds_every_account_up_to_the_gap(accounts, used, expected):
    found = accounts.discover(lambda one: int.from_bytes(one.raw, "big") in used)
    assert [account.index for account in found] == expected
    assert [account.index for account in accounts.all()] == expected


def test_looking_again_keeps_names_and_adds_only_what_is_new(accounts):
    accounts.add("First")
    accounts.add("Second")
    accounts.hide(1)
    found = accounts.discover(lambda one: one == address(3))
    assert [account.index for account in found] == [2, 3]
    assert [(a.name, a.hidden) for a in accounts.all(hidden=True)][:2] == [("First", False), ("Second", True)]


def test_no_answer_from_the_network_is_not_taken_for_never_used(accounts):
    def unreachable(one: Address) -> bool:
        if one == address(4):
            raise NodeUnreachable(endpoint="x", reason="y")
        return True

    with pytest.raises(NodeUnreachable):
        accounts.discover(unreachable)
    assert accounts.all() == []


def test_a_search_can_be_cancelled(accounts):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        accounts.discover(lambda _one: True, progress=progress)


def test_addresses_are_asked_for_in_batches(accounts, phrase):
    accounts.discover(lambda one: one == address(30), gap=40)
    assert phrase.asked == 2


def test_another_phrase_is_noticed(accounts, database):
    accounts.check()
    accounts.add()
    accounts.check()
    with pytest.raises(BadInput):
        Accounts(database, lambda indices: [address(i + 100) for i in indices]).check()
