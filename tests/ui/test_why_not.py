"""The playground explains itself: why this label and not another, whose records, pay apart from influence, proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.units import Amount
from core.values import CallPay
from tests.doubles.still_models import PEOPLE, StillModelsClient, answer
from tests.ui.at_page import AtPage
from ui.pages.model_answer import margin_words
from ui.pages.models import ModelsPage

SETTLED = CallPay("finished", Amount.parse("0.01"), "0x" + "5e" * 32, provable=True)


@pytest.fixture
def client(tmp_path: Path) -> StillModelsClient:
    made = StillModelsClient(tmp_path)
    made.models.calls = [answer(7), answer(6, "an older question")]
    return made


@pytest.fixture
def at(qtbot: QtBot, client: StillModelsClient, tmp_path: Path) -> Iterator[AtPage]:
    made = AtPage(qtbot, ModelsPage, client, tmp_path)
    yield made
    made.leave()


def opened(at: AtPage, call: int = 7) -> None:
    at.page.open(("call", 1, call))
    at.still()


def choose(at: AtPage, label: str) -> None:
    box = at.page.one.playground.influence._labels
    box.setCurrentIndex(box.findData(label))
    box.activated.emit(box.currentIndex())
    at.still()


def test_an_answer_opens_from_elsewhere_with_its_lead_its_carriers_and_its_pay(at: AtPage) -> None:
    opened(at, 6)
    said = at.words()
    assert at.find("playground-text").toPlainText() == "an older question"
    assert "“location” leads “food” by far: 0.814 to 0.114, 0.700 apart." in said
    assert "Records that speak for it" in said
    assert "\N{MINUS SIGN}4.8 %" in at.page.one.playground.influence._bars.summary()
    assert "Hatched bars speak against it." in said
    assert "It is not pay." in said
    assert at.find("answer-pay", QLabel).text() == "Not settled yet: it pays nobody so far"
    assert at.sees("answer-correct")
    assert not at.sees("answer-prove")


def test_the_lead_is_said_in_words() -> None:
    narrow = replace(answer(), confidence=0.41)
    assert "narrowly" in margin_words(narrow)
    assert "by far" not in margin_words(replace(narrow, confidence=0.0))
    assert margin_words(replace(narrow, scores=(("one", 3),))) == ""


def test_why_not_another_label_measures_that_labels_score(at: AtPage, client: StillModelsClient) -> None:
    opened(at)
    choose(at, "food")
    assert ("explain", 7, "food") in client.models.asked
    assert "Records that speak for “food”" in at.words()
    assert "Measured for “food”" in at.find("influence-note", QLabel).text()
    choose(at, "")
    assert "Records that speak for it" in at.words()
    assert "Measured for “location”" in at.find("influence-note", QLabel).text()


def test_a_record_and_a_contributor_lead_on_and_know_the_way_back(at: AtPage) -> None:
    opened(at)
    row = at.find("supporting-0")
    row.setFocus()
    at.qtbot.keyClick(row, " ")
    at.page.one.playground.influence._bars.picked.emit(0)
    assert at.went == [("trace", ("record", 700, "models")), ("trace", ("person", PEOPLE[0], "models"))]


def test_a_settled_call_leads_to_its_settlement_and_to_a_proof_that_says_what_it_discloses(
    at: AtPage, client: StillModelsClient, tmp_path: Path
) -> None:
    client.explaining.pay = SETTLED
    opened(at)
    assert not at.sees("answer-correct")
    at.click("answer-settlement")
    assert at.went == [("earnings", SETTLED.settlement)]
    at.click("answer-prove")
    assert "features give back most of a text's words" in at.words()
    at.click("export-answer-no")
    file = tmp_path / "answer.json"
    at.page.one.playground.answer.check.prove_to(file, 7, SETTLED.settlement)
    at.still()
    assert client.models.asked[-1] == ("prove", SETTLED.settlement, file, 7)
    at.click("answer-audit")
    assert at.went[1:] == [("earnings", ("check", file))]


def test_the_card_is_saved_from_the_report_and_its_records_lead_on(at: AtPage, tmp_path: Path) -> None:
    at.page.open(("report", 1))
    at.still()
    for part in ("report-purpose", "report-limits", "report-hashes", "report-labels", "report-calibration"):
        assert at.sees(part), part
    file = tmp_path / "card.md"
    at.page.one.report.save_to(file)
    at.still()
    assert file.read_text("utf-8").startswith("# Topics of definitions")
    assert at.find("report-said-title", QLabel).text() == "The card is saved"
    at.qtbot.keyClick(at.find("hard-0"), " ")
    assert at.went == [("trace", ("record", 702, "models"))]
