"""The accounts: name, full address, proven balance, and what can be done with each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.values import AccountView
from ui.text import foreign
from ui.theme.tokens import XS, L, M, S
from ui.widgets import AddressLabel, AmountLabel, Card, IconButton, Line, Text, TrustBadge, column, row

if TYPE_CHECKING:
    from ui.pages.wallet import WalletPage


class AccountList(QWidget):
    def __init__(self, page: WalletPage) -> None:
        super().__init__()
        self.setObjectName("wallet-accounts")
        self._page = page
        self._shown: tuple[AccountView, ...] = ()
        self._card: QWidget | None = None
        self._rows = column(space=0, parent=self)
        self._rows.addStretch(1)

    def show_accounts(self, accounts: Sequence[AccountView]) -> None:
        if tuple(accounts) == self._shown:
            return
        self._shown = tuple(accounts)
        if self._card is not None:
            self._rows.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
        card = self._card = Card(flush=True, space=0)
        for at, account in enumerate(self._shown):
            if at:
                card.body.addWidget(Line())
            card.body.addWidget(self._line(account))
        self._rows.insertWidget(0, card)

    def _line(self, view: AccountView) -> QWidget:
        line = QWidget()
        name = foreign(view.name, 60)
        line.setObjectName(f"account-{view.index}")
        line.setAccessibleName(f"Account {name}, balance {view.balance.value}")
        address = AddressLabel(view.address, "mono_small", name=f"account-{view.index}-address")
        said = column(Text(name, "strong"), address, space=0)
        badge = TrustBadge(view.balance.trust)
        money = column(
            AmountLabel(view.balance.value, "heading", local=True),
            row(None, badge, space=0),
            space=XS,
        )
        money.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        page = self._page
        tools = (
            IconButton(
                "send", f"Send from {name}", name=f"account-{view.index}-send", on=lambda: page.send(view.index)
            ),
            IconButton(
                "qr-code",
                f"Receive to {name}",
                name=f"account-{view.index}-receive",
                on=lambda: page.receive(view.index),
            ),
            IconButton("pencil", f"Rename {name}", name=f"account-{view.index}-rename", on=lambda: page.rename(view)),
        )
        whole = row(space=S, margins=(L, M, M, M), parent=line)
        whole.addLayout(said, 1)
        whole.addLayout(money)
        whole.addSpacing(M)
        for tool in tools:
            whole.addWidget(tool)
        return line
