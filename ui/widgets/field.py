"""A field with its label above, a hint, and its error beneath in words."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from ui.text import explain
from ui.theme import fonts
from ui.theme.tokens import XS
from ui.widgets.inner import Inner
from ui.widgets.labels import Text
from ui.widgets.layouts import column, row


class LabeledField(Inner, QWidget):
    """Wraps any input. `fail(words)` or `fail_with(error)` marks it, `clear()` takes the mark away again."""

    def __init__(self, label: str, field: QWidget, hint: str = "", *, unit: str = "", optional: bool = False) -> None:
        super().__init__()
        self.field = field
        self._unit = unit
        self._label = QLabel(label)
        self._label.setBuddy(field)
        fonts.put(self._label, "medium")
        top = row(self._label, space=XS)
        if optional:
            top.addWidget(Text("optional", "small", "muted"))
        top.addStretch(1)
        line = row(field)
        if unit:
            line.addWidget(Text(unit, tone="muted"))
        self._hint_words = hint
        self._hint = Text(hint, "small", "muted", wrap=True)
        self._hint.setVisible(bool(hint))
        if self._target().objectName():
            self._hint.setObjectName(f"{self._target().objectName()}-hint")
        self.set_label(label)
        field.setAccessibleDescription(hint)
        column(top, line, self._hint, space=XS + 2, parent=self)

    def set_label(self, label: str) -> None:
        self._label.setText(label)
        self.field.setAccessibleName(f"{label} ({self._unit})" if self._unit else label)

    @property
    def error(self) -> str:
        return self._hint.text() if self._target().property("wrong") else ""

    def fail(self, words: str) -> None:
        self._mark(True)
        self._hint.set_tone("danger")
        self._hint.setText(words)
        self._hint.setVisible(bool(words))
        self.field.setAccessibleDescription(words)

    def fail_with(self, error: BaseException) -> None:
        said = explain(error)
        self.fail(f"{said.title}. {said.what_to_do}")

    def clear(self) -> None:
        self._mark(False)
        self._hint.set_tone("muted")
        self._hint.setText(self._hint_words)
        self._hint.setVisible(bool(self._hint_words))
        self.field.setAccessibleDescription(self._hint_words)

    def _target(self) -> QWidget:
        inner = getattr(self.field, "edit", None)  # PasswordField wraps its line
        return inner if isinstance(inner, QWidget) else self.field

    def _mark(self, wrong: bool) -> None:
        target = self._target()
        target.setProperty("wrong", wrong)
        target.style().unpolish(target)
        target.style().polish(target)
