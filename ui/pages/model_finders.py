"""Cards of models: what opens on a click, and those of models that find passages."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from core.values import Accuracy, SearchModelView
from ui.pages.model_bars import AccuracyBars
from ui.text import count, foreign, size
from ui.theme import theme
from ui.theme.tokens import RADIUS, XL, M, S
from ui.widgets import Badge, Button, Card, Text, column, row


class OpensCard(Card):
    """Opens on a click or Enter."""

    opened = Signal(int)

    def __init__(self, number: int, name: str, words: str) -> None:
        super().__init__(name=name)
        self._id = number
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(words)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self._id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit(self._id)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().colour("accent_text"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS, RADIUS)
            painter.end()


class FinderCard(OpensCard):
    """A model that finds passages; its button asks it, as a click on it does."""

    def __init__(self, model: SearchModelView, datanet: str) -> None:
        title = foreign(model.name, 80)
        super().__init__(model.id, f"finder-{model.id}", f"{title}, finds passages")
        state = Badge("Finds passages", "info")
        state.setToolTip("Answers a question with records, word for word. On this machine only.")
        badges = row(state, space=M)
        if model.state == "outdated":
            badges.addWidget(Badge("Records withdrawn", "warning"))
        badges.addStretch(1)
        where = Text(f"{datanet}, version {model.release}", tone="muted", wrap=True)
        left = column(Text(title, "heading", wrap=True), where, S, badges, None, space=2)
        facts = f"{count(model.documents, 'document')}   ·   {size(model.size_bytes)}   ·   free"
        line = row(Text(facts, "small", wrap=True), Text(count(model.searches, "question"), "small", "muted"), space=M)
        line.setStretch(0, 1)
        right = column(AccuracyBars(measured(model), small=True), line, space=S)
        ask = Button("Ask", name=f"finder-{model.id}-ask", icon="search", on=lambda: self.opened.emit(model.id))
        ask.setAccessibleName(f"Ask {title}")
        whole = row(space=XL)
        whole.addLayout(left, 5)
        whole.addLayout(right, 7)
        whole.addWidget(ask, 0, Qt.AlignmentFlag.AlignVCenter)
        self.add(whole)


def measured(model: SearchModelView) -> Accuracy | None:
    """How often the first document found is of the same label, as bars beside the baselines take it."""
    quality = model.quality
    return None if quality is None else Accuracy(quality.ours, quality.majority, quality.tfidf, quality.tried)


def finder_words(model: SearchModelView, names: Mapping[int, str]) -> str:
    """What a search in the list looks through."""
    return " ".join((model.name, names.get(model.datanet, ""), "finds passages", *model.labels)).casefold()
