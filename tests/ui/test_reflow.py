"""At the smallest window nothing is cut: parts go beneath each other, margins shrink, columns get what they need."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.pages.receipt import field_words
from ui.tables import Column
from ui.tables.view import shared_room
from ui.theme.tokens import XXL, L
from ui.widgets import column
from ui.widgets.layouts import Framed
from ui.widgets.reflow import Reflow


def tile(width: int) -> QWidget:
    made = QWidget()
    made.setMinimumWidth(width)
    made.setMinimumHeight(40)
    return made


def test_parts_go_beneath_each_other_where_they_would_be_cut(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    parts = [tile(150) for _ in range(4)]
    tiles = Reflow(*parts, columns=4, least=190)
    column(tiles, None, parent=page)
    page.show()
    for width, columns in ((900, 4), (700, 2), (300, 1), (900, 4)):
        page.resize(width, 600)
        qtbot.waitUntil(lambda columns=columns: tiles.columns == columns)
        assert tiles.minimumSizeHint().width() == 150  # what stands side by side now must not hold the page wide
        qtbot.waitUntil(lambda: len({(part.x(), part.y()) for part in parts}) == len(parts))


def test_a_small_window_has_small_margins(qtbot: QtBot) -> None:
    inner = tile(100)
    page = Framed(inner, 1180)
    qtbot.addWidget(page)
    page.show()
    for width, side in ((972, XXL), (752, L), (972, XXL)):
        page.resize(width, 400)
        qtbot.waitUntil(lambda side=side: inner.x() == side)


COLUMNS = (
    Column[str]("When", str, width=100),
    Column[str]("Model", str, width=80, grow=1),
    Column[str]("State", str, width=200, grow=3),
)


def test_what_grows_first_gets_what_its_words_need() -> None:
    assert shared_room(COLUMNS, [100, 150, 90], 400) == [100, 150 + 15, 90 + 45]


def test_a_short_name_is_whole_before_a_long_sentence_gets_more() -> None:
    assert shared_room(COLUMNS, [100, 110, 900], 500) == [100, 110, 290]


def test_without_room_nothing_is_narrower_than_it_has_to_be() -> None:
    assert shared_room(COLUMNS, [100, 150, 260], 300) == [100, 80, 200]
    assert shared_room(COLUMNS, [100, 60, 90], 200) == [100, 60, 90]


def test_without_a_column_that_grows_the_last_one_takes_the_rest() -> None:
    fixed = (Column[str]("A", str, width=50), Column[str]("B", str, width=50))
    assert shared_room(fixed, [50, 50], 300) == [50, 250]
    assert shared_room((), [], 300) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("newPackageHash", "New package hash"), ("roots.featuresRoot", "Features root"), ("to", "To"), ("_id", "Id")],
)
def test_a_contracts_names_are_read_as_words(name: str, words: str) -> None:
    assert field_words(name) == words
