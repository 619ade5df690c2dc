"""A part of a page that scrolls by itself, with the page's margins, and how a part of it is brought in sight."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

from ui.theme.tokens import L
from ui.widgets.layouts import Framed, Part, column, scrolled

_WIDEST = 1180


def panel(*parts: Part, parent: QWidget, width: int = _WIDEST) -> None:
    """Fills `parent` from top to bottom; its scroll bar stands at the window's edge."""
    inner = QWidget()
    column(*parts, None, space=L, parent=inner)
    column(scrolled(Framed(inner, width)), space=0, parent=parent)


def in_sight(part: QWidget) -> None:
    """Scrolls the page so far that this part is seen, from its top, once what it holds has found its place."""
    QTimer.singleShot(0, part, lambda: _scroll_to(part))


def _scroll_to(part: QWidget) -> None:
    above = part.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    inner = None if above is None else above.widget()
    if above is None or inner is None or not part.isVisible():
        return
    top = part.mapTo(inner, part.rect().topLeft()).y()
    bar, seen = above.verticalScrollBar(), above.viewport().height()
    if top + part.height() + L > bar.value() + seen:  # its foot is below what is seen
        bar.setValue(min(top - L, top + part.height() + L - seen))
    elif top < bar.value():
        bar.setValue(top - L)
