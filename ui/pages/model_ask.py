"""What a model of tables or pictures is asked with: a form of its columns, or a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from core.values import Answer, FormField, ModelView
from ui import tasks
from ui.contents import PICTURES, Thumb
from ui.text import foreign
from ui.theme.tokens import CONTROL_HEIGHT, XS, M
from ui.widgets import DropZone, LinkButton, Text, column, row, scrolled

_ACROSS = 3
_TALLEST = 264  # past that the form scrolls


class RowForm(QWidget):
    """A field for each column. Names: `ask-<column>`."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._fields: dict[str, QLineEdit | QComboBox] = {}
        self._inner = QWidget()
        self._area = scrolled(self._inner)
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, M, 0)
        self._grid.setHorizontalSpacing(M)
        self._grid.setVerticalSpacing(XS)
        hint = Text("Leave out what you do not know.", "small", "muted")
        column(self._area, hint, space=XS, parent=self)

    def show_fields(self, fields: Sequence[FormField]) -> None:
        while self._grid.count():
            old = self._grid.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        self._fields = {}
        for at, one in enumerate(fields):
            made = self._made(one)
            made.setObjectName(f"ask-{one.name}")
            made.setAccessibleName(foreign(one.name, 60))
            made.setMinimumHeight(CONTROL_HEIGHT)
            label = Text(foreign(one.name, 60), "small", "muted")
            label.setBuddy(made)
            line, place = 2 * (at // _ACROSS), at % _ACROSS
            self._grid.addWidget(label, line, place)
            self._grid.addWidget(made, line + 1, place)
            for part in (label, made):
                part.show()  # what is not shown yet has no height, and the form would be as flat as an empty one
            self._fields[one.name] = made
        waited = self.hasFocus()
        self.setFocusProxy(next(iter(self._fields.values()), None))
        if waited:
            self.setFocus()
        for place in range(_ACROSS):
            self._grid.setColumnStretch(place, 1)
        self._inner.adjustSize()
        self._area.setFixedHeight(min(_TALLEST, self._inner.sizeHint().height() + 2))

    def _made(self, one: FormField) -> QLineEdit | QComboBox:
        if one.choices:
            box = QComboBox()
            box.addItem("not known", "")
            for choice in one.choices:
                box.addItem(foreign(choice, 60), choice)
            return box
        field = QLineEdit()
        field.setPlaceholderText(f"about {one.usual}" if one.usual else "")
        field.returnPressed.connect(self.entered)
        return field

    @property
    def cells(self) -> dict[str, str]:
        return {
            name: (str(field.currentData()) if isinstance(field, QComboBox) else field.text().strip())
            for name, field in self._fields.items()
        }

    def show_row(self, text: str) -> None:
        cells = json.loads(text)
        for name, field in self._fields.items():
            value = str(cells.get(name, ""))
            if isinstance(field, QComboBox):
                field.setCurrentIndex(max(0, field.findData(value)))
            else:
                field.setText(value)


class Ask(QWidget):
    """`entered` when what was given is to be run. Hidden for models of texts, which have their own box."""

    entered = Signal()

    def __init__(self, client: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._model: ModelView | None = None
        self._path: Path | None = None
        self.form = RowForm()
        self.form.entered.connect(self.entered)
        self.drop = DropZone("Drop a picture here", PICTURES, many=False, name="ask-drop")
        self.drop.chosen.connect(lambda paths: self.take(paths[0]))
        self._thumb = Thumb(160, name="ask-thumb")
        self._file = Text("", "medium")
        self._other = LinkButton("Another picture", name="ask-other", on=self._clear)
        self._taken = QWidget()
        row(self._thumb, column(self._file, row(self._other, None), None, space=XS), None, space=M, parent=self._taken)
        column(self.form, self.drop, self._taken, space=0, parent=self)
        self.hide()

    def show_model(self, model: ModelView) -> None:
        other = self._model is None or self._model.id != model.id
        self._model = model
        self.setVisible(model.kind != "text")
        self.form.setVisible(model.kind == "table")
        if other:
            self._clear()
            if model.kind == "table":
                tasks.run(self, self._client.models.form, model.id, on_done=self.form.show_fields)

    def _clear(self) -> None:
        self._path = None
        picture = self._model is not None and self._model.kind == "image"
        self.drop.setVisible(picture)
        self._taken.hide()

    def take(self, path: Path) -> None:
        """As if it had been dropped: it is run at once."""
        self._path = path
        self._file.setText(foreign(path.name, 60))
        self._thumb.hide()
        self.drop.hide()
        self._taken.show()
        self.entered.emit()

    @property
    def fault(self) -> str:
        """What is missing, "" when it can be run."""
        if self._model is None:
            return ""
        if self._model.kind == "image":
            return "" if self._path is not None else "Drop a picture for the model first."
        return "" if any(self.form.cells.values()) else "Fill in at least one value first."

    async def run(self, model: int, payer: int) -> Answer:
        """The answer, without its explanation."""
        models = self._client.models
        if self._path is not None:
            return await tasks.call(models.ask_picture, model, self._path, payer, explain=False)  # type: ignore[no-any-return]
        return await tasks.call(models.ask_row, model, self.form.cells, payer, explain=False)  # type: ignore[no-any-return]

    def show_answer(self, answer: Answer) -> None:
        """What it was asked, of a call just made or an earlier one."""
        if answer.kind == "table":
            self.form.show_row(answer.text)
        elif answer.kind == "image":
            self.drop.hide()
            self._taken.show()
            self._thumb.show_content(self._client.datanets.picture, answer.kind, answer.text)

    def focus(self) -> None:
        (self.form if self.form.isVisible() else self.drop).setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not self.fault:
            self.entered.emit()
        else:
            super().keyPressEvent(event)
