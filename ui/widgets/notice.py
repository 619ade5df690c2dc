"""A banner inside the page: what happened and what to do. Plain text always."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from ui.text import Tone, Words, explain
from ui.theme.tokens import M, S
from ui.widgets.buttons import Button, IconButton
from ui.widgets.inner import Inner
from ui.widgets.labels import Icon, Text, retone
from ui.widgets.layouts import column, row

_ICONS = {
    "info": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-alert",
}


class Notice(Inner, QFrame):
    """tone: info, success, warning, danger. Hidden while it has nothing to say; `closed` when it is put away."""

    closed = Signal()

    def __init__(
        self,
        tone: Tone = "info",
        title: str = "",
        words: str = "",
        *,
        action: str = "",
        on: Callable[[], object] | None = None,
        closable: bool = False,
        name: str = "notice",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "notice")
        self.setObjectName(name)
        self._icon = Icon(_ICONS[tone], tone, 18)
        self._title = Text("", "strong", wrap=True)
        self._title.setObjectName(f"{name}-title")
        self._words = Text("", wrap=True, selectable=True)
        self._words.setObjectName(f"{name}-words")
        self._detail = Text("", "mono_small", "muted", wrap=True, selectable=True)
        self._more = Button("Details", "link", name=f"{name}-details", on=self._toggle)
        line = row(space=M, margins=(M, M, M, M), parent=self)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        more = row(self._more, None)
        line.addLayout(column(self._title, self._words, more, self._detail, space=2), 1)
        if action:
            line.addWidget(Button(action, name=f"{name}-action", on=on), 0, Qt.AlignmentFlag.AlignVCenter)
        if closable:
            close = IconButton("x", "Close this notice", name=f"{name}-close", on=self._close)
            line.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        line.setSpacing(S + 2)
        self.say(title, words, tone)

    def say(self, title: str, words: str = "", tone: Tone = "info", detail: str = "") -> None:
        """Shows this; an empty title hides the banner."""
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._detail.setText(detail)
        self._detail.hide()
        self._more.setVisible(bool(detail))
        self._icon.show_icon(_ICONS.get(tone, "info"), tone or "info")
        retone(self, tone)
        self.setAccessibleName(f"{title}. {words}".strip())
        self.setVisible(bool(title))

    def say_error(self, error: BaseException) -> None:
        said: Words = explain(error)
        self.say(said.title, said.what_to_do, said.tone, said.detail)

    def clear(self) -> None:
        self.say("")

    def _toggle(self) -> None:
        self._detail.setVisible(self._detail.isHidden())

    def _close(self) -> None:
        self.hide()
        self.closed.emit()
