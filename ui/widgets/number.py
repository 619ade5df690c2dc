"""A whole number to type or step."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

from ui.theme.tokens import CONTROL_HEIGHT


class NumberField(QSpinBox):
    def __init__(
        self, least: int, most: int, start: int, *, step: int = 1, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setRange(least, most)
        self.setSingleStep(step)
        self.setValue(start)
        self.setMinimumHeight(CONTROL_HEIGHT + 2)
        self.setGroupSeparatorShown(True)
        self.lineEdit().setTextMargins(8, 0, 0, 0)  # the style sheet's padding does not reach the line in a spin box
