"""Earnings: every sum opens down to its proof, every zero has its reason, claiming asks and signs each account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.errors import EconomyError
from core.units import Address, Amount
from core.values import Verified
from tests.doubles.market_client import (
    EARNED,
    NASTY,
    PAYOUTS,
    SETTLEMENT,
    MarketClient,
    detail,
    payout,
    settlement,
)
from tests.doubles.still_client import ADA, BELA
from tests.ui.at_page import AtPage
from ui.earning_words import payout_words, settlement_words
from ui.pages.earnings import EarningsPage
from ui.pages.earnings_claim import Claimable, claimable
from ui.pages.earnings_columns import PAYOUTS as COLUMNS_OF_PAYMENTS
from ui.pages.earnings_columns import SETTLEMENTS
from ui.pages.earnings_payment import points

Opens = Callable[[], AtPage]


@pytest.fixture
def client(tmp_path: Path) -> MarketClient:
    return MarketClient(tmp_path)


@pytest.fixture
def earnings(qtbot: QtBot, client: MarketClient, tmp_path: Path) -> Iterator[Opens]:
    opened: list[AtPage] = []

    def open_() -> AtPage:
        opened.append(AtPage(qtbot, EarningsPage, client, tmp_path))
        return opened[-1]

    yield open_
    for one in opened:
        one.leave()


def test_the_four_sums_stand_above_all(earnings: Opens) -> None:
    at = earnings()
    shown = {
        key: at.find(f"earnings-{key}-value", QLabel).text() for key in ("total", "claimable", "claimed", "pending")
    }
    assert shown == {"total": "1.4000", "claimable": "0.7500", "claimed": "0.6500", "pending": "3"}


def test_a_zero_says_why(earnings: Opens, client: MarketClient) -> None:
    client.empty()
    at = earnings()
    assert "No model built on your records has been used yet." in at.words()
    assert not at.find("earnings-claim").isEnabled()
    assert at.primaries() == ["Claim"]


def test_a_settlement_that_was_refused_says_why_and_leads_to_where_it_is_settled(
    earnings: Opens, client: MarketClient
) -> None:
    refused = payout("refused", reason="a reason of <b>its</b> own")
    assert payout_words(refused) == "Refused: A reason of <b>its</b> own. Its calls wait to be settled again"
    client.earnings.view = replace(EARNED, payouts=(replace(refused, settlement="0x"),))
    at = earnings()
    at.page._open_payment(client.earnings.view.payouts[0])
    at.still()
    assert at.went == [("models", None)]


def test_a_payment_of_nothing_says_why(earnings: Opens, client: MarketClient) -> None:
    client.earnings.opened = detail(PAYOUTS[2], proof=(), contributor_positive=0)
    at = earnings()
    at.page.show_payment(SETTLEMENT, BELA)
    at.still()
    assert "All of these records repeat older ones" in at.find("payment-why-words", QLabel).text()
    assert "None: nothing is paid" in at.words()
    assert "Nothing is paid, so no balance changes." in at.words()
    assert at.primaries() == []


def test_a_payment_opens_down_to_the_balance_and_adds_up(earnings: Opens) -> None:
    at = earnings()
    at.page._payments.opened.emit(PAYOUTS[1])
    at.still()
    words = at.words()
    assert "0.65 OPEN" in words
    assert "1.4 OPEN to contributors, 70 %" in words
    assert "50.0000 %" in words
    assert "0x" + "1e" * 32 in words
    assert "0x" + "bb" * 32 in words
    assert "The proof holds, recomputed just now" in words
    assert "5.000000000000000000 OPEN" in words
    assert "+0.650000000000000000 OPEN" in words
    assert "5.649999999999979000 OPEN" in words


def test_settlements_need_no_more_room_than_the_smallest_window_has() -> None:
    page, scroll_bar = 752 - 2 * 16, 14
    assert sum(one.width for one in SETTLEMENTS) <= page - scroll_bar
    assert sum(one.width for one in COLUMNS_OF_PAYMENTS) <= page - scroll_bar


def test_a_proof_that_does_not_hold_is_said_loudly(earnings: Opens, client: MarketClient) -> None:
    client.earnings.opened = detail(proof_holds=False)
    at = earnings()
    at.page.show_payment(SETTLEMENT, BELA)
    at.still()
    assert "The proof does not hold: do not rely on this payment" in at.words()
    assert "The proof holds" not in at.words()


def test_records_carry_their_signed_totals_and_foreign_text_stays_plain(earnings: Opens) -> None:
    at = earnings()
    at.page.show_payment(SETTLEMENT, BELA)
    at.still()
    table = at.page._panel._records
    assert "7,<b>Ada</b>" in table.csv().replace('"', "") or "<b>Ada</b>" in table.csv()
    assert "\N{MINUS SIGN}300" in table.csv()
    shown = table.model.data(table.model.index(0, 1))
    assert shown == "<b>Ada</b> evil"
    assert points(-1_234) == "\N{MINUS SIGN}1,234"


def test_claiming_for_one_account_goes_straight_to_signing(earnings: Opens, client: MarketClient) -> None:
    at = earnings()
    at.click("earnings-claim")
    at.click("confirm-yes")
    assert [one.id for one in client.signed] == ["claim-0"]
    assert at.said == [("Claimed", "0.7500 OPEN moved to your account.")]


def test_claiming_for_several_accounts_asks_which_and_signs_each(earnings: Opens, client: MarketClient) -> None:
    both = (payout(), payout("claimable", "0.65", BELA))
    client.earnings.view = replace(EARNED, payouts=both)
    at = earnings()
    at.click("earnings-claim")
    assert "1.400000 OPEN" in at.words()
    at.click("claim-yes")
    at.click("confirm-yes")
    at.click("confirm-yes")
    assert [one.id for one in client.signed] == ["claim-0", "claim-1"]
    assert at.said == [("Claimed", "1.4000 OPEN moved to your accounts.")]


def test_an_account_that_is_left_out_does_not_sign(earnings: Opens, client: MarketClient) -> None:
    client.earnings.view = replace(EARNED, payouts=(payout(), payout("claimable", "0.65", BELA)))
    at = earnings()
    at.click("earnings-claim")
    at.find("claim-0").setChecked(False)
    at.click("claim-yes")
    at.click("confirm-yes")
    assert [one.id for one in client.signed] == ["claim-1"]


def test_saying_no_signs_nothing_and_forgets_it(earnings: Opens, client: MarketClient) -> None:
    at = earnings()
    at.click("earnings-claim")
    at.click("confirm-no")
    assert client.signed == []
    assert [one.id for one in client.forgotten] == ["claim-0"]
    assert at.said == []


def test_a_claim_that_fails_is_told_on_the_page(
    earnings: Opens, client: MarketClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = earnings()

    def refuse(_account: int) -> None:
        raise EconomyError(reason="already claimed")

    monkeypatch.setattr(client.earnings, "prepare_claim", refuse)
    at.click("earnings-claim")
    assert "It is paid already." in at.find("earnings-said-words", QLabel).text()


def test_what_can_be_claimed_is_added_up_by_account() -> None:
    stranger = Address(bytes(19) + b"\x01")
    payouts = (payout(), payout("claimable", "0.25"), payout("claimed", "9"), payout("claimable", "1", stranger))
    assert claimable(payouts, {ADA: 0, BELA: 1}) == (Claimable(0, "Account 1", Amount.parse("1"), 2),)


def test_exporting_says_first_what_the_file_discloses(earnings: Opens, client: MarketClient, tmp_path: Path) -> None:
    at = earnings()
    at.page.show_payment(SETTLEMENT, BELA)
    at.still()
    at.click("payment-export")
    assert "every call of the settlement" in at.words()
    assert "no text, no key and no phrase" in at.words()
    at.click("export-proof-no")
    assert client.earnings.exported == []
    at.page.export_to(tmp_path / "one.proof.json", SETTLEMENT, BELA, at.page._panel.said)
    at.still()
    assert client.earnings.exported == [(SETTLEMENT, tmp_path / "one.proof.json", BELA)]
    assert "The proof file is written" in at.words()


def test_checking_a_file_shows_each_check_in_words(earnings: Opens, tmp_path: Path) -> None:
    at = earnings()
    at.page.check(tmp_path / "file.json")
    at.still()
    assert "Everything in this file holds" in at.words()
    assert "The claim is a leaf of the payout" in at.words()
    at.click("back")
    assert at.sees("earnings-claim")


def test_a_file_that_does_not_hold_says_which_check_failed_first(
    earnings: Opens, client: MarketClient, tmp_path: Path
) -> None:
    client.earnings.verdict = Verified(False, (("the head is certified", True, ""), ("the fees add up", False, NASTY)))
    at = earnings()
    at.page.check(tmp_path / "file.json")
    at.still()
    words = at.words()
    assert "This file does not hold" in words
    assert words.index("The fees add up") < words.index("The head is certified")
    assert "<b>Ada</b> evil" in words


def test_a_settlement_opens_to_everybody_s_payouts(earnings: Opens) -> None:
    at = earnings()
    at.page.open(SETTLEMENT)
    at.still()
    assert "100 calls of <b>Ada</b> evil, 2.0000 OPEN" in at.words()
    assert len(at.page._panel._payouts.model.shown) == 3


def test_what_waits_says_until_when_and_what_fell_says_why(earnings: Opens, client: MarketClient) -> None:
    until = 4_000_000_000
    waits = replace(payout("waiting"), until=until)
    client.earnings.view = replace(EARNED, payouts=(waits, payout("void")), waiting=Amount.parse("0.75"))
    client.earnings.posted = (
        replace(settlement(), state="open", claimable_at=until, verdict="fine", bond=Amount.parse("1")),
        replace(settlement(), settlement="0x" + "5f" * 32, state="void", void_kind=8, verdict="false"),
    )
    at = earnings()
    assert "0.7500 OPEN waits for objections" in at.words()
    shown = [payout_words(one) for one in at.page._payments.model.shown]
    assert shown[0].startswith("Waiting for objections until ")
    assert shown[1] == "Void, the settlement fell"
    stand = {settlement_words(one) for one in at.page._settlements.model.shown}
    assert "Void: a contributor was paid less than due" in stand
    assert not at.find("earnings-claim").isEnabled()
    at.page.show_settlement(SETTLEMENT)
    at.still()
    assert shown[0] in at.words()
    assert "Every part follows from the signed sums" in at.words()
    assert "1.0000 OPEN, at stake" in at.words()
    panel = at.page._panel
    assert not panel._finish.isVisible()
    assert not panel._object.isVisible()


def test_an_objection_takes_two_signatures(earnings: Opens, client: MarketClient) -> None:
    client.earnings.posted = (replace(settlement(), state="open", claimable_at=4_000_000_000, verdict="false"),)
    at = earnings()
    at.page.show_settlement(SETTLEMENT)
    at.still()
    at.click("settlement-object")
    at.click("confirm-yes")
    at.still()
    at.click("confirm-yes")
    assert client.earnings.done == [("announce", SETTLEMENT, 0), ("challenge", SETTLEMENT, 0)]
    assert at.said[-1][0] == "Objected"


def test_a_final_settlement_is_finished_and_its_bond_taken_out(earnings: Opens, client: MarketClient) -> None:
    client.earnings.posted = (replace(settlement(), state="final", bond=Amount.parse("1")),)
    at = earnings()
    at.page.show_settlement(SETTLEMENT)
    at.still()
    at.click("settlement-finish")
    at.click("confirm-yes")
    at.still()
    at.click("confirm-yes")
    assert client.earnings.done == [("finish", SETTLEMENT, 0), ("take", 0)]
    assert at.said[-1][0] == "Finished"


def test_a_posters_file_is_checked(earnings: Opens, client: MarketClient, tmp_path: Path) -> None:
    at = earnings()
    at.page.take_in(tmp_path / "one.settlement.json")
    at.still()
    checked = "The settlement was checked"
    assert at.said[-1] == (checked, "Every part follows from the signed sums")
    client.earnings.file_verdict = "missing"
    at.page.take_in(tmp_path / "one.settlement.json")
    at.still()
    assert at.said[-1] == (checked, "Not checked: its data is not here")
