"""Ctrl+K: every page and action by its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.pages.base import Action
from ui.theme import fonts, icons, theme
from ui.theme.tokens import CONTROL_HEIGHT, M, S
from ui.widgets.labels import Text
from ui.widgets.layouts import column

_KEYS = Qt.ItemDataRole.UserRole + 1


class _WithKeys(QStyledItemDelegate):
    """The keys of an action at the right of its words."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Any) -> None:
        super().paint(painter, option, index)
        keys = index.data(_KEYS)
        if keys:
            painter.save()
            painter.setFont(fonts.font("mono_small"))
            painter.setPen(theme().colour("muted"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(option.rect.adjusted(0, 0, -M, 0), int(right), str(keys))
            painter.restore()


def rank(words: str, typed: str) -> int | None:
    """How well `typed` fits; lower is better, None not at all. Whole start, then word starts, then letters anywhere."""
    text, wanted = words.casefold(), typed.casefold().strip()
    if not wanted:
        return 0
    if text.startswith(wanted):
        return 0
    parts = text.split()
    if all(any(part.startswith(one) for part in parts) for one in wanted.split()):
        return 1
    if wanted in text:
        return 2
    at = 0
    for letter in wanted.replace(" ", ""):
        at = text.find(letter, at) + 1
        if at == 0:
            return None
    return 3


class CommandPalette(QDialog):
    """Names: `palette`, `palette-search`, `palette-list`."""

    def __init__(self, owner: QWidget, actions: Sequence[Action]) -> None:
        super().__init__(owner.window())
        self.setObjectName("palette")
        self.setWindowTitle("Search pages and actions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setFixedWidth(560)
        self._actions = tuple(actions)
        self.search = QLineEdit()
        self.search.setObjectName("palette-search")
        self.search.setPlaceholderText("Search pages and actions")
        self.search.setAccessibleName("Search pages and actions")
        self.search.setMinimumHeight(CONTROL_HEIGHT + 4)
        self.search.textChanged.connect(self._show)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("palette-list")
        self.list.setAccessibleName("Matches")
        self.list.setMinimumHeight(320)
        self.list.setItemDelegate(_WithKeys(self.list))
        self.list.itemActivated.connect(self._do)
        self.list.itemClicked.connect(self._do)
        self._none = Text("Nothing is called that. Try another word.", tone="muted")
        column(self.search, self.list, self._none, space=S, margins=(M, M, M, M), parent=self)
        self._show("")

    def _show(self, typed: str) -> None:
        found = [(rank(action.words, typed), number) for number, action in enumerate(self._actions)]
        order = sorted((fit, number) for fit, number in found if fit is not None)
        self.list.clear()
        for _fit, number in order[:50]:
            action = self._actions[number]
            item = QListWidgetItem(icons.icon(action.icon, "muted", 16), action.words)
            item.setData(Qt.ItemDataRole.UserRole, number)
            item.setData(_KEYS, action.keys)
            self.list.addItem(item)
        self._none.setVisible(not order)
        if order:
            self.list.setCurrentRow(0)

    def _do(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        action = self._actions[int(item.data(Qt.ItemDataRole.UserRole))]
        self.accept()
        # after the palette is gone: the action may open a dialog of its own
        QTimer.singleShot(0, self.parent(), action.do)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._do(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)
