"""Parts side by side, in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.theme.tokens import L


class Reflow(QWidget):
    """`columns` beside each other where each finds `least` pixels, else half as many, and one at last.

    `shares` are the parts' shares of the room while all stand in one line; hidden parts keep their place.
    """

    def __init__(
        self,
        *parts: QWidget,
        columns: int,
        least: int,
        shares: Sequence[int] = (),
        space: int = L,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._parts, self._most, self._least, self._space = parts, columns, least, space
        self._shares = tuple(shares) or (1,) * columns
        self._cells = QGridLayout(self)
        self._cells.setContentsMargins(0, 0, 0, 0)
        self._cells.setSpacing(space)
        self.columns = 0
        self._spread(columns)

    def _fitting(self, width: int) -> int:
        columns = self._most
        while columns > 1 and (width + self._space) // columns - self._space < self._least:
            columns //= 2
        return columns

    def _spread(self, columns: int) -> None:
        self.columns = columns
        for at, part in enumerate(self._parts):
            self._cells.addWidget(part, at // columns, at % columns)
        for at in range(self._most):
            share = self._shares[at] if columns == self._most else 1
            self._cells.setColumnStretch(at, share if at < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = self._fitting(self.width())
        if columns != self.columns:
            self._spread(columns)

    def minimumSizeHint(self) -> QSize:
        """As narrow as one column may be: what is beneath each other now must not hold the page wide."""
        shown = [part for part in self._parts if not part.isHidden()]
        widest = max((max(part.minimumSizeHint().width(), part.minimumWidth()) for part in shown), default=0)
        return QSize(widest, super().minimumSizeHint().height())
