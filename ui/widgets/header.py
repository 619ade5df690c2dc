"""The head of a page: what it is, one line about it, and its one primary action."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.theme.tokens import XS, L, M
from ui.widgets.buttons import IconButton
from ui.widgets.labels import Text
from ui.widgets.layouts import column, row


class PageHeader(QWidget):
    """`back` is said by the arrow, shown only with `with_back`."""

    back = Signal()

    def __init__(
        self,
        title: str,
        subtitle: str = "",
        primary: QWidget | None = None,
        *others: QWidget,
        with_back: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = Text(title, "title")
        self._title.setObjectName("page-title")
        self._subtitle = Text(subtitle, tone="muted", wrap=True)
        self._subtitle.setVisible(bool(subtitle))
        line = row(space=M, parent=self)
        if with_back:
            line.addWidget(
                IconButton("arrow-left", "Back", name="back", on=self.back.emit), 0, Qt.AlignmentFlag.AlignTop
            )
        line.addLayout(column(self._title, self._subtitle, space=XS), 1)
        line.addSpacing(L)
        for button in (*others, primary):
            if button is not None:
                line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def set_words(self, title: str, subtitle: str = "") -> None:
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))
