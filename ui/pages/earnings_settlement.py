"""One settlement: its calls, its total, how that was split, and what every contributor got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.units import Amount
from core.values import PayoutView, SettlementView
from ui.earning_words import payout_words, settlement_words, zero_words
from ui.pages.datanet_tab import Reader
from ui.pages.panels import panel
from ui.tables import Column, TablePanel
from ui.text import amount, foreign, moment, number, open_, percent, tone, trust, word
from ui.theme.tokens import S
from ui.widgets import (
    AddressLabel,
    Button,
    Card,
    EmptyState,
    Notice,
    PageHeader,
    ProgressPanel,
    Text,
    TrustBadge,
    column,
    row,
)
from ui.widgets.facts import PAD, Facts

if TYPE_CHECKING:
    from ui.pages.earnings import EarningsPage


def settlement_facts(view: SettlementView, *, short: bool = False) -> list[tuple[str, str | QWidget]]:
    """`short` leaves out what the other parts of a payment show."""
    on_ledger = QWidget()
    said = f"block {number(view.block)}, {moment(view.time)}" if view.block is not None else moment(view.time)
    row(TrustBadge(view.trust), Text(said, tone="muted"), None, space=S, parent=on_ledger)
    on_ledger.setAccessibleName(trust(view.trust).what_to_do)
    each = Amount(view.total.wei // view.calls) if view.calls else Amount(0)
    facts: list[tuple[str, str | QWidget]] = [
        ("Model", foreign(view.model_name, 100) or f"Model {view.model}"),
        ("Calls", f"{number(view.calls)}, {open_(each)} each on average"),
        ("State", settlement_words(view)),
        ("Checked here", word("verdict", view.verdict)),
        ("Paid in all", str(view.total)),
        ("Split", _split(view)),
        ("Payer", AddressLabel(view.payer, "mono_small", name="settlement-payer")),
        ("Settlement", AddressLabel(view.settlement, "mono_small", name="settlement-id")),
        ("On the ledger", on_ledger),
    ]
    if not short:
        facts.insert(7, ("Posted by", AddressLabel(view.poster, "mono_small", name="settlement-poster")))
        facts.insert(8, ("Bond", f"{open_(view.bond)}, " + ("returned" if view.state == "finished" else "at stake")))
        facts.append(("Payout root", AddressLabel(view.payout_root, "mono_small", name="settlement-root")))
    return facts


def _split(view: SettlementView) -> QWidget:
    holder = QWidget()
    parts = [("contributors", view.pool), ("builder", view.builder), ("supporters", view.supporters)]
    parts.append(("treasury", view.treasury))
    lines = [
        Text(f"{value} to {'the ' if name in {'builder', 'treasury'} else ''}{name}, {_share(value, view)}")
        for name, value in parts
        if value
    ]
    column(*lines, space=2, margins=(0, PAD, 0, PAD), parent=holder)
    holder.setAccessibleName("; ".join(line.text() for line in lines))
    return holder


def _share(value: Amount, view: SettlementView) -> str:
    return percent(value.wei / view.total.wei if view.total.wei else 0.0, 0)


_PAYOUTS: tuple[Column[PayoutView], ...] = (
    Column("Contributor", lambda one: one.account_name, width=150, grow=2),
    Column(
        "State",
        lambda one: zero_words(one.reason) if one.reason else payout_words(one),
        tone=lambda one: tone("payout", one.state),
        width=130,
        grow=3,
    ),
    Column("Amount (OPEN)", lambda one: amount(one.amount, 6), lambda one: one.amount, align="right", width=140),
)


class SettlementPanel(QWidget):
    back = Signal()

    def __init__(self, page: EarningsPage, settlement: str) -> None:
        super().__init__()
        self.setObjectName("settlement")
        self._page, self._settlement = page, settlement
        self._reader = Reader(self)
        export = Button("Export proof file…", name="settlement-export", icon="file-text", on=self._export)
        hand_out = Button("File for contributors…", name="settlement-file", icon="users", on=self._hand_out)
        self._finish = Button("Finish", "primary", name="settlement-finish", icon="check", on=self._ask_finish)
        self._object = Button("Object…", "danger", name="settlement-object", icon="circle-slash", on=self._ask_object)
        self._finish.hide()
        self._object.hide()
        self._header = PageHeader(
            "Settlement", "Reading…", self._finish, self._object, hand_out, export, with_back=True
        )
        self._header.back.connect(self.back)
        self.said = Notice(name="settlement-said")
        self._reader.failed = self.said.say_error
        self.progress = ProgressPanel(name="settlement-progress")
        self._facts = Facts(name="settlement-facts")
        self._payouts: TablePanel[PayoutView] = TablePanel(
            _PAYOUTS,
            noun="payout",
            empty=EmptyState("users", "Nobody is paid", "No contribution helped in these calls."),
            name="settlement-payouts",
        )
        self._payouts.setFixedHeight(420)
        self._payouts.opened.connect(lambda one: page.show_payment(one.settlement, one.account))
        parts = (self._header, self.said, self.progress, Card(self._facts, title="What was settled"))
        panel(*parts, self._payouts, parent=self)

    def load(self) -> None:
        self._reader.read(self._read, on_done=self._show)

    def _read(self) -> tuple[SettlementView, tuple[PayoutView, ...]]:
        earnings = self._page.client.earnings
        return earnings.settlement(self._settlement), earnings.payouts(self._settlement)

    def _show(self, found: tuple[SettlementView, tuple[PayoutView, ...]]) -> None:
        view, payouts = found
        name = foreign(view.model_name, 80) or f"Model {view.model}"
        self._header.set_words("Settlement", f"{number(view.calls)} calls of {name}, {open_(view.total)}")
        self._facts.show_facts(settlement_facts(view))
        self._finish.setVisible(view.state == "final")
        self._object.setVisible(view.state == "open" and view.verdict == "false")
        self._payouts.set_rows(payouts)

    def _hand_out(self) -> None:
        self._page.export_file(self._settlement, self.said)

    def _ask_finish(self) -> None:
        self._page.start(self._finishing(), on_error=self.said.say_error)

    async def _finishing(self) -> None:
        """Anyone may; the bond goes to the poster whoever sends it. Then what an account earned is taken out."""
        page = self._page
        mine = {row.address: row.index for row in page.client.wallet.rows()}
        view = page.client.earnings.settlement(self._settlement)
        account = mine.get(view.poster, 0)
        if await page.sign(page.client.earnings.prepare_finish, self._settlement, account) is None:
            return
        page.say("Finished", f"The bond of {open_(view.bond)} and the parts wait to be taken out.")
        if view.poster in mine:
            await page.sign(page.client.earnings.prepare_take, account)

    def _ask_object(self) -> None:
        self._page.start(self._objecting(), on_error=self.said.say_error)

    async def _objecting(self) -> None:
        """Announced first and shown in a later block, so that nobody can copy it and take the reward."""
        page, earnings = self._page, self._page.client.earnings
        if await page.sign(earnings.prepare_announce, self._settlement, 0) is None:
            return
        if await page.sign(earnings.prepare_challenge, self._settlement, 0) is not None:
            page.say("Objected", "The settlement fell. Half of its bond waits to be taken out.")

    def _export(self) -> None:
        self._page.export(self._settlement, None, self.said)
