"""Who and what carried one answer: measured influence by contributor, and the records for and against."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from core.values import Answer, ContributorShare, RecordShare
from ui.contents import Read, Thumb, line
from ui.pages.model_parts import clear
from ui.pages.trace_parts import LinkRow, figure
from ui.text import count, explain, foreign
from ui.theme.tokens import CONTROL_HEIGHT, XS, L, M, S
from ui.trace_words import signed
from ui.widgets import Bar, BarChart, Button, Card, ChartPanel, Text, column, row

_FIRST = 8  # contributors shown before "Show all"
_SHARE = 64  # pixels: a signed percentage


class RecordRow(LinkRow):
    """A record for or against an answer; opens where it mattered, when it is on this device."""

    def __init__(self, one: RecordShare, read: Read, name: str) -> None:
        shown = foreign(line(one.kind, one.text), 240) or "The text of this record is not on this machine."
        text = Text(shown, wrap=True)
        if not one.text:
            text.set_tone("muted")
        under = f"{foreign(one.label, 40)}  ·  {foreign(one.contributor_name, 40)}  ·  record {one.record + 1:,}"
        share = figure(signed(one.share), against=one.share < 0, width=_SHARE)
        holder = QWidget()
        column(text, Text(under, "small", "muted", wrap=True), space=2, parent=holder)
        thumb = Thumb(64, name="influence-thumb")
        thumb.show_content(read, one.kind, one.text)
        content = QWidget()
        row(thumb, holder, space=M, parent=content).setStretch(1, 1)  # the text takes all of the width before it breaks
        words = f"{shown}. {under}. {signed(one.share)}"
        super().__init__(content, share, words=words, name=name, links=one.row is not None)
        self.layout().setStretch(0, 1)  # type: ignore[union-attr]


class InfluencePanel(QWidget):
    """Stands beside the answer: `wait` while it is being measured, `show_answer` then.

    record(row)      one of the records was chosen
    person(address)  one of the contributors
    asked(label)     what speaks for that label instead is wanted; "" for the answer itself
    """

    record = Signal(int)
    person = Signal(object)
    asked = Signal(str)

    def __init__(self, read: Read, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._people: tuple[ContributorShare, ...] = ()
        self._painted: tuple[ContributorShare, ...] = ()
        self._call = 0
        self._bars = BarChart(("Contributor", "Measured influence"), empty="Measuring…", pickable=True)
        self._bars.picked.connect(self._picked)
        hint = (
            "Measured influence: how much the answer would change had the model been made without them. It is not pay."
        )
        self._chart = ChartPanel("Whose records carried it", self._bars, hint, name="influence")
        self._why = self._why_line()
        self._chart.body.insertWidget(1, self._why)
        self._more = Button("", "link", name="influence-more", on=self._show_all)
        self._note = Text("", "small", "muted", wrap=True)
        self._note.setObjectName("influence-note")
        self._chart.body.addWidget(self._more)
        self._chart.body.addWidget(self._note)
        self._for, self._against = Card(name="influence-supporting"), Card(name="influence-opposing")
        self._heads = {card: Text("", "strong", wrap=True) for card in (self._for, self._against)}
        self._lists = {card: column(space=XS) for card in (self._for, self._against)}
        for card, inner in self._lists.items():
            card.body.addWidget(self._heads[card])
            card.body.addLayout(inner)
        self._titles("for it", "against it")
        column(self._chart, self._for, self._against, None, space=L, parent=self)
        self.wait()

    def wait(self) -> None:
        self._people = ()
        self._bars.show_bars(())
        self._chart.refresh()
        for part in (self._more, self._note, self._for, self._against, self._why):
            part.hide()

    def show_error(self, error: BaseException) -> None:
        """The answer stands; who carried it cannot be said."""
        said = explain(error)
        self.wait()
        self._note.setText(f"{said.title}. {said.what_to_do}")
        self._note.show()

    def _why_line(self) -> QWidget:
        """Which label is explained: the answer, or another one of the model's."""
        self._labels = QComboBox()
        self._labels.setObjectName("influence-label")
        self._labels.setAccessibleName("Explain which label")
        self._labels.setMinimumHeight(CONTROL_HEIGHT)
        self._labels.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._labels.setMinimumContentsLength(12)
        self._labels.activated.connect(lambda _at: self.asked.emit(self._labels.currentData() or ""))
        holder = QWidget()
        line = row(Text("Explain", "small", "muted"), self._labels, space=S, parent=holder)
        line.setStretch(1, 1)
        return holder

    def _show_labels(self, answer: Answer, label: str) -> None:
        counts = answer.corrected or answer.label
        self._labels.clear()
        self._labels.addItem(f"Why “{foreign(counts, 40)}”?", "")
        for name, _score in sorted(answer.scores, key=lambda pair: -pair[1]):
            if name != counts:
                self._labels.addItem(f"Why not “{foreign(name, 40)}”?", name)
        at = self._labels.findData(label)
        self._labels.setCurrentIndex(max(at, 0))
        self._why.setVisible(len(answer.scores) > 1)

    def show_answer(self, answer: Answer, label: str = "") -> None:
        """`label`: what was measured is the influence on that label's score, not on the answer."""
        self._call = answer.call
        self._show_labels(answer, label)
        self._people = answer.contributors
        self._paint(sorted(self._people, key=lambda one: -abs(one.share))[:_FIRST])
        self._more.setText(f"Show all {count(len(self._people), 'contributor')}")
        self._more.setVisible(len(self._people) > _FIRST)
        counts = foreign(label or answer.corrected or answer.label, 40)
        words = f"Measured for “{counts}”, in percent of all influence on it, for and against."
        if any(one.share < 0 for one in self._people):
            words += " Hatched bars speak against it."
        words += " Choose a bar or a record to see where else it mattered."
        self._titles(f"for “{counts}”" if label else "for it", f"against “{counts}”" if label else "against it")
        self._note.setText(words)
        self._note.show()
        self._list(self._for, answer.supporting, "supporting")
        self._list(self._against, answer.opposing, "opposing")

    def _titles(self, for_: str, against: str) -> None:
        for card, side in ((self._for, for_), (self._against, against)):
            self._heads[card].setText(f"Records that speak {side}")
            card.setAccessibleName(f"Records that speak {side}")

    def _picked(self, at: int) -> None:
        if at < len(self._painted):
            self.person.emit(self._painted[at].contributor)

    def _show_all(self) -> None:
        self._more.hide()
        self._paint(self._people)

    def _paint(self, people: Sequence[ContributorShare]) -> None:
        everybody = all(one.mine for one in self._people)
        self._painted = tuple(sorted(people, key=lambda one: -one.share))
        self._bars.show_bars(
            [Bar(one.name, one.share, signed(one.share), one.mine and not everybody) for one in self._painted]
        )
        self._chart.refresh()

    def _list(self, card: Card, records: Sequence[RecordShare], side: str) -> None:
        inner = self._lists[card]
        clear(inner)
        for at, one in enumerate(records):
            made = RecordRow(one, self._read, f"{side}-{at}")
            if one.row is not None:
                made.opened.connect(lambda row_=one.row: self.record.emit(row_))
            inner.addWidget(made)
        card.setVisible(bool(records))
