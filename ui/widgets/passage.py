"""A wrapped text with parts of it marked: painted, so that nothing from outside can become markup."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.text import foreign
from ui.theme import fonts, theme
from ui.widgets.inner import Inner

_LONGEST = 20_000  # characters painted; what is longer belongs into a field that scrolls
Parts = Sequence[tuple[str, int | None]]


class PassageText(Inner, QWidget):
    """`show_parts([(words, mark or None), ...])`; `picked(mark)` when a marked part is clicked.

    Marks have a ground and a line beneath, so they are seen without colours too.
    """

    picked = Signal(int)

    def __init__(self, role: str = "body", *, pickable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._font = fonts.font(role)
        self._parts: list[tuple[str, int | None]] = []
        self._chosen: int | None = None
        self._layout = QTextLayout("", self._font)
        self._pickable = pickable
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_parts(self, parts: Parts) -> None:
        self._parts, left = [], _LONGEST
        for words, mark in parts:
            self._parts.append((_clean(words, left), mark))
            left -= len(self._parts[-1][0])
            if left <= 0:
                break
        self._chosen = None
        text = "".join(words for words, _ in self._parts)
        self._layout = QTextLayout(text.replace("\n", "\u2028"), self._font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        marked = "; ".join(words.strip() for words, mark in self._parts if mark is not None)
        self.setAccessibleName(text)
        self.setAccessibleDescription(f"Marked: {marked}" if marked else "")
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return "".join(words for words, _ in self._parts)

    def choose(self, mark: int | None) -> None:
        """Paints the parts of one mark stronger."""
        self._chosen = mark
        self.update()

    def _lay(self, width: int) -> float:
        self._layout.beginLayout()
        height = 0.0
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, height))
            height += line.height() + 2
        self._layout.endLayout()
        return height

    def heightForWidth(self, width: int) -> int:
        return int(self._lay(width)) + 1

    def sizeHint(self) -> QSize:
        return QSize(360, self.heightForWidth(360))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self._layout.font().pixelSize() + 6)

    def _formats(self) -> list[QTextLayout.FormatRange]:
        found, at = [], 0
        for words, mark in self._parts:
            length = len(words.encode("utf-16-le", "surrogatepass")) // 2
            if mark is not None:
                one = QTextLayout.FormatRange()
                one.start, one.length = at, length  # type: ignore[assignment]
                form = QTextCharFormat()
                strong = mark == self._chosen
                form.setBackground(theme().colour("accent" if strong else "accent_soft"))
                form.setForeground(theme().colour("on_accent" if strong else "text"))
                form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
                form.setUnderlineColor(theme().colour("accent_text"))
                one.format = form  # type: ignore[assignment]
                found.append(one)
            at += length
        return found

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(theme().colour("text"))
        self._lay(self.width())
        self._layout.draw(painter, QPointF(0, 0), self._formats())
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._pickable or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        mark = self._mark_at(event.position())
        if mark is not None:
            self.picked.emit(mark)

    def _mark_at(self, point: QPointF) -> int | None:
        for number in range(self._layout.lineCount()):
            line = self._layout.lineAt(number)
            if line.y() <= point.y() < line.y() + line.height() + 2:
                place, at = line.xToCursor(point.x()), 0
                for words, mark in self._parts:
                    at += len(words.encode("utf-16-le", "surrogatepass")) // 2
                    if place < at:
                        return mark
        return None


def _clean(words: str, limit: int) -> str:
    """As `foreign`, with the white space at the ends kept: parts stand beside each other."""
    return foreign(f".{words}.", max(2, limit) + 2, lines=True)[1:-1]
