"""Buttons by what they mean: primary (one a page), plain, danger, ghost, link; and a row of choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QToolButton, QWidget

from ui.theme import fonts, icons
from ui.theme.tokens import CONTROL_HEIGHT, XS
from ui.widgets.inner import Inner
from ui.widgets.layouts import row

Kind = Literal["plain", "primary", "danger", "ghost", "link", "chip", "rail", "choice", "segment"]
_ICON_ROLE = {"primary": "on_accent", "danger": "on_accent", "link": "accent_text"}


class Button(Inner, QPushButton):
    """`name` becomes the objectName, by which tests click it."""

    def __init__(
        self,
        text: str,
        kind: Kind = "plain",
        *,
        name: str = "",
        icon: str = "",
        tip: str = "",
        on: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", kind)
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(kind == "primary")
        fonts.put(self, "medium" if kind in {"primary", "danger", "rail"} else "body")
        if kind not in {"link", "choice", "segment"}:
            self.setMinimumHeight(CONTROL_HEIGHT)
        if icon:
            icons.put(self, icon, _ICON_ROLE.get(kind, "text"), 16)
        if tip:
            self.setToolTip(tip)
        if on is not None:
            self.clicked.connect(lambda _checked=False: on())


def LinkButton(text: str, *, name: str = "", on: Callable[[], object] | None = None) -> Button:
    """A button that looks like a link, for what is secondary."""
    return Button(text, "link", name=name, on=on)


class IconButton(Inner, QToolButton):
    """An icon alone; `label` is its tooltip and what a screen reader says."""

    def __init__(
        self,
        icon: str,
        label: str,
        *,
        name: str = "",
        on: Callable[[], object] | None = None,
        role: str = "muted",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "ghost")
        self.setObjectName(name)
        self.setToolTip(label)
        self.setAccessibleName(label)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        icons.put(self, icon, role, 18)
        if on is not None:
            self.clicked.connect(lambda _checked=False: on())


class Segmented(QWidget):
    """One of a few, side by side. `changed(key)` when the person chooses."""

    changed = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], *, name: str = "", parent: QWidget | None = None) -> None:
        """`choices`: (key, words). The first is chosen. Buttons are named `<name>-<key>`."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("kind", "well")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        for key, words in choices:
            button = Button(words, "segment", name=f"{name}-{key}")
            button.setCheckable(True)
            self._group.addButton(button)
            self._buttons[key] = button
            button.clicked.connect(lambda _checked=False, key=key: self.changed.emit(key))
        next(iter(self._buttons.values())).setChecked(True)
        row(*self._buttons.values(), space=2, margins=(XS, XS, XS, XS), parent=self)

    @property
    def value(self) -> str:
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def choose(self, key: str) -> None:
        """Sets the choice without saying `changed`."""
        self._buttons[key].setChecked(True)
