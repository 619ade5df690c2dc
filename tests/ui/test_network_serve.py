"""Opening the network to others, and the page of a profile that joined somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from core.errors import BadInput, NodeUnreachable, PortInUse
from core.values import NetworkView, ServingView, TrustView
from tests.doubles.market_client import MarketClient
from tests.doubles.still_client import network
from tests.ui.at_page import AtPage
from ui.pages.network import NetworkPage

Opens = Callable[[], AtPage]
TOKEN = "t" * 43
OPEN = ServingView("http://127.0.0.1:8545", 8545, TOKEN, read_only=False)


def joined(height: int | None = 42, trust: TrustView | None = None) -> NetworkView:
    return replace(
        network(height, trust or TrustView("proven", "one endpoint", 42)),
        name="Ann's \u202eledger",
        local=False,
        node_running=False,
        endpoint="http://127.0.0.1:8545",
        checkpoint=12,
        ledger_bytes=0,
    )


@pytest.fixture
def client(tmp_path: Path) -> MarketClient:
    return MarketClient(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, client: MarketClient, tmp_path: Path) -> Iterator[Opens]:
    opened: list[AtPage] = []

    def open_() -> AtPage:
        opened.append(AtPage(qtbot, NetworkPage, client, tmp_path))
        return opened[-1]

    yield open_
    for one in opened:
        one.leave()


def test_a_closed_network_says_that_nothing_listens(page: Opens) -> None:
    at = page()
    assert "nothing listens" in at.find("serve-state", QLabel).text()
    assert not at.sees("serve-address")
    assert not at.sees("serve-stop")


def test_serving_shows_the_address_and_hides_the_token_until_asked(page: Opens, client: MarketClient) -> None:
    at = page()
    at.find("serve-port", QSpinBox).setValue(9001)
    at.click("serve-start")
    assert client.joining.asked == [("serve", 9001, False, False)]
    assert at.find("serve-state", QLabel).text() == "Open on this machine"
    assert "http://127.0.0.1:9001" in at.words()
    assert TOKEN not in at.words()
    at.click("serve-token-copy")
    assert QGuiApplication.clipboard().text() == TOKEN
    assert TOKEN not in at.words()
    at.click("serve-token-eye")
    assert TOKEN in at.words()
    at.click("serve-token-eye")
    assert TOKEN not in at.words()
    at.click("serve-stop")
    assert client.joining.asked[-1] == ("stop",)
    assert "nothing listens" in at.find("serve-state", QLabel).text()
    assert at.find("serve-port", QSpinBox).value() == 9001


def test_a_new_block_does_not_cover_the_token_that_is_looked_at(page: Opens, client: MarketClient) -> None:
    client.joining.shown = OPEN
    at = page()
    at.click("serve-token-eye")
    at.page.load()
    at.still()
    assert TOKEN in at.words()


def test_read_only_is_served_and_said(page: Opens, client: MarketClient) -> None:
    at = page()
    at.find("serve-read-only", QCheckBox).setChecked(True)
    at.click("serve-start")
    assert client.joining.asked == [("serve", 8545, True, False)]
    assert "Questions only" in at.words()


def test_a_taken_port_is_said_at_the_port(page: Opens, client: MarketClient) -> None:
    client.joining.fails = PortInUse(port=8545)
    at = page()
    at.click("serve-start")
    hint = at.find("serve-port-hint", QLabel).text()
    assert "Another program listens on port 8545" in hint
    assert "nothing listens" in at.find("serve-state", QLabel).text()
    at.click("serve-start")
    assert at.find("serve-state", QLabel).text() == "Open on this machine"


def test_a_new_token_is_made_only_after_saying_what_it_ends(page: Opens, client: MarketClient) -> None:
    client.joining.shown = replace(OPEN, read_only=True)
    at = page()
    at.click("serve-renew")
    assert "given out so far ends at once" in at.words()
    at.click("renew-no")
    assert client.joining.asked == []
    at.click("serve-renew")
    at.click("renew-yes")
    assert client.joining.asked == [("serve", 8545, True, True)]
    assert at.find("serve-said-title", QLabel).text() == "There is a new token"
    at.click("serve-token-eye")
    assert "n" * 43 in at.words()


def choose(at: AtPage, path: Path) -> None:
    dialog = at.find("files", QFileDialog)
    dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
    dialog.accept()
    at.still()


def test_an_invite_is_saved_after_saying_what_it_gives(page: Opens, client: MarketClient, tmp_path: Path) -> None:
    at = page()
    at.click("serve-invite")
    assert "can read this network and send their own transactions" in at.words()
    at.find("invite-network-name", QLineEdit).setText("Ann's")
    at.click("invite-network-yes")
    choose(at, tmp_path / "anns.olinvite")
    assert client.joining.asked == [("invite", "anns.olinvite", None, "Ann's")]
    assert at.find("serve-said-title", QLabel).text() == "anns.olinvite is saved"
    assert "once you serve on port 8545" in at.find("serve-said-words", QLabel).text()


def test_an_address_that_cannot_be_used_is_said_in_words(page: Opens, client: MarketClient, tmp_path: Path) -> None:
    at = page()
    at.click("serve-invite")
    at.find("invite-network-endpoint", QLineEdit).setText("ftp://here")
    at.click("invite-network-yes")
    client.joining.fails = BadInput(field="invite", reason="endpoint")
    choose(at, tmp_path / "anns.olinvite")
    assert at.find("serve-said-title", QLabel).text() == "The invite was not saved"
    assert "starts with https://" in at.find("serve-said-words", QLabel).text()


def test_a_joined_profile_says_whose_network_it_is_and_what_is_proven(page: Opens, client: MarketClient) -> None:
    client.network.shown = joined()
    at = page()
    words = at.words()
    for said in ("Ann's ledger: another profile's", "http://127.0.0.1:8545", "has none of its own", "block 12"):
        assert said in words
    assert "is this node's word" in words
    assert not at.sees("serve-card")
    at.click("network-restart")
    assert at.said[0][0] == "The node answers"


def test_a_node_that_is_away_leaves_what_was_proven_and_says_whom_to_ask(page: Opens, client: MarketClient) -> None:
    client.network.shown = replace(joined(42, TrustView("stale", "unreachable", 42, 1_700_000_000)), blocks=())
    at = page()
    assert at.find("network-said-title", QLabel).text() == "The node of this network does not answer"
    assert "up to block 42" in at.find("network-said-words", QLabel).text()
    assert "Ask whoever invited you" in at.find("network-said-words", QLabel).text()
    assert "not checked now" in at.words()


def test_a_node_that_never_answered_here_is_said_to_be_anothers(page: Opens, client: MarketClient) -> None:
    client.network.shown = replace(joined(None, TrustView("failed", "NodeUnreachable")), blocks=(), base_fee=None)
    at = page()
    assert at.find("network-said-title", QLabel).text() == "The node of this network does not answer"
    assert at.find("network-state", QLabel).text() == "Ann's ledger · no answer"
    assert "start the node" not in at.words()


def test_a_new_invite_is_taken_or_refused_in_words(page: Opens, client: MarketClient, tmp_path: Path) -> None:
    client.network.shown = joined()
    (tmp_path / "new.olinvite").touch()
    at = page()

    def take() -> str:
        at.click("invite-take")
        files = at.find("files", QFileDialog)
        files.findChild(QLineEdit, "fileNameEdit").setText(str(tmp_path / "new.olinvite"))
        files.accept()
        at.still()
        return at.find("invite-said-title", QLabel).text() + at.find("invite-said-words", QLabel).text()

    client.joining.fails = BadInput(field="invite", reason="other network")
    assert "another network than this profile lives on" in take()
    client.joining.fails = NodeUnreachable(endpoint="http://127.0.0.1:8545", reason="HTTP 401")
    assert "Nothing was changed" in take()
    assert "from now on" in take()
    assert client.joining.asked == [("renew", "new.olinvite")] * 3


def test_one_with_a_node_of_its_own_is_offered_no_invite(page: Opens) -> None:
    assert not page().sees("invite-take")
