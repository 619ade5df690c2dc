"""Wallet, Network and Home with the real client: two accounts, a payment, and its proof, through the pages' buttons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.client import Client
from core.paths import ProfilePaths
from core.units import Amount
from tests.doubles import cheap
from tests.ui.at_page import AtPage
from ui.pages.home import HomePage
from ui.pages.network import NetworkPage
from ui.pages.wallet import WalletPage

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = Client(ProfilePaths(tmp_path / "profile"), cost=cheap.COST, bounds=cheap.BOUNDS)
    try:
        made.profile.create(made.profile.new_phrase(), cheap.PASSWORD)
        yield made
    finally:
        made.close()


def test_a_payment_from_the_form_to_its_proof(qtbot: QtBot, client: Client, tmp_path: Path) -> None:
    at = AtPage(qtbot, WalletPage, client, tmp_path)
    at.click("wallet-add")
    at.type("account-name-edit", "Savings")
    at.click("account-name-yes")
    savings = client.wallet.address(1)
    assert str(savings) in at.words()

    at.click("wallet-send")
    at.type("send-to", str(savings))
    at.type("send-amount", "1.5")
    at.click("send-continue")
    at.click("confirm-yes")
    assert at.failed == []
    assert at.said[-1][0] == "Sent"
    assert client.wallet.balance(savings).value == Amount.parse("1.5")

    at.click("wallet-tab-activity")
    (row,) = at.page._activity._table.model.shown
    assert row.state == "confirmed"
    at.page.show_transaction(row)
    at.still()
    assert "It did what it was sent for" in at.words()
    assert "unbroken chain of blocks" in at.words()

    # everything but the fee: what is left is less than one more fee
    at.page.send(account=1, to=client.wallet.address(0))
    at.still()
    at.click("send-max")
    at.click("send-continue")
    at.click("confirm-yes")
    assert at.failed == []
    assert client.wallet.balance(savings).value < Amount.parse("0.001")
    at.leave()

    net = AtPage(qtbot, NetworkPage, client, tmp_path)
    assert net.find("network-state", QLabel).text().endswith("verified")
    net.page.open(row.tx_hash)
    net.still()
    assert "1.5 OPEN" in net.words()
    assert "Savings" in net.words()
    net.page.open("0x" + "00" * 32)
    net.still()
    assert "an absence cannot be proven" in net.words()
    net.click("network-restart")
    assert net.failed == []
    assert net.find("network-state", QLabel).text().endswith("verified")
    net.leave()

    home = AtPage(qtbot, HomePage, client, tmp_path)
    assert home.primaries() == ["Create a Datanet"]
    assert home.failed == []
    home.leave()
