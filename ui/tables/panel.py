"""A table with all that belongs to it: search, filters, count, export, and the next step when it is empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QLineEdit, QStackedWidget, QWidget

from ui import ask, tasks
from ui.tables.export import to_csv
from ui.tables.model import Column, TableModel
from ui.tables.view import TableView
from ui.text import count
from ui.theme import icons
from ui.theme.tokens import CONTROL_HEIGHT, M
from ui.widgets.buttons import IconButton
from ui.widgets.card import Card
from ui.widgets.empty import EmptyState
from ui.widgets.labels import Text
from ui.widgets.layouts import column, row

R = TypeVar("R")
_TYPING_MS = 120  # search while typing, not after every letter of a word


class TablePanel(QWidget, Generic[R]):
    """`opened(row)` on Enter or double click, `chosen(row or None)`. Names: `<name>`, `-search`, `-filter`, `-export`.

    filters  (words, keep) choices beside the search; the first, "All", is added
    empty    shown instead of the table while it has no rows at all
    """

    opened = Signal(object)
    chosen = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        noun: str,
        empty: EmptyState,
        filters: Sequence[tuple[str, Callable[[R], bool]]] = (),
        search: Callable[[R], str] | None = None,
        tools: Sequence[QWidget] = (),
        name: str = "table",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._noun = noun
        self._filters = tuple(filters)
        self.model: TableModel[R] = TableModel(columns, search=search)
        self.view: TableView[R] = TableView(self.model, name=name)
        self.view.setProperty("kind", "inside")
        self.view.setAccessibleName(f"Table of {noun}s")
        self.view.opened.connect(self.opened)
        self.view.chosen.connect(self.chosen)
        self._count = Text("", "small", "muted")
        self._count.setObjectName(f"{name}-count")
        self._tools = QWidget(self)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._search_now)
        self._bar(name, tools)
        self._stack = QStackedWidget(self)
        card = Card(flush=True)
        card.body.addWidget(self.view)
        self._stack.addWidget(card)
        framed = Card(flush=True)
        framed.body.addWidget(empty)
        self._stack.addWidget(framed)
        column(self._tools, self._stack, space=M, parent=self).setStretch(1, 1)
        self.set_rows(())

    def _bar(self, name: str, tools: Sequence[QWidget]) -> None:
        self.search_field = QLineEdit()
        self.search_field.setObjectName(f"{name}-search")
        self.search_field.setPlaceholderText(f"Search {self._noun}s")
        self.search_field.setAccessibleName(f"Search {self._noun}s")
        self.search_field.setClearButtonEnabled(True)
        self.search_field.setMinimumHeight(CONTROL_HEIGHT)
        self.search_field.setMaximumWidth(360)
        self.search_field.addAction(icons.icon("search", "muted", 16), QLineEdit.ActionPosition.LeadingPosition)
        self.search_field.textChanged.connect(lambda _text: self._typing.start())
        self.search_field.returnPressed.connect(self._search_now)
        line = row(self.search_field, space=M, parent=self._tools)
        line.setStretch(0, 1)
        self.filter_box = QComboBox(self._tools)
        self.filter_box.setObjectName(f"{name}-filter")
        self.filter_box.setAccessibleName(f"Filter {self._noun}s")
        self.filter_box.setMinimumHeight(CONTROL_HEIGHT)
        self.filter_box.addItems(["All", *(words for words, _keep in self._filters)])
        self.filter_box.currentIndexChanged.connect(self._filter)
        self.filter_box.setVisible(bool(self._filters))
        line.addWidget(self.filter_box)
        line.addWidget(self._count)
        line.addStretch(1)
        for tool in tools:
            line.addWidget(tool)
        line.addWidget(IconButton("download", "Export what is shown as CSV", name=f"{name}-export", on=self._export))
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search_field.setFocus)

    def set_rows(self, rows: Sequence[R]) -> None:
        """New rows; search, filter, order and the current row stay when they still can."""
        before = self.view.current
        self.model.set_rows(rows)
        if before is not None:
            self.view.choose(before)
        self._tools.setVisible(bool(rows))
        self._stack.setCurrentIndex(0 if rows else 1)
        self._say_count()

    def csv(self) -> str:
        """What is shown, in its order."""
        columns = self.model.columns
        rows = ([one.text(row) for one in columns] for row in self.model.shown)
        return to_csv([one.title for one in columns], rows)

    def _say_count(self) -> None:
        shown, whole = len(self.model.shown), len(self.model.rows)
        said = count(whole, self._noun)
        self._count.setText(f"{shown:,} of {said}" if self.model.narrowed else said)

    def _search_now(self) -> None:
        self._typing.stop()
        self.model.search(self.search_field.text())
        self._say_count()

    def _filter(self, index: int) -> None:
        self.model.filter(self._filters[index - 1][1] if index > 0 else None)
        self._say_count()

    def _export(self) -> None:
        tasks.start(self, self._export_to())

    async def _export_to(self) -> None:
        path = await ask.save_file(self, "Export what is shown", f"{self._noun}s.csv", "CSV (*.csv)")
        if path is not None:
            text = self.csv()
            await tasks.call(_write, path, text)


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8-sig", newline="")  # with a mark, or Excel reads it as Latin-1
