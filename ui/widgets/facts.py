"""Names and values in two columns: what is known about one thing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.theme.tokens import L
from ui.widgets.labels import Text
from ui.widgets.layouts import column

PAD = 5  # above and below words; widgets of several lines leave as much
_LABELS = 130  # pixels of the first column


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
        cells.setVerticalSpacing(2)
        cells.setColumnMinimumWidth(0, self._labels)
        cells.setColumnStretch(1, 1)
        for at, (label, value) in enumerate(facts):
            shown = Text(value, wrap=True, selectable=True) if isinstance(value, str) else value
            words = Text(label, tone="muted")
            words.setContentsMargins(0, PAD, 0, PAD)
            words.setBuddy(shown)
            if not shown.accessibleName():
                shown.setAccessibleName(f"{label}: {value}" if isinstance(value, str) else label)
            if isinstance(value, str):
                shown.setContentsMargins(0, PAD, 0, PAD)
            one_line = shown.sizeHint().height() <= 2 * words.sizeHint().height() - 2 * PAD
            side = Qt.AlignmentFlag.AlignVCenter if one_line else Qt.AlignmentFlag.AlignTop
            cells.addWidget(words, at, 0, side)
            cells.addWidget(shown, at, 1)
        self._rows.addWidget(holder)
