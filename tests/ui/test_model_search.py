"""Models that find passages: built, asked, checked, thrown away, on a client that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton

from core.errors import ModelError
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


def test_from_the_card_to_an_answer_with_who_carried_it(at: AtPage) -> None:
    assert "Finds passages" in at.words()
    at.click("finder-1-ask")
    assert "On this machine only" in at.words()
    assert at.primaries() == ["Find"]
    ask(at, "  ")
    assert at.client.searching.asked == []
    assert "There is no question yet" in at.words()
    ask(at)
    assert at.client.searching.asked == [("ask", 1, "a large island")]
    assert at.find("search-passage").text() == HELD[0][:53]
    rows = [at.find(f"hit-{rank}") for rank in (1, 2, 3)]
    texts = [row.findChild(PassageText) for row in rows]
    assert [text.text for text in texts] == list(HELD)  # the third holds what could be markup
    assert texts[0].accessibleDescription() == f"Marked: {HELD[0][:53]}"
    assert "Ada (you)" in rows[0].accessibleName()
    assert "No fee" in at.find("search-facts").text()


def test_what_is_asked_while_a_model_is_being_read_is_kept_and_then_answered(at: AtPage) -> None:
    view = at.client.searching.views[0]
    at.page.finder.show_choices((), ())
    at.page.open(("find", 1))
    at.type("search-query", "a large island")
    at.click("search-find")
    assert at.client.searching.asked == []
    at.page.finder.show_choices((view,), ())
    at.still()
    assert at.client.searching.asked == [("ask", 1, "a large island")]


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


def test_nothing_that_fits_a_text_that_is_gone_and_earlier_questions_are_no_dead_ends(at: AtPage) -> None:
    ask(at)
    searching = at.client.searching
    searching.next = found(hits=(), contributors=(), score=0, next_score=0)
    ask(at, "another one")
    assert "Nothing fits" in at.words()
    assert not at.sees("search-verify")
    assert at.find("search-find", QAbstractButton).isEnabled()
    searching.next = found(hits=(replace(found().hits[0], text="", passage=(0, 0)),))
    ask(at, "a third one")
    gone = "The text of this record is not on this machine."
    assert at.find("hit-1").findChild(PassageText).text == at.find("search-passage").text() == gone
    at.page.finder.asking._again(searching.history(1)[2])
    at.still()
    assert at.find("search-query").text() == "a large island"
    assert at.find("search-passage").text() == HELD[0][:53]
    assert searching.asked[-1] == ("ask", 1, "a third one")  # shown, not asked again


def test_about_says_how_well_it_finds_that_it_stays_here_and_what_was_withdrawn(at: AtPage) -> None:
    at.client.searching.views = [finder(state="outdated")]
    at.page.refresh()
    at.still()
    assert "Records withdrawn" in at.words()
    at.page.open(("find", 1))
    at.still()
    assert "Records of it were withdrawn" in at.words()
    at.click("search-tab-about")
    said = at.words()
    assert "3,240 documents; left out: 348 repeat older ones, 3 do not allow it" in said
    assert "cannot be put on the ledger yet" in said
    at.click("search-remove")
    at.click("remove-yes")
    assert ("remove", 1) in at.client.searching.asked
    assert at.said[-1][0] == "Thrown away"


def test_building_one_asks_for_nothing_it_does_not_need(at: AtPage) -> None:
    searching = at.client.searching
    at.page.open("build")
    at.still()
    at.click("release-next")
    assert at.primaries() == ["Train"]
    at.click("kind-passages")
    assert not at.sees("held-out")
    assert not at.sees("encoder-auto")
    assert at.primaries() == ["Build"]
    searching.error = ModelError(reason="no documents")
    at.click("options-train")
    assert "their terms forbid training" in at.words()
    at.click("train-again")
    at.click("kind-labels")
    assert at.sees("held-out")
    at.click("kind-passages")
    at.type("options-name", "Mine")
    at.click("options-train")
    assert searching.asked[-1] == ("build", 1, "Mine", "static-256")
    assert at.sees("search-query")  # nothing to publish: it is asked at once
