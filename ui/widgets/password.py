"""A password field that can be looked at, and a meter in words and bars."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from ui.theme import icons, theme
from ui.theme.tokens import CONTROL_HEIGHT, XS, S
from ui.widgets.buttons import IconButton
from ui.widgets.labels import Text
from ui.widgets.layouts import column, row


class PasswordField(QWidget):
    """`edit` is its line (objectName = name). `submitted` on Enter, `changed(text)` while typing."""

    changed = Signal(str)
    submitted = Signal()

    def __init__(self, *, name: str = "password", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(self)
        self.edit.setObjectName(name)
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setMinimumHeight(CONTROL_HEIGHT + 2)
        self.edit.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self._eye = IconButton("eye", "Show the password", name=f"{name}-eye", on=self._toggle)
        row(self.edit, self._eye, space=XS, parent=self)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self.changed)
        self.edit.returnPressed.connect(self.submitted)

    def text(self) -> str:
        return self.edit.text()

    def clear(self) -> None:
        self.edit.clear()

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.edit.setAccessibleName(name)

    def setAccessibleDescription(self, description: str) -> None:
        super().setAccessibleDescription(description)
        self.edit.setAccessibleDescription(description)

    def _toggle(self) -> None:
        hidden = self.edit.echoMode() == QLineEdit.EchoMode.Password
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        icons.put(self._eye, "eye-off" if hidden else "eye", "muted", 18)
        self._eye.setToolTip("Hide the password" if hidden else "Show the password")
        self._eye.setAccessibleName(self._eye.toolTip())


class _Bars(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.level = 0
        self.tone = "danger"
        self.setFixedHeight(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(160, 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width = (self.width() - 3 * XS) / 4
        for index in range(4):
            painter.setBrush(theme().colour(self.tone if index < self.level else "line"))
            painter.drawRoundedRect(QRectF(index * (width + XS), 0, width, 4), 2, 2)
        painter.end()


LEAST_LENGTH = 8  # as core/onboarding.py asks for
_LEVELS = (
    ("Falls at once", "danger"),
    ("Weak", "danger"),
    ("Fair", "warning"),
    ("Good", "success"),
    ("Strong", "success"),
)
_ADVICE = {
    "common": "It is among the first that are guessed.",
    "word": "Single words are guessed quickly; four unrelated ones are not.",
    "run": "Runs on the keyboard are guessed first.",
    "repeat": "Repeating adds little.",
    "year": "Years are guessed first.",
    "short": "Make it longer.",
    "yours": "Leave the program's name out.",
}


class StrengthMeter(QWidget):
    """Four bars and words; `judged(enough)` after each change. The judge is core's."""

    judged = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = _Bars(self)
        self._words = Text("", "small", "muted", wrap=True)
        self._words.setObjectName("strength-words")
        self.enough = False
        column(self._bars, self._words, space=S - 2, parent=self)
        self.judge("")

    def judge(self, password: str) -> None:
        self.enough = False
        self._bars.level = 0
        if len(password) < LEAST_LENGTH:
            words = f"At least {LEAST_LENGTH} characters; {LEAST_LENGTH - len(password)} more."
        else:
            words = self._look(password)
        self._bars.update()
        self._words.setText(words)
        self.setAccessibleName(f"Strength: {words}")
        self.judged.emit(self.enough)

    def _look(self, password: str) -> str:
        from core.onboarding import Onboarding  # brings lists of words: only when a password is typed

        found = Onboarding.strength(password)
        word, tone = _LEVELS[found.score]
        self.enough = found.score > 0
        self._bars.level, self._bars.tone = max(1, found.score), tone
        advice = next((_ADVICE[key] for key in found.weaknesses if key in _ADVICE), "")
        return f"{word}. {advice}".strip()
