"""Nothing here yet: what belongs here and the next step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.theme.tokens import XL, S
from ui.widgets.buttons import Button, Kind
from ui.widgets.labels import Icon, Text
from ui.widgets.layouts import column, row


class EmptyState(QWidget):
    """`action` and `on` are the button of the next step; leave them out only where nothing can be done.

    `kind` is "plain" where the page has its primary button elsewhere.
    """

    def __init__(
        self,
        icon: str,
        title: str,
        words: str,
        action: str = "",
        on: Callable[[], object] | None = None,
        *,
        kind: Kind = "primary",
        name: str = "empty",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._title = Text(title, "heading")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words = Text(words, tone="muted", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._words.setFixedWidth(380)
        self._icon = Icon(icon, "muted", 32)
        stack = column(None, row(None, self._icon, None), S, self._title, row(None, self._words, None), space=S)
        self._action = Button(action, kind, name=f"{name}-action", on=on) if action else None
        if self._action is not None:
            stack.addSpacing(S)
            stack.addLayout(row(None, self._action, None))
        stack.addStretch(1)
        self.setLayout(stack)
        stack.setContentsMargins(XL, XL, XL, XL)

    def set_words(self, icon: str, title: str, words: str) -> None:
        self._icon.show_icon(icon, "muted")
        self._title.setText(title)
        self._words.setText(words)

    def set_action(self, words: str) -> None:
        """Other words for the next step; only where there is one."""
        assert self._action is not None
        self._action.setText(words)
