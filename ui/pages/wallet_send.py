"""Send: from whom, to whom, how much; what is risky is said before anything is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QWidget

from core.errors import BadAddress, BadAmount, BadInput, InsufficientFunds
from core.units import Address, Amount
from core.values import AccountView, LookAlikeView
from ui import tasks
from ui.pages.datanet_tab import Reader
from ui.pages.panels import panel
from ui.pages.wallet_parts import Known
from ui.text import count, foreign, open_
from ui.theme import fonts
from ui.theme.tokens import CONTROL_HEIGHT, M, S
from ui.widgets import Button, Card, LabeledField, Notice, PageHeader, Text, column, row
from ui.widgets.address_diff import AddressDiff

if TYPE_CHECKING:
    from ui.pages.wallet import WalletPage

_TYPING_MS = 250


class SendPanel(QWidget):
    """Names: `send-from`, `send-to`, `send-choose`, `send-amount`, `send-max`, `send-continue`, `send-risk`."""

    back = Signal()

    def __init__(self, page: WalletPage, account: int | None = None, to: Address | None = None) -> None:
        super().__init__()
        self.setObjectName("send")
        self._page, self._wanted = page, account
        self._known: Known | None = None
        self._looks_like: LookAlikeView | None = None
        self._reader = Reader(self)
        header = PageHeader("Send OPEN", "You see everything once more before you sign.", with_back=True)
        header.back.connect(self.back)
        self.said = Notice(name="send-said")
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._check_address)
        self._go = Button("Continue", "primary", name="send-continue", icon="arrow-right", on=self._send)
        form = Card(
            self._from_part(), self._to_part(), self._amount_part(), row(self._go, None), space=M + S, name="send-form"
        )
        panel(header, self.said, form, parent=self, width=720)
        if to is not None:
            self._to.setText(str(to))

    # -- parts -------------------------------------------------------------------------------------------------------

    def _from_part(self) -> QWidget:
        self._from = QComboBox()
        self._from.setObjectName("send-from")
        self._from.setMinimumHeight(CONTROL_HEIGHT + 2)
        self._from.currentIndexChanged.connect(lambda _at: self._changed())
        return LabeledField("From", self._from)

    def _to_part(self) -> QWidget:
        self._to = QLineEdit()
        self._to.setObjectName("send-to")
        self._to.setFont(fonts.font("mono"))
        self._to.setPlaceholderText("0x…  the whole address")
        self._to.setMinimumHeight(CONTROL_HEIGHT + 2)
        self._to.setMaxLength(80)
        self._to.textChanged.connect(self._typed)
        self._to_field = LabeledField("To", self._to)
        self._choose = Button("Choose…", name="send-choose", icon="users", on=self._show_menu)
        self._menu = QMenu(self)
        self._who = Text("", "small", "muted", wrap=True)
        self._who.setObjectName("send-who")
        self._risk = Notice(name="send-risk")
        self._diff = column(space=0)
        line = row(self._to_field, space=S)
        line.setStretch(0, 1)
        line.addWidget(self._choose, 0, Qt.AlignmentFlag.AlignTop)
        self._choose.setContentsMargins(0, 0, 0, 0)
        holder = QWidget()
        column(line, self._who, self._risk, self._diff, space=S, parent=holder)
        self._line_up(line)
        return holder

    def _line_up(self, line: object) -> None:
        """The button stands beside the field, not beside its label."""
        top = self._to_field.findChildren(QWidget)[0].sizeHint().height() + S - 2
        line.itemAt(1).widget().setMinimumHeight(CONTROL_HEIGHT + 2)  # type: ignore[attr-defined]
        line.removeWidget(self._choose)  # type: ignore[attr-defined]
        line.addLayout(column(top, self._choose, None, space=0))  # type: ignore[attr-defined]

    def _amount_part(self) -> QWidget:
        self._amount = QLineEdit()
        self._amount.setObjectName("send-amount")
        self._amount.setPlaceholderText("0.0")
        self._amount.setMinimumHeight(CONTROL_HEIGHT + 2)
        self._amount.setMaxLength(80)
        self._amount.textChanged.connect(lambda _text: self._changed())
        self._amount.returnPressed.connect(self._send)
        self._amount_field = LabeledField("Amount", self._amount, unit="OPEN")
        self._most = Button("Max", name="send-max", on=self._fill_most)
        self._most.setMinimumHeight(CONTROL_HEIGHT + 2)
        self._most.setToolTip("All that the account holds, less the highest fee this can cost")
        self._left = Text("", "small", "muted", wrap=True)
        holder = QWidget()
        top = self._amount_field.findChildren(QWidget)[0].sizeHint().height() + S - 2
        line = row(self._amount_field, column(top, self._most, None, space=0), space=S)
        line.setStretch(0, 1)
        column(line, self._left, space=S, parent=holder)
        return holder

    # -- what is known -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        if self._page.known is not None:
            self.show_known(self._page.known)
        (self._amount if self._to.text() else self._to).setFocus()

    def show_known(self, found: Known) -> None:
        chosen = self._account.index if self._account is not None else self._wanted
        self._known = found
        self._from.blockSignals(True)
        self._from.clear()
        for one in found.accounts:
            self._from.addItem(f"{foreign(one.name, 40)} · {open_(one.balance.value, 4)}", one.index)
        places = [at for at, one in enumerate(found.accounts) if one.index == chosen]
        self._from.setCurrentIndex(places[0] if places else 0)
        self._from.blockSignals(False)
        self._fill_menu(found)
        self._check_address()
        self._changed()

    def _fill_menu(self, found: Known) -> None:
        self._menu.clear()
        groups: list[tuple[str, list[tuple[str, Address]]]] = [
            ("Contacts", [(one.name, one.address) for one in found.contacts]),
            ("Your accounts", [(one.name, one.address) for one in found.accounts]),
        ]
        for title, people in groups:
            if people:
                self._menu.addSection(title)
            for name, address in people:
                action = QAction(f"{foreign(name, 40)}   {address.short()}".replace("&", "&&"), self._menu)
                action.triggered.connect(lambda _checked=False, address=address: self._to.setText(str(address)))
                self._menu.addAction(action)
        self._choose.setEnabled(bool(self._menu.actions()))

    def _show_menu(self) -> None:
        self._menu.popup(self._choose.mapToGlobal(self._choose.rect().bottomLeft()))

    @property
    def _account(self) -> AccountView | None:
        at = self._from.currentIndex()
        return self._known.accounts[at] if self._known is not None and 0 <= at < len(self._known.accounts) else None

    # -- while typing ------------------------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._looks_like = None
        self._risk.clear()
        self._who.setText("")
        self._show_diff(None)
        self._to_field.clear()
        self._typing.start()
        self._changed()

    def _check_address(self) -> None:
        self._typing.stop()
        text = self._to.text().strip()
        if not text or self._known is None:
            self._changed()
            return
        address = self._address(say=len(text) >= 42)
        if address is None:
            self._changed()
            return
        name = self._known.names.get(address)
        if name is not None:
            mine = self._known.mine(address)
            self._who.setText(f"{foreign(name, 60)}, {'one of your own accounts' if mine else 'known to you'}.")
        self._reader.read(self._page.client.wallet.resembles, address, on_done=lambda one: self._judged(address, one))

    def _judged(self, address: Address, found: LookAlikeView | None) -> None:
        if address != self._address(say=False) or self._known is None:
            return
        self._looks_like = found
        if found is not None:
            differs = count(len(found.different), "character")
            self._risk.say(
                "Do not send: this is not the address it looks like",
                f"It begins and ends like {foreign(found.name, 60)}, but {differs} in the middle differ. Someone may "
                "have made it to be mixed up. If it really is meant, ask its owner and add it to your contacts first.",
                "danger",
            )
            self._show_diff(AddressDiff(found.known, address, found.different))
        elif address not in self._known.names:
            words = "You have never named this address. Compare it in full with where you got it from."
            self._risk.say("A new address", words, "warning")
        self._changed()

    def _show_diff(self, diff: AddressDiff | None) -> None:
        while self._diff.count():
            item = self._diff.takeAt(0)
            old = None if item is None else item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        if diff is not None:
            self._diff.addWidget(diff)

    def _address(self, *, say: bool) -> Address | None:
        try:
            return Address.parse(self._to.text())
        except BadAddress as error:
            if say:
                self._to_field.fail_with(error)
            return None

    def _sum(self, *, say: bool) -> Amount | None:
        try:
            value = Amount.parse(self._amount.text())
        except BadAmount as error:
            if say:
                self._amount_field.fail_with(error)
            return None
        return value or None

    def _changed(self) -> None:
        self._amount_field.clear()
        account = self._account
        value = self._sum(say=bool(self._amount.text().strip("0. ")))
        address = self._address(say=False)
        self._most.setEnabled(account is not None and address is not None)
        enough = account is not None and value is not None and value <= account.balance.value
        if account is not None and value is not None:
            left = f"{open_(account.balance.value - value)} stay with the account, less the fee." if enough else ""
            self._left.setText(left)
            if not enough:
                self._amount_field.fail(f"The account holds {account.balance.value}.")
        else:
            self._left.setText("")
        self._go.setEnabled(enough and address is not None and self._looks_like is None)

    # -- doing -------------------------------------------------------------------------------------------------------

    def _fill_most(self) -> None:
        account, address = self._account, self._address(say=True)
        if account is not None and address is not None:
            largest = self._page.client.wallet.largest
            self._reader.read(largest, account.index, address, on_done=self._fill)

    def _fill(self, most: Amount) -> None:
        self._amount.setText(most.text().replace(",", ""))

    def _send(self) -> None:
        account, address, value = self._account, self._address(say=True), self._sum(say=True)
        if account is None or address is None or value is None or not self._go.isEnabled():
            return
        self.said.clear()
        self._go.setEnabled(False)
        self._page.start(self._sending(account.index, address, value), on_error=self._failed)

    async def _sending(self, account: int, to: Address, value: Amount) -> None:
        found: LookAlikeView | None = await tasks.call(self._page.client.wallet.resembles, to)
        if found is not None:  # pasted and sent before it was looked at
            self._judged(to, found)
            return
        signed = await self._page.sign(self._page.client.wallet.prepare_send, account, to, value)
        if signed is None:
            self._changed()
            return
        self._page.say("Sent", f"{open_(value)} are in block {signed.block:,}.")
        self._page.close_panel()

    def _failed(self, error: BaseException) -> None:
        self._changed()
        if isinstance(error, InsufficientFunds | BadInput):
            self._amount_field.fail_with(error)
        else:
            self.said.say_error(error)
