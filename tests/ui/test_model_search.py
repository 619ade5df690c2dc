"""Models that find passages: built, asked, checked, thrown away, on a client that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton

from core.errors import TooFewRecords
from core.values import Verified
from tests.doubles.still_models import StillModelsClient
from tests.doubles.still_searching import CHECKS, HELD, finder, found
from tests.ui.at_page import AtPage
from ui.pages.models import ModelsPage
from ui.widgets import PassageText


@pytest.fixture
def at(qtbot: Any, tmp_path: Path) -> Iterator[AtPage]:
    client = StillModelsClient(tmp_path, full=False)
    client.searching.views = [finder()]
    hand = AtPage(qtbot, ModelsPage, client, tmp_path)
    yield hand
    hand.leave()
    assert hand.failed == []


def ask(at: AtPage, words: str = "a large island") -> None:
    at.page.open(("find", 1))
    at.still()
    at.type("search-query", words)
    at.click("search-find")


def test_the_card_says_what_it_does_and_leads_to_asking(at: AtPage) -> None:
    assert at.sees("finder-1")
    assert "Finds passages" in at.words()
    at.click("finder-1-ask")
    assert at.sees("search-query")
    assert "On this machine only" in at.words()
    assert at.primaries() == ["Find"]


def test_an_answer_shows_passages_who_carried_it_and_what_it_cost(at: AtPage) -> None:
    ask(at)
    assert at.client.searching.asked == [("ask", 1, "a large island")]
    assert at.find("search-passage").text() == HELD[0][:53]
    rows = [at.find(f"hit-{rank}") for rank in (1, 2, 3)]
    texts = [row.findChild(PassageText) for row in rows]
    assert [text.text for text in texts] == list(HELD)
    assert texts[0].accessibleDescription() == f"Marked: {HELD[0][:53]}"
    assert "No fee" in at.find("search-facts").text()
    assert "Ada" in at.find("search-carried").accessibleName() + at.words() + rows[0].accessibleName()


def test_what_is_in_a_record_is_never_markup(at: AtPage) -> None:
    ask(at)
    assert "<b>in the north</b>" in at.find("hit-3").findChild(PassageText).text


def test_verifying_lists_every_check_and_says_when_one_fails(at: AtPage) -> None:
    ask(at)
    at.click("search-verify")
    assert "Everything agrees, bit for bit" in at.words()
    assert "Answered again without each document: every credit is exact" in at.words()
    lied = tuple((key, key != "ranking", detail) for key, _, detail in CHECKS)
    at.client.searching.verified = Verified(False, lied)
    at.click("search-verify")
    assert "Something does not agree" in at.words()
    assert "Working it out by hand gives other documents" in at.words()


def test_nothing_that_fits_is_no_dead_end(at: AtPage) -> None:
    at.client.searching.next = found(hits=(), contributors=(), score=0, next_score=0)
    ask(at)
    assert "Nothing fits" in at.words()
    assert not at.sees("search-verify")
    assert at.find("search-find", QAbstractButton).isEnabled()


def test_an_empty_question_is_not_asked(at: AtPage) -> None:
    ask(at, "  ")
    assert at.client.searching.asked == []
    assert "There is no question yet" in at.words()


def test_records_that_were_withdrawn_are_announced(at: AtPage) -> None:
    at.client.searching.views = [finder(state="outdated")]
    at.page.refresh()
    at.still()
    assert "Records withdrawn" in at.words()
    at.page.open(("find", 1))
    at.still()
    assert "Records of it were withdrawn" in at.words()


def test_about_says_how_well_it_finds_and_that_it_stays_here(at: AtPage) -> None:
    at.page.open(("find", 1))
    at.still()
    at.click("search-tab-about")
    said = at.words()
    assert "3,240 documents; left out: 348 repeat older ones, 3 do not allow it" in said
    assert "cannot be put on the ledger yet" in said
    at.click("search-remove")
    at.click("remove-yes")
    assert ("remove", 1) in at.client.searching.asked
    assert at.said[-1][0] == "Thrown away"


def build(at: AtPage) -> None:
    at.page.open("build")
    at.still()
    at.click("release-next")
    at.click("kind-passages")


def test_building_one_asks_for_nothing_it_does_not_need(at: AtPage) -> None:
    build(at)
    assert not at.sees("held-out")
    assert not at.sees("encoder-auto")
    assert at.primaries() == ["Build"]
    at.type("options-name", "Mine")
    at.click("options-train")
    assert at.client.searching.asked == [("build", 1, "Mine", "static-256")]
    assert at.sees("search-query")  # nothing to publish: it is asked at once


def test_going_back_to_labels_brings_their_options_again(at: AtPage) -> None:
    build(at)
    at.click("kind-labels")
    assert at.sees("held-out")
    assert at.primaries() == ["Train"]


def test_a_build_that_fails_says_why_and_leads_back(at: AtPage) -> None:
    at.client.searching.error = TooFewRecords(label="", found=0, needed=1)
    build(at)
    at.click("options-train")
    assert at.sees("train-said")
    at.click("train-again")
    assert at.sees("options-train")


def test_earlier_questions_can_be_seen_again(at: AtPage) -> None:
    ask(at)
    ask(at, "another one")
    model = at.client.searching
    at.page.finder.asking._again(model.history(1)[1])
    at.still()
    assert at.find("search-query").text() == "a large island"
    assert model.asked[-1] == ("ask", 1, "another one")  # shown, not asked again


def test_an_answer_of_a_record_that_is_not_here_says_so(at: AtPage) -> None:
    gone = replace(found().hits[0], text="", passage=(0, 0))
    at.client.searching.next = found(hits=(gone,))
    ask(at)
    assert at.words().count("The text of this record is not on this machine.") == 1
    assert at.find("hit-1").findChild(PassageText).text == "The text of this record is not on this machine."
