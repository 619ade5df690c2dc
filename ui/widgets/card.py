"""A surface that holds one thing, with a title where it needs one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QSpacerItem, QWidget

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
        self._tail: QSpacerItem | None = None
        self._grows = False
        margins = (1, 1, 1, 1) if flush else (L, L, L, L)
        self.body = column(space=space, margins=margins, parent=self)
        if title or action is not None:
            heading = column(Text(title, "strong"), space=2)
            if hint:
                heading.addWidget(Text(hint, "small", "muted", wrap=True))
            top = row(heading)
            top.setStretch(0, 1)
            if action is not None:
                top.addWidget(action, 0, Qt.AlignmentFlag.AlignTop if hint else Qt.AlignmentFlag.AlignVCenter)
            if flush:
                top.setContentsMargins(L, M, M, S)
            self.body.addLayout(top)
            self.setAccessibleName(title)
        if parts:
            self.add(*parts)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def add(self, *parts: Part) -> None:
        """Puts parts at the end. Room that is left goes below them, unless one of them grows (a table, a stretch)."""
        if self._tail is not None:
            self.body.removeItem(self._tail)
        self.body.addLayout(column(*parts, space=self.body.spacing()))
        self._grows = self._grows or any(map(_grows, parts))
        self._tail = (
            None if self._grows else QSpacerItem(0, 0, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
        )
        if self._tail is not None:
            self.body.addItem(self._tail)


def _grows(part: Part) -> bool:
    if part is None:
        return True
    if isinstance(part, int):
        return False
    down = part.sizePolicy().expandingDirections() if isinstance(part, QWidget) else part.expandingDirections()
    return bool(down & Qt.Orientation.Vertical)
