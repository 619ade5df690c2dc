"""The recovery phrase: shown to be written down, never offered for copying; then three of its words asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSizePolicy, QWidget

from ui.onboarding.step import Step, forward
from ui.theme import fonts, theme
from ui.theme.tokens import L, M
from ui.widgets.buttons import Button, Segmented
from ui.widgets.field import LabeledField
from ui.widgets.layouts import column, row

_COLUMNS, _ROW, _GAP = 3, 40, 8
ASKED = 3


class WordGrid(QWidget):
    """Numbered words, painted: there is no text in it to select or copy. Covered until `uncover`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("words")
        self._words: tuple[str, ...] = ()
        self._covered = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_words(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._covered = True
        self._say()

    def uncover(self, shown: bool) -> None:
        self._covered = not shown
        self._say()

    def _say(self) -> None:
        read = " ".join(f"{number + 1} {word}." for number, word in enumerate(self._words))
        self.setAccessibleName("The words are covered" if self._covered else read)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        rows = -(-max(len(self._words), 12) // _COLUMNS)
        return QSize(480, rows * (_ROW + _GAP) - _GAP)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = (self.width() - _GAP * (_COLUMNS - 1)) / _COLUMNS
        for index, word in enumerate(self._words):
            line, column_ = divmod(index, _COLUMNS)
            place = QRectF(column_ * (wide + _GAP) + 0.5, line * (_ROW + _GAP) + 0.5, wide - 1, _ROW - 1)
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.setBrush(theme().colour("window"))
            painter.drawRoundedRect(place, 6, 6)
            painter.setFont(fonts.font("small"))
            painter.setPen(theme().colour("muted"))
            left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(place.adjusted(M, 0, 0, 0), left, str(index + 1))
            painter.setFont(fonts.font("mono_strong"))
            painter.setPen(theme().colour("text"))
            painter.drawText(place.adjusted(M + 24, 0, 0, 0), left, "•••••" if self._covered else word)
        painter.end()


class ShowPhrase(Step):
    """`written` once the person says the words are on paper; `wanted(12 or 24)` for another length."""

    written = Signal()
    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "phrase",
            "Write these words down",
            "They are your profile: whoever has them has your money and your records. Pen and paper, in this order. "
            "Keep them away from cameras, clouds and chats.",
            step=0,
            wide=True,
        )
        self.grid = WordGrid()
        self._length = Segmented([("12", "12 words"), ("24", "24 words")], name="length")
        self._length.changed.connect(lambda key: self.wanted.emit(int(key)))
        self._cover = Button("Show the words", name="phrase-show", icon="eye", on=self._turn)
        self._done = QCheckBox("I wrote all words down, in order")
        self._done.setObjectName("phrase-written")
        self._done.toggled.connect(self._may)
        self._next = forward("Continue", "phrase-next", self.written.emit)
        self.lay(row(self._length, None, self._cover), self.grid, self._done, forward=self._next)
        self._shown = False
        self._may()

    def show_phrase(self, words: Sequence[str]) -> None:
        self.grid.show_words(words)
        self._shown = False
        self._cover.setText("Show the words")
        self._done.setChecked(False)
        self._may()

    def forget(self) -> None:
        self.show_phrase(())

    def entered(self) -> None:
        self._cover.setFocus()

    def _turn(self) -> None:
        self._shown = not self._shown
        self.grid.uncover(self._shown)
        self._cover.setText("Cover the words" if self._shown else "Show the words")
        self._may()

    def _may(self) -> None:
        seen = self._shown or self._done.isChecked()
        self._done.setEnabled(seen)
        self._next.setEnabled(self._done.isChecked())


class Quiz(Step):
    """Words by their numbers. `answered(list of words)`; the flow says whether they are right."""

    answered = Signal(list)

    def __init__(self) -> None:
        words = "Type these three words from your paper, the only copy there is."
        super().__init__("quiz", "Check what you wrote", words, step=1)
        lines = [QLineEdit(objectName=f"quiz-{number}") for number in range(ASKED)]
        self._lines = lines
        self._fields = [LabeledField("", line) for line in lines]
        for line in lines:
            line.textChanged.connect(lambda _text: self._may())
            line.returnPressed.connect(self._check)
        self._next = forward("Check", "quiz-next", self._check)
        self.lay(column(*self._fields, space=L), forward=self._next, back="Show the words again")
        self.asked: tuple[int, ...] = ()

    def ask(self, positions: Sequence[int]) -> None:
        """Positions count from 1."""
        self.asked = tuple(positions)
        for number, field in zip(self.asked, self._fields, strict=True):
            field.set_label(f"Word {number}")
        for line in self._lines:
            line.clear()
        self._may()
        self._lines[0].setFocus()

    def forget(self) -> None:
        self.notice.clear()
        for line in self._lines:
            line.clear()

    def entered(self) -> None:
        self._lines[0].setFocus()

    def _may(self) -> None:
        self._next.setEnabled(all(line.text().strip() for line in self._lines))

    def _check(self) -> None:
        if self._next.isEnabled():
            self.answered.emit([line.text() for line in self._lines])
