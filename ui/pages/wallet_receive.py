"""Receive: the full address, its QR code, and what it is good for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from core.values import AccountView
from ui.ask import Sheet
from ui.text import foreign, grouped
from ui.theme.tokens import CONTROL_HEIGHT
from ui.widgets import AddressLabel, LabeledField, QrCode, Text, row


class ReceiveSheet(Sheet):
    """Names: `receive`, `receive-account`, `receive-address`."""

    def __init__(self, owner: QWidget, accounts: Sequence[AccountView], account: int | None = None) -> None:
        super().__init__(owner, "Receive OPEN", name="receive", width=480)
        self._accounts = tuple(accounts)
        self._box = QComboBox()
        self._box.setObjectName("receive-account")
        self._box.setMinimumHeight(CONTROL_HEIGHT)
        for one in self._accounts:
            self._box.addItem(foreign(one.name, 60))
        places = [at for at, one in enumerate(self._accounts) if one.index == account]
        self._box.setCurrentIndex(places[0] if places else 0)
        self._box.currentIndexChanged.connect(lambda _at: self._show())
        self._code = QrCode(size=208)
        self._address = AddressLabel(name="receive-address")
        self._groups = Text("", "mono_small", "muted", wrap=True)
        self._groups.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words = (
            "This address is valid on this machine's ledger. Test OPEN has no market value. Compare the whole "
            "address, not only its ends."
        )
        self.body.addWidget(LabeledField("Account", self._box))
        self.body.addLayout(row(None, self._code, None))
        self.body.addLayout(row(None, self._address, None))
        self.body.addWidget(self._groups)
        self.body.addWidget(Text(words, "small", "muted", wrap=True))
        self.buttons("Close", "")
        self._show()

    @property
    def shown(self) -> AccountView:
        return self._accounts[max(0, self._box.currentIndex())]

    def _show(self) -> None:
        address = str(self.shown.address)
        self._code.show_code(address, f"QR code of the address {grouped(address)}")
        self._address.show_address(self.shown.address)
        self._groups.setText(grouped(address))
