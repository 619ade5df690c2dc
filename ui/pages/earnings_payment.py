"""One payment opened: settlement, my records' signed totals, share, leaf and proof, claim, balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from core.units import Address, Amount
from core.values import PaymentDetail, RecordEarning
from ui.contents import line
from ui.earning_words import payout_words, zero_words
from ui.pages.datanet_tab import Reader
from ui.pages.earnings_settlement import settlement_facts
from ui.pages.panels import panel
from ui.tables import Column, TablePanel
from ui.text import change, count, foreign, moment, number, open_, percent
from ui.theme.tokens import L, S
from ui.widgets import (
    AddressLabel,
    Badge,
    Button,
    Card,
    EmptyState,
    Notice,
    PageHeader,
    ProgressPanel,
    Text,
    column,
    row,
)
from ui.widgets.facts import PAD, Facts
from ui.widgets.labels import Icon

if TYPE_CHECKING:
    from ui.pages.earnings import EarningsPage

_RECORDS_HEIGHT = 380
_FIGURES = 300  # pixels: -999,999.123456789012345678 OPEN


def points(value: int) -> str:
    """A score, with a true minus sign."""
    return f"{value:,}".replace("-", "\N{MINUS SIGN}")


_RECORDS: tuple[Column[RecordEarning], ...] = (
    Column("Record", lambda one: number(one.record), lambda one: one.record, align="right", width=70),
    Column("Holds", lambda one: line(one.kind, one.text) or "It is not on this device", width=160, grow=4),
    Column("Label", lambda one: one.label, width=96, grow=1),
    Column(
        "Measured influence",
        lambda one: points(one.total),
        lambda one: one.total,
        align="right",
        tone=lambda one: "danger" if one.total < 0 else "",
        width=206,
    ),
    Column(
        "For pay",
        lambda one: points(one.positive) if one.positive != one.total else "in full",
        lambda one: one.positive,
        align="right",
        tip=lambda one: f"{points(one.positive)} of its total counts for pay",
        width=76,
    ),
)


class PaymentPanel(QWidget):
    """`back` when the person goes back to the list."""

    back = Signal()

    def __init__(self, page: EarningsPage, settlement: str, account: Address) -> None:
        super().__init__()
        self.setObjectName("payment")
        self._page, self._settlement, self._account = page, settlement, account
        self._detail: PaymentDetail | None = None
        self._reader = Reader(self)
        self._claim = Button("Claim", "primary", name="payment-claim", icon="hand-coins", on=self._claim_it)
        self._claim.hide()
        export = Button("Export proof file…", name="payment-export", icon="file-text", on=self._export)
        self._header = PageHeader("Payment", "Reading…", self._claim, export, with_back=True)
        self._header.back.connect(self.back)
        self.said = Notice(name="payment-said")
        self._reader.failed = self.said.say_error
        self.progress = ProgressPanel(name="payment-progress")
        self._why = Notice(name="payment-why")
        self._body = QWidget()
        self._body.hide()
        cards = (self._settled(), self._records_card(), self._share_card(), self._proof_card(), self._claim_card())
        column(*cards, space=L, parent=self._body)
        panel(self._header, self.said, self.progress, self._why, self._body, parent=self)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _settled(self) -> Card:
        self._settlement_facts = Facts(name="payment-settlement")
        return _step(1, "The calls were settled", self._settlement_facts)

    def _records_card(self) -> Card:
        nothing = EmptyState("file", "No record", "No record of this account was in the model.")
        self._who = Button("Their page", name="payment-person", icon="user", on=self._open_person)
        self._records: TablePanel[RecordEarning] = TablePanel(
            _RECORDS,
            noun="record",
            empty=nothing,
            tools=(self._who,),
            filters=[("Counted", lambda one: one.positive > 0), ("Counted nothing", lambda one: one.positive == 0)],
            name="payment-records",
        )
        self._records.opened.connect(self._open_record)
        self._records.setFixedHeight(_RECORDS_HEIGHT)
        words = (
            "Measured: each record's influence on every call's answer, added up with its sign. For pay, a record that "
            "helped more than it hurt counts with that sum, any other not at all. Open one to see where it mattered."
        )
        return _step(2, "What the records did, measured", Text(words, "small", "muted", wrap=True), self._records)

    def _share_card(self) -> Card:
        self._share = Facts(name="payment-share")
        return _step(3, "What is paid for it", self._share)

    def _proof_card(self) -> Card:
        self._proof = Facts(name="payment-proof")
        self._holds = row(space=S)
        words = "The leaf, hashed with each sibling in turn, must give the root that the settlement put on the ledger."
        return _step(4, "The proof", Text(words, "small", "muted", wrap=True), self._proof)

    def _claim_card(self) -> Card:
        self._balance = Facts(name="payment-balance")
        return _step(5, "The balance", self._balance)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        self._reader.read(self._page.client.earnings.detail, self._settlement, self._account, on_done=self._show)

    def _show(self, found: PaymentDetail) -> None:
        self._detail = found
        payout = found.payout
        about = f"{foreign(payout.account_name, 60)} · {foreign(payout.model_name, 60) or f'Model {payout.model}'}"
        self._header.set_words(str(payout.amount), f"{about} · {payout_words(payout)}")
        self._claim.setVisible(payout.mine and payout.state == "claimable")
        if payout.reason:
            self._why.say("This account earned nothing here", zero_words(payout.reason), "info")
        else:
            self._why.clear()
        self._settlement_facts.show_facts(settlement_facts(found.settlement, short=True))
        self._records.set_rows(found.records)
        self._show_share(found)
        self._show_proof(found)
        self._show_balance(found)
        self._body.show()

    def _show_share(self, found: PaymentDetail) -> None:
        every = found.all_positive
        share = found.contributor_positive / every if every else 0.0
        counted = sum(one.positive > 0 for one in found.records)
        self._share.show_facts(
            [
                (
                    "Counts for pay",
                    f"{points(found.contributor_positive)}   from {count(counted, 'record')} that counted",
                ),
                ("Of all contributors'", points(every)),
                ("Share of the pay", percent(share, 4)),
                ("Contributors' part", str(found.settlement.pool)),
                ("Amount", Text(_amount_words(found), "strong")),
            ]
        )

    def _show_proof(self, found: PaymentDetail) -> None:
        root = ("Payout root", _hash(found.settlement.payout_root))
        if not found.leaf:
            self._proof.show_facts([("Leaf", "None: nothing is paid, so there is nothing to prove."), root])
            return
        siblings = QWidget()
        column(*(_hash(one) for one in found.proof), space=0, parent=siblings)
        siblings.setAccessibleName(f"{len(found.proof)} siblings")
        none = "None: it is the only leaf."
        verdict = QWidget()
        good = found.proof_holds
        icon = Icon("circle-check" if good else "circle-x", "success" if good else "danger", 18)
        said = (
            "The proof holds, recomputed just now" if good else "The proof does not hold: do not rely on this payment"
        )
        row(icon, Text(said, "strong", "success" if good else "danger"), None, space=S, parent=verdict)
        self._proof.show_facts(
            [
                ("Leaf", _hash(found.leaf)),
                ("Position", f"{number(found.payout.index)}, counted from 0"),
                ("Siblings", siblings if found.proof else none),
                root,
                ("Result", verdict),
            ]
        )

    def _show_balance(self, found: PaymentDetail) -> None:
        if found.claim_tx is None:
            until = f"until {moment(found.payout.until)}"
            waits = {
                "waiting": f"Not claimed yet. Objections can be raised {until}; then it can be claimed.",
                "void": "The settlement fell, so nothing is paid. Its calls wait for another one.",
                "claimable": "Not claimed yet. Claiming moves the amount to the account, less the network fee.",
                "nothing": "Nothing is paid, so no balance changes.",
                "computed": "The settlement is not on the ledger yet.",
            }
            self._balance.show_facts([("Claim", waits.get(found.payout.state, "The claim is not known here."))])
            return
        facts: list[tuple[str, str | QWidget]] = [("Claimed in", _hash(found.claim_tx))]
        if found.claim_block is not None:
            facts.append(("Block", number(found.claim_block)))
        before, after = found.balance_before, found.balance_after
        if before is None or after is None:
            facts.append(("Balance", "It was not read around this block."))
        else:
            sums = [("Before", open_(before, 18)), ("This payment", change(found.payout.amount.wei, 18))]
            if found.claim_others:
                sums.append(("Other payments", change(found.claim_others.wei, 18)))
            fee = found.claim_fee or Amount(0)
            if found.claim_own_fee:
                sums.append(("Network fee", change(-fee.wei, 18)))
            facts += [(label, _figure(words)) for label, words in sums]
            facts.append(("After", _figure(open_(after, 18), "mono_strong")))
        self._balance.show_facts(facts)

    def _open_record(self, one: RecordEarning) -> None:
        if one.row is not None:
            self._page.go("trace", ("record", one.row, "earnings"))

    def _open_person(self) -> None:
        self._page.go("trace", ("person", self._account, "earnings"))

    # -- doing -------------------------------------------------------------------------------------------------------

    def _claim_it(self) -> None:
        found = self._detail
        if found is not None:
            self._page.start(self._claiming(found))

    async def _claiming(self, found: PaymentDetail) -> None:
        from ui import tasks

        index = await tasks.call(self._page.client.wallet.index_of, found.payout.account)
        self._page.claim(index, found.payout.amount)

    def _export(self) -> None:
        paid = self._detail is not None and bool(self._detail.payout.amount)
        self._page.export(self._settlement, self._account if paid else None, self.said)


def _step(place: int, title: str, *parts: QWidget) -> Card:
    card = Card(space=L, name=f"payment-step-{place}")
    card.body.addLayout(row(Badge(str(place), "info"), Text(title, "heading"), None, space=S))
    card.add(*parts)
    return card


def _amount_words(found: PaymentDetail) -> str:
    amount = found.payout.amount
    return f"{amount}   the share of it, to the last digit" if amount else str(amount)


def _hash(value: str) -> AddressLabel:
    return AddressLabel(value, "mono_small", name="payment-hash")


def _figure(words: str, role: str = "mono") -> Text:
    text = Text(words, role, selectable=True)
    text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    text.setFixedWidth(_FIGURES)  # right-aligned at one edge: a sum to be added up by eye
    text.setContentsMargins(0, PAD, 0, PAD)
    return text
