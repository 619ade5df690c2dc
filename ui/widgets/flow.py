"""Small widgets side by side, wrapped into as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.tokens import S


class Flow(QWidget):
    """`set_parts` puts widgets into it; hidden ones take no room. Placed by hand: a QLayout of our own would have to
    return None from virtual methods, whose count PySide6 6.12 loses on Python 3.11.
    """

    def __init__(self, *parts: QWidget, space: int = S, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._space = space
        self._parts: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_parts(parts)

    def set_parts(self, parts: Sequence[QWidget]) -> None:
        for old in self._parts:
            if old not in parts:
                old.hide()
                old.deleteLater()
        self._parts = list(parts)
        for part in self._parts:
            part.setParent(self)
            part.show()
        self._place()
        self.updateGeometry()

    def _lines(self, width: int) -> tuple[list[tuple[QWidget, int, int, int, int]], int]:
        places = []
        x = y = tall = 0
        for part in self._parts:
            if part.isHidden():
                continue
            size = part.sizeHint().expandedTo(part.minimumSize())
            wide = min(size.width(), max(1, width))
            if x and x + wide > width:
                x, y, tall = 0, y + tall + self._space, 0
            places.append((part, x, y, wide, size.height()))
            x += wide + self._space
            tall = max(tall, size.height())
        return places, y + tall

    def _place(self) -> None:
        for part, x, y, wide, high in self._lines(self.width())[0]:
            part.setGeometry(x, y, wide, high)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lines(width)[1]

    def sizeHint(self) -> QSize:
        wide = sum(part.sizeHint().width() + self._space for part in self._parts if not part.isHidden())
        return QSize(min(wide, 480), self._lines(self.width() if self.width() > 100 else 480)[1])

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._lines(max(self.width(), 120))[1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        if self.minimumSizeHint().height() != self.height():
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._place()
            self.updateGeometry()
