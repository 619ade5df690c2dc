"""A surface that holds one thing, with a title where it needs one."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ui.theme.tokens import L, M, S
from ui.widgets.labels import Text
from ui.widgets.layouts import Part, column, row


class Card(QFrame):
    """`body` is its column; `add(...)` puts parts into it. `flush` leaves no margins, for tables."""

    def __init__(
        self,
        *parts: Part,
        title: str = "",
        hint: str = "",
        action: QWidget | None = None,
        flush: bool = False,
        space: int = M,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setObjectName(name)
        margins = (1, 1, 1, 1) if flush else (L, L, L, L)
        self.body = column(space=space, margins=margins, parent=self)
        if title or action is not None:
            heading = column(Text(title, "strong"), space=2)
            if hint:
                heading.addWidget(Text(hint, "small", "muted", wrap=True))
            top = row(heading, None, action) if action is not None else row(heading)
            if flush:
                top.setContentsMargins(L, M, M, S)
            self.body.addLayout(top)
            self.setAccessibleName(title)
        self.add(*parts)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def add(self, *parts: Part) -> None:
        self.body.addLayout(column(*parts, space=self.body.spacing()))
