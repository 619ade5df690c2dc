"""Upright columns: a sum for each day. Axes, reading by mouse and keys, and the table are the line chart's."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath

from ui.theme import theme
from ui.widgets.charts.line import LineChart

_WIDEST = 36.0
_ROUND = 3.0


class ColumnChart(LineChart):
    """As LineChart, for amounts that belong to a span and not to a moment."""

    def summary(self) -> str:
        said = super().summary()
        return f"Columns{said.removeprefix('Line')}" if self._points else said

    def sizeHint(self) -> QSize:
        return QSize(480, 172)

    def _places(self, plot: QRectF, marks: list[float]) -> list[QPointF]:
        low, high = marks[0], marks[-1]
        each = plot.width() / len(self._points)
        return [
            QPointF(plot.left() + each * (at + 0.5), plot.bottom() - plot.height() * (y - low) / (high - low))
            for at, (_x, y) in enumerate(self._points)
        ]

    def _line(self, painter: QPainter, plot: QRectF, places: list[QPointF]) -> None:
        wide = min(_WIDEST, max(1.0, plot.width() / len(places) * 0.68))
        painter.setPen(Qt.PenStyle.NoPen)
        for at, place in enumerate(places):
            tall = plot.bottom() - place.y()
            if tall <= 0:
                continue
            painter.setBrush(theme().colour("accent_text") if at == self._at else theme().series(0))
            shape = QPainterPath()
            shape.setFillRule(Qt.FillRule.WindingFill)
            room = QRectF(round(place.x() - wide / 2), place.y(), max(1, round(wide)), tall)  # sharp sides
            shape.addRoundedRect(room, min(_ROUND, wide / 3), min(_ROUND, wide / 3))
            foot = min(tall, _ROUND)
            shape.addRect(QRectF(room.left(), room.bottom() - foot, room.width(), foot))  # square where it stands
            painter.drawPath(shape)
        if self._at is not None:
            self._reading(painter, plot, places[self._at])
