"""A table over something too long to hold: pages, search and filters are asked of core, a hundred rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QLineEdit, QStackedWidget, QWidget

from core.jobs import Progress
from ui import ask, tasks
from ui.pages.datanet_tab import Reader
from ui.tables import Column
from ui.tables.export import to_csv
from ui.tables.model import TableModel
from ui.tables.view import TableView
from ui.text import count
from ui.theme import icons
from ui.theme.tokens import CONTROL_HEIGHT, M, S
from ui.widgets import Card, EmptyState, IconButton, Text, column, row

R = TypeVar("R")
PAGE = 100
_TYPING_MS = 200
_EXPORTED = 1_000  # rows a step


@dataclass(frozen=True)
class Asked:
    """What the person wants to see: `chosen` holds the value of every filter by its name."""

    search: str = ""
    chosen: dict[str, Any] = field(default_factory=dict)

    @property
    def narrowed(self) -> bool:
        return bool(self.search.strip()) or any(value is not None for value in self.chosen.values())


Fetch = Callable[[Asked, int, int], tuple[Sequence[R], int]]  # (asked, offset, limit) -> rows, how many in all


class _Model(TableModel[R]):
    """The page that is shown; whether it is narrowed is known by who asks."""

    is_narrowed = False

    @property
    def narrowed(self) -> bool:
        return self.is_narrowed


class PagedTable(QWidget, Generic[R]):
    """`opened(row)`, `chosen(row or None)`. Names: `<name>`, `-search`, `-<filter>`, `-next`, `-previous`, `-count`.

    fetch    runs on another thread
    filters  (name, [(words, value)]); the first choice should be (words, None): everything
    key      what a row is known by, to keep it chosen when rows are read again
    exports  columns of the file that is written, where they are others than those shown
    side     stands beside the table, under the bar: the chosen row in full
    """

    opened = Signal(object)
    chosen = Signal(object)
    loaded = Signal()

    def __init__(
        self,
        columns: Sequence[Column[R]],
        fetch: Fetch[R],
        *,
        noun: str,
        empty: EmptyState,
        filters: Sequence[tuple[str, Sequence[tuple[str, Any]]]] = (),
        tools: Sequence[QWidget] = (),
        key: Callable[[R], object] = lambda one: getattr(one, "id", one),
        searches: bool = True,
        side: QWidget | None = None,
        exports: Sequence[Column[R]] = (),
        name: str = "table",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._fetch, self._noun, self._key, self._name = fetch, noun, key, name
        self._offset = 0
        self._exports = tuple(exports) or tuple(columns)
        self.total = 0
        self.narrowed_outside = False  # by something that is not in the bar
        self._reader = Reader(self)
        self._model: _Model[R] = _Model(columns)
        self.view: TableView[R] = TableView(self._model, name=name)
        self.view.setProperty("kind", "inside")
        self.view.setAccessibleName(f"Table of {noun}s")
        self.view.setSortingEnabled(False)  # a page sorted by itself would lie about the whole
        self.view.horizontalHeader().setSectionsClickable(False)
        self.view.opened.connect(self.opened)
        self.view.chosen.connect(self.chosen)
        self._boxes: dict[str, QComboBox] = {}
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._again)
        self._bar = QWidget(self)
        self._build_bar(filters, tools, searches)
        self._stack = QStackedWidget(self)
        self._stack.setMinimumWidth(300)  # the empty state behind the table must not make it wider
        inside = Card(flush=True)
        inside.body.setSpacing(0)
        inside.body.addWidget(self.view, 1)
        inside.body.addWidget(self._build_pager())
        self._stack.addWidget(inside)
        framed = Card(flush=True)
        framed.body.addWidget(empty)
        self._stack.addWidget(framed)
        below = row(self._stack, space=M)
        below.setStretch(0, 1)
        if side is not None:
            below.addWidget(side)
        column(self._bar, below, space=M, parent=self).setStretch(1, 1)

    def _build_bar(
        self, filters: Sequence[tuple[str, Sequence[tuple[str, Any]]]], tools: Sequence[QWidget], searches: bool
    ) -> None:
        self.search_field = QLineEdit()
        self.search_field.setObjectName(f"{self._name}-search")
        self.search_field.setPlaceholderText(f"Search {self._noun}s")
        self.search_field.setAccessibleName(f"Search {self._noun}s")
        self.search_field.setClearButtonEnabled(True)
        self.search_field.setMinimumHeight(CONTROL_HEIGHT)
        self.search_field.setMinimumWidth(120)
        self.search_field.addAction(icons.icon("search", "muted", 16), QLineEdit.ActionPosition.LeadingPosition)
        self.search_field.textChanged.connect(lambda _text: self._typing.start())
        self.search_field.returnPressed.connect(self._again)
        if not searches:
            self.search_field.hide()
        line = row(space=S, parent=self._bar)
        line.addWidget(self.search_field, 3)
        for name, choices in filters:
            box = QComboBox()
            box.setObjectName(f"{self._name}-{name}")
            box.setAccessibleName(f"Filter by {name}")
            box.setMinimumHeight(CONTROL_HEIGHT)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
            for words, value in choices:
                box.addItem(words, value)
            box.currentIndexChanged.connect(lambda _index: self._again())
            self._boxes[name] = box
            line.addWidget(box, 1)
        for tool in tools:
            line.addWidget(tool)
        self._export_button = IconButton(
            "download", "Export what is shown as CSV", name=f"{self._name}-export", on=self._export
        )
        line.addWidget(self._export_button)
        self._bar.setVisible(searches or bool(filters) or bool(tools))
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search_field.setFocus)

    def _build_pager(self) -> QWidget:
        pager = QWidget()
        self._count = Text("", "small", "muted")
        self._count.setObjectName(f"{self._name}-count")
        self._previous = IconButton("chevron-left", "Previous page", name=f"{self._name}-previous", on=self._back)
        self._next = IconButton("chevron-right", "Next page", name=f"{self._name}-next", on=self._forth)
        row(self._count, None, self._previous, self._next, space=0, margins=(M, 2, S, 2), parent=pager)
        return pager

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[R, ...]:
        return self._model.rows

    @property
    def asked(self) -> Asked:
        chosen = {name: box.currentData() for name, box in self._boxes.items()}
        return Asked(self.search_field.text(), chosen)

    def set_choices(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        """Other choices for a filter; the chosen one stays when it is still there."""
        box = self._boxes[name]
        before = box.currentData()
        if [box.itemData(at) for at in range(box.count())] == [value for _words, value in choices]:
            for at, (words, _value) in enumerate(choices):
                box.setItemText(at, words)
            return
        box.blockSignals(True)
        box.clear()
        for words, value in choices:
            box.addItem(words, value)
        values = [value for _words, value in choices]
        box.setCurrentIndex(values.index(before) if before in values else 0)
        box.blockSignals(False)

    def choose(self, name: str, value: object) -> None:
        box = self._boxes[name]
        for at in range(box.count()):
            if box.itemData(at) == value:
                box.setCurrentIndex(at)

    def refresh(self) -> None:
        """Reads the page again; the chosen row stays when it is still on it."""
        asked, offset, fetch = self.asked, self._offset, self._fetch
        self._reader.read(lambda: fetch(asked, offset, PAGE), on_done=lambda found: self._show(asked, found))

    def _again(self) -> None:
        self._typing.stop()
        self._offset = 0
        self.refresh()

    def _show(self, asked: Asked, found: tuple[Sequence[R], int]) -> None:
        rows, self.total = found
        if not rows and self._offset and self.total:  # the last page is gone
            self._offset = (self.total - 1) // PAGE * PAGE
            self.refresh()
            return
        before = self.view.current
        wanted = None if before is None else self._key(before)
        where = self.view.verticalScrollBar().value()
        narrowed = asked.narrowed or self.narrowed_outside
        self._model.is_narrowed = narrowed
        self._model.set_rows(rows)
        again = next((one for one in rows if self._key(one) == wanted), None) if wanted is not None else None
        if again is not None:
            self.view.choose(again)
        self.view.verticalScrollBar().setValue(where)
        self._stack.setCurrentIndex(0 if self.total or narrowed else 1)
        self._bar.setEnabled(bool(self.total) or narrowed)
        first = self._offset + 1 if rows else 0
        last = self._offset + len(rows)
        whole = count(self.total, self._noun)
        self._count.setText(whole if self.total <= PAGE else f"{first:,} to {last:,} of {whole}")
        paged = self.total > PAGE
        self._previous.setVisible(paged)
        self._next.setVisible(paged)
        self._previous.setEnabled(self._offset > 0)
        self._next.setEnabled(last < self.total)
        self._export_button.setEnabled(bool(rows))
        self.loaded.emit()

    def _back(self) -> None:
        self._offset = max(0, self._offset - PAGE)
        self.refresh()
        self.view.scrollToTop()

    def _forth(self) -> None:
        self._offset += PAGE
        self.refresh()
        self.view.scrollToTop()

    def first_row(self) -> None:
        """Chooses the first row when none is chosen."""
        if self.view.current is None and self.rows:
            self.view.choose(self.rows[0])

    # -- export ------------------------------------------------------------------------------------------------------

    def _export(self) -> None:
        tasks.start(self, self._exporting(), title=f"Export {self._noun}s")

    async def _exporting(self) -> None:
        path = await ask.save_file(self, "Export what is shown", f"{self._noun}s.csv", "CSV (*.csv)")
        if path is not None:
            await tasks.call(self.export_to, path, self.asked, with_progress=True)

    def export_to(self, path: Path, asked: Asked, progress: Progress) -> int:
        """Every row that is asked for, on all pages. Blocks; runs on another thread."""
        columns = self._exports
        written: list[list[str]] = []
        total = 1
        while len(written) < total:
            progress.step("writing", len(written), max(total, 1))
            rows, total = self._fetch(asked, len(written), _EXPORTED)
            if not rows:
                break
            written += [[one.text(found) for one in columns] for found in rows]
        text = to_csv([one.title for one in columns], written)
        path.write_text(text, "utf-8-sig", newline="")  # with a mark, or Excel reads it as Latin-1
        return len(written)
