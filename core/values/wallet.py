"""Accounts, contacts, transactions."""

from __future__ import annotations

from dataclasses import dataclass

from core.units import Address, Amount
from core.values.shared import Known


@dataclass(frozen=True)
class AccountView:
    index: int
    name: str  # given by the person
    address: Address
    balance: Known[Amount]


@dataclass(frozen=True)
class TxView:
    """`state`: pending, confirmed, replaced, dropped, failed (then `reason`). `what` as in Prepared, or "received".

    `gained` is what a contract paid out to the account by it: claimed earnings.
    """

    tx_hash: str
    what: str
    account: int
    sender: Address
    to: Address | None
    value: Amount
    fee: Amount | None
    state: str
    reason: str
    block: int | None
    time: int
    gained: Amount = Amount(0)  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class ContactView:
    address: Address
    name: str  # given by the person
    note: str


@dataclass(frozen=True)
class LookAlikeView:
    """A known address that another one resembles; `different` are the places in their 42 characters that differ."""

    known: Address
    name: str
    different: tuple[int, ...]
