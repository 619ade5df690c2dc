"""Checking a text: which parts of it stand in the released records, word for word, and who registered them first."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from core.errors import Cancelled
from core.values import DatanetView, VerbatimReport, VerbatimSource
from ui import tasks
from ui.pages.base import Page
from ui.pages.datanet_row import MarkedText
from ui.pages.datanet_tab import Tab
from ui.pages.model_parts import clear
from ui.pages.panels import in_sight
from ui.pages.trace_parts import LinkRow, figure
from ui.text import count, duration, foreign, number, percent
from ui.theme.tokens import L, M, S
from ui.verbatim_words import MEANING, lines, summary, title
from ui.widgets import (
    Bar,
    BarChart,
    Button,
    Card,
    ChartPanel,
    DropZone,
    EmptyState,
    Notice,
    ProgressPanel,
    Segmented,
    Text,
    column,
    row,
    scrolled,
)

_LEAST = (("24", "24 characters"), ("32", "32"), ("64", "64"))
_SOURCES = 40  # rows of records shown


class SourceRow(LinkRow):
    """A record that held a part of the text first; choosing it shows where."""

    def __init__(self, at: int, one: VerbatimSource) -> None:
        holder = QWidget()
        text = foreign(one.text, 240)
        mine = " (you)" if one.mine else ""
        under = (
            f"{foreign(one.contributor_name, 40)}{mine}  ·  record {number(one.position + 1)}  ·  "
            f"contribution {number(one.contribution)}"
        )
        column(Text(text, wrap=True), Text(under, "small", "muted", wrap=True), space=2, parent=holder)
        words = f"{text}. {under}. {count(one.characters, 'character')}"
        super().__init__(holder, figure(number(one.characters)), words=words, name=f"verbatim-source-{at}")
        self.layout().setStretch(0, 1)  # type: ignore[union-attr]


class VerbatimTab(Tab):
    key, words = "verbatim", "Check a text"

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__(page, view)
        self._report: VerbatimReport | None = None
        self._said = Notice(name="verbatim-said")
        self._running = ProgressPanel(name="verbatim-progress")
        self._ask = self._ask_card()
        self._result = self._result_part()
        self._none = Card(flush=True)
        self._none.body.addWidget(
            EmptyState(
                "database",
                "There is no release to look in",
                "A text is compared with released records. Review what was contributed and release a version first.",
                "Go to Releases",
                lambda: self.wanted.emit("releases"),
                name="verbatim-empty",
            )
        )
        self._none.setMinimumHeight(340)
        inner = QWidget()
        parts = (self._none, self._ask, self._running, self._said, self._result)
        column(*parts, None, space=L, parent=inner)
        column(scrolled(inner), space=0, parent=self)
        self._result.hide()
        self._offer_least()

    def _ask_card(self) -> Card:
        self.text = QPlainTextEdit()
        self.text.setObjectName("verbatim-text")
        self.text.setAccessibleName("Text to check")
        self.text.setPlaceholderText("Paste a text here, such as what a model wrote")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(160)
        drop = DropZone("Or drop a text file", ("txt", "md"), many=False, name="verbatim-drop")
        drop.chosen.connect(lambda found: self.take(found[0]))
        self.least = Segmented(_LEAST, name="verbatim-least")
        self._check = Button("Check", "primary", name="verbatim-check", icon="search", on=self.check)
        line = row(Text("Parts of at least", "small", "muted"), self.least, None, self._check, space=M)
        both = row(space=L)
        both.addWidget(self.text, 3)
        both.addWidget(drop, 2)
        hint = (
            "Finds the parts of a text that stand in this Datanet's newest release, word for word, and who registered "
            "them first. Capitals and white space do not matter. The text stays on this machine."
        )
        return Card(both, line, title="Check a text", hint=hint, name="verbatim-card")

    def _result_part(self) -> QWidget:
        part = QWidget()
        self._title = Text("", "heading", wrap=True)
        self._title.setObjectName("verbatim-title")
        self._summary = Text("", "small", "muted", wrap=True)
        self._copy = Button("Copy the report", name="verbatim-copy", icon="copy", on=self.copy)
        head = row(space=M)
        head.addLayout(column(self._title, self._summary, Text(MEANING, "small", "muted", wrap=True), space=2), 1)
        head.addLayout(column(self._copy, None, space=0))
        self._marked = MarkedText(name="verbatim-marked")
        self._marked.setReadOnly(True)
        self._marked.setAccessibleName("The text, with what stood in records marked")
        self._marked.setMinimumHeight(200)
        self._marked_card = Card(head, self._marked, name="verbatim-found")
        self._bars = BarChart(("Contributor", "Share of the text"), empty="Nobody")
        self._chart = ChartPanel(
            "Who registered it first", self._bars, "Each character counts once, for the longest part over it."
        )
        self._rows = column(space=S)
        self._more = Text("", "small", "muted")
        self._records = Card(self._rows, self._more, title="Records it stands in", hint="Choose one to see where.")
        below = QWidget()
        both = row(space=L, parent=below)
        both.addLayout(column(self._chart, None, space=0), 1)
        both.addLayout(column(self._records, None, space=0), 1)
        self._below = below
        column(self._marked_card, below, space=L, parent=part)
        return part

    def _offer_least(self) -> None:
        self.least.choose("32")

    # -- showing -----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        released = any(one.block for one in self.view.releases)
        self._none.setVisible(not released)
        self._ask.setVisible(released)
        if not released:
            self._result.hide()

    def take(self, path: Path) -> None:
        """A text file, into the field."""
        self._said.clear()
        tasks.run(
            self,
            self.client.memorising.read,
            path,
            on_done=self.text.setPlainText,
            on_error=self._said.say_error,
        )

    def check(self) -> None:
        if not self._check.isEnabled():
            return
        text = self.text.toPlainText()
        if not text.strip():
            self._said.say("There is no text yet", "Paste one, or drop a file.", "info")
            return
        self._said.clear()
        self._check.setEnabled(False)
        task = tasks.run(
            self,
            self.client.memorising.check,
            self.view.id,
            text,
            least=int(self.least.value),
            title="Check a text",
            on_done=self._checked,
            on_error=self._failed,
        )
        if task.running:
            self._running.follow(task)

    def _ready(self) -> None:
        self._check.setEnabled(True)
        self._check.setFocus()  # a button that is switched off loses it

    def _failed(self, error: BaseException) -> None:
        self._ready()
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "The text was not checked to its end.", "info")
        else:
            self._said.say_error(error)

    def _checked(self, report: VerbatimReport) -> None:
        self._ready()
        self._report = report
        self._title.setText(title(report))
        self._summary.setText(f"{summary(report)} It took {duration(report.seconds)}.")
        self._mark(None)
        self._marked.setVisible(bool(report.spans))
        self._below.setVisible(bool(report.spans))
        bars = [Bar(one.name, float(one.influence), percent(one.share, 0), one.mine) for one in report.people]
        self._bars.show_bars(bars)
        self._chart.refresh()
        clear(self._rows)
        for at, one in enumerate(report.sources[:_SOURCES]):
            made = SourceRow(at, one)
            made.opened.connect(lambda at=at: self._mark(at))
            self._rows.addWidget(made)
        hidden = len(report.sources) - _SOURCES
        self._more.setText(f"{count(hidden, 'more record')}: the copied report holds them all." if hidden > 0 else "")
        self._more.setVisible(hidden > 0)
        self._result.show()
        in_sight(self._marked_card)

    def _mark(self, chosen: int | None) -> None:
        """Marks what was found; what one record held stands out when it is chosen."""
        assert self._report is not None
        spans, at = [], 0
        whole = "".join(words for words, _ in self._report.parts)
        for words, source in self._report.parts:
            if source is not None:
                spans.append((at, at + len(words), "warning" if source == chosen else "info"))
            at += len(words)
        self._marked.show_text(whole, spans)

    def copy(self) -> None:
        if self._report is not None:
            QGuiApplication.clipboard().setText("\n".join(lines(self._report)))
            self.page.say("Copied", "The report is on the clipboard.")
