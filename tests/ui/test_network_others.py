"""Other networks on the network page: endpoints are added, asked, and shown with what each of them said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from tests.doubles.market_client import MarketClient
from tests.ui.at_page import AtPage
from ui.pages.network import NetworkPage


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path) -> Iterator[AtPage]:
    page = AtPage(qtbot, NetworkPage, MarketClient(tmp_path), tmp_path)
    yield page
    page.leave()


def test_a_network_without_endpoints_says_so_and_cannot_be_asked(at: AtPage) -> None:
    assert "None yet. Add one below." in at.words()
    assert not at.find("look-1612").isEnabled()
    assert "2 of 3 must agree" in at.words()


def test_asking_shows_who_agrees_who_does_not_and_a_balance_with_its_state(at: AtPage) -> None:
    at.click("look-5")
    words = at.words()
    for said in ("Agrees · block 1,200", "Names another block · block 9,000", "2.5000 FAR · agreed"):
        assert said in words
    assert "if all of them lie together" in words


def test_an_endpoint_is_added_to_the_chosen_network(at: AtPage) -> None:
    at.find("others-url", QLineEdit).setText("https://node.example")
    at.click("others-add")
    assert ("add_endpoint", "openledger", "https://node.example") in at.client.networks.asked
    assert "https://node.example" in at.words()
    assert at.find("look-1612").isEnabled()


def test_one_of_another_chain_is_refused_in_words(at: AtPage) -> None:
    at.find("others-url", QLineEdit).setText("https://wrong.example")
    at.click("others-add")
    assert "This is another ledger than expected" in at.words()
    assert at.find("others-url", QLineEdit).text() == "https://wrong.example"


def test_another_network_gets_a_name(at: AtPage) -> None:
    which = at.find("others-which", QComboBox)
    assert not at.sees("others-name")
    which.setCurrentIndex(which.count() - 1)
    assert at.sees("others-name")
    at.find("others-name", QLineEdit).setText("Mine")
    at.find("others-url", QLineEdit).setText("https://mine.example")
    at.click("others-add")
    assert ("add", "Mine", "https://mine.example") in at.client.networks.asked


def test_nothing_is_added_without_an_address(at: AtPage) -> None:
    at.click("others-add")
    assert at.client.networks.asked == []
    assert "Give the address of a node" in at.words()


HASH = "0x" + "ab" * 32


def test_a_majority_may_be_asked_for_and_a_known_block_pinned(at: AtPage) -> None:
    at.click("believe-5")
    needed = at.find("believe-needed", QComboBox)
    assert [needed.itemData(row) for row in range(needed.count())] == [2, 3]  # never half or fewer of three
    needed.setCurrentIndex(1)
    at.find("believe-number", QLineEdit).setText("21,000,000")
    at.find("believe-hash", QLineEdit).setText(HASH[2:].upper())
    at.click("believe-yes")
    asked = at.client.networks.asked
    assert asked[:2] == [("need", "chain-5", "3"), ("pin", "chain-5", str((21_000_000, HASH[2:].upper())))]
    assert asked[2] == ("look", "chain-5")  # what was saved is tried at once


def test_half_a_pin_or_a_wrong_one_is_refused_where_it_was_typed(at: AtPage) -> None:
    at.click("believe-5")
    at.find("believe-hash", QLineEdit).setText(HASH)
    at.click("believe-yes")
    assert "Give the block's number" in at.words()
    at.find("believe-number", QLineEdit).setText("7")
    at.find("believe-hash", QLineEdit).setText(HASH[:-1])
    at.click("believe-yes")
    assert "Copy the whole of it" in at.words()
    assert at.client.networks.asked == []
    at.click("believe-no")


def test_a_pinned_block_is_taken_back_by_leaving_it_empty(at: AtPage) -> None:
    at.client.networks.pin("chain-5", 7, HASH)
    at.page.refresh()
    at.still()
    at.click("believe-5")
    for name in ("believe-number", "believe-hash"):
        at.find(name, QLineEdit).clear()
    at.click("believe-yes")
    assert ("pin", "chain-5", "None") in at.client.networks.asked
