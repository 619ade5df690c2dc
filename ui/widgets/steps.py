"""Where one is in a short sequence of steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import fonts, icons, theme

_DOT = 24


class StepBar(QWidget):
    """Numbered dots with words; done ones carry a tick. `show_step(index)` from 0."""

    def __init__(self, steps: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = tuple(steps)
        self._at = 0
        self.setFont(fonts.font("small_strong"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_step(0)

    def show_step(self, index: int) -> None:
        self._at = index
        self.setAccessibleName(
            f"Step {index + 1} of {len(self._steps)}: {self._steps[min(index, len(self._steps) - 1)]}"
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120 * len(self._steps), _DOT + 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(72 * len(self._steps), _DOT + 24)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = self.width() / len(self._steps)
        middle = 1 + _DOT / 2
        for index in range(1, len(self._steps)):
            done = index <= self._at
            painter.setPen(QPen(theme().colour("accent_text" if done else "line"), 2))
            left, right = cell * (index - 0.5) + _DOT / 2 + 6, cell * (index + 0.5) - _DOT / 2 - 6
            painter.drawLine(round(left), round(middle), round(right), round(middle))
        for index, words in enumerate(self._steps):
            self._dot(painter, cell * (index + 0.5), middle, index)
            painter.setPen(theme().colour("text" if index <= self._at else "muted"))
            place = QRectF(cell * index, _DOT + 6, cell, 18)
            fitted = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, round(cell) - 4)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, fitted)
        painter.end()

    def _dot(self, painter: QPainter, x: float, y: float, index: int) -> None:
        reached = index <= self._at
        painter.setPen(QPen(theme().colour("accent" if reached else "control"), 1.5))
        painter.setBrush(theme().colour("accent" if reached else "surface"))
        circle = QRectF(x - _DOT / 2, y - _DOT / 2, _DOT, _DOT)
        painter.drawEllipse(circle)
        if index < self._at:
            picture = icons.pixmap("check", "on_accent", 14, painter.device().devicePixelRatioF())
            painter.drawPixmap(round(x - 7), round(y - 7), picture)
            return
        painter.setPen(theme().colour("on_accent" if reached else "muted"))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(index + 1))
