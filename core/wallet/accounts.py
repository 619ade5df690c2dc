"""The accounts of one phrase: named, hidden, found again after a restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.clock import Clock, SystemClock
from core.errors import BadInput
from core.jobs import Progress, silent
from core.storage import Database
from core.units import Address
from core.wallet.names import clean_name

GAP = 20  # unused accounts in a row after which no more are looked for (BIP-44)
_MOST = 10_000

Addresses = Callable[[Sequence[int]], list[Address]]


@dataclass(frozen=True)
class Account:
    """`index` is i of m/44'/60'/0'/0/i; `created` in seconds since 1970."""

    index: int
    name: str
    address: Address
    hidden: bool
    created: int


def default_name(index: int) -> str:
    return f"Account {index + 1}"


class Accounts:
    """`addresses` asks the signer; addresses once known are read from the vault, so showing them needs no signer."""

    def __init__(self, database: Database, addresses: Addresses, clock: Clock | None = None) -> None:
        self._db = database
        self._addresses = addresses
        self._clock = clock or SystemClock()

    def all(self, *, hidden: bool = False) -> list[Account]:
        """By index; with the hidden ones when asked for."""
        rows = self._db.all("SELECT * FROM accounts WHERE hidden <= ? ORDER BY idx", int(hidden))
        return [_account(row) for row in rows]

    def get(self, index: int) -> Account:
        """Raises BadInput("unknown")."""
        row = self._db.one("SELECT * FROM accounts WHERE idx = ?", index)
        if row is None:
            raise BadInput(field="account", reason="unknown", value=index)
        return _account(row)

    def of(self, address: Address) -> Account | None:
        row = self._db.one("SELECT * FROM accounts WHERE address = ?", address.raw)
        return _account(row) if row is not None else None

    def add(self, name: str | None = None) -> Account:
        """The next one of the phrase. Raises Locked, BadInput."""
        row = self._db.one("SELECT max(idx) FROM accounts")
        index = 0 if row[0] is None else int(row[0]) + 1
        if index >= _MOST:
            raise BadInput(field="account", reason="too many", value=index)
        (address,) = self._addresses([index])
        self._insert(index, address, clean_name(name) if name is not None else default_name(index))
        return self.get(index)

    def rename(self, index: int, name: str) -> Account:
        clean = clean_name(name)
        self.get(index)
        self._db.run("UPDATE accounts SET name = ? WHERE idx = ?", clean, index)
        return self.get(index)

    def hide(self, index: int, hidden: bool = True) -> Account:
        """Out of the lists; its money stays where it is. One account always stays visible."""
        if hidden and [account.index for account in self.all()] == [index]:
            raise BadInput(field="account", reason="last one", value=index)
        self.get(index)
        self._db.run("UPDATE accounts SET hidden = ? WHERE idx = ?", int(hidden), index)
        return self.get(index)

    def check(self) -> None:
        """That the phrase still gives the first address that the vault remembers. Raises BadInput("another phrase")."""
        known = self.all(hidden=True)[:1]
        if known and self._addresses([known[0].index]) != [known[0].address]:
            raise BadInput(field="phrase", reason="another phrase")

    def discover(
        self, used: Callable[[Address], bool], *, gap: int = GAP, progress: Progress | None = None
    ) -> list[Account]:
        """Add every account up to the last used one, and the first in any case; what was added.

        `used` asks the network whether an address ever sent, received or deployed. It may raise: then nothing is
        added, because "no answer" must not look like "never used".
        """
        progress = progress or silent()
        last, index = 0, 0
        found: list[Address] = []
        while index < min(_MOST, last + 1 + gap):
            if index == len(found):
                found += self._addresses(range(index, index + gap))
            progress.step("Looking for accounts", index, last + 1 + gap)
            if used(found[index]):
                last = index
            index += 1
        before = {account.index for account in self.all(hidden=True)}
        with self._db.transaction():
            for number in range(last + 1):
                if number not in before:
                    self._insert(number, found[number], default_name(number))
        return [account for account in self.all(hidden=True) if account.index not in before]

    def _insert(self, index: int, address: Address, name: str) -> None:
        self._db.run(
            "INSERT INTO accounts (idx, address, name, created) VALUES (?, ?, ?, ?)",
            index,
            address.raw,
            name,
            self._clock.now(),
        )


def _account(row: Any) -> Account:
    return Account(row["idx"], row["name"], Address(row["address"]), bool(row["hidden"]), row["created"])
