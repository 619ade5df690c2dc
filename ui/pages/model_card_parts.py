"""The parts of a model's card on the screen: purpose, calibration, labels, hard records, limits, hashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.values import HardRecord, LabelCard, ModelCard
from ui import model_card as words
from ui.contents import line
from ui.pages.model_parts import clear
from ui.pages.trace_parts import LinkRow, figure, table_height
from ui.tables import Column, TablePanel
from ui.text import foreign, number, percent
from ui.theme.tokens import XS, M, S
from ui.widgets import AddressLabel, Bar, BarChart, Card, ChartPanel, EmptyState, Icon, Text, column, row


class WordsCard(Card):
    """A heading and paragraphs of the card."""

    def __init__(self, title: str, name: str) -> None:
        super().__init__(title=title, name=name, space=M)
        self._lines = column(space=S)
        self.body.addLayout(self._lines)

    def show_words(self, said: Sequence[str]) -> None:
        clear(self._lines)
        for one in said:
            self._lines.addWidget(Text(one, wrap=True, selectable=True))


class PointsCard(Card):
    """A heading and points, each with a sign."""

    def __init__(self, title: str, name: str, icon: str = "minus", hint: str = "") -> None:
        super().__init__(title=title, hint=hint, name=name, space=M)
        self._icon = icon
        self._lines = column(space=S)
        self.body.addLayout(self._lines)

    def show_points(self, said: Sequence[str]) -> None:
        clear(self._lines)
        for one in said:
            holder = QWidget()
            line = row(space=S, parent=holder)
            line.addWidget(Icon(self._icon, "muted", 16), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(Text(one, wrap=True, selectable=True), 1)
            self._lines.addWidget(holder)


class CalibrationCard(ChartPanel):
    """Held-out answers by how far they led: of each tenth, how many were right."""

    def __init__(self) -> None:
        bars = BarChart(("Lead of at least", "Right"), empty="Not measured: no records were held out", whole=1.0)
        hint = (
            "The held-out answers in ten groups, by how far their score led the next one: how many of each were right. "
            "A lead is no probability; these shares are what was counted."
        )
        super().__init__("How sure it is", bars, hint, name="report-calibration")
        self._bars = bars

    def show_card(self, card: ModelCard) -> None:
        self._bars.show_bars(
            [
                Bar(
                    f"lead from {one.margin:.3f}",
                    one.right / one.records,
                    f"{percent(one.right / one.records, 0)} of {one.records}",
                )
                for one in reversed(card.calibration)
            ]
        )
        self.refresh()


def _share(right: int, whole: int) -> str:
    return percent(right / whole, 0) if whole else "-"


_LABELS: tuple[Column[LabelCard], ...] = (
    Column("Label", lambda one: one.label, width=140, grow=2),
    Column("Learned from", lambda one: number(one.records), lambda one: one.records, align="right", width=122),
    Column("Held out", lambda one: number(one.held_out), lambda one: one.held_out, align="right", width=100),
    Column(
        "Found",
        lambda one: _share(one.right, one.held_out),
        lambda one: one.right / one.held_out if one.held_out else -1,
        align="right",
        tip=lambda _one: "Of the held-out records with this label, how many were given it.",
        tone=lambda one: "danger" if one.held_out and one.right < 0.6 * one.held_out else "",
        width=90,
    ),
    Column(
        "Right when said",
        lambda one: _share(one.right, one.answered),
        lambda one: one.right / one.answered if one.answered else -1,
        align="right",
        tip=lambda _one: "Of the held-out records that were given this label, how many have it.",
        width=140,
    ),
)


class LabelsCard(Card):
    def __init__(self) -> None:
        hint = "Found: of the records with this label, how many were given it. Right when said: of those given it."
        super().__init__(title="Its labels", hint=hint, name="report-labels-card")
        empty = EmptyState("tag", "No labels", "")
        self._table: TablePanel[LabelCard] = TablePanel(_LABELS, noun="label", empty=empty, name="report-labels")
        self.add(self._table)

    def show_card(self, card: ModelCard) -> None:
        self._table.set_rows(card.labels)
        self._table.setFixedHeight(table_height(len(card.labels)))


class HardCard(Card):
    """Records that the model made without them would answer otherwise; each opens where it mattered."""

    def __init__(self, on: Callable[[int], object]) -> None:
        hint = (
            "Made without each of these, the model would give it another label: "
            "a hard case, or a label to look at again."
        )
        super().__init__(title="Hardest records", hint=hint, name="report-hardest")
        self._on = on
        self._lines = column(space=XS)
        self.body.addLayout(self._lines)

    def show_card(self, card: ModelCard) -> None:
        clear(self._lines)
        for at, one in enumerate(card.hardest or ()):
            self._lines.addWidget(self._row(one, at, card.view.kind))
        if card.hardest is None:
            self._lines.addWidget(Text("Its training data is not on this device.", tone="muted", wrap=True))
        elif not card.hardest:
            said = "Made without any one record, the model would still give that record its label."
            self._lines.addWidget(Text(said, tone="muted", wrap=True))

    def _row(self, one: HardRecord, at: int, kind: str) -> LinkRow:
        text = foreign(line(kind, one.text), 240) or "This record is not on this machine."
        place = number(one.position + 1)
        under = f"given “{foreign(one.label, 40)}”, near “{foreign(one.otherwise, 40)}”  ·  record {place}"
        holder = QWidget()
        column(Text(text, wrap=True), Text(under, "small", "muted", wrap=True), space=2, parent=holder)
        said = figure(f"{one.doubt:.3f}", width=56)
        said.setToolTip("How far the other label would lead")
        made = LinkRow(holder, said, words=f"{text}. {under}", name=f"hard-{at}", links=one.row is not None)
        made.layout().setStretch(0, 1)  # type: ignore[union-attr]
        if one.row is not None:
            made.opened.connect(lambda: self._on(one.row or 0))
        return made


class NamesCard(Card):
    """Every hash, and how anybody checks it."""

    def __init__(self) -> None:
        super().__init__(title="How to check it", name="report-names", space=M)
        self._lines = column(space=S)
        self._hashes = QWidget()
        self._hashes.setObjectName("report-hashes")
        self._names = column(space=S, parent=self._hashes)
        self.add(self._lines, self._hashes)

    def show_card(self, card: ModelCard) -> None:
        clear(self._lines)
        for one in words.checking(card):
            self._lines.addWidget(Text(one, wrap=True, selectable=True))
        clear(self._names)
        for label, value in words.names(card):  # below each other: a whole hash fits the smallest window
            holder = QWidget()
            hash_ = AddressLabel(value, "mono_small", name="report-hash")
            column(Text(label, "small", "muted"), hash_, space=0, parent=holder)
            self._names.addWidget(holder)
