"""Rows, columns, grids and scrolling, with the distances of the theme."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from ui.theme.tokens import XL, XXL, L, M

Part = QWidget | QLayout | int | None
Margins = tuple[int, int, int, int]
NONE: Margins = (0, 0, 0, 0)
_NARROW = 800  # what the smallest window leaves a page is less


def _fill(layout: QBoxLayout, parts: tuple[Part, ...], space: int, margins: Margins) -> None:
    layout.setSpacing(space)
    layout.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)


def row(*parts: Part, space: int = M, margins: Margins = NONE, parent: QWidget | None = None) -> QHBoxLayout:
    """Left to right. None is a stretch, a number is an empty distance."""
    layout = QHBoxLayout(parent) if parent is not None else QHBoxLayout()
    _fill(layout, parts, space, margins)
    return layout


def column(*parts: Part, space: int = M, margins: Margins = NONE, parent: QWidget | None = None) -> QVBoxLayout:
    """Top to bottom, as `row`."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    _fill(layout, parts, space, margins)
    return layout


def grid(*parts: QWidget, columns: int, space: int = L) -> QGridLayout:
    """Equal columns, filled row by row."""
    layout = QGridLayout()
    layout.setSpacing(space)
    layout.setContentsMargins(*NONE)
    for index, part in enumerate(parts):
        layout.addWidget(part, index // columns, index % columns)
    for index in range(columns):
        layout.setColumnStretch(index, 1)
    return layout


def capped(inner: QWidget, width: int, parent: QWidget | None = None) -> QHBoxLayout:
    """The widget at the left, as wide as there is room but at most `width`.

    A maximum width alone would not do: a vertical layout asks how tall its parts are at its own width, not at theirs.
    """
    inner.setMaximumWidth(width)
    layout = row(space=0, parent=parent)
    layout.addWidget(inner, 1000)
    layout.addStretch(1)
    return layout


def side_margin(width: int) -> int:
    """Left and right of a page this wide: in a small window the room is worth more than the air."""
    return XXL if width >= _NARROW else L


class Framed(QWidget):
    """A page's contents, at most `width` wide, with its margins; `bar` is what a scroll bar takes of the right."""

    def __init__(self, inner: QWidget, width: int, *, bar: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._line = capped(inner, width, self)
        self._spread()

    def _spread(self) -> None:
        side = side_margin(self.width())
        margins = QMargins(side, XL, side - self._bar, XL)
        if self._line.contentsMargins() != margins:
            self._line.setContentsMargins(margins)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spread()


def scrolled(inner: QWidget, parent: QWidget | None = None) -> QScrollArea:
    """The widget in an area that scrolls downwards only."""
    area = QScrollArea(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inner.setProperty("kind", "page")
    area.setWidget(inner)
    area.viewport().setAutoFillBackground(False)
    return area
