"""What was sent and received: a table with states, and one transaction opened with what its block proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values import ReceiptView, TxView
from ui.pages.datanet_tab import Reader
from ui.pages.panels import panel
from ui.pages.receipt import receipt_facts, show_events
from ui.pages.wallet_parts import Known, when
from ui.tables import Column, TablePanel
from ui.text import action_words, amount, foreign, moment, number, tone, word
from ui.theme.tokens import M
from ui.widgets import AddressLabel, Card, EmptyState, Notice, PageHeader, column
from ui.widgets.facts import Facts

if TYPE_CHECKING:
    from ui.pages.wallet import WalletPage

_ICONS = {
    "pending": "hourglass",
    "confirmed": "check",
    "replaced": "rotate-ccw",
    "dropped": "circle-slash",
    "failed": "circle-x",
}
_WHY = {
    "pending": "It was signed and sent. It counts once a block holds it.",
    "dropped": "The node no longer knows it. Nothing was spent; it can be sent again.",
    "replaced": "Another transaction with the same number was taken instead. Nothing was spent by this one.",
}


def done_words(view: TxView) -> str:
    """What it was, for the list: "Send OPEN", and what did not work says so by its state."""
    return action_words(view.what)


def change_of(view: TxView, known: Known | None) -> int:
    """Wei that its value moved in or out of all the person's accounts together; the fee stands apart."""
    if view.state in {"failed", "dropped", "replaced"}:
        return 0
    if view.what == "received" or view.gained:
        return view.value.wei + view.gained.wei
    return 0 if known is not None and known.mine(view.to) else -view.value.wei


def _signed(wei: int) -> str:
    from core.units import Amount

    if not wei:
        return "-"
    return f"{'+' if wei > 0 else chr(0x2212)}{amount(Amount(abs(wei)))}"


class ActivityTable(QWidget):
    def __init__(self, page: WalletPage) -> None:
        super().__init__()
        self._page = page
        self._table: TablePanel[TxView] = TablePanel(
            self._columns(),
            noun="transaction",
            empty=EmptyState(
                "history",
                "Nothing was sent or received",
                "Everything you sign, and every payment that comes in, is listed here with what became of it.",
                name="activity-empty",
            ),
            filters=[
                ("Waiting", lambda one: one.state == "pending"),
                ("Received", lambda one: one.what == "received"),
                ("Sent", lambda one: one.what == "send"),
                ("Not done", lambda one: one.state in {"failed", "dropped", "replaced"}),
            ],
            search=self._words,
            name="activity",
        )
        self._table.opened.connect(page.show_transaction)
        column(self._table, space=0, parent=self)

    def _columns(self) -> tuple[Column[TxView], ...]:
        return (
            Column(
                "When", lambda one: when(one.time), lambda one: one.time, tip=lambda one: moment(one.time), width=126
            ),
            Column("What", self._what, width=158, grow=3),
            Column("Account", self._account, width=124, grow=1),
            Column(
                "State",
                lambda one: word("tx", one.state),
                tone=lambda one: tone("tx", one.state),
                icon=lambda one: _ICONS.get(one.state, ""),
                tip=lambda one: foreign(one.reason, 300) or word("tx", one.state),
                width=130,
            ),
            Column(
                "OPEN",
                lambda one: _signed(change_of(one, self._page.known)),
                lambda one: change_of(one, self._page.known),
                align="right",
                width=96,
            ),
            Column(
                "Block",
                lambda one: "-" if one.block is None else number(one.block),
                lambda one: -1 if one.block is None else one.block,
                align="right",
                width=66,
            ),
        )

    def _words(self, one: TxView) -> str:
        names = (action_words(one.what), self._what(one), self._account(one))
        return " ".join([*names, one.tx_hash, str(one.to), str(one.sender)])

    def _account(self, view: TxView) -> str:
        known = self._page.known
        found = None if known is None else known.account(view.account)
        return "" if found is None else found.name

    def _what(self, view: TxView) -> str:
        """With the other side's name where there is one: contracts are said by what was done with them."""
        known = self._page.known
        if known is None or view.what not in {"send", "received"}:
            return action_words(view.what)
        to = view.what == "send"
        other = known.called(view.to if to else view.sender)
        return f"Sent to {other}" if to else f"Received from {other}"

    def show_rows(self, found: Known) -> None:
        self._table.set_rows(found.activity)


class TransactionPanel(QWidget):
    """One transaction: what the wallet knows, and what its block proves."""

    back = Signal()

    def __init__(self, page: WalletPage, tx_hash: str, view: TxView | None = None) -> None:
        super().__init__()
        self.setObjectName("transaction")
        self._page, self._hash, self._view = page, tx_hash, view
        self._reader = Reader(self)
        header = PageHeader("Transaction" if view is None else done_words(view), "", with_back=True)
        if view is not None:
            header.set_words(done_words(view), f"{word('tx', view.state)} · {moment(view.time)}")
        header.back.connect(self.back)
        self._said = Notice(name="transaction-said")
        self._reader.failed = self._said.say_error
        self._known_facts = Facts(name="transaction-known")
        known = Card(self._known_facts, title="What you signed" if view and view.what != "received" else "What came in")
        if view is None:
            known.hide()
        self._facts = Facts(name="transaction-facts")
        self._proven = Card(self._facts, title="What its block proves")
        self._proven.hide()
        self._events = column(space=M)
        panel(header, self._said, known, self._proven, self._events, parent=self)
        if view is not None:
            self._show_known(view)

    def load(self) -> None:
        self._reader.read(self._page.client.network.receipt, self._hash, on_done=self._show)

    def _show_known(self, view: TxView) -> None:
        to = "A new contract" if view.to is None else AddressLabel(view.to, "mono_small", name="transaction-to")
        facts: list[tuple[str, str | QWidget]] = [
            ("Transaction", AddressLabel(view.tx_hash, "mono_small", name="transaction-hash")),
            ("From", AddressLabel(view.sender, "mono_small", name="transaction-from")),
            ("To", to),
            ("Amount", str(view.gained or view.value)),
            ("Fee", "Not known yet" if view.fee is None else str(view.fee)),
            ("State", word("tx", view.state)),
        ]
        self._known_facts.show_facts(facts)
        if view.state == "failed":
            why = foreign(view.reason, 300) or "The contract gave no reason"
            self._said.say("It failed", f"{why}. Only the fee was spent.", "danger")
        elif view.state in _WHY:
            self._said.say(word("tx", view.state), f"{_WHY[view.state]} {foreign(view.reason, 300)}".strip(), "info")

    def _show(self, found: ReceiptView | None) -> None:
        if found is None:
            if self._view is None or self._view.state == "confirmed":
                words = "The node says that no block holds it. That cannot be proven."
                self._said.say("No block holds this transaction", words, "warning")
            return
        self._proven.show()
        self._facts.show_facts(receipt_facts(found, short=self._view is not None))
        show_events(self._events, found)
