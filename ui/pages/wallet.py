"""Wallet: accounts and their proven balances, what was sent and received, contacts."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from core.events import Changed
from core.units import Address
from core.values import AccountView, TxView
from ui import ask
from ui.pages.base import Action, Context, Page
from ui.pages.datanet_tab import Reader
from ui.pages.wallet_accounts import AccountList
from ui.pages.wallet_activity import ActivityTable, TransactionPanel
from ui.pages.wallet_contacts import ContactTable
from ui.pages.wallet_parts import Known, read
from ui.pages.wallet_receive import ReceiveSheet
from ui.pages.wallet_send import SendPanel
from ui.theme.tokens import L
from ui.widgets import Button, Notice, PageHeader, Segmented, column, row, scrolled
from ui.widgets.layouts import Framed

_WIDEST = 1180
_BAR = 14  # the accounts' scroll bar stands beside them, in the page's margin
_TABS = (("accounts", "Accounts"), ("activity", "Activity"), ("contacts", "Contacts"))


class WalletPage(Page):
    name, title, icon, order, shortcut = "wallet", "Wallet", "wallet", 50, "Ctrl+5"
    reads = Changed(accounts=True, balances=True, activity=True)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._reader = Reader(self)
        self._known: Known | None = None
        self._panel: QWidget | None = None
        self._send = Button("Send", "primary", name="wallet-send", icon="send", on=self._send_from)
        self._receive = Button("Receive", name="wallet-receive", icon="qr-code", on=self.receive)
        self._add = Button("Add account", name="wallet-add", icon="plus", on=self._add_account)
        self._said = Notice(name="wallet-said")
        self._reader.failed = self._said.say_error
        self._tabs = Segmented(_TABS, name="wallet-tab")
        self._tabs.changed.connect(self.show_tab)
        self._accounts = AccountList(self)
        self._activity = ActivityTable(self)
        self._contacts = ContactTable(self)
        self._lists = QStackedWidget()
        area = scrolled(self._accounts)
        area.verticalScrollBar().rangeChanged.connect(self._make_room)
        self._bar = area.verticalScrollBar()
        self._make_room(0, 0)
        for part in (area, _inset(self._activity), _inset(self._contacts)):
            self._lists.addWidget(part)
        header = PageHeader(
            "Wallet", "Test OPEN of this machine's ledger. It has no market value.", self._send, self._receive
        )
        inner = QWidget()
        top = column(header, self._said, row(self._tabs, None, self._add), space=L, margins=(0, 0, _BAR, 0))
        column(top, self._lists, space=L, parent=inner).setStretch(1, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(Framed(inner, _WIDEST + _BAR, bar=_BAR))
        column(self._stack, space=0, parent=self)

    def _make_room(self, _least: int, most: int) -> None:
        """The accounts end where the page's head ends, with their scroll bar and without."""
        self._accounts.setContentsMargins(0, 0, _BAR - (self._bar.sizeHint().width() if most else 0), 0)

    # -- the page's interface ----------------------------------------------------------------------------------------

    def open(self, target: object) -> None:
        """A tab's key, "send", "receive", an address to send to, or a transaction's hash."""
        self.close_panel()
        if target == "send":
            self.send()
        elif target == "receive":
            self.receive()
        elif isinstance(target, Address):
            self.send(to=target)
        elif target in dict(_TABS):
            self.show_tab(str(target))
        elif isinstance(target, str) and target.startswith("0x"):
            self._put(TransactionPanel(self, target))

    def actions(self) -> list[Action]:
        return [
            Action("Send OPEN", "send", lambda: self.go("wallet", "send")),
            Action("Receive OPEN", "qr-code", lambda: self.go("wallet", "receive")),
            Action("Contacts", "users", lambda: self.go("wallet", "contacts")),
            Action("Activity", "history", lambda: self.go("wallet", "activity")),
        ]

    def show_tab(self, key: str) -> None:
        self._tabs.choose(key)
        self._lists.setCurrentIndex([one[0] for one in _TABS].index(key))
        self._add.setVisible(key == "accounts")

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def known(self) -> Known | None:
        """What was read last: accounts, contacts, names."""
        return self._known

    def load(self) -> None:
        self._reader.read(read, self.client, on_done=self._show)

    def _show(self, found: Known) -> None:
        self._known = found
        self._said.clear()
        self._accounts.show_accounts(found.accounts)
        self._activity.show_rows(found)
        self._contacts.show_rows(found.contacts)
        if isinstance(self._panel, SendPanel):
            self._panel.show_known(found)

    # -- panels ------------------------------------------------------------------------------------------------------

    def _put(self, panel: Any) -> None:
        self.close_panel()
        self._panel = panel
        panel.back.connect(self.close_panel)
        self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)
        panel.load()

    def close_panel(self) -> None:
        panel, self._panel = self._panel, None
        if panel is not None:
            self._stack.setCurrentIndex(0)
            self._stack.removeWidget(panel)
            panel.hide()
            panel.deleteLater()

    def show_transaction(self, view: TxView) -> None:
        self._put(TransactionPanel(self, view.tx_hash, view))

    def _send_from(self) -> None:
        self.send()

    def send(self, account: int | None = None, to: Address | None = None) -> None:
        """Shows the form, filled in with what is known."""
        self._put(SendPanel(self, account, to))

    def receive(self, account: int | None = None) -> None:
        if self._known is not None:
            self._ask_receive(self._known, account)
        else:
            self.run(read, self.client, on_done=lambda found: self._ask_receive(found, account))

    def _ask_receive(self, found: Known, account: int | None) -> None:
        ask.opened(ReceiveSheet(self, found.accounts, account))

    # -- accounts ----------------------------------------------------------------------------------------------------

    def _add_account(self) -> None:
        self.start(self._adding(), on_error=self._said.say_error)

    async def _adding(self) -> None:
        from ui import tasks

        number = 1 + (len(self._known.accounts) if self._known is not None else 0)
        name = await ask.line(
            self, "Add an account", "Name", start=f"Account {number}", yes="Add account", name="account-name"
        )
        if name is not None:
            made: AccountView = await tasks.call(self.client.wallet.add_account, name)
            self.say("The account is added", f"{made.name} comes from the same recovery phrase.")

    def rename(self, view: AccountView) -> None:
        self.start(self._renaming(view), on_error=self._said.say_error)

    async def _renaming(self, view: AccountView) -> None:
        from ui import tasks

        name = await ask.line(self, "Rename the account", "Name", start=view.name, name="account-name")
        if name is not None and name != view.name:
            await tasks.call(self.client.wallet.rename, view.index, name)


def _inset(part: QWidget) -> QWidget:
    holder = QWidget()
    column(part, space=0, margins=(0, 0, _BAR, 0), parent=holder)
    return holder
