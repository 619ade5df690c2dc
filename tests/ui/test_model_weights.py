"""Weights of records do not ask to be believed: one click works them out again, a file lets anybody do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.errors import DatanetError, ModelError
from tests.doubles.still_models import StillModelsClient, card, model
from tests.doubles.still_weights import FAULTY
from tests.ui.at_page import AtPage
from ui import ask, model_card
from ui.disclosing import WEIGHTS
from ui.pages.models import ModelsPage


@pytest.fixture
def client(tmp_path: Path) -> StillModelsClient:
    return StillModelsClient(tmp_path)


@pytest.fixture
def at(qtbot: QtBot, client: StillModelsClient, tmp_path: Path) -> Iterator[AtPage]:
    made = AtPage(qtbot, ModelsPage, client, tmp_path)
    made.page.open(("report", 1))
    made.still()
    yield made
    made.leave()


def test_one_click_works_the_weights_out_and_words_every_check(at: AtPage, client: StillModelsClient) -> None:
    at.click("weights-verify")
    said = at.words()
    assert ("verify weights", 1) in client.models.asked
    assert "Everything agrees, bit for bit" in said
    assert "Each record's novelty, and the reason for it, follows from the texts of all older records" in said
    client.models.weighed = FAULTY
    at.click("weights-verify")
    said = at.words()
    assert "Do not rely on these weights. See which check failed." in said
    assert "of record 240: 0 here, 64 in the model" in said


def test_a_file_leaves_after_it_was_said_that_it_holds_every_text(
    at: AtPage, client: StillModelsClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    answers = iter((False, True))
    target = tmp_path / "model.weights.zip"

    async def question(_parent: object, _title: str, words: str, **_more: object) -> bool:
        told.append(words)
        return next(answers)

    async def save_file(*_arguments: object) -> Path:
        return target

    monkeypatch.setattr(ask, "question", question)
    monkeypatch.setattr(ask, "save_file", save_file)
    at.click("weights-export")
    assert told == [WEIGHTS]
    assert "every text of the release" in WEIGHTS
    assert not target.exists()
    assert not at.sees("weights-audit")
    at.click("weights-export")
    assert target.exists()
    at.click("weights-audit")
    assert at.went == [("earnings", ("check", target))]


def test_what_may_not_leave_is_said(at: AtPage, client: StillModelsClient, tmp_path: Path) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise DatanetError(reason="not to be shared", records=12)

    client.models.export_weights = refuse  # type: ignore[method-assign]
    at.page.one.report.weights.export_to(tmp_path / "file.zip", 1)
    at.still()
    assert "Some of its records were not given for sharing, or were taken back." in at.words()


def test_without_weights_there_is_nothing_to_check(at: AtPage, client: StillModelsClient) -> None:
    def missing(_model: int) -> None:
        raise ModelError(reason="no training data")

    assert at.sees("weights-verify")
    client.models.admission = missing  # type: ignore[assignment,method-assign]
    at.page.one.report.show_model(replace(model(), package_hash="0x" + "0f" * 32))
    at.still()
    assert not at.sees("weights-verify")


def test_the_card_names_who_waits_for_a_judgement() -> None:
    said = model_card.weight_words(card(model()))
    assert "agree with it elsewhere: Bela under body (31 records). They keep a quarter" in said
    many = tuple((f"P{n}", "body", 30) for n in range(9))
    assert "P5 under body (30 records) and 3 others." in model_card.weight_words(replace(card(model()), review=many))
    assert "differ" not in model_card.weight_words(replace(card(model()), review=()))
