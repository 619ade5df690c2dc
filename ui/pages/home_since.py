"""What changed since the profile was last open: one line, each part of it leading to where it happened."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.values import SinceView
from ui.pages.base import Page
from ui.text import ago, count, moment, number, open_
from ui.theme.tokens import M
from ui.widgets import Button, Card, Text, row
from ui.widgets.flow import Flow


def since_words(view: SinceView) -> list[tuple[str, str]]:
    """(words, page they lead to) for everything that changed."""
    found = []
    if view.calls:
        found.append((count(view.calls, "new call"), "models"))
    if view.earned:
        found.append((f"{open_(view.earned)} earned", "earnings"))
    if view.accepted:
        found.append((f"{count(view.accepted, 'record')} of yours accepted", "datanets"))
    if view.refused:
        found.append((f"{number(view.refused)} not accepted", "datanets"))
    return found


def unchanged_words(view: SinceView | None) -> str:
    """For the page's head; nothing where something changed, or at the first time."""
    return "" if view is None or view.anything else f" Nothing changed since you were here {ago(view.time)}."


class SinceCard(Card):
    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(name="home-since", parent=parent)
        self._page = page
        self._when = Text("", "strong")
        self._parts = Flow(space=M)
        line = row(self._when, self._parts, space=M)
        line.setStretch(1, 1)
        self.add(line)

    def show_since(self, view: SinceView | None) -> None:
        self.setVisible(view is not None and view.anything)
        if view is None:
            return
        found = since_words(view)
        self._when.setText(f"Since you were here {ago(view.time)}:")
        self._when.setToolTip(moment(view.time))
        parts: list[QWidget] = [
            Button(words, "link", name=f"since-{at}", on=lambda to=to: self._page.go(to))
            for at, (words, to) in enumerate(found)
        ]
        self._parts.set_parts(parts)
