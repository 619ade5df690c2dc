"""Overview: what the Datanet collects, its figures, its labels, and the next step."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from core.values import DatanetView
from ui.datanet_words import ACCESS, REVIEW, licence_name, licence_words
from ui.pages.base import Page
from ui.pages.datanet_tab import Tab
from ui.text import count, day, foreign, number
from ui.theme.tokens import L, M
from ui.widgets import (
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
    scrolled,
)
from ui.widgets.facts import Facts
from ui.widgets.flow import Flow

_WIDE = 860  # six tiles beside each other; below that, two rows of three


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
                ("waiting", "To review"),
                ("mine", "My records"),
                ("uses", "Uses in 30 days"),
                ("version", "Version"),
            )
        }
        self._about = Text("", wrap=True, selectable=True)
        self._facts = Facts(labels=100, name="overview-facts")
        self._mine: frozenset[Any] = frozenset()
        self._said = Text("", "small", "muted")
        self._labels = Flow()
        self._chart = BarChart(("Label", "Accepted records"), empty="No record is accepted yet")
        about = Card(self._about, self._facts, title="What it collects", space=L, name="overview-about")
        labels = Card(self._said, self._labels, self._chart, title="Labels", name="overview-labels")
        inner = QWidget()
        figures = QWidget()
        self._cells = QGridLayout(figures)
        self._cells.setContentsMargins(0, 0, 0, 0)
        self._cells.setSpacing(M)
        column(self._hint, figures, grid(about, labels, columns=2, space=M), None, space=M, parent=inner)
        column(scrolled(inner), space=0, parent=self)
        self._spread(6)

    def _spread(self, columns: int) -> None:
        self._columns = columns
        for at, tile in enumerate(self._tiles.values()):
            self._cells.addWidget(tile, at // columns, at % columns)
        for at in range(len(self._tiles)):
            self._cells.setColumnStretch(at, 1 if at < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = 6 if self.width() >= _WIDE else 3
        if columns != self._columns:
            self._spread(columns)

    def load(self) -> None:
        self.reader.read(self._read, self.view, on_done=self._show)

    def _read(self, view: DatanetView) -> tuple[DatanetView, Any, Any]:
        mine = self._mine = self.client.wallet.addresses()
        catalogue = self.client.datanets.catalogue
        return view, catalogue.get(view.id), catalogue.overview(view.id, mine)

    def _show(self, found: tuple[DatanetView, Any, Any]) -> None:
        view, datanet, overview = found
        tiles = self._tiles
        tiles["records"].show_value(number(view.records), hint=f"{number(overview.accepted)} accepted")
        tiles["contributors"].show_value(
            number(view.contributors), hint="on the ledger" if view.contributors else "none yet"
        )
        said = ("for you to decide" if view.curator else "for a curator") if view.waiting else "nothing waits"
        tiles["waiting"].show_value(number(view.waiting), hint=said, tone="warning" if view.waiting else "")
        tiles["mine"].show_value(number(view.mine), hint="from you" if view.mine else "none given yet")
        used = "calls of models" if view.calls_30_days else "no calls yet"
        tiles["uses"].show_value(number(view.calls_30_days), hint=used)
        newest = view.releases[-1] if view.releases else None
        tiles["version"].show_value(
            "-" if newest is None else number(newest.version),
            hint="none released" if newest is None else count(newest.records, "record"),
        )
        self._about.setText(foreign(view.description, 5_000, lines=True) or "Its owner wrote no description.")
        self._show_facts(view, datanet)
        self._show_labels(view, overview)
        self._show_next(view)

    def _show_facts(self, view: DatanetView, datanet: Any) -> None:
        rules = datanet.rules
        access = next(one for one in ACCESS if one[0] == rules.access)
        review = next(one for one in REVIEW if one[0] == rules.review)
        self._facts.show_facts(
            [
                ("Licence", f"{licence_name(view.licence)}. {licence_words(view.licence)}"),
                ("Contributors", f"{access[1]}. {access[2]}"),
                ("Review", f"{review[1]}. {review[2]}"),
                ("Owner", self._owner(view)),
                ("Since", day(datanet.created)),
            ]
        )

    def _owner(self, view: DatanetView) -> QWidget:
        mine = view.owner in self._mine
        who = Text("You" if mine else view.owner.short(), "body" if mine else "mono", selectable=True)
        who.setToolTip(str(view.owner))
        return who

    def _show_labels(self, view: DatanetView, overview: Any) -> None:
        counts = dict(overview.labels)
        self._chart.setVisible(bool(counts))
        self._labels.setVisible(not counts)
        self._said.setText("Accepted records by label" if counts else "No record is accepted yet.")
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
