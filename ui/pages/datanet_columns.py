"""The columns of a Datanet of tables: written down when it is created, matched with a file's when records come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QPlainTextEdit, QSizePolicy, QWidget

from ui import ask, tasks
from ui.datanet_words import file_error
from ui.text import foreign
from ui.theme.tokens import CONTROL_HEIGHT, XS, M, S
from ui.widgets import LabeledField, LinkButton, Text, column, row, scrolled

_ENDINGS = "Tables (*.csv *.tsv *.tab *.jsonl)"
_ACROSS = 3
_CELLS = {"number": "number", "numbers": "number", "category": "category", "categories": "category"}


def columns_of(text: str) -> tuple[tuple[str, str], ...] | str:
    """`name: number` or `name: category`, one a line; in words what is wrong with it."""
    found: list[tuple[str, str]] = []
    for part in filter(None, (one.strip() for one in text.splitlines())):
        name, colon, cells = part.rpartition(":")
        name, cells = (name.strip(), cells.strip().casefold()) if colon else (part, "number")
        if cells not in _CELLS:
            return f"“{foreign(part, 40)}”: write number or category after the colon."
        if not name:
            return f"“{foreign(part, 40)}” has no name before the colon."
        if name.casefold() in {one.casefold() for one, _ in found}:
            return f"“{foreign(name, 40)}” stands there twice."
        found.append((name, _CELLS[cells]))
    return tuple(found)


class ColumnsField(QWidget):
    """Names: `create-columns`, `create-columns-file`. `changed`; `labels_found(labels)` after reading a file."""

    changed = Signal()
    labels_found = Signal(list)

    def __init__(self, schema_of: Callable[[Path], Any]) -> None:
        super().__init__()
        self._schema_of = schema_of
        self._edit = QPlainTextEdit()
        self._edit.setObjectName("create-columns")
        self._edit.setFixedHeight(96)
        self._edit.setTabChangesFocus(True)
        self._edit.setPlaceholderText("length: number\nweight: number\ncolour: category")
        self._edit.textChanged.connect(self.changed)
        self._field = LabeledField("Columns", self._edit, "One a line. Records are rows with values for them.")
        read = LinkButton("Take columns and labels from a CSV file…", name="create-columns-file", on=self._ask)
        column(self._field, row(read, None), space=XS, parent=self)

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Nothing while something is wrong."""
        found = columns_of(self._edit.toPlainText())
        return () if isinstance(found, str) else found

    def judge(self) -> bool:
        found = columns_of(self._edit.toPlainText())
        self._field.clear()
        if isinstance(found, str):
            self._field.fail(found)
        return not isinstance(found, str) and bool(found)

    def _ask(self) -> None:
        ask.open_file(self, "Choose a table", _ENDINGS).then(lambda path: self.read(path) if path else None)

    def read(self, path: Path) -> None:
        """As if the file had been chosen."""
        tasks.run(self, self._schema_of, path, on_done=self._show, on_error=self._refused)

    def _show(self, schema: Any) -> None:
        self._edit.setPlainText("\n".join(f"{one.name}: {one.cells}" for one in schema.columns))
        if schema.labels:
            self.labels_found.emit(list(schema.labels))

    def _refused(self, error: BaseException) -> None:
        self._field.fail(" ".join(file_error(error)))


class ColumnBoxes(QWidget):
    """Which column of the file goes into which of the Datanet's. Names: `cell-<column>`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._boxes: list[QComboBox] = []
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, M, 0)
        self._grid.setHorizontalSpacing(M)
        self._grid.setVerticalSpacing(XS)
        self._area = scrolled(self._inner)
        column(Text("Columns of the file", "medium"), self._area, space=S, parent=self)

    def show_columns(
        self, schema: Sequence[tuple[str, str]], found: Sequence[str], chosen: Sequence[str | None]
    ) -> None:
        while self._grid.count():
            old = self._grid.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        self._boxes = []
        for at, ((name, cells), mapped) in enumerate(zip(schema, chosen, strict=True)):
            box = QComboBox()
            box.setObjectName(f"cell-{name}")
            box.setAccessibleName(f"Column of the file for {foreign(name, 60)}")
            box.setMinimumHeight(CONTROL_HEIGHT)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.addItem("not in this file", None)
            for each in found:
                box.addItem(foreign(each, 40), each)
            box.setCurrentIndex(max(0, box.findData(mapped)) if mapped is not None else 0)
            box.activated.connect(lambda _at: self.changed.emit())
            label = Text(f"{foreign(name, 40)} ({cells})", "small", "muted")
            label.setBuddy(box)
            self._grid.addWidget(label, 2 * (at // _ACROSS), at % _ACROSS)
            self._grid.addWidget(box, 2 * (at // _ACROSS) + 1, at % _ACROSS)
            self._boxes.append(box)
        self._inner.adjustSize()
        self._area.setFixedHeight(min(150, self._inner.sizeHint().height() + 2))

    @property
    def chosen(self) -> tuple[str | None, ...]:
        return tuple(box.currentData() for box in self._boxes)
