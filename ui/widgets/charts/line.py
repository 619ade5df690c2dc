"""A line with the area beneath it: something over time."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import fonts, theme
from ui.widgets.charts.scale import thin, ticks, words

_TOP, _RIGHT, _BOTTOM, _GAP = 26, 16, 26, 8


class LineChart(QWidget):
    """Points (x ascending, y); `x_words` writes an x. Arrow keys and the mouse read single points."""

    def __init__(
        self,
        unit: str,
        x_words: Callable[[float], str],
        *,
        empty: str = "Nothing to show yet",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.unit = unit
        self._x_words = x_words
        self._empty = empty
        self._points: tuple[tuple[float, float], ...] = ()
        self._at: int | None = None
        self.setFont(fonts.font("small"))
        self.setMinimumHeight(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_points(self, points: Sequence[tuple[float, float]]) -> None:
        self._points = tuple(points)
        self._at = None
        self.setAccessibleName(self.summary())
        self.update()

    def summary(self) -> str:
        if not self._points:
            return self._empty
        first, last = self._points[0], self._points[-1]
        top = max(self._points, key=lambda point: point[1])
        return (
            f"Line of {len(self._points)} points in {self.unit}, from {first[1]:g} on {self._x_words(first[0])} to "
            f"{last[1]:g} on {self._x_words(last[0])}, highest {top[1]:g} on {self._x_words(top[0])}."
        )

    def table(self) -> tuple[tuple[str, str], list[tuple[str, str]]]:
        """Titles and rows: the same numbers for a screen reader or a copy."""
        return ("When", self.unit), [(self._x_words(x), f"{y:,.6g}") for x, y in self._points]

    def sizeHint(self) -> QSize:
        return QSize(480, 220)

    # -- painting ----------------------------------------------------------------------------------------------------

    def _plot(self, marks: list[float], step: float) -> QRectF:
        left = max(self.fontMetrics().horizontalAdvance(words(mark, step)) for mark in marks) + _GAP
        return QRectF(left, _TOP, self.width() - left - _RIGHT, self.height() - _TOP - _BOTTOM)

    def _places(self, plot: QRectF, marks: list[float]) -> list[QPointF]:
        low, high = marks[0], marks[-1]
        start, end = self._points[0][0], self._points[-1][0]
        wide = (end - start) or 1.0
        return [
            QPointF(
                plot.left() + plot.width() * ((x - start) / wide if end > start else 0.5),
                plot.bottom() - plot.height() * (y - low) / (high - low),
            )
            for x, y in self._points
        ]

    def _marks(self) -> list[float]:
        values = [y for _x, y in self._points]
        return ticks(min(0.0, *values), max(values), max(2, min(5, self.height() // 48)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._points:
            painter.setFont(fonts.font("body"))
            painter.setPen(theme().colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._empty)
        else:
            marks = self._marks()
            plot = self._plot(marks, marks[1] - marks[0])
            self._axes(painter, plot, marks)
            self._line(painter, plot, self._places(plot, marks))
        painter.end()

    def _axes(self, painter: QPainter, plot: QRectF, marks: list[float]) -> None:
        step, low, high = marks[1] - marks[0], marks[0], marks[-1]
        heights = [plot.bottom() - plot.height() * (mark - low) / (high - low) for mark in marks]
        painter.setPen(QPen(theme().colour("line"), 1))
        painter.drawLines([QLineF(plot.left(), round(y) + 0.5, plot.right(), round(y) + 0.5) for y in heights])
        painter.setPen(theme().colour("muted"))
        painter.drawText(QRectF(0, 0, self.width(), 16), Qt.AlignmentFlag.AlignLeft, self.unit)
        for mark, y in zip(marks, heights, strict=True):
            place = QRectF(0, y - 9, plot.left() - _GAP, 18)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words(mark, step))
        each = 24 + max(
            self.fontMetrics().horizontalAdvance(self._x_words(x)) for x in (self._points[0][0], self._points[-1][0])
        )
        places = self._places(plot, marks)
        for index in thin(len(self._points), plot.width(), each):
            text = self._x_words(self._points[index][0])
            wide = self.fontMetrics().horizontalAdvance(text)
            left = min(max(places[index].x() - wide / 2, plot.left()), self.width() - wide - 2)
            painter.drawText(QPointF(left, self.height() - 8), text)

    def _line(self, painter: QPainter, plot: QRectF, places: list[QPointF]) -> None:
        line = theme().series(0)
        zero = plot.bottom()
        if len(places) > 1:
            area = QPolygonF([QPointF(places[0].x(), zero), *places, QPointF(places[-1].x(), zero)])
            shade = QLinearGradient(0, plot.top(), 0, plot.bottom())
            top, bottom = theme().series(0), theme().series(0)
            top.setAlphaF(0.28)
            bottom.setAlphaF(0.02)
            shade.setColorAt(0, top)
            shade.setColorAt(1, bottom)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawPolygon(area)
        painter.setPen(QPen(line, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        # segments, not a polyline: joining 365 antialiased segments into one outline cost 290 ms
        painter.drawLines([QLineF(one, two) for one, two in pairwise(places)])
        if len(places) <= 31:
            painter.setPen(QPen(line, 1.5))
            painter.setBrush(theme().colour("surface"))
            for place in places:
                painter.drawEllipse(place, 3, 3)
        if self._at is not None:
            self._reading(painter, plot, places[self._at])

    def _reading(self, painter: QPainter, plot: QRectF, place: QPointF) -> None:
        assert self._at is not None
        x, y = self._points[self._at]
        painter.setPen(QPen(theme().colour("control"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(place.x(), plot.top()), QPointF(place.x(), plot.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().series(0))
        painter.drawEllipse(place, 4.5, 4.5)
        text = f"{self._x_words(x)}   {y:,.6g} {self.unit}"
        wide = self.fontMetrics().horizontalAdvance(text) + 16
        left = min(max(place.x() - wide / 2, plot.left()), self.width() - wide - 2.0)
        box = QRectF(left, 0, wide, 22)
        painter.setPen(QPen(theme().colour("control"), 1))
        painter.setBrush(theme().colour("surface"))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(theme().colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # -- reading single points ---------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._points:
            return
        marks = self._marks()
        xs = [place.x() for place in self._places(self._plot(marks, marks[1] - marks[0]), marks)]
        where = event.position().x()
        right = min(bisect.bisect_left(xs, where), len(xs) - 1)
        left = max(0, right - 1)
        self._read(left if abs(xs[left] - where) < abs(xs[right] - where) else right)

    def leaveEvent(self, _event: object) -> None:
        self._read(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._points:
            super().keyPressEvent(event)
            return
        start = len(self._points) if self._at is None else self._at
        self._read(min(len(self._points) - 1, max(0, start + step)))

    def _read(self, index: int | None) -> None:
        if index != self._at:
            self._at = index
            if index is not None:
                x, y = self._points[index]
                self.setAccessibleDescription(f"{self._x_words(x)}: {y:,.6g} {self.unit}")
            self.update()
