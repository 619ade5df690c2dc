"""A QR code, always dark on white with its quiet zone, in both themes, or cameras do not read it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_QUIET = 4  # modules, ISO/IEC 18004


class QrCode(QWidget):
    """Error correction M. `words` says what it holds, for a screen reader."""

    def __init__(self, text: str = "", words: str = "", size: int = 192, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[bytes, ...] = ()
        self._size = size
        self.setFixedSize(size, size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_code(text, words)

    def show_code(self, text: str, words: str = "") -> None:
        self._rows = ()
        if text:
            import segno  # 77 ms: only when a code is shown

            self._rows = tuple(bytes(line) for line in segno.make(text, error="m", micro=False).matrix)
        self.setAccessibleName(words or f"QR code of {text}")
        self.update()

    @property
    def modules(self) -> tuple[bytes, ...]:
        """Rows of modules without the quiet zone; 1 is dark."""
        return self._rows

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#FFFFFF"))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        if self._rows:
            self._draw(painter)
        painter.end()

    def _draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(QColor("#0B0E13"))
        density = painter.device().devicePixelRatioF()
        count = len(self._rows) + 2 * _QUIET
        module = max(1, int(self._size * density / count)) / density  # whole device pixels: sharp edges
        start = (self._size - module * len(self._rows)) / 2
        start = round(start * density) / density
        for y, line in enumerate(self._rows):
            for x, dark in enumerate(line):
                if dark:
                    painter.drawRect(QRectF(start + x * module, start + y * module, module, module))
