"""Marked parts of a text: painted where they stand, said to a screen reader, and never markup."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from ui.widgets import PassageText

PARTS = (("An island in the ", None), ("north Atlantic", 0), (", near 😀 the ", None), ("second one", 1), (".", None))


@pytest.fixture
def shown(qtbot: Any) -> PassageText:
    made = PassageText(pickable=True)
    qtbot.addWidget(made)
    made.show_parts(PARTS)
    made.resize(300, 80)
    made.show()
    return made


def test_the_text_is_whole_and_its_marks_are_said(shown: PassageText) -> None:
    assert shown.text == "".join(words for words, _ in PARTS)
    assert shown.accessibleName() == shown.text
    assert shown.accessibleDescription() == "Marked: north Atlantic; second one"


def test_marks_stand_where_qt_counts_them(shown: PassageText) -> None:
    """An emoji is one character here and two of Qt's."""
    places = [(one.start, one.length) for one in shown._formats()]
    assert places == [(17, 14), (31 + len(", near 😀 the ") + 1, 10)]


def test_a_narrow_text_is_higher(shown: PassageText) -> None:
    assert shown.heightForWidth(80) > 2 * shown.heightForWidth(900)


def test_a_click_on_a_mark_says_which(qtbot: Any, shown: PassageText) -> None:
    shown.resize(900, 40)
    picked: list[int] = []
    shown.picked.connect(picked.append)
    shown.grab()
    across = shown.fontMetrics().horizontalAdvance("An island in the nor")
    qtbot.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(across, 8))
    qtbot.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(20, 8))
    assert picked == [0]


def test_what_could_hide_or_turn_words_is_dropped(shown: PassageText) -> None:
    shown.show_parts([("a \u202eb", None), ("<b>c</b>\u200b", 0), ("\n d ", None)])
    assert shown.text == "a b<b>c</b>\n d "
