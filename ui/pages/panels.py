"""A part of a page that scrolls by itself, with the page's margins: for pages that show one thing at a time."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.theme.tokens import XL, XXL, L
from ui.widgets.layouts import Part, capped, column, scrolled

_WIDEST = 1180


def panel(*parts: Part, parent: QWidget, width: int = _WIDEST) -> None:
    """Fills `parent` from top to bottom; its scroll bar stands at the window's edge."""
    inner, holder = QWidget(), QWidget()
    column(*parts, None, space=L, parent=inner)
    capped(inner, width, holder).setContentsMargins(XXL, XL, XXL, XL)
    column(scrolled(holder), space=0, parent=parent)
