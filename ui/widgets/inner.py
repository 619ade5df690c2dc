"""What is only ever a part of something else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


class Inner:
    """Mixed into what is only ever a part of something. Shown before it has a parent, it waits for it: Qt would open a
    window of its own for a moment, which flickers and takes the focus away.
    """

    def setVisible(self, visible: bool) -> None:
        assert isinstance(self, QWidget)
        if visible and self.parentWidget() is None:
            self.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
        else:
            super().setVisible(visible)
