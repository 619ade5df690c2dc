"""OPEN set aside for calls: what is left of it, and a form to set more aside."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from core.errors import Cancelled, OpenLedgerError
from core.units import Amount
from core.values import AccountView, ModelView
from ui import tasks
from ui.pages.base import Page
from ui.pages.model_parts import cost, line
from ui.text import count, foreign
from ui.theme.tokens import M, S
from ui.widgets import Button, LabeledField, Notice, Text, column, row
from ui.widgets.labels import Icon, retone

_CALLS = 100  # what the form offers: enough for so many calls
_LEAST = Amount.parse("0.1")


class DepositForm(QFrame):
    """Shown where a call cannot be paid, or on demand. `done` once the deposit is on the ledger."""

    done = Signal()

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "notice")
        self.setProperty("tone", "info")
        self.setObjectName("deposit")
        self._page = page
        self._payer = 0
        self._fee = Amount(0)
        self._icon = Icon("wallet", "info", 18)
        self._title = Text("", "strong", wrap=True)
        self._title.setObjectName("deposit-title")
        self._words = Text("", wrap=True)
        self._amount = line("deposit-amount", width=140)
        self._field = LabeledField("Amount", self._amount, unit="OPEN")
        self._amount.textChanged.connect(lambda _text: self._changed())
        self._amount.returnPressed.connect(self._deposit)
        self._go = Button("Set OPEN aside…", name="deposit-sign", icon="pencil", on=self._deposit)
        self._away = Button("Not now", "ghost", name="deposit-away", on=self.hide)
        self._said = Notice(name="deposit-said")
        form = row(self._field, column(None, row(self._go, self._away, None, space=S)), None, space=M)
        form.setStretch(2, 1)
        body = column(self._title, self._words, form, self._said, space=S)
        whole = row(space=M, margins=(M, M, M, M), parent=self)
        whole.addLayout(column(self._icon, None))
        whole.addLayout(body, 1)
        self.hide()

    def ask(self, model: ModelView, payer: AccountView, left: Amount | None, *, short: bool) -> None:
        """`short`: the deposit does not bear the next call; else the person wants to set more aside."""
        self._payer, self._fee = payer.index, model.fee
        who = foreign(payer.name, 40)
        if short:
            has = "nothing is" if not left else f"only {cost(left)} is"
            self._title.setText("This call is not covered yet")
            self._words.setText(
                f"A call costs {cost(model.fee)}, and {has} left of what {who} set aside. Set OPEN aside once, "
                "then calls are answered at once. What is not used comes back after a day's notice."
            )
        else:
            self._title.setText("Set more OPEN aside")
            self._words.setText(
                f"For calls of {who}, with any model. What is not used comes back after a day's notice."
            )
        retone(self, "warning" if short else "info")
        self._icon.show_icon("triangle-alert" if short else "wallet", "warning" if short else "info")
        self._said.clear()
        offered = max(Amount(model.fee.wei * _CALLS), _LEAST)
        self._amount.setText(offered.text())
        self.setAccessibleName(f"{self._title.text()}. {self._words.text()}")
        self.show()
        self._amount.setFocus()
        self._amount.selectAll()

    def _value(self) -> Amount | None:
        try:
            return Amount.parse(self._amount.text()) or None
        except OpenLedgerError:
            return None

    def _changed(self) -> None:
        amount = self._value()
        self._go.setEnabled(amount is not None)
        if amount is None:
            self._field.fail("Write a number such as 1.5.")
            return
        self._field.clear()
        if self._fee:
            calls = amount.wei // self._fee.wei
            self._go.setToolTip(f"Pays for {count(calls, 'call')}")

    def _deposit(self) -> None:
        amount = self._value()
        if amount is not None and self._go.isEnabled():
            self._said.clear()
            self._go.setEnabled(False)
            tasks.start(self, self._depositing(amount), on_error=self._failed)

    async def _depositing(self, amount: Amount) -> None:
        signed = await self._page.sign(self._page.client.earnings.prepare_deposit, self._payer, amount)
        self._go.setEnabled(True)
        if signed is not None:
            self._page.say("Set aside", f"{cost(amount)} can be used for calls since block {signed.block}.")
            self.hide()
            self.done.emit()

    def _failed(self, error: BaseException) -> None:
        self._go.setEnabled(True)
        if not isinstance(error, Cancelled):
            self._said.say_error(error)


def payer_of(accounts: Sequence[AccountView], index: int) -> AccountView | None:
    return next((one for one in accounts if one.index == index), None)
