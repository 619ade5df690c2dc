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
