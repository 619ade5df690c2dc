"""Where it mattered: one record, or one contributor, reached from answers, payments, Datanets and model cards."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from core.events import Changed
from core.units import Address
from ui.pages.base import Context, Page
from ui.pages.trace_person import PersonPanel
from ui.pages.trace_record import RecordTracePanel
from ui.widgets import EmptyState, column


class TracePage(Page):
    """`open(("record", row, from))` or `open(("person", address, from))`; `from`, a page's name, is where back leads.

    What is opened from here stands on top of what was shown, and back returns to it.
    """

    name, title, icon, order, in_rail = "trace", "Where it mattered", "search", 85, False
    reads = Changed(models=True, datanets=True, records=True, earnings=True)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._origin = ""
        self._opened: list[Any] = []  # panels, the one that is shown last
        self._stack = QStackedWidget(self)
        nothing = EmptyState(
            "search",
            "Choose a record or a contributor",
            "Open one from an answer, a payment, or the records and people of a Datanet.",
            "Go to Datanets",
            lambda: self.go("datanets"),
            name="trace-empty",
        )
        self._nothing = nothing
        self._stack.addWidget(nothing)
        column(self._stack, space=0, parent=self)

    def load(self) -> None:
        if self._opened:
            self._opened[-1].load()

    def open(self, target: object) -> None:
        if not isinstance(target, tuple) or len(target) < 2:
            return
        while self._opened:
            self._drop()
        self._origin = str(target[2]) if len(target) > 2 else ""
        self._show(target[0], target[1])

    def open_record(self, row: int) -> None:
        self._show("record", row)

    def open_person(self, account: Address) -> None:
        self._show("person", account)

    def open_answer(self, model: int, call: int) -> None:
        self.go("models", ("call", model, call))

    def _show(self, kind: object, what: Any) -> None:
        again = next((at for at, one in enumerate(self._opened) if one.shows == (kind, what)), None)
        if again is not None:  # a circle of links does not make the way back longer
            while len(self._opened) > again + 1:
                self._drop()
            return
        panel: Any = RecordTracePanel(self, what) if kind == "record" else PersonPanel(self, what)
        panel.back.connect(self.leave)
        self._opened.append(panel)
        self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)
        panel.load()

    def leave(self) -> None:
        """To what was shown before, at last to the page it came from."""
        if len(self._opened) > 1:
            self._drop()
            return
        self.go(self._origin or "home")

    def _drop(self) -> None:
        panel = self._opened.pop()
        self._stack.setCurrentWidget(self._opened[-1] if self._opened else self._nothing)
        self._stack.removeWidget(panel)
        panel.hide()
        panel.deleteLater()
