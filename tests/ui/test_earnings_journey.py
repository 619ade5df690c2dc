"""Earnings with the real client: claimed through the page, opened down to the balance, proven in a file."""

from __future__ import annotations

import csv
import time
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
from tests.ui.test_models_journey import rows
from ui.pages.earnings import EarningsPage
from ui.pages.home import HomePage

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

CALLS = 12
FEE = Amount.parse("0.01")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """One contributor's records, a model of them, its calls, and their settlement."""
    made = Client(ProfilePaths(tmp_path / "profile"), cost=cheap.COST, bounds=cheap.BOUNDS)
    try:
        made.profile.create(made.profile.new_phrase(), cheap.PASSWORD)
        file = tmp_path / "rows.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("text", "label"), *rows()])
        created = made.sign(made.datanets.prepare_create(0, "Birds and tools", "", ("bird", "tool"), "CC-BY-4.0"))
        datanet = int(str(created.result))
        draft = made.datanets.import_file(datanet, file, 0)
        made.datanets.preflight(draft)
        made.sign(made.datanets.prepare_contribute(draft))
        (given,) = made.datanets.contributions(datanet)
        made.datanets.decide_all(given.id, approve=True)
        made.datanets.trust_contributor(given.id)
        made.sign(made.datanets.prepare_review(given.id, 0))
        made.sign(made.datanets.prepare_release(datanet, 0))
        model = made.models.train(datanet, name="Birds or tools").id
        made.sign(made.models.prepare_publish(model, 0, FEE, (6000, 2500, 1000, 500)))
        made.sign(made.earnings.prepare_deposit(0, Amount(FEE.wei * CALLS)))
        for text, _label in rows()[:CALLS]:
            made.models.run(model, text, 0, explain=False)
        settled = made.sign(made.earnings.prepare_settle(model, 0, 0))
        until = made.earnings.settlement(str(settled.result)).claimable_at
        while made.clock.now() < until:
            time.sleep(0.2)
        yield made
    finally:
        made.close()


def test_a_payment_is_claimed_opened_and_proven(qtbot: QtBot, client: Client, tmp_path: Path) -> None:
    home = AtPage(qtbot, HomePage, client, tmp_path)
    assert home.find("home-claimable-value", QLabel).text() == "0.0840"
    assert "Claim your earnings" in home.words()
    home.leave()

    at = AtPage(qtbot, EarningsPage, client, tmp_path)
    assert at.find("earnings-claimable-value", QLabel).text() == "0.0840"
    before = client.wallet.balance(client.wallet.address(0)).value
    at.click("earnings-claim")
    at.click("confirm-yes")
    assert at.failed == []
    assert at.said[-1] == ("Claimed", "0.0840 OPEN moved to your account.")
    assert at.find("earnings-claimable-value", QLabel).text() == "0"
    assert not at.find("earnings-claim").isEnabled()
    (signed,) = [one for one in client.wallet.activity() if one.what == "claim"]
    after = client.wallet.balance(client.wallet.address(0)).value
    assert signed.fee is not None
    assert signed.gained == Amount(84 * 10**15)
    assert after.wei == before.wei + signed.gained.wei - signed.fee.wei

    (payout,) = at.page._payments.model.shown
    at.page._payments.opened.emit(payout)
    at.still()
    words = at.words()
    assert "0.084 OPEN" in words
    assert "100.0000 %" in words
    assert "The proof holds, recomputed just now" in words
    assert signed.tx_hash in words
    assert f"{before.text(18)} OPEN" in words
    assert f"{after.text(18)} OPEN" in words
    assert len(at.page._panel._records.model.shown) >= 100

    file = tmp_path / "one.proof.json"
    at.page.export_to(file, payout.settlement, payout.account, at.page._panel.said)
    at.still()
    assert "The proof file is written" in at.words()
    at.page.check(file)
    at.still()
    assert "Everything in this file holds" in at.words()
    file.write_bytes(file.read_bytes().replace(b'"total_fee":"1', b'"total_fee":"2'))
    at.page.check(file)
    at.still()
    assert "This file does not hold" in at.words()
    assert at.failed == []
    at.leave()
