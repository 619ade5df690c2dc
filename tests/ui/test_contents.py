"""Rows and pictures on the screens: readable lines, small copies, a form, and columns written down by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from core.errors import BadInput
from core.values import Answer, FormField, PictureView
from tests.doubles.still_models import StillModelsClient
from ui.contents import Thumb, line, whole
from ui.pages.datanet_columns import ColumnBoxes, ColumnsField, columns_of
from ui.pages.model_ask import Ask, RowForm

ROW = '{"colour":"red","width":"5.1"}'
PICTURE = '{"bytes":9,"height":30,"media":"image/png","sha256":"' + "ab" * 32 + '","width":28}'
FIELDS = (FormField("width", "number", (), "4.5"), FormField("colour", "category", ("red", "blue"), ""))


def test_each_kind_has_a_line_and_a_whole() -> None:
    assert (line("text", ROW), whole("text", ROW)) == (ROW, ROW)
    assert line("table", ROW) == "colour red · width 5.1"
    assert whole("table", ROW) == "colour:  red\nwidth:  5.1"
    assert line("image", PICTURE, "circle/1.png") == "circle/1.png · PNG picture, 28 \N{MULTIPLICATION SIGN} 30"
    assert (line("table", "words"), line("image", "words")) == ("words", "words")


def test_a_small_copy_is_shown_for_pictures_alone(qtbot: QtBot) -> None:
    thumb = Thumb(64)
    qtbot.addWidget(thumb)
    thumb.show_content(lambda _text, _side: PictureView(2, 1, bytes(6)), "text", "words")
    assert thumb.isHidden()
    thumb.show_content(lambda _text, _side: PictureView(2, 1, bytes(6)), "image", PICTURE)
    qtbot.waitUntil(lambda: not thumb.pixmap().isNull())
    assert thumb.height() == 32
    assert thumb.accessibleName() == "PNG picture, 28 \N{MULTIPLICATION SIGN} 30"


def test_a_picture_that_is_not_here_is_said_so(qtbot: QtBot) -> None:
    def gone(_text: str, _side: int) -> PictureView:
        raise BadInput(field="text", reason="not a picture")

    thumb = Thumb(64)
    qtbot.addWidget(thumb)
    thumb.show_content(gone, "image", PICTURE)
    qtbot.waitUntil(lambda: "not on this device" in thumb.text())


def test_columns_are_written_one_a_line_and_faults_are_named() -> None:
    assert columns_of("length\nweight: number\n colour : Category\n") == (
        ("length", "number"),
        ("weight", "number"),
        ("colour", "category"),
    )
    for wrong, said in (("a: word", "number or category"), (": number", "no name"), ("a\nA: category", "twice")):
        found = columns_of(wrong)
        assert isinstance(found, str)
        assert said in found


def test_columns_and_labels_come_from_a_file(qtbot: QtBot) -> None:
    made = SimpleNamespace(columns=(SimpleNamespace(name="width", cells="number"),), labels=("iris", "rose"))
    field = ColumnsField(lambda _path: made)
    qtbot.addWidget(field)
    with qtbot.waitSignal(field.labels_found) as told:
        field.read(Path("flowers.csv"))
    assert told.args == [["iris", "rose"]]
    assert field.columns == (("width", "number"),)
    assert field.judge()


def test_a_column_of_the_file_is_chosen_for_each_of_the_datanet(qtbot: QtBot) -> None:
    boxes = ColumnBoxes()
    qtbot.addWidget(boxes)
    boxes.show_columns((("width", "number"), ("colour", "category")), ("w", "c"), ("w", None))
    assert boxes.chosen == ("w", None)
    box = boxes.findChild(QComboBox, "cell-colour")
    box.setCurrentIndex(box.findData("c"))
    assert boxes.chosen == ("w", "c")


def test_a_form_gives_the_values_and_shows_an_earlier_row(qtbot: QtBot) -> None:
    form = RowForm()
    qtbot.addWidget(form)
    form.show_fields(FIELDS)
    assert form.cells == {"width": "", "colour": ""}
    form.show_row(ROW)
    assert form.cells == {"width": "5.1", "colour": "red"}
    assert form.findChild(QLineEdit, "ask-width").placeholderText() == "about 4.5"


def test_a_form_that_is_filled_while_it_is_seen_is_as_tall_as_its_fields(qtbot: QtBot) -> None:
    form = RowForm()
    qtbot.addWidget(form)
    form.resize(600, 400)
    form.show()
    form.show_fields(FIELDS)
    field = form.findChild(QLineEdit, "ask-width")
    qtbot.waitUntil(lambda: field.isVisible() and not field.visibleRegion().isEmpty())
    assert field.visibleRegion().boundingRect().height() == field.height()
    form.setFocus()
    assert form.focusProxy() is field, "what asks begins in the first field"


@pytest.mark.parametrize(("kind", "missing"), [("table", "at least one value"), ("image", "a picture")])
def test_what_is_missing_is_said_before_a_model_is_asked(qtbot: QtBot, tmp_path: Path, kind: str, missing: str) -> None:
    client: Any = StillModelsClient(tmp_path)
    client.models.form = lambda _model: FIELDS
    asked: list[Answer] = []
    ask = Ask(client)
    qtbot.addWidget(ask)
    ask.entered.connect(lambda: asked.append(ask.fault))
    ask.show_model(replace(client.models.all()[0], kind=kind))
    assert missing in ask.fault
    if kind == "image":
        ask.take(tmp_path / "a.png")
        assert asked == [""]
