"""Painted: what the held-out records were, and what the model answered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.text import foreign, percent, plain_tip
from ui.theme import fonts, theme

_GAP, _LEAST, _MOST, _HIGH = 8, 20, 84, 34
_NUMBERS_FROM = 26  # narrower cells hold no number; the tooltip and the table do


def confusions(
    labels: Sequence[str], matrix: Sequence[Sequence[int]], most: int = 3
) -> list[tuple[str, str, int, int]]:
    """(label, answered, how often, of how many) of the commonest mistakes."""
    found = [
        (labels[true], labels[answered], matrix[true][answered], sum(matrix[true]))
        for true in range(len(matrix))
        for answered in range(len(matrix))
        if true != answered and matrix[true][answered]
    ]
    return sorted(found, key=lambda one: -one[2])[:most]


class ConfusionMatrix(QWidget):
    """A row a label, a column an answer. Darker is more of the row; right answers are framed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self.setFont(fonts.font("small"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_counts(self, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        self._labels = tuple(foreign(label, 40) for label in labels)
        self._counts = tuple(tuple(row) for row in counts)
        self.setAccessibleName(self.summary())
        self.updateGeometry()
        self.update()

    def summary(self) -> str:
        if not self._counts:
            return "No confusion matrix: nothing was held out."
        said = "; ".join(f"{a} answered as {b}: {n} of {whole}" for a, b, n, whole in self._worst())
        return f"Confusion matrix of {len(self._labels)} labels. Commonest mistakes: {said or 'none'}."

    def _worst(self) -> list[tuple[str, str, int, int]]:
        return confusions(self._labels, self._counts)

    def table(self) -> tuple[tuple[str, str], list[tuple[str, str]]]:
        rows = [
            (f"{a} answered as {b}", str(count))
            for a, row in zip(self._labels, self._counts, strict=True)
            for b, count in zip(self._labels, row, strict=True)
            if count
        ]
        return ("Label and answer", "Records"), rows

    # -- sizes -------------------------------------------------------------------------------------------------------

    def _widest(self) -> int:
        metrics = self.fontMetrics()
        # one more: widths are rounded, and a label as wide as its room would be cut
        return min(130, max((metrics.horizontalAdvance(label) + 1 for label in self._labels), default=0))

    def _side(self) -> float:
        """Room for the names of the rows and what they are."""
        return self._widest() + _GAP + 18

    def _top(self, width: int) -> float:
        """Room for the names of the columns: level where they fit, else upright."""
        return 18 + _GAP + (16 if self._level(width) else self._widest())

    def _level(self, width: int) -> bool:
        return self._widest() <= self._cell(width) - 4

    def _cell(self, width: int) -> float:
        count = len(self._labels) or 1
        return max(_LEAST, min(_MOST, (width - self._side() - 4) / count))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if not self._counts:
            return 40
        high = min(self._cell(width), _HIGH)
        return round(self._top(width) + high * len(self._labels)) + 6

    def sizeHint(self) -> QSize:
        wide = round(self._side() + _MOST * len(self._labels))
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        wide = round(self._side() + _LEAST * len(self._labels)) + 4
        return QSize(wide, self.heightForWidth(wide))

    def _place(self, true: int, answered: int) -> QRectF:
        wide = self._cell(self.width())
        high = min(wide, _HIGH)
        return QRectF(self._side() + answered * wide, self._top(self.width()) + true * high, wide, high)

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        if self._counts:
            self._axes(painter)
            for true, row in enumerate(self._counts):
                whole = sum(row) or 1
                for answered, count in enumerate(row):
                    self._one(painter, self._place(true, answered), count, count / whole, true == answered)
        painter.end()

    def _axes(self, painter: QPainter) -> None:
        side, top, metrics = self._side(), self._top(self.width()), self.fontMetrics()
        room, level = self._widest(), self._level(self.width())
        painter.setPen(theme().colour("muted"))
        painter.setFont(fonts.font("small_strong"))
        last = self._place(len(self._labels) - 1, len(self._labels) - 1)
        painter.drawText(QRectF(side, 0, last.right() - side, 16), Qt.AlignmentFlag.AlignCenter, "The model answered")
        painter.save()
        painter.translate(0, last.bottom())
        painter.rotate(-90)
        whose = "The record's label"
        long = max(last.bottom() - top, painter.fontMetrics().horizontalAdvance(whose) + 4)  # of few labels: past them
        painter.drawText(QRectF(0, 0, long, 16), Qt.AlignmentFlag.AlignCenter, whose)
        painter.restore()
        painter.setFont(self.font())
        painter.setPen(theme().colour("text"))
        for number, label in enumerate(self._labels):
            fitted = metrics.elidedText(label, Qt.TextElideMode.ElideRight, room)
            cell = self._place(number, 0)
            line = QRectF(18, cell.top(), room, cell.height())
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, fitted)
            over = self._place(0, number)
            if level:
                above = QRectF(over.left(), top - _GAP - 14, over.width(), 18)
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, fitted)
                continue
            painter.save()
            painter.translate(over.left(), top - _GAP)
            painter.rotate(-90)
            up = QRectF(0, 0, room, over.width())
            painter.drawText(up, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitted)
            painter.restore()

    def _one(self, painter: QPainter, place: QRectF, count: int, share: float, right: bool) -> None:
        box = place.adjusted(1, 1, -1, -1)
        fill = _mix(theme().colour("window"), theme().series(0) if right else theme().series(2), share, bool(count))
        painter.setPen(QPen(theme().series(0), 1.5) if right else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5) if right else box, 3, 3)
        if not count or box.width() < _NUMBERS_FROM - 2:
            return
        painter.setPen(theme().ink_on(fill))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), plain_tip(self._said_at(event.pos())), self)
            return True
        return super().event(event)

    def _said_at(self, where: QPoint) -> str:
        for true, row in enumerate(self._counts):
            for answered, count in enumerate(row):
                if self._place(true, answered).contains(where):
                    whole = sum(row)
                    share = percent(count / whole) if whole else "-"
                    a, b = self._labels[true], self._labels[answered]
                    return f"{count} of {whole} records labelled {a} were answered {b} ({share})"
        return ""


def _mix(ground: QColor, hue: QColor, share: float, any_: bool) -> QColor:
    """`share` of the hue over the ground; whatever happened at all stays visible."""
    part = 0.0 if not any_ else 0.12 + 0.88 * min(1.0, share)
    return QColor(*(round(a + (b - a) * part) for a, b in zip(ground.getRgb()[:3], hue.getRgb()[:3], strict=True)))
