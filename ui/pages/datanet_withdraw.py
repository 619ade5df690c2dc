"""Taking one's own records back: which ones, and what it can and cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from core.values import DatanetView
from ui.ask import Sheet
from ui.contents import line
from ui.datanet_words import decision
from ui.pages.datanet_paged import Asked, PagedTable
from ui.tables import Column
from ui.text import count
from ui.widgets import EmptyState, Notice, Text

if TYPE_CHECKING:
    from core.client import Client

_COLUMNS: tuple[Column[Any], ...] = (
    Column("Record", lambda one: line(one.kind, one.text, one.source), grow=1, width=220),
    Column("Label", lambda one: one.label or "none", width=120),
    Column("State", lambda one: decision(one.decision)[0], width=120, tone=lambda one: decision(one.decision)[1]),
)


_LEAST, _AIRY = 200, 320  # pixels of the list: it gives way first, so that it alone scrolls


class WithdrawSheet(Sheet):
    """`wanted`: contribution -> places of the records in it. Names: `mine`, `withdraw-yes`."""

    def __init__(self, owner: QWidget, client: Client, view: DatanetView) -> None:
        super().__init__(owner, "Withdraw records", name="withdraw", width=660)
        self._client, self._view = client, view
        self.wanted: dict[int, Sequence[int]] = {}
        said = Notice(
            "info",
            "What this does, and what it cannot do",
            "The next version leaves these records out, and models can be retrained exactly without them, with a "
            "receipt. Copies that others made before cannot be recalled, and what was paid stays paid. Whoever holds a "
            "model's sums from before and after learns what one withdrawn record said: withdraw several at once if "
            "that matters.",
            name="withdraw-honest",
        )
        self._table: PagedTable[Any] = PagedTable(
            _COLUMNS,
            self._fetch,
            noun="record",
            empty=EmptyState(
                "user", "No records of yours", "You have nothing on the ledger here that could be taken back."
            ),
            name="mine",
        )
        self._table.setMinimumHeight(_LEAST)
        self._table.view.selectionModel().selectionChanged.connect(lambda _new, _old: self._may())
        self._count = Text("", "small", "muted")
        self.body.addWidget(said)
        self.body.addWidget(self._table, 1)
        self.body.addWidget(self._count)
        self.buttons("Withdraw", danger=True)
        self._table.refresh()
        self._may()

    def fit(self) -> None:
        """With room for a longer list, where the screen has it."""
        super().fit()
        self.setMinimumHeight(self.height())
        self.resize(self.width(), min(self.height() + _AIRY - _LEAST, self.tallest))

    def _fetch(self, asked: Asked, offset: int, limit: int) -> tuple[Sequence[Any], int]:
        """Page by page over my accounts, one after the other."""
        records = self._client.datanets.records
        rows: list[Any] = []
        before = 0
        for account in self._client.wallet.rows():
            wanted = self._client.datanets.wanted(
                self._view.id, account=account.address.raw, withdrawn=False, search=asked.search
            )
            many = records.count(wanted)
            start = max(0, offset - before)
            if len(rows) < limit and start < many:
                rows += records.page(wanted, start, limit - len(rows))
            before += many
        return [one for one in rows if one.number is not None], before

    def _may(self) -> None:
        chosen = len(self._table.view.selected)
        self.yes.setEnabled(chosen > 0)
        self.yes.setText(f"Withdraw {count(chosen, 'record')}" if chosen else "Withdraw")
        self._count.setText("" if chosen else "Choose one or more: Ctrl or Shift and click, Ctrl+A for the whole page.")

    def accept(self) -> None:
        found: dict[int, list[int]] = {}
        for one in self._table.view.selected:
            found.setdefault(one.contribution, []).append(one.index)
        self.wanted = dict(found)
        super().accept()
