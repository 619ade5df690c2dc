"""Network: the state in words, a way out of each failure, and any transaction verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.values import TrustView
from tests.doubles.market_client import TX, MarketClient, receipt
from tests.doubles.still_client import network
from tests.ui.at_page import AtPage
from ui.pages.network import NetworkPage, state_words

Opens = Callable[[], AtPage]


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


def test_the_state_is_said_in_words(page: Opens) -> None:
    at = page()
    assert at.find("network-state", QLabel).text() == "Local network · block 42 · verified"
    assert "unbroken chain of blocks" in at.find("network-why", QLabel).text()
    assert "code matches" in at.words()
    assert "no market value" in at.words()


def test_a_stopped_node_is_said_with_the_way_out(page: Opens, client: MarketClient) -> None:
    stopped = replace(
        network(None, TrustView("failed", "NodeUnreachable")), node_running=False, blocks=(), base_fee=None
    )
    client.network.shown = stopped
    at = page()
    assert at.find("network-state", QLabel).text() == "Local network · node stopped"
    assert at.find("network-said-title", QLabel).text() == "The ledger node has stopped"
    assert "start the node again" in at.find("network-said-words", QLabel).text()
    assert "code matches" not in at.words()
    assert "not checked now" in at.words()
    client.network.shown = network()
    at.click("network-restart")
    assert client.network.restarts == 1
    assert at.said[0][0] == "The node runs again"
    assert at.find("network-state", QLabel).text().endswith("verified")
    assert not at.sees("network-said")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("WrongChain", "another ledger than the one of this profile"),
        ("HeadLost", "went back behind what was seen here before"),
        ("ProofMismatch", "does not match its own blocks"),
        ("BadEncoding", "cannot be verified now"),
    ],
)
def test_every_failure_has_its_own_words(page: Opens, client: MarketClient, reason: str, words: str) -> None:
    client.network.shown = network(None, TrustView("failed", reason))
    at = page()
    assert words in at.find("network-said-title", QLabel).text()
    assert "verified" not in at.find("network-state", QLabel).text().removesuffix("cannot be verified")


def test_a_contract_with_other_code_is_not_to_be_used(page: Opens, client: MarketClient) -> None:
    name, address, _matches = network().contracts[0]
    client.network.shown = replace(network(), contracts=((name, address, False),))
    at = page()
    assert "code differs: do not use it" in at.words()


def test_a_pasted_hash_gives_proven_facts(page: Opens, client: MarketClient) -> None:
    client.network.found = receipt()
    at = page()
    at.type("verify-hash", TX)
    at.click("verify")
    assert client.network.asked == [TX]
    words = at.words()
    assert "It did what it was sent for" in words
    assert "1.5 OPEN" in words
    assert "Settlement: Claimed" in words
    assert "<b>Ada</b> evil" in words


def test_a_failed_transaction_is_said_to_have_failed(page: Opens, client: MarketClient) -> None:
    client.network.found = receipt(succeeded=False)
    at = page()
    at.page.open(TX)
    at.still()
    assert "The contract refused; only the fee was spent" in at.words()


def test_an_absence_is_not_said_to_be_proven(page: Opens) -> None:
    at = page()
    at.page.open(TX)
    at.still()
    assert "an absence cannot be proven" in at.find("verify-said-words", QLabel).text()


def test_what_is_no_hash_is_told_at_the_field(page: Opens) -> None:
    at = page()
    at.type("verify-hash", "0x1234")
    at.click("verify")
    assert "64 letters and digits" in at.page._hash_field.error
    at.type("verify-hash", "")
    at.click("verify")
    assert "Paste the hash" in at.page._hash_field.error


def test_stale_is_told_with_its_time(page: Opens, client: MarketClient) -> None:
    client.network.shown = network(42, TrustView("stale", "unreachable", 42, 1_700_000_000))
    at = page()
    assert at.find("network-said-title", QLabel).text() == "What is shown may be out of date"
    assert state_words(client.network.shown) == "Local network · block 42 · stale"
