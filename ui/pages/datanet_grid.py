"""Many records under review at once: search, choose some, decide on all of them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ui.contents import line
from ui.datanet_words import decision
from ui.pages.datanet_paged import Fetch, PagedTable
from ui.tables import Column
from ui.theme.tokens import M
from ui.widgets import Button, EmptyState, column

_WORST = {"danger": "circle-alert", "warning": "triangle-alert"}

_COLUMNS: tuple[Column[Any], ...] = (
    Column(
        "Record",
        lambda one: line(one.kind, one.text, one.source),
        grow=1,
        width=160,
        icon=lambda one: _WORST.get(one.worst, ""),
    ),
    Column("Label", lambda one: one.label or "none", width=126),
    Column(
        "Decision",
        lambda one: decision(one.decision)[0],
        width=120,
        tone=lambda one: decision(one.decision)[1],
        icon=lambda one: decision(one.decision)[2],
    ),
)


class GridCard(QWidget):
    """`decided(ids, decision)`, `opened(row)`. Names: `grid`, `grid-approve`, `grid-reject`, `grid-clear`."""

    decided = Signal(list, str)
    opened = Signal(object)

    def __init__(self, fetch: Fetch[Any]) -> None:
        super().__init__()
        approve = Button("Approve", name="grid-approve", icon="check", on=lambda: self._decide("approve"))
        reject = Button("Reject", name="grid-reject", icon="x", on=lambda: self._decide("reject"))
        self._table: PagedTable[Any] = PagedTable(
            _COLUMNS,
            fetch,
            noun="record",
            empty=EmptyState("circle-check", "Nothing to decide here", "Show all records above to change a decision."),
            tools=(approve, reject),
            name="grid",
        )
        self._buttons = (approve, reject)
        self._table.opened.connect(self.opened)
        self._table.view.selectionModel().selectionChanged.connect(lambda _new, _old: self._may())
        column(self._table, space=M, parent=self)
        for keys, what in (("A", "approve"), ("R", "reject")):
            shortcut = QShortcut(QKeySequence(keys), self._table.view)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda what=what: self._decide(what))
        self._may()

    def refresh(self) -> None:
        self._table.refresh()

    def rewind(self) -> None:
        self._table.search_field.clear()

    def _may(self) -> None:
        chosen = bool(self._table.view.selected)
        for button in self._buttons:
            button.setEnabled(chosen)

    def _decide(self, what: str) -> None:
        ids = [one.id for one in self._table.view.selected]
        if ids:
            self.decided.emit(ids, what)
