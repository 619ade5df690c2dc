"""Overview: what the Datanet collects, its figures, its labels, and the next step."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from core.values import DatanetView
from ui.datanet_words import ACCESS, REVIEW, licence_name, licence_words
from ui.pages.base import Page
from ui.pages.datanet_tab import Tab
from ui.text import count, day, foreign, number
from ui.theme.tokens import L, M, S
from ui.widgets import (
    AddressLabel,
    Badge,
    Bar,
    BarChart,
    Button,
    Card,
    Notice,
    StatTile,
    Text,
    column,
    grid,
    row,
    scrolled,
)
from ui.widgets.flow import Flow


class OverviewTab(Tab):
    key, words = "overview", "Overview"

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__(page, view)
        self.primary = Button("Contribute", "primary", name="overview-next", on=self._next)
        self._goes = "contribute"
        self._hint = Notice(name="overview-hint")
        self._tiles = {
            key: StatTile(words, name=f"overview-{key}")
            for key, words in (
                ("records", "Records"),
                ("contributors", "Contributors"),
                ("waiting", "Waiting for review"),
                ("mine", "My records"),
                ("uses", "Uses in 30 days"),
                ("version", "Newest version"),
            )
        }
        self._about = Text("", wrap=True, selectable=True)
        self._facts = QWidget()
        self._labels = Flow()
        self._chart = BarChart(("Label", "Accepted records"), empty="No record is accepted yet")
        about = Card(self._about, self._facts, title="What it collects", space=L, name="overview-about")
        labels = Card(self._labels, self._chart, title="Accepted records by label", name="overview-labels")
        inner = QWidget()
        sides = row(about, labels, space=L)
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        column(self._hint, grid(*self._tiles.values(), columns=3, space=M), sides, None, space=M, parent=inner)
        column(scrolled(inner), space=0, parent=self)

    def load(self) -> None:
        self.reader.read(self._read, self.view, on_done=self._show)

    def _read(self, view: DatanetView) -> tuple[DatanetView, Any, Any]:
        mine = self.client.wallet.addresses()
        catalogue = self.client.datanets.catalogue
        return view, catalogue.get(view.id), catalogue.overview(view.id, mine)

    def _show(self, found: tuple[DatanetView, Any, Any]) -> None:
        view, datanet, overview = found
        tiles = self._tiles
        tiles["records"].show_value(number(view.records), hint=f"{number(overview.accepted)} accepted")
        tiles["contributors"].show_value(number(view.contributors), hint="with records on the ledger")
        said = "for you to decide" if view.curator else "for a curator"
        tiles["waiting"].show_value(
            number(view.waiting), hint=said if view.waiting else "nothing waits", tone="warning" if view.waiting else ""
        )
        tiles["mine"].show_value(number(view.mine), hint="given by your accounts")
        tiles["uses"].show_value(number(view.calls_30_days), hint="calls of models built on it")
        newest = view.releases[-1] if view.releases else None
        tiles["version"].show_value(
            "-" if newest is None else number(newest.version),
            hint="none released yet" if newest is None else f"{count(newest.records, 'record')}, {day(newest.time)}",
        )
        self._about.setText(foreign(view.description, 5_000, lines=True) or "Its owner wrote no description.")
        self._show_facts(view, datanet.rules)
        self._show_labels(view, overview)
        self._show_next(view)

    def _show_facts(self, view: DatanetView, rules: Any) -> None:
        access = next(one for one in ACCESS if one[0] == rules.access)
        review = next(one for one in REVIEW if one[0] == rules.review)
        facts = [
            ("Licence", Text(f"{licence_name(view.licence)}. {licence_words(view.licence)}", wrap=True)),
            ("Contributors", Text(f"{access[1]}. {access[2]}", wrap=True)),
            ("Review", Text(f"{review[1]}. {review[2]}", wrap=True)),
            ("Owner", AddressLabel(view.owner, "mono_small", name="overview-owner")),
        ]
        holder = QWidget()
        cells = QGridLayout(holder)
        cells.setContentsMargins(0, 0, 0, 0)
        cells.setHorizontalSpacing(L)
        cells.setVerticalSpacing(S)
        cells.setColumnStretch(0, 1)
        for at, (label, value) in enumerate(facts):
            cells.addWidget(Text(label, "small", "muted"), 2 * at, 0)
            cells.addWidget(value, 2 * at + 1, 0)
        layout = self._facts.layout()
        if layout is None:
            layout = column(space=0, parent=self._facts)
        while layout.count():
            old = layout.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        layout.addWidget(holder)

    def _show_labels(self, view: DatanetView, overview: Any) -> None:
        counts = dict(overview.labels)
        self._chart.setVisible(bool(counts))
        self._labels.setVisible(not counts)
        if counts:
            bars = [Bar(label, counts.get(label, 0), number(counts.get(label, 0))) for label in view.labels]
            self._chart.show_bars(bars)
        else:
            self._labels.set_parts([Badge(foreign(label, 40)) for label in view.labels])

    def _show_next(self, view: DatanetView) -> None:
        """The next thing that makes sense here; the primary button does it."""
        if view.number is None:
            self._hint.say("Its transaction waits for a block", "Contributions are possible once it is confirmed.")
            self.offer("Contribute", shown=False)
            return
        self._hint.clear()
        steps = [
            (view.curator and view.waiting > 0, "review", f"Review {count(view.waiting, 'record')}"),
            (view.records > 0 and not view.releases and view.curator, "releases", "Release the first version"),
            (True, "contribute", "Contribute"),
        ]
        _, self._goes, words = next(step for step in steps if step[0])
        self.offer(words)

    def _next(self) -> None:
        self.wanted.emit(self._goes)
