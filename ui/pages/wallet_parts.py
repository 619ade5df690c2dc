"""What the parts of the wallet share: one reading of everything, and how addresses are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.units import Address
from core.values import AccountView, ContactView, TxView
from ui.text import foreign, moment

if TYPE_CHECKING:
    from core.client import Client


@dataclass(frozen=True)
class Known:
    """Accounts by index, contacts by name, activity newest first; `names` of every address known here."""

    accounts: tuple[AccountView, ...]
    contacts: tuple[ContactView, ...]
    activity: tuple[TxView, ...]
    names: Mapping[Address, str]

    def account(self, index: int) -> AccountView | None:
        return next((one for one in self.accounts if one.index == index), None)

    def mine(self, address: Address | None) -> bool:
        return any(one.address == address for one in self.accounts)

    def called(self, address: Address | None) -> str:
        """The name of an address, or its short form; for columns, never where something is decided."""
        if address is None:
            return "A new contract"
        name = self.names.get(address)
        return foreign(name, 60) if name else address.short()


def when(seconds: float) -> str:
    """For a column: the year only where it is not this one."""
    year = str(datetime.now(UTC).astimezone().year)
    return moment(seconds).replace(f" {year},", ",")


def read(client: Client) -> Known:
    wallet = client.wallet
    return Known(tuple(wallet.accounts()), wallet.people(), wallet.activity(), client.network.names())
