"""Shares as horizontal bars. What counts against is drawn to the left of the middle and hatched, not only coloured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.text import foreign
from ui.theme import fonts, theme

_ROW, _BAR, _GAP = 34, 14, 12


@dataclass(frozen=True)
class Bar:
    """`value` gives the length and its sign the side; `figure` is what is written; `mine` is marked with words."""

    label: str
    value: float
    figure: str
    mine: bool = False


class BarChart(QWidget):
    """`picked(index)` on click or Enter, when `pickable`."""

    picked = Signal(int)

    def __init__(
        self,
        titles: tuple[str, str],
        *,
        empty: str = "Nothing to show yet",
        pickable: bool = False,
        whole: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`titles`: what the labels are and what the figures are ("Contributor", "Share").

        `whole` is the value of a full bar, 1 for shares; without it the longest bar is the full one.
        """
        super().__init__(parent)
        self._titles, self._empty, self._pickable, self._whole = titles, empty, pickable, whole
        self._bars: tuple[Bar, ...] = ()
        self._at: int | None = None
        self.setFont(fonts.font("body"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if pickable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        self._bars = tuple(bars)
        self._at = None
        self.setAccessibleName(self.summary())
        self.updateGeometry()
        self.update()

    def summary(self) -> str:
        if not self._bars:
            return self._empty
        said = "; ".join(f"{foreign(bar.label, 60)} {bar.figure}" for bar in self._bars[:20])
        return f"{self._titles[1]} by {self._titles[0].lower()}: {said}"

    def table(self) -> tuple[tuple[str, str], list[tuple[str, str]]]:
        return self._titles, [(foreign(bar.label, 200), bar.figure) for bar in self._bars]

    def sizeHint(self) -> QSize:
        return QSize(420, max(2, len(self._bars)) * _ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, max(2, len(self._bars)) * _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._bars:
            painter.setPen(theme().colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._empty)
            painter.end()
            return
        metrics = self.fontMetrics()
        names = min(self.width() * 0.4, max(metrics.horizontalAdvance(self._name(bar)) for bar in self._bars) + 4)
        figures = max(metrics.horizontalAdvance(bar.figure) for bar in self._bars) + 4
        room = QRectF(names + _GAP, 0, self.width() - names - figures - 2 * _GAP, 0)
        for index, bar in enumerate(self._bars):
            self._row(painter, index, bar, names, figures, room)
        painter.end()

    def _name(self, bar: Bar) -> str:
        return f"{foreign(bar.label, 80)} (you)" if bar.mine else foreign(bar.label, 80)

    def _row(self, painter: QPainter, index: int, bar: Bar, names: float, figures: float, room: QRectF) -> None:
        top = index * _ROW
        if index == self._at:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("hover"))
            painter.drawRoundedRect(QRectF(0, top + 1, self.width(), _ROW - 2), 6, 6)
        painter.setPen(theme().colour("text"))
        painter.setFont(fonts.font("strong" if bar.mine else "body"))
        mark = " (you)" if bar.mine else ""
        room_left = round(names) - painter.fontMetrics().horizontalAdvance(mark)
        name = painter.fontMetrics().elidedText(foreign(bar.label, 80), Qt.TextElideMode.ElideRight, room_left) + mark
        painter.drawText(QRectF(0, top, names, _ROW), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(self.font())
        place = QRectF(self.width() - figures, top, figures, _ROW)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, bar.figure)
        self._bar(painter, top + (_ROW - _BAR) / 2, bar, room)

    def _bar(self, painter: QPainter, top: float, bar: Bar, room: QRectF) -> None:
        above = max((one.value for one in self._bars if one.value > 0), default=0.0)
        below = max((-one.value for one in self._bars if one.value < 0), default=0.0)
        whole = self._whole or (above + below) or 1.0
        zero = room.left() + room.width() * below / whole
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("line", 0.6))
        painter.drawRoundedRect(QRectF(room.left(), top, room.width(), _BAR), 4, 4)
        length = room.width() * abs(bar.value) / whole
        if length < 1:
            return
        against = bar.value < 0
        hue = theme().colour("danger") if against else theme().series(0)
        shape = QRectF(zero - length if against else zero, top, length, _BAR)
        painter.setBrush(QBrush(hue, Qt.BrushStyle.BDiagPattern) if against else hue)
        if against:
            painter.setPen(QPen(hue, 1))
        painter.drawRoundedRect(shape, 4, 4)
        if below:
            painter.setPen(QPen(theme().colour("control"), 1))
            painter.drawLine(round(zero), round(top - 5), round(zero), round(top + _BAR + 5))

    def _index(self, event: QMouseEvent) -> int | None:
        found = int(event.position().y() // _ROW)
        return found if 0 <= found < len(self._bars) else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self._index(event)
        if self._pickable and found is not None:
            self._at = found
            self.update()
            self.picked.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if self._pickable and self._bars and step is not None:
            start = (-1 if step > 0 else len(self._bars)) if self._at is None else self._at
            self._at = min(len(self._bars) - 1, max(0, start + step))
            bar = self._bars[self._at]
            self.setAccessibleDescription(f"{self._name(bar)}: {bar.figure}")
            self.update()
        elif self._pickable and self._at is not None and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.picked.emit(self._at)
        else:
            super().keyPressEvent(event)
