"""The program's own sign: three contributions that flow into one line. Painted, so it is sharp at every size."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from ui.theme.tokens import LIGHT


def paint_mark(painter: QPainter, place: QRectF) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(place.topLeft())
    painter.scale(place.width() / 32, place.height() / 32)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(LIGHT.accent))
    painter.drawRoundedRect(QRectF(0, 0, 32, 32), 8, 8)
    white = QColor("#FFFFFF")
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(white, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for start in (8.5, 16.0, 23.5):
        path = QPainterPath(QPointF(9, start))
        path.cubicTo(QPointF(15, start), QPointF(15, 16), QPointF(21, 16))
        painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(white)
    for start in (8.5, 16.0, 23.5):
        painter.drawEllipse(QPointF(8.5, start), 2.3, 2.3)
    painter.drawEllipse(QPointF(23, 16), 3.4, 3.4)
    painter.restore()


class Mark(QWidget):
    def __init__(self, size: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(size, size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()))
        painter.end()


def window_icon() -> QIcon:
    made = QIcon()
    for size in (16, 32, 48, 128, 256):
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_mark(painter, QRectF(0, 0, size, size))
        painter.end()
        made.addPixmap(pixmap)
    return made
