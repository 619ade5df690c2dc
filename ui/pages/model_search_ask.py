"""Asking a model that finds passages: a question in, documents out, and earlier questions below."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.errors import Cancelled
from core.values import SearchAnswer, SearchAsked, SearchModelView
from ui import tasks
from ui.pages.base import Page
from ui.pages.model_parts import latency_words, line
from ui.pages.model_search_hits import CarriedPanel, HitsCard
from ui.tables import Column, TablePanel
from ui.text import ago, count, foreign
from ui.theme.tokens import L, M, S
from ui.widgets import Button, Card, EmptyState, KeyHint, Notice, Text, column, row
from ui.widgets.reflow import Reflow

_LEAST = 380  # pixels beside each other; below that, what carried the answer stands beneath it
_LONGEST = 20_000  # characters, as core takes them

ASKED: tuple[Column[SearchAsked], ...] = (
    Column("Question", lambda one: one.query, grow=3, width=220),
    Column("Found", lambda one: str(one.found), sort=lambda one: one.found, align="right", width=80),
    Column("Time", lambda one: latency_words(one.latency_ms), sort=lambda one: one.latency_ms, align="right", width=88),
    Column("Asked", lambda one: ago(one.time), sort=lambda one: one.time, align="right", width=140),
)


class AskPanel(QWidget):
    """`show_model` first. What is asked here belongs to the model that was shown when it was asked."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = page.client
        self._model: SearchModelView | None = None
        self._early = False
        self._running = False
        self._said = Notice(name="search-said")
        self.hits = HitsCard()
        self.carried = CarriedPanel(self._client)
        self._hint = Card(name="search-hint")
        self._hint.body.addWidget(
            EmptyState(
                "search",
                "Ask in your own words",
                "You see the records that come closest, the sentence that fits, and whose records carried the answer.",
            )
        )
        left = QWidget()
        column(self.hits, None, space=0, parent=left)
        self._result = Reflow(left, self.carried, columns=2, least=_LEAST)
        self._asked = TablePanel(
            ASKED, noun="question", empty=EmptyState("history", "Nothing asked yet", ""), name="searches"
        )
        self._asked.opened.connect(self._again)
        self._asked.setMinimumHeight(264)
        self._history = QWidget()
        words = "They stay on this machine. Press Enter on one to see its answer again."
        column(
            Text("Your latest questions", "heading"),
            Text(words, "small", "muted"),
            self._asked,
            space=S,
            parent=self._history,
        )
        column(self._input(), self._said, self._hint, self._result, self._history, space=L, parent=self)
        self._result.hide()

    def _input(self) -> Card:
        self.query = line("search-query", label="Question")
        self.query.setPlaceholderText("Type a question or a few words, then press Enter")
        self.query.setMaxLength(_LONGEST)
        self.query.returnPressed.connect(self.ask)
        self._find = Button("Find", "primary", name="search-find", icon="search", on=self.ask)
        asked = row(self.query, self._find, KeyHint("Enter"), space=M)
        asked.setStretch(0, 1)
        self._money = Text("", "small", "muted", wrap=True)
        self._money.setObjectName("search-money")
        return Card(asked, self._money, name="search-input")

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_model(self, model: SearchModelView) -> None:
        before, self._model = self._model, model
        fresh = before is None or before.id != model.id
        if fresh:
            self._result.hide()
            self._hint.show()
            self._said.clear()
            if before is not None:  # what is there otherwise was typed while this one was being read
                self.query.clear()
        self._money.setText("Questions cost nothing and stay on this machine; nobody earns from them.")
        if model.state == "outdated":
            words = "The next question leaves them out first: the index is made exactly without them."
            self._said.say("Records of it were withdrawn", words, "info")
        elif before is not None and before.state == "outdated" and not fresh:
            self._said.clear()
        self._read_history()
        if self._early:
            self._early = False
            self.ask()

    def wait(self) -> None:
        """Another one is being read: the last one is not to be asked in its place."""
        if self._model is not None:
            self.query.clear()
        self._model, self._early = None, False
        self._result.hide()
        self._history.hide()
        self._hint.show()

    def focus(self) -> None:
        self.query.setFocus()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        model, query = self._model, self.query.text()
        if model is None:
            self._early = bool(query.strip())  # asked as soon as it is read
        if model is None or self._running:
            return
        if not query.strip():
            self._said.say("There is no question yet", "Type a few words first.", "info")
            return
        self._busy(True)
        self._said.clear()
        tasks.run(
            self,
            self._client.searching.ask,
            model.id,
            query,
            on_done=lambda answer: self._answered(answer, model),
            on_error=self._failed,
        )

    def _answered(self, answer: SearchAnswer, model: SearchModelView) -> None:
        self._busy(False)
        if self._model is not None and self._model.id == model.id:
            self._show(answer)
            self._read_history()

    def _show(self, answer: SearchAnswer) -> None:
        self._hint.hide()
        self._result.show()
        self.hits.show_answer(answer)
        self.carried.show_answer(answer)
        self.carried.setVisible(bool(answer.hits))

    def _busy(self, busy: bool) -> None:
        self._running = busy
        self._find.setEnabled(not busy)
        self._find.setText("Looking…" if busy else "Find")
        if not busy:
            self.query.setFocus()  # a button that is switched off loses it

    def _failed(self, error: BaseException) -> None:
        self._busy(False)
        if not isinstance(error, Cancelled):
            self._said.say_error(error)

    # -- earlier questions -------------------------------------------------------------------------------------------

    def _read_history(self) -> None:
        if self._model is not None:
            tasks.run(self, self._history_of, self._model.id, on_done=self._show_history)

    def _history_of(self, model: int) -> tuple[int, tuple[SearchAsked, ...]]:
        return model, self._client.searching.history(model)

    def _show_history(self, found: tuple[int, tuple[SearchAsked, ...]]) -> None:
        model, asked = found
        if self._model is not None and self._model.id == model:
            self._asked.set_rows(asked)
            self._history.setVisible(bool(asked))

    def _again(self, asked: SearchAsked) -> None:
        self.query.setText(foreign(asked.query, _LONGEST))
        tasks.run(self, self._client.searching.answer, asked.search, on_done=self._show, on_error=self._said.say_error)


def made_of(model: SearchModelView) -> str:
    """What became a document and what did not, in one line."""
    left = [
        (model.copies, "repeats an older one", "repeat older ones"),
        (model.excluded, "does not allow it", "do not allow it"),
        (model.withdrawn, "was withdrawn", "were withdrawn"),
    ]
    out = [f"{number:,} {one if number == 1 else many}" for number, one, many in left if number]
    words = count(model.documents, "document")
    return f"{words}; left out: {', '.join(out)}" if out else words
