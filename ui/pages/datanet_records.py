"""Records: all of them, searched and narrowed, and all that stands behind one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.values import DatanetView
from ui.contents import line
from ui.datanet_words import decision
from ui.pages.base import Page
from ui.pages.datanet_paged import Asked, PagedTable
from ui.pages.datanet_record import RecordPanel
from ui.pages.datanet_tab import Tab
from ui.tables import Column
from ui.text import foreign
from ui.widgets import EmptyState, column


@dataclass(frozen=True)
class Line:
    """A record and its contributor's name."""

    record: Any
    name: str

    @property
    def id(self) -> int:
        return int(self.record.id)


def _state(one: Line) -> tuple[str, Any, str]:
    return decision(one.record.decision, withdrawn=one.record.withdrawn)


_COLUMNS: tuple[Column[Line], ...] = (
    Column("Record", lambda one: line(one.record.kind, one.record.text, one.record.source), grow=3, width=160),
    Column("Label", lambda one: one.record.label or "none", width=108, grow=1),
    Column(
        "State",
        lambda one: _state(one)[0],
        width=118,
        tone=lambda one: _state(one)[1],
        icon=lambda one: _state(one)[2],
    ),
)

_EXPORTED: tuple[Column[Line], ...] = (
    Column("Record", lambda one: one.record.text),
    Column("Label", lambda one: one.record.label),
    Column("Label given", lambda one: one.record.given_label),
    Column("State", lambda one: _state(one)[0]),
    Column("Contributor", lambda one: one.name),
    Column("Address", lambda one: str(one.record.account)),
    Column("Licence", lambda one: one.record.licence),
    Column("Uses", lambda one: " ".join(sorted(one.record.uses))),
    Column("Contribution", lambda one: "" if one.record.number is None else str(one.record.number)),
    Column("Place", lambda one: str(one.record.index)),
)

_STATES: tuple[tuple[str, Any], ...] = (
    ("Any state", None),
    ("Waiting", ("decision", "")),
    ("Approved", ("decision", "approve")),
    ("Relabelled", ("decision", "relabel")),
    ("Rejected", ("decision", "reject")),
    ("With findings", ("flagged", True)),
    ("Withdrawn", ("withdrawn", True)),
)


class RecordsTab(Tab):
    """Names: `records`, `records-search`, `records-state`, `records-label`, `records-by`, `record-verify`."""

    key, words = "records", "Records"

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__(page, view)
        self._panel = RecordPanel(self)
        self._panel.setFixedWidth(300)
        self._table: PagedTable[Line] = PagedTable(
            _COLUMNS,
            self._fetch,
            noun="record",
            empty=EmptyState(
                "database",
                "No records yet",
                "Drop in a file with records and labels. It is checked here before anything is signed.",
                "Contribute",
                lambda: self.wanted.emit("contribute"),
                name="records-empty",
            ),
            filters=(
                ("state", _STATES),
                ("label", (("Any label", None), *((foreign(label, 30), label) for label in view.labels))),
                ("by", (("Everybody", None),)),
            ),
            side=self._panel,
            exports=_EXPORTED,
            name="records",
        )
        self._table.chosen.connect(lambda line: self._panel.show_record(None if line is None else line.id))
        column(self._table, space=0, parent=self)
        self._panel.hide()
        self._table.loaded.connect(self._loaded)
        self.setFocusProxy(self._table.view)

    def load(self) -> None:
        self._table.refresh()
        self._panel.again()
        self.reader.read(self._people, self.view, on_done=lambda found: self._table.set_choices("by", found))

    def _people(self, view: DatanetView) -> list[tuple[str, Any]]:
        wallet = self.client.wallet
        mine = wallet.addresses()
        found = [one for one in self.client.datanets.people.all(view.id) if one.records]
        found.sort(key=lambda one: (one.address not in mine, -one.records))
        names = [(foreign(one.name or wallet.name_of(one.address), 30), one.address.raw) for one in found[:200]]
        return [("Everybody", None), *names]

    def _fetch(self, asked: Asked, offset: int, limit: int) -> tuple[Sequence[Line], int]:
        datanets, chosen = self.client.datanets, asked.chosen
        narrowed: dict[str, Any] = {"search": asked.search, "label": chosen.get("label"), "account": chosen.get("by")}
        state = chosen.get("state")
        if state is not None:
            narrowed[state[0]] = state[1]
            if state[0] == "decision":
                narrowed["withdrawn"] = False
        wanted = datanets.wanted(self.view.id, **narrowed)
        rows = datanets.records.page(wanted, offset, limit)
        names: dict[Any, str] = {}
        for one in rows:
            if one.account not in names:
                names[one.account] = foreign(self.client.wallet.name_of(one.account), 60)
        return [Line(one, names[one.account]) for one in rows], datanets.records.count(wanted)

    def _loaded(self) -> None:
        self._panel.setVisible(bool(self._table.total) or self._table.asked.narrowed)
        self._table.first_row()
