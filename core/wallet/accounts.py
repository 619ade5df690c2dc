"""The person's accounts: which indices of m/44'/60'/0'/0/i are in use, and what they are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.clock import Clock, SystemClock
from core.errors import BadInput
from core.jobs import Progress, silent
from core.storage import Database
from core.units import Address

GAP = 20  # BIP-44: so many unused addresses in a row end a search
LONGEST_NAME = 60


@dataclass(frozen=True)
class Account:
    index: int
    name: str
    address: Address
    hidden: bool = False


class Accounts:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    def all(self, *, hidden: bool = True) -> list[Account]:
        """By index; hidden ones too unless told otherwise."""
        rows = self._db.all("SELECT idx, name, address, hidden FROM accounts ORDER BY idx")
        found = [Account(row["idx"], row["name"], Address(row["address"]), bool(row["hidden"])) for row in rows]
        return [account for account in found if hidden or not account.hidden]

    def add(self, index: int, name: str, address: Address) -> Account:
        """Raises BadInput for a name that is empty, too long or taken, and for an index in use."""
        name = self._free_name(name, index)
        if any(account.index == index for account in self.all()):
            raise BadInput(field="account", reason="in use", value=index)
        self._db.run(
            "INSERT INTO accounts (idx, address, name, created) VALUES (?, ?, ?, ?)",
            index,
            address.raw,
            name,
            self._clock.now(),
        )
        return Account(index, name, address)

    def rename(self, index: int, name: str) -> None:
        self._db.run("UPDATE accounts SET name = ? WHERE idx = ?", self._free_name(name, index), index)

    def hide(self, index: int, *, hidden: bool = True) -> None:
        """Out of the lists; its keys and its money stay."""
        self._db.run("UPDATE accounts SET hidden = ? WHERE idx = ?", int(hidden), index)

    def discover(
        self,
        derive: Callable[[Sequence[int]], Sequence[Address]],
        used: Callable[[Address], bool],
        progress: Progress | None = None,
    ) -> list[Account]:
        """Add every account that was used, until GAP unused ones in a row; those added. Accounts in between come too,
        so that indices have no hole.
        """
        progress = progress or silent()
        known = {account.index for account in self.all()}
        last, index = -1, 0
        addresses: list[Address] = []
        while index <= last + GAP:
            if index >= len(addresses):
                addresses += derive(range(len(addresses), len(addresses) + GAP))
            progress.step("discover", index, last + GAP + 1)
            if used(addresses[index]):
                last = index
            index += 1
        return [self.add(i, f"Account {i + 1}", addresses[i]) for i in range(last + 1) if i not in known]

    def _free_name(self, name: str, index: int) -> str:
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise BadInput(field="name", reason="length", value=name[: LONGEST_NAME + 1])
        if any(account.name == name and account.index != index for account in self.all()):
            raise BadInput(field="name", reason="taken", value=name)
        return name
