"""Two addresses that look alike, with every character that differs marked: by a box and a mark, not only by colour."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.units import Address
from ui.text import grouped
from ui.theme import fonts, theme

_ROW = 26
_WORDS = 72
_NAMES = ("Known", "This one")


class AddressDiff(QWidget):
    """The first line is the known address, the second the other one."""

    def __init__(
        self, known: Address, other: Address, different: Collection[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lines = (str(known).lower(), str(other).lower())  # capitals are a checksum, not a difference
        self._different = frozenset(different)
        self.setFont(fonts.font("mono"))
        self.setObjectName("address-diff")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(
            f"Known: {grouped(self._lines[0])}. This one: {grouped(self._lines[1])}. "
            f"{len(self._different)} of 40 characters differ."
        )

    def _each(self) -> float:
        return self.fontMetrics().horizontalAdvance("0" * 42) / 42

    def sizeHint(self) -> QSize:
        return QSize(_WORDS + round(self._each() * 42) + 4, 2 * _ROW)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        each = self._each()
        for number, line in enumerate(self._lines):
            painter.setPen(theme().colour("muted"))
            painter.setFont(fonts.font("small"))
            painter.drawText(QRectF(0, number * _ROW, _WORDS, _ROW), Qt.AlignmentFlag.AlignVCenter, _NAMES[number])
            painter.setFont(self.font())
            for at, char in enumerate(line):
                place = QRectF(_WORDS + at * each, number * _ROW, each, _ROW)
                marked = at in self._different
                if marked:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(theme().colour("danger_soft" if number else "success_soft"))
                    painter.drawRect(place.adjusted(0, 3, 0, -3))
                    painter.setPen(theme().colour("danger" if number else "success"))
                    painter.drawLine(place.bottomLeft().toPoint(), place.bottomRight().toPoint())
                painter.setPen(theme().colour(("danger" if number else "success") if marked else "text"))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, char)
        painter.end()
