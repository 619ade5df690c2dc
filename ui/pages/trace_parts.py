"""What the pages about records and contributors share: rows that open something, answers, names, bars of agreement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget

from core.units import Address
from core.values import InfluencedAnswer
from ui.contents import line
from ui.tables import Column, TablePanel
from ui.text import foreign, moment
from ui.theme.tokens import XS, L, M, S
from ui.trace_words import PAY, signed
from ui.widgets import Card, EmptyState, Icon, LinkButton, Text, column, row

_TABLE, _LINE, _EMPTY = 96, 40, 260  # pixels: search and headings, one row, the words instead of rows
_NARROWEST = 130
_FIGURE = 76  # pixels: a signed percentage


class LinkRow(QFrame):
    """A row that opens something: click, Enter or Space. Give it parts, and words for a screen reader."""

    opened = Signal()

    def __init__(self, *parts: Any, words: str, name: str = "", links: bool = True, space: int = M) -> None:
        """`links=False`: there is nothing behind it, so it is only a row."""
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(words)
        self._links = links
        line = row(*parts, space=space, margins=(S, XS, S, XS), parent=self)
        if links:
            self.setProperty("kind", "row")
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            line.addWidget(Icon("chevron-right", "muted", 16), 0, Qt.AlignmentFlag.AlignVCenter)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if self._links and inside and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._links and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit()
        else:
            super().keyPressEvent(event)


def figure(words: str, *, against: bool = False, width: int = _FIGURE) -> Text:
    """A signed figure at the right, in a column with those below it."""
    text = Text(words, "strong", "danger" if against else "")
    text.setFixedWidth(width)
    text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return text


def answer_row(one: InfluencedAnswer, name: str, on: Callable[[], object], decimals: int) -> LinkRow:
    """One of the caller's own answers, and how much of its influence this was."""
    shown, label = foreign(line(one.kind, one.text), 200), foreign(one.label, 40)
    text = Text(shown, wrap=True)
    text.setMinimumWidth(_NARROWEST)  # two lists of them fit the smallest window
    under = Text(f"“{label}”  ·  {moment(one.time)}", "small", "muted", wrap=True)
    under.setMinimumWidth(_NARROWEST)
    said = column(text, under, space=2)
    holder = QWidget()
    holder.setLayout(said)
    share = signed(one.share, decimals)
    made = LinkRow(
        holder, figure(share, against=one.share < 0), words=f"{shown}. Answered {label}. {share} of it", name=name
    )
    made.layout().setStretch(0, 1)  # type: ignore[union-attr]
    made.opened.connect(on)
    return made


class Answers(QWidget):
    """Two lists side by side: answers that something spoke for, and answers that it spoke against."""

    opened = Signal(int, int)  # model, call

    def __init__(
        self,
        supported: Sequence[InfluencedAnswer],
        opposed: Sequence[InfluencedAnswer],
        *,
        name: str,
        decimals: int = 2,
        who: str = "it",
    ) -> None:
        super().__init__()
        whole = row(space=L, parent=self)
        for title, found, kind in (
            (f"Answers {who} spoke for most", supported, "for"),
            (f"Answers {who} spoke against most", opposed, "against"),
        ):
            lines = column(Text(title, "strong"), space=XS)
            for at, one in enumerate(found):
                lines.addWidget(answer_row(one, f"{name}-{kind}-{at}", partial(self._open, one), decimals))
            if not found:
                lines.addWidget(Text("None of your calls.", tone="muted"))
            lines.addStretch(1)
            whole.addLayout(lines, 1)

    def _open(self, one: InfluencedAnswer) -> None:
        self.opened.emit(one.model, one.call)


def name_link(name: str, account: Address, on: Callable[[], object], *, mine: bool, object_name: str) -> QWidget:
    """A contributor's name, which opens their page."""
    words = f"{foreign(name, 60)} (you)" if mine else foreign(name, 60)
    link = LinkButton(words.replace("&", "&&"), name=object_name, on=on)
    link.setToolTip(str(account))
    holder = QWidget()
    row(link, None, parent=holder)
    return holder


def table_height(rows: int) -> int:
    """For a table among other parts of a page: as tall as its rows, up to twelve; its empty state needs room, too."""
    return _TABLE + _LINE * min(12, max(1, rows)) if rows else _EMPTY


def pay_card(
    owner: Any,
    title: str,
    columns: Sequence[Column[Any]],
    rows: Sequence[Any],
    *before: QWidget,
    noun: str,
    nothing: tuple[str, str],
    name: str,
) -> Card:
    """What was earned, settlement by settlement; a row opens its payment. `name` is the table's."""
    go = owner.go
    empty = EmptyState(
        "hand-coins", *nothing, "Go to Earnings", lambda: go("earnings"), kind="plain", name=f"{name}-empty"
    )
    table: TablePanel[Any] = TablePanel(columns, noun=noun, empty=empty, name=name)
    table.set_rows(rows)
    table.opened.connect(lambda each: go("earnings", (each.settlement, each.account)))
    table.setFixedHeight(table_height(len(rows)))
    return titled(title, *before, table, hint=PAY, name=f"{name}-card")


def titled(title: str, *parts: Any, hint: str = "", name: str = "", action: QWidget | None = None) -> Card:
    """A card with a heading and one muted line below it."""
    return Card(*parts, title=title, hint=hint, name=name, space=L, action=action)
