"""Checking a text: what stands in records is marked, named and can be copied; nothing found is said plainly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from core.errors import TooLarge
from tests.doubles.still_models import StillModelsClient, datanet, release
from tests.doubles.still_searching import report
from tests.ui.at_page import AtPage
from ui.pages.base import Context, Page
from ui.pages.datanet_verbatim import VerbatimTab
from ui.verbatim_words import lines
from ui.widgets import column


class VerbatimPage(Page):
    """The tab alone."""

    name, title, icon, order, shortcut = "verbatim", "Check", "search", 10, "Ctrl+1"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.tab = VerbatimTab(self, self.client.datanets.all()[0])
        self.wants: list[str] = []
        self.tab.wanted.connect(self.wants.append)
        column(self.tab, space=0, parent=self)


@pytest.fixture
def at(qtbot: Any, tmp_path: Path) -> Iterator[AtPage]:
    hand = AtPage(qtbot, VerbatimPage, StillModelsClient(tmp_path, full=False), tmp_path)
    yield hand
    hand.leave()
    assert hand.failed == []


def check(at: AtPage, text: str = "He said that an island lies there.") -> None:
    at.find("verbatim-text").setPlainText(text)
    at.click("verbatim-check")


def test_what_stands_in_records_is_marked_named_and_copied(at: AtPage) -> None:
    at.click("verbatim-least-64")
    check(at)
    assert at.client.memorising.asked == [(1, "He said that an island lies there.", 64)]
    assert at.find("verbatim-title").text() == "71 % of the text stands in these records, word for word"
    assert "This is memorisation" in at.words()
    assert "nothing is paid by it" in at.words()
    marked = at.find("verbatim-marked")
    assert len(marked.extraSelections()) == 2
    assert marked.toPlainText()[13:57] == "an island of Hawaii to the northwest of Oahu"
    grounds = [one.format.background().color().name() for one in marked.extraSelections()]
    at.page.tab.findChild(object, "verbatim-source-1").opened.emit()
    chosen = [one.format.background().color().name() for one in marked.extraSelections()]
    assert (chosen[0] == grounds[0], chosen[1] == grounds[1]) == (True, False)
    at.click("verbatim-copy")
    copied = QGuiApplication.clipboard().text()
    assert copied == "\n".join(lines(report()))
    assert "[1:an island of Hawaii to the northwest of Oahu]" in copied
    assert at.said[-1][0] == "Copied"


def test_nothing_found_and_what_cannot_be_checked_are_said(at: AtPage) -> None:
    check(at, " ")
    assert "There is no text yet" in at.words()
    at.client.memorising.error = TooLarge(what="text", found=300_000, limit=200_000)
    check(at)
    assert "too large" in at.words()
    at.client.memorising.report = report(parts=(("He said", None),), sources=(), people=(), covered=0, spans=0)
    check(at)
    assert at.find("verbatim-title").text() == "None of it stands in these records"
    assert not at.sees("verbatim-marked")


def test_a_dropped_file_is_read_into_the_field(at: AtPage, tmp_path: Path) -> None:
    (tmp_path / "answer.txt").write_text("an island", "utf8")
    at.page.tab.take(tmp_path / "answer.txt")
    at.still()
    assert at.find("verbatim-text").toPlainText() == "an island"


def test_without_a_release_the_next_step_is_one(qtbot: Any, tmp_path: Path) -> None:
    client = StillModelsClient(tmp_path, full=False, datanets=[datanet()])
    at = AtPage(qtbot, VerbatimPage, client, tmp_path)
    assert not at.sees("verbatim-check")
    at.click("verbatim-empty-action")
    assert at.page.wants == ["releases"]
    at.leave()
    assert release().version == 2
