"""Names and values in two columns: what is known about one thing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.theme.tokens import L, S
from ui.widgets.labels import Text
from ui.widgets.layouts import column

_LABELS = 150  # pixels of the first column


class Facts(QWidget):
    """`show_facts` replaces all of them; a value is words (plain, wrapped, selectable) or a widget."""

    def __init__(self, *, labels: int = _LABELS, name: str = "facts", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._labels = labels
        self._holder: QWidget | None = None
        self._rows = column(space=0, parent=self)

    def show_facts(self, facts: Sequence[tuple[str, str | QWidget]]) -> None:
        if self._holder is not None:
            self._rows.removeWidget(self._holder)
            self._holder.hide()
            self._holder.deleteLater()
        holder = self._holder = QWidget()
        cells = QGridLayout(holder)
        cells.setContentsMargins(0, 0, 0, 0)
        cells.setHorizontalSpacing(L)
        cells.setVerticalSpacing(S)
        cells.setColumnMinimumWidth(0, self._labels)
        cells.setColumnStretch(1, 1)
        for at, (label, value) in enumerate(facts):
            shown = Text(value, wrap=True, selectable=True) if isinstance(value, str) else value
            words = Text(label, tone="muted")
            words.setBuddy(shown)
            if not shown.accessibleName():
                shown.setAccessibleName(f"{label}: {value}" if isinstance(value, str) else label)
            single = not isinstance(value, str) or shown.sizeHint().height() < 2 * words.sizeHint().height()
            side = Qt.AlignmentFlag.AlignVCenter if single and not isinstance(value, str) else Qt.AlignmentFlag.AlignTop
            cells.addWidget(words, at, 0, side)
            cells.addWidget(shown, at, 1)
        self._rows.addWidget(holder)
