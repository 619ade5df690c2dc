"""Earnings: what records earned, what can be claimed, and every payment opened down to its proof."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.events import Changed
from core.units import Amount
from core.values import EarningsView, PayoutView, SettlementView
from ui import ask, tasks
from ui.disclosing import PROOF, settlement_words
from ui.earning_words import zero_words
from ui.pages.base import Action, Context, Page
from ui.pages.datanet_tab import Reader
from ui.pages.earnings_audit import AuditPanel
from ui.pages.earnings_claim import Claimable, ClaimSheet, claimable
from ui.pages.earnings_columns import PAYOUTS, SETTLEMENTS
from ui.pages.earnings_parts import daily, day_words, figure
from ui.pages.earnings_payment import PaymentPanel
from ui.pages.earnings_settlement import SettlementPanel
from ui.pages.panels import panel
from ui.tables import TablePanel
from ui.text import count, foreign, number, open_, word
from ui.theme.tokens import L
from ui.widgets import (
    Bar,
    BarChart,
    Button,
    ChartPanel,
    EmptyState,
    Notice,
    PageHeader,
    Segmented,
    StatTile,
)
from ui.widgets import column as stacked
from ui.widgets import row as beside
from ui.widgets.charts.columns import ColumnChart
from ui.widgets.reflow import Reflow

_LONGEST_WAIT = 86_400  # seconds: a timer that runs longer is set anew when it rings
_LIST_HEIGHT = 460


class EarningsPage(Page):
    name, title, icon, order, shortcut = "earnings", "Earnings", "hand-coins", 40, "Ctrl+4"
    reads = Changed(earnings=True, accounts=True, records=True)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._reader = Reader(self)
        self._waiting: tuple[Claimable, ...] = ()
        self._panel: QWidget | None = None
        self._claim = Button("Claim", "primary", name="earnings-claim", icon="hand-coins", on=self._ask_claim)
        self._claim.setEnabled(False)
        check = Button("Check a file…", name="earnings-check", icon="file-check", on=self._ask_check)
        self._final = QTimer(self)  # what waits becomes claimable without anything happening on the ledger
        self._final.setSingleShot(True)
        self._final.timeout.connect(self.load)
        self._said = Notice(name="earnings-said")
        self._reader.failed = self._said.say_error
        self._stack = QStackedWidget()
        self._stack.addWidget(self._overview(check))
        stacked(self._stack, space=0, parent=self)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _overview(self, check: Button) -> QWidget:
        header = PageHeader("Earnings", "What your records earned, down to each record.", self._claim, check)
        labels = {"total": "Earned", "claimable": "Claimable", "claimed": "Claimed", "pending": "Calls not settled yet"}
        self._tiles = {key: StatTile(words, name=f"earnings-{key}") for key, words in labels.items()}
        self._days = ColumnChart("OPEN a day", day_words, empty="Nothing was earned yet")
        self._day_card = ChartPanel("By day", self._days, name="earnings-days")
        self._datanets = BarChart(("Datanet", "OPEN"), empty="Nothing was earned yet")
        self._datanet_card = ChartPanel("By Datanet", self._datanets, name="earnings-datanets")
        charts = beside(self._day_card, self._datanet_card, space=L)
        charts.setStretch(0, 3)
        charts.setStretch(1, 2)
        self._which = Segmented([("payments", "Payments"), ("settlements", "Settlements")], name="earnings-list")
        self._which.changed.connect(lambda key: self._lists.setCurrentIndex(0 if key == "payments" else 1))
        self._lists = QStackedWidget()
        self._lists.addWidget(self._payments_table())
        self._lists.addWidget(self._settlements_table())
        self._lists.setFixedHeight(_LIST_HEIGHT)
        overview = QWidget()
        tiles = Reflow(*self._tiles.values(), columns=4, least=190)
        parts = (header, self._said, tiles, charts, beside(self._which, None))
        panel(*parts, self._lists, parent=overview)
        return overview

    def _payments_table(self) -> QWidget:
        self._payments: TablePanel[PayoutView] = TablePanel(
            PAYOUTS,
            noun="payment",
            empty=EmptyState(
                "hand-coins",
                "No payment yet",
                "Payments appear once calls of a model built on your records are settled. Contribute records first.",
                "Go to Datanets",
                lambda: self.go("datanets"),
                kind="plain",
                name="payments-empty",
            ),
            filters=[
                ("Claimable", lambda one: one.state == "claimable"),
                ("Waiting", lambda one: one.state == "waiting"),
                ("Paid", lambda one: one.state == "claimed"),
                ("Nothing earned", lambda one: one.state == "nothing"),
            ],
            name="payments",
        )
        self._payments.opened.connect(self._open_payment)
        return self._payments

    def _settlements_table(self) -> QWidget:
        self._settlements: TablePanel[SettlementView] = TablePanel(
            SETTLEMENTS,
            noun="settlement",
            empty=EmptyState(
                "receipt",
                "No settlement yet",
                "Calls are settled on the Models page, by the model's builder or a contributor.",
                "Go to Models",
                lambda: self.go("models"),
                kind="plain",
                name="settlements-empty",
            ),
            name="settlements",
        )
        self._settlements.opened.connect(lambda one: self.show_settlement(one.settlement))
        return self._settlements

    # -- the page's interface ----------------------------------------------------------------------------------------

    def open(self, target: object) -> None:
        """(settlement, account) opens a payment, a settlement's id that, ("check", path) a proof file; else all."""
        self._close()
        if isinstance(target, tuple) and target[0] == "check":
            self.check(target[1])
        elif isinstance(target, tuple) and len(target) == 2:
            self.show_payment(str(target[0]), target[1])
        elif isinstance(target, str) and target.startswith("0x"):
            self.show_settlement(target)

    def actions(self) -> list[Action]:
        return [
            Action("Claim earnings", "hand-coins", lambda: (self.go("earnings"), self._ask_claim())),
            Action(
                "Check a proof file or a weights file", "file-check", lambda: (self.go("earnings"), self._ask_check())
            ),
            Action("Check a settlement file", "file-check", lambda: (self.go("earnings"), self._ask_file())),
        ]

    def load(self) -> None:
        self._reader.read(self._read, on_done=self._show)

    def _read(self) -> tuple[EarningsView, tuple[SettlementView, ...], dict[Any, int]]:
        accounts = {row.address: row.index for row in self.client.wallet.rows()}
        earnings = self.client.earnings
        return earnings.overview(), (*earnings.settlements(), *earnings.unseen()), accounts

    def _show(self, found: tuple[EarningsView, tuple[SettlementView, ...], dict[Any, int]]) -> None:
        view, settlements, accounts = found
        self._said.clear()
        self._waiting = claimable(view.payouts, accounts)
        self._claim.setEnabled(bool(self._waiting))
        self._claim.setToolTip("" if self._waiting else "Nothing waits to be claimed.")
        self._show_tiles(view)
        self._days.show_points(daily(view))
        self._day_card.refresh()
        self._datanets.show_bars([Bar(name, sum_.wei, open_(sum_)) for name, sum_ in view.by_datanet])
        self._datanet_card.refresh()
        self._payments.set_rows(view.payouts)
        self._settlements.set_rows(settlements)
        if isinstance(self._panel, PaymentPanel | SettlementPanel):
            self._panel.load()
        waits = [one.until for one in view.payouts if one.state == "waiting"]
        waits += [one.claimable_at for one in settlements if one.state == "open"]
        if waits:
            self._final.start(1000 * min(_LONGEST_WAIT, max(1, min(waits) - int(time.time()) + 1)))

    def _show_tiles(self, view: EarningsView) -> None:
        tiles = self._tiles
        paid = sum(one.state == "claimed" for one in view.payouts)
        tiles["total"].show_value(figure(view.total), "OPEN", zero_words(view.reason) or "by all your accounts")
        waits = f"by {count(len(self._waiting), 'account')}" if self._waiting else "Nothing waits to be claimed"
        if view.waiting:
            waits = f"{open_(view.waiting)} waits for objections"
        tiles["claimable"].show_value(figure(view.claimable), "OPEN", waits)
        tiles["claimed"].show_value(
            figure(view.claimed), "OPEN", f"in {count(paid, 'payment')}" if paid else "Nothing was claimed yet"
        )
        said = "They pay once they are settled." if view.pending_calls else "Every call is settled."
        if not view.pending_calls and not view.payouts:
            said = "None was made yet."
        tiles["pending"].show_value(number(view.pending_calls), "", said)

    # -- one payment, one settlement, one file -----------------------------------------------------------------------

    def _open_payment(self, one: PayoutView) -> None:
        if one.state in {"computed", "refused"}:  # nothing of it is on the ledger: it is settled on the model's page
            self.go("models")
        else:
            self.show_payment(one.settlement, one.account)

    def show_payment(self, settlement: str, account: Any) -> None:
        self._put(PaymentPanel(self, settlement, account))

    def show_settlement(self, settlement: str) -> None:
        self._put(SettlementPanel(self, settlement))

    def _put(self, panel: Any) -> None:
        self._close()
        self._panel = panel
        panel.back.connect(self._close)
        self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)
        panel.load()

    def _close(self) -> None:
        panel, self._panel = self._panel, None
        if panel is not None:
            self._stack.setCurrentIndex(0)
            self._stack.removeWidget(panel)
            panel.hide()
            panel.deleteLater()

    # -- claiming ----------------------------------------------------------------------------------------------------

    def _ask_claim(self) -> None:
        if self._waiting:
            self.start(self._claiming(self._waiting), on_error=self._not_claimed)

    async def _claiming(self, waiting: Sequence[Claimable]) -> None:
        chosen: Sequence[Claimable] = waiting
        if len(waiting) > 1:
            sheet = ClaimSheet(self, waiting)
            if not await ask.opened(sheet):
                return
            chosen = sheet.chosen
        got = Amount(0)
        for one in chosen:
            signed = await self.sign(self.client.earnings.prepare_claim, one.account)
            if signed is None:
                break
            got += one.total
        if got:
            self.say("Claimed", f"{open_(got)} moved to your {'account' if len(chosen) == 1 else 'accounts'}.")

    def claim(self, account: int, total: Amount) -> None:
        """One account's, from a payment of it."""
        one = Claimable(account, "", total, 1)
        self.start(self._claiming([one]), on_error=self._not_claimed)

    def _not_claimed(self, error: BaseException) -> None:
        if isinstance(self._panel, PaymentPanel):
            self._panel.said.say_error(error)
        else:
            self._said.say_error(error)

    # -- proof files -------------------------------------------------------------------------------------------------

    def export(self, settlement: str, account: Any, said: Notice) -> None:
        """Asks where to, after saying what the file discloses."""
        said.clear()
        self.start(self._exporting(settlement, account, said))

    async def _exporting(self, settlement: str, account: Any, said: Notice) -> None:
        sure = await ask.question(
            self,
            "Export a proof file?",
            PROOF,
            yes="Choose where to save",
            name="export-proof",
        )
        if not sure:
            return
        path = await ask.save_file(self, "Export a proof file", f"settlement-{settlement[2:10]}.proof.json", "*.json")
        if path is not None:
            self.export_to(path, settlement, account, said)

    def export_to(self, path: Path, settlement: str, account: Any, said: Notice) -> None:
        """As after choosing the file."""
        words = f"{foreign(path, 200)}. Check it here, or with the script on any other machine."
        task = tasks.run(
            self,
            self.client.earnings.export_proof,
            settlement,
            path,
            account=account,
            disclose=True,
            title="Export a proof file",
            on_done=lambda _none: said.say("The proof file is written", words, "success"),
            on_error=said.say_error,
        )
        if isinstance(self._panel, PaymentPanel | SettlementPanel):
            self._panel.progress.follow(task)

    # -- settlement files --------------------------------------------------------------------------------------------

    def export_file(self, settlement: str, said: Notice) -> None:
        """For contributors: asks where to, after saying what the file discloses."""
        said.clear()
        self.start(self._handing_out(settlement, said), on_error=said.say_error)

    async def _handing_out(self, settlement: str, said: Notice) -> None:
        few = await tasks.call(self.client.earnings.few_calls, settlement)
        sure = await ask.question(
            self,
            "Export the settlement file?",
            settlement_words(few),
            yes="Choose where to save",
            name="export-settlement",
        )
        if not sure:
            return
        name = f"settlement-{settlement[2:10]}.settlement.json"
        path = await ask.save_file(self, "Export the settlement file", name, "*.json")
        if path is None:
            return
        tasks.run(
            self,
            self.client.earnings.export_settlement,
            settlement,
            path,
            disclose=True,
            title="Export a settlement file",
            on_done=lambda _none: said.say("The settlement file is written", foreign(path, 200), "success"),
            on_error=said.say_error,
        )

    def _ask_file(self) -> None:
        self.start(self._taking_in())

    async def _taking_in(self) -> None:
        path = await ask.open_file(self, "Check a settlement file", "Settlement files (*.json)")
        if path is not None:
            self.take_in(path)

    def take_in(self, path: Path) -> None:
        """As after choosing the file."""
        tasks.run(
            self,
            self.client.earnings.import_settlement,
            path,
            title="Check a settlement file",
            on_done=self._taken_in,
            on_error=self._said.say_error,
        )

    def _taken_in(self, view: SettlementView) -> None:
        self.say("The settlement was checked", word("verdict", view.verdict))
        self.load()

    def _ask_check(self) -> None:
        self.start(self._checking())

    async def _checking(self) -> None:
        path = await ask.open_file(
            self, "Check a proof file or a weights file", "Proof and weights files (*.json *.zip)"
        )
        if path is not None:
            self.check(path)

    def check(self, path: Path) -> None:
        """As after choosing the file."""
        self._put(AuditPanel(self, path))
