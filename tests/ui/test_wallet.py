"""Wallet: full addresses, proven balances, look-alikes blocked, every transaction with what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from core.units import Address, Amount
from core.values import ContactView, LookAlikeView
from tests.doubles.market_client import CARL, TX, MarketClient, receipt, transaction
from tests.doubles.still_client import ADA, BELA
from tests.ui.at_page import AtPage
from ui.pages.wallet import WalletPage
from ui.pages.wallet_activity import change_of
from ui.widgets.address_diff import AddressDiff

Opens = Callable[[], AtPage]
TWIN = Address(ADA.raw[:5] + b"\x00\x01" + ADA.raw[7:])


@pytest.fixture
def client(tmp_path: Path) -> MarketClient:
    return MarketClient(tmp_path)


@pytest.fixture
def wallet(qtbot: QtBot, client: MarketClient, tmp_path: Path) -> Iterator[Opens]:
    opened: list[AtPage] = []

    def open_() -> AtPage:
        opened.append(AtPage(qtbot, WalletPage, client, tmp_path))
        return opened[-1]

    yield open_
    for one in opened:
        one.leave()


def test_accounts_show_their_whole_address_and_proven_balance(wallet: Opens) -> None:
    at = wallet()
    words = at.words()
    assert str(ADA) in words
    assert str(BELA) in words
    assert "12.5000 OPEN" in words
    assert "verified" in words
    assert "no market value" in words
    assert at.primaries() == ["Send"]


def test_a_copied_address_is_read_back(wallet: Opens) -> None:
    at = wallet()
    at.click("account-1-address-copy")
    assert QGuiApplication.clipboard().text() == str(BELA)
    assert "Copied and read back" in at.words()
    label = at.find("account-1-address")
    label._back.stop()


def test_an_account_is_added_and_renamed(wallet: Opens, client: MarketClient) -> None:
    at = wallet()
    at.click("wallet-add")
    at.type("account-name-edit", "Rent")
    at.click("account-name-yes")
    assert [one.name for one in client.wallet.views] == ["Account 1", "Savings", "Rent"]
    at.click("account-1-rename")
    at.type("account-name-edit", "Old age")
    at.click("account-name-yes")
    assert client.wallet.views[1].name == "Old age"


def test_sending_asks_for_everything_and_signs_once(wallet: Opens, client: MarketClient) -> None:
    at = wallet()
    at.click("wallet-send")
    assert not at.find("send-continue").isEnabled()
    at.type("send-to", str(BELA))
    assert "Savings, one of your own accounts." in at.find("send-who", QLabel).text()
    at.type("send-amount", "1.5")
    at.click("send-continue")
    at.click("confirm-yes")
    assert client.wallet.sent == [(0, BELA, Amount.parse("1.5"))]
    assert len(client.signed) == 1
    assert at.said == [("Sent", "1.5000 OPEN are in block 43.")]
    assert not at.sees("send")


def test_a_new_address_is_warned_about(wallet: Opens) -> None:
    at = wallet()
    at.page.send(to=CARL)
    at.still()
    assert at.find("send-risk-title", QLabel).text() == "A new address"


def test_a_look_alike_is_blocked_with_the_difference_shown(wallet: Opens, client: MarketClient) -> None:
    client.wallet.alike[TWIN] = LookAlikeView(ADA, "Account 1", (12, 13, 14, 15))
    at = wallet()
    at.page.send()
    at.still()
    at.type("send-to", str(TWIN))
    at.type("send-amount", "1")
    assert "Do not send" in at.find("send-risk-title", QLabel).text()
    assert "4 of 40 characters differ" in at.find("address-diff", AddressDiff).accessibleName()
    assert not at.find("send-continue").isEnabled()
    at.type("send-to", str(BELA))
    assert not at.sees("address-diff")
    assert at.find("send-continue").isEnabled()


def test_a_look_alike_pasted_and_sent_at_once_is_blocked_too(wallet: Opens, client: MarketClient) -> None:
    client.wallet.alike[TWIN] = LookAlikeView(ADA, "Account 1", (12,))
    at = wallet()
    at.page.send(to=TWIN)
    panel = at.page._panel
    panel._amount.setText("1")
    panel._send()  # before the address was looked at
    at.still()
    assert client.wallet.sent == []
    assert not at.sees("confirm")
    assert "Do not send" in at.find("send-risk-title", QLabel).text()


def test_the_most_leaves_room_for_the_fee(wallet: Opens) -> None:
    at = wallet()
    at.page.send(account=1, to=CARL)
    at.still()
    at.click("send-max")
    assert Amount.parse(at.find("send-amount").text()) == Amount(3 * 10**18 - 21_000)
    assert at.find("send-from", QComboBox).currentText().startswith("Savings")


@pytest.mark.parametrize(
    ("to", "amount"), [("0x1234", "1"), (str(BELA), "0"), (str(BELA), "one"), (str(BELA), "13"), ("", "1")]
)
def test_what_cannot_be_sent_cannot_be_continued(wallet: Opens, to: str, amount: str) -> None:
    at = wallet()
    at.page.send()
    at.still()
    at.type("send-to", to)
    at.type("send-amount", amount)
    assert not at.find("send-continue").isEnabled()


def test_a_mistyped_address_is_told_at_its_field(wallet: Opens) -> None:
    at = wallet()
    at.page.send()
    at.still()
    wrong = str(BELA)[:-1] + ("d" if str(BELA)[-1] != "d" else "e")
    at.type("send-to", wrong)
    assert "not an account address" in at.page._panel._to_field.error


def test_saying_no_keeps_the_form(wallet: Opens, client: MarketClient) -> None:
    at = wallet()
    at.page.send(to=BELA)
    at.still()
    at.type("send-amount", "1")
    at.click("send-continue")
    at.click("confirm-no")
    assert client.signed == []
    assert at.find("send-amount").text() == "1"
    assert at.find("send-continue").isEnabled()


def test_receive_shows_the_code_and_the_whole_address(wallet: Opens) -> None:
    at = wallet()
    at.page.open("receive")
    at.still()
    assert str(ADA) in at.words()
    at.find("receive-account", QComboBox).setCurrentIndex(1)
    assert str(BELA) in at.words()
    at.click("receive-yes")


def test_activity_says_what_became_of_everything(wallet: Opens, client: MarketClient) -> None:
    client.wallet.rows_sent = (
        transaction(),
        replace(transaction("contribute", "pending"), tx_hash="0x01"),
        replace(transaction("claim", "failed", "already claimed"), tx_hash="0x02"),
    )
    at = wallet()
    at.click("wallet-tab-activity")
    text = at.page._activity._table.csv()
    assert "Waiting for a block" in text
    assert "Failed" in text
    assert "Confirmed" in text
    assert "\N{MINUS SIGN}1.5000" in text


def test_money_between_own_accounts_does_not_leave(wallet: Opens) -> None:
    at = wallet()
    known = at.page.known
    assert change_of(transaction(to=CARL), known) == -15 * 10**17
    assert change_of(transaction(to=BELA), known) == 0
    assert change_of(transaction("received"), known) == 15 * 10**17
    assert change_of(transaction(state="failed"), known) == 0
    claimed = replace(transaction("claim"), value=Amount(0), gained=Amount(5))
    assert change_of(claimed, known) == 5


def test_a_failed_transaction_opens_with_its_reason(wallet: Opens, client: MarketClient) -> None:
    client.network.found = receipt(succeeded=False)
    at = wallet()
    at.page.show_transaction(transaction(state="failed", reason="NotEnough <b>x</b>"))
    at.still()
    assert at.find("transaction-said-words", QLabel).text() == "NotEnough <b>x</b>. Only the fee was spent."
    assert "The contract refused" in at.words()


def test_a_pending_transaction_opens_without_a_proof(wallet: Opens) -> None:
    at = wallet()
    at.page.show_transaction(transaction(state="pending"))
    at.still()
    assert "It counts once a block holds it" in at.words()
    assert "Not known yet" in at.words()
    assert "What its block proves" not in at.words()


def test_a_contact_is_added_edited_and_removed(wallet: Opens, client: MarketClient) -> None:
    at = wallet()
    at.click("wallet-tab-contacts")
    at.click("contacts-empty-action")
    at.type("contact-address", "0x12")
    at.type("contact-name", "Carl")
    at.click("contact-yes")
    assert at.sees("contact-yes")
    at.type("contact-address", str(CARL))
    at.click("contact-yes")
    assert client.wallet.kept[CARL] == ContactView(CARL, "Carl", "")
    at.page.load()
    at.still()
    at.page._contacts._table.view.choose(client.wallet.kept[CARL])
    at.click("contact-edit")
    at.type("contact-note", "from the fair")
    at.click("contact-yes")
    assert client.wallet.kept[CARL].note == "from the fair"
    at.page.load()
    at.still()
    at.page._contacts._table.view.choose(client.wallet.kept[CARL])
    at.click("contact-remove")
    at.click("contact-forget-yes")
    assert client.wallet.kept == {}


def test_a_contact_that_looks_like_a_known_address_is_saved_only_after_a_warning(
    wallet: Opens, client: MarketClient
) -> None:
    client.wallet.alike[TWIN] = LookAlikeView(ADA, "Account 1", (12, 13))
    at = wallet()
    at.click("wallet-tab-contacts")
    at.click("contacts-empty-action")
    at.type("contact-name", "Twin")
    at.type("contact-address", str(TWIN))
    at.click("contact-yes")
    assert client.wallet.kept == {}
    assert at.sees("address-diff")
    at.click("contact-yes")
    assert TWIN in client.wallet.kept


def test_a_hash_from_elsewhere_opens_its_transaction(wallet: Opens, client: MarketClient) -> None:
    client.network.found = receipt()
    at = wallet()
    at.page.open(TX)
    at.still()
    assert "It did what it was sent for" in at.words()
