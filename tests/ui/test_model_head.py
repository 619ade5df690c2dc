"""Which head a model has is said with its reason, may be chosen, and asks a fee whichever it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.values import HeadChoice
from tests.doubles.still_models import StillModelsClient, model
from tests.ui.at_page import AtPage
from ui import head_words
from ui.pages.models import ModelsPage

BETTER = HeadChoice("softmax", 0.052, 0.031)
KEPT = HeadChoice("ridge", 0.04, 0.038)


@pytest.fixture
def client(tmp_path: Path) -> StillModelsClient:
    found = StillModelsClient(tmp_path)
    found.models.views.append(model(7, "trained", name="Flowers", encoder="columns", head=BETTER))
    return found


@pytest.fixture
def at(qtbot: QtBot, client: StillModelsClient, tmp_path: Path):
    found = AtPage(qtbot, ModelsPage, client, tmp_path)
    yield found
    found.leave()


def test_the_reason_names_both_figures() -> None:
    assert head_words.why(BETTER) == (
        "Softmax: 3.1 % wrong on records left out of their own training, where ridge had 5.2 %"
    )
    assert "softmax, with 3.8 %, was not better by more than a point" in head_words.why(KEPT)
    assert head_words.why(HeadChoice("softmax")) == "Softmax, as its builder chose"
    assert "exact" in head_words.why(HeadChoice("ridge"))


def test_a_card_promises_exact_shares_of_records_only_for_ridge() -> None:
    assert "whose records carried an answer is exact" in " ".join(head_words.how(KEPT))
    said = " ".join(head_words.how(BETTER))
    assert "one step" in said
    assert "anyone can check" in said
    assert head_words.how(HeadChoice("forest")) == (
        "A head on top of them gives every label a score; the largest is the answer.",
    )


def test_a_model_says_how_it_answers_and_why(at: AtPage, client: StillModelsClient) -> None:
    at.page.show_model(7, "about")
    at.still()
    assert "Softmax: 3.1 % wrong" in at.words()
    at.page.show_model(7, "report")
    at.still()
    assert at.find("choice-head").text() == f"{head_words.why(BETTER)}."


def test_a_softmax_model_asks_a_fee_as_any_other(at: AtPage) -> None:
    for number in (7, 3):
        at.page.publish(number)
        at.still()
        assert (at.find("publish-fee").text(), at.find("publish-fee").isEnabled()) == ("0.01", True)
        assert at.find("publish-sign").isEnabled()


def test_who_wants_a_certain_head_may_choose_it(at: AtPage, client: StillModelsClient) -> None:
    at.click("models-build")
    at.click("release-next")
    assert not at.sees("head-ridge")
    at.click("head-more")
    assert at.find("head-auto").isChecked()
    at.click("head-ridge")
    client.models.trained = replace(client.models.trained, head=KEPT)
    at.click("options-train")
    at.still()
    assert client.models.asked[-1][-1] == "ridge"
    assert "not better by more than a point" in at.find("choice-head").text()
