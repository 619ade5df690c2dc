"""Who and what carried one answer: measured influence by contributor, and the records for and against."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from core.values import Answer, ContributorShare, RecordShare
from ui.contents import Read, Thumb, line
from ui.pages.model_parts import clear
from ui.text import count, explain, foreign
from ui.theme.tokens import L, M
from ui.widgets import Bar, BarChart, Button, Card, ChartPanel, Text, column, row

_FIRST = 8  # contributors shown before "Show all"
_MINUS = "\N{MINUS SIGN}"


def signed_percent(share: float) -> str:
    """With its sign; a true minus; what rounds to nothing has none."""
    figure = f"{abs(share) * 100:.1f}"
    sign = "" if figure == "0.0" else "+" if share > 0 else _MINUS
    return f"{sign}{figure} %"


class RecordRow(QFrame):
    def __init__(self, one: RecordShare, read: Read, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        shown = foreign(line(one.kind, one.text), 240) or "The text of this record is not on this machine."
        text = Text(shown, wrap=True, selectable=True)
        if not one.text:
            text.set_tone("muted")
        under = f"{foreign(one.label, 40)}  ·  {foreign(one.contributor_name, 40)}  ·  record {one.record + 1:,}"
        share = Text(signed_percent(one.share), "strong", "danger" if one.share < 0 else "")
        share.setFixedWidth(64)
        share.setAlignment(Qt.AlignmentFlag.AlignRight)
        thumb = Thumb(64, name="influence-thumb")
        top = row(thumb, space=M, parent=self)
        thumb.show_content(read, one.kind, one.text)
        top.addLayout(column(text, Text(under, "small", "muted", wrap=True), space=2), 1)
        top.addLayout(column(share, None))
        self.setAccessibleName(f"{shown}. {under}. {signed_percent(one.share)}")


class InfluencePanel(QWidget):
    """Stands beside the answer: `wait` while it is being measured, `show_answer` then."""

    def __init__(self, read: Read, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._people: tuple[ContributorShare, ...] = ()
        self._bars = BarChart(("Contributor", "Measured influence"), empty="Measuring…")
        hint = "Measured influence: how the answer's margin would change had the model been made without them. Not pay."
        self._chart = ChartPanel("Whose records carried it", self._bars, hint, name="influence")
        self._more = Button("", "link", name="influence-more", on=self._show_all)
        self._note = Text("", "small", "muted", wrap=True)
        self._note.setObjectName("influence-note")
        self._chart.body.addWidget(self._more)
        self._chart.body.addWidget(self._note)
        self._for = Card(title="Records that speak for it", name="influence-supporting", space=M)
        self._against = Card(title="Records that speak against it", name="influence-opposing", space=M)
        self._lists = {card: column(space=M) for card in (self._for, self._against)}
        for card, inner in self._lists.items():
            card.body.addLayout(inner)
        column(self._chart, self._for, self._against, None, space=L, parent=self)
        self.wait()

    def wait(self) -> None:
        self._people = ()
        self._bars.show_bars(())
        self._chart.refresh()
        for part in (self._more, self._note, self._for, self._against):
            part.hide()

    def show_error(self, error: BaseException) -> None:
        """The answer stands; who carried it cannot be said."""
        said = explain(error)
        self.wait()
        self._note.setText(f"{said.title}. {said.what_to_do}")
        self._note.show()

    def show_answer(self, answer: Answer) -> None:
        self._people = answer.contributors
        self._paint(sorted(self._people, key=lambda one: -abs(one.share))[:_FIRST])
        self._more.setText(f"Show all {count(len(self._people), 'contributor')}")
        self._more.setVisible(len(self._people) > _FIRST)
        counts = answer.corrected or answer.label
        against = sum(one.share < 0 for one in self._people)
        words = f"Measured for “{foreign(counts, 40)}”, in percent of all influence, for and against."
        if against:
            words += " Hatched bars speak against it."
        self._note.setText(words)
        self._note.show()
        self._list(self._for, answer.supporting)
        self._list(self._against, answer.opposing)

    def _show_all(self) -> None:
        self._more.hide()
        self._paint(self._people)

    def _paint(self, people: Sequence[ContributorShare]) -> None:
        everybody = all(one.mine for one in self._people)
        ordered = sorted(people, key=lambda one: -one.share)
        self._bars.show_bars(
            [Bar(one.name, one.share, signed_percent(one.share), one.mine and not everybody) for one in ordered]
        )
        self._chart.refresh()

    def _list(self, card: Card, records: Sequence[RecordShare]) -> None:
        inner = self._lists[card]
        clear(inner)
        for one in records:
            inner.addWidget(RecordRow(one, self._read))
        card.setVisible(bool(records))
