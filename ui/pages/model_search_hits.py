"""What a question found: the best passage, the documents it stands in, and what carried the answer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.values import DocumentHit, SearchAnswer
from ui.pages.model_parts import clear
from ui.pages.verifying import VerifyPart
from ui.text import foreign, percent
from ui.theme.tokens import XS, L, M, S
from ui.widgets import (
    Bar,
    BarChart,
    Card,
    ChartPanel,
    EmptyState,
    Line,
    PassageText,
    Text,
    column,
    row,
)

_FIGURE = 64  # pixels: a percentage
_GONE = "The text of this record is not on this machine."


def under(hit: DocumentHit) -> str:
    """Who gave a document and how close it is."""
    mine = " (you)" if hit.mine else ""
    parts = (foreign(hit.label, 40), foreign(hit.contributor_name, 40) + mine, f"{percent(hit.closeness, 0)} alike")
    return "  ·  ".join(parts)


class HitRow(QWidget):
    """One document: its text with the passage marked, and its credit."""

    def __init__(self, hit: DocumentHit, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"hit-{hit.rank}")
        start, end = hit.passage
        text = PassageText()
        if hit.text:
            text.show_parts([(hit.text[:start], False), (hit.text[start:end], True), (hit.text[end:], False)])
        else:
            text.show_parts([(_GONE, False)])
        rank = Text(str(hit.rank), "strong", "muted")
        rank.setFixedWidth(20)
        figure = Text(percent(hit.share, 0), "strong")
        figure.setFixedWidth(_FIGURE)
        figure.setAlignment(Qt.AlignmentFlag.AlignRight)
        figure.setToolTip("Its credit: what the answer would lose without this document")
        whole = row(space=S, margins=(0, XS, 0, XS), parent=self)
        whole.addLayout(column(rank, None, space=0))
        whole.addLayout(column(text, Text(under(hit), "small", "muted", wrap=True), space=2), 1)
        whole.addLayout(column(figure, None, space=0))
        self.setAccessibleName(f"{hit.rank}. {text.text}. {under(hit)}. Credit {percent(hit.share, 0)}")


class HitsCard(Card):
    """`show_answer`: the best passage on top, then every document of the answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(name="search-hits", space=M, parent=parent)
        self._passage = Text("", "heading", wrap=True, selectable=True)
        self._passage.setObjectName("search-passage")
        self._from = Text("", "small", "muted", wrap=True)
        self._facts = Text("", "small", "muted")
        self._facts.setObjectName("search-facts")
        self._rows = column(space=S)
        head = Text("Credit", "small", "muted")
        head.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._head = row(Text("Documents that fit best", "strong"), None, head)
        self._found = QWidget()
        best = column(Text("Best passage", "small", "muted"), self._passage, self._from, space=2)
        inner = column(space=M, parent=self._found)
        inner.addLayout(best)
        inner.addWidget(Line())
        inner.addLayout(self._head)
        inner.addLayout(self._rows)
        self._nothing = EmptyState(
            "search", "Nothing fits", "No document is like this question. Try other words.", name="no-hits"
        )
        self.add(self._found, self._nothing, self._facts)

    def show_answer(self, answer: SearchAnswer) -> None:
        clear(self._rows)
        best = next((hit for hit in answer.hits if hit.best), None)
        self._found.setVisible(best is not None)
        self._nothing.setVisible(best is None)
        if best is not None:
            start, end = best.passage
            self._passage.setText(foreign(best.text[start:end], 600) or _GONE)
            self._from.setText(under(best))
        for hit in answer.hits:
            self._rows.addWidget(HitRow(hit))
        spent = f"{answer.latency_ms:.1f} ms" if answer.latency_ms < 10 else f"{answer.latency_ms:.0f} ms"
        self._facts.setText(f"{answer.documents:,} documents looked at in {spent}. No fee: it ran on this machine.")


class CarriedPanel(QWidget):
    """Who carried the answer, and the check of all of it."""

    def __init__(self, client: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = BarChart(("Contributor", "Credit"), empty="Nobody: without any one of them it is the same")
        hint = (
            "Credit: what the answer loses when all documents of that person are left out and the next ones move up. "
            "It is measured, not paid."
        )
        self._chart = ChartPanel("What carried this answer", self._bars, hint, name="search-carried")
        words = "Recomputes every score, and answers again without each document and each person."
        self.checking = VerifyPart(client.searching.verify, words, name="search-verify", button="search-verify")
        card = Card(self.checking, name="search-verify-card")
        column(self._chart, card, None, space=L, parent=self)

    def show_answer(self, answer: SearchAnswer) -> None:
        self.checking.show_answer(answer.search)
        bars = [Bar(one.name, float(one.influence), percent(one.share, 0), one.mine) for one in answer.contributors]
        self._bars.show_bars(bars)
        self._chart.refresh()
