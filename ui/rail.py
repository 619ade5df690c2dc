"""The left rail: one button a page, icon and word, arrow keys between them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QWidget

from ui.mark import Mark
from ui.pages.base import Page
from ui.theme import icons
from ui.theme.tokens import RAIL_WIDTH, XS, M, S
from ui.widgets.buttons import Button
from ui.widgets.labels import Text
from ui.widgets.layouts import column, row

_LAST = 90  # pages from here on (Settings) stand at the foot


class Rail(QWidget):
    """`chosen(name)` when the person picks a page. Buttons are named `rail-<page>`."""

    chosen = Signal(str)

    def __init__(self, pages: Sequence[type[Page]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setProperty("kind", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Pages")
        self.setFixedWidth(RAIL_WIDTH)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        brand = row(Mark(26), Text("OpenLedger", "strong"), None, space=S + 2, margins=(XS, 0, 0, M))
        rows = column(brand, space=2, margins=(M, M + 2, M, M), parent=self)
        spread = False
        for page in (one for one in pages if one.in_rail):
            if page.order >= _LAST and not spread:
                rows.addStretch(1)
                spread = True
            rows.addWidget(self._button(page))
        if not spread:
            rows.addStretch(1)

    def _button(self, page: type[Page]) -> Button:
        button = Button(page.title, "rail", name=f"rail-{page.name}")
        button.setCheckable(True)
        icons.put(button, page.icon, "muted", 18, on="accent_text")
        button.setToolTip(f"{page.title}  ({page.shortcut})" if page.shortcut else page.title)
        button.clicked.connect(lambda _checked=False: self.chosen.emit(page.name))
        self._group.addButton(button)
        self._buttons[page.name] = button
        return button

    def show_page(self, name: str) -> None:
        """A page that is not in the rail belongs to the one it was reached from."""
        if name in self._buttons:
            self._buttons[name].setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        focused = self.focusWidget()
        buttons = list(self._buttons.values())
        if step is None or focused not in buttons:
            super().keyPressEvent(event)
            return
        at = buttons.index(focused) + step
        if 0 <= at < len(buttons):
            buttons[at].setFocus()
