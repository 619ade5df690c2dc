"""A password field that can be looked at, and a meter in words and bars."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from ui.strength import Strength, strength
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


class StrengthMeter(QWidget):
    """Four bars and a word; `judged(enough)` after each change."""

    judged = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = _Bars(self)
        self._words = Text("", "small", "muted", wrap=True)
        self._words.setObjectName("strength-words")
        self.found: Strength = strength("")
        column(self._bars, self._words, space=S - 2, parent=self)
        self.judge("")

    def judge(self, password: str) -> None:
        self.found = strength(password)
        self._bars.level = self.found.level if password else 0
        self._bars.tone = {0: "danger", 1: "danger", 2: "warning", 3: "success", 4: "success"}[self.found.level]
        self._bars.update()
        words = f"{self.found.words}. {self.found.hint}".strip() if password else self.found.hint
        self._words.setText(words)
        self.setAccessibleName(f"Strength: {words}")
        self.judged.emit(self.found.enough)
