"""People in a Datanet: who curates, who is invited, and whom the curator trusts.

The trusted core is what admission weights measure others against: a curator names contributors whose labels he has
looked at. Trust is a curator's view and stands in the release manifest, so anyone sees whose it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import Clock, SystemClock
from core.datanets.store import datanets as store
from core.datanets.text import clean_line
from core.errors import BadInput, DatanetError
from core.storage import Database
from core.units import Address

MAX_NAME = 80


@dataclass(frozen=True)
class Person:
    """`name` is given on this device. Counts are of contributions on the ledger."""

    address: Address
    name: str
    curator: bool
    invited: bool
    trusted: bool
    contributions: int = 0
    records: int = 0
    accepted: int = 0


class People:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    def all(self, datanet_id: int) -> list[Person]:
        """Everybody with a role or a contribution, by address."""
        return [
            Person(
                Address(row["address"]),
                row["name"],
                bool(row["curator"]),
                bool(row["invited"]),
                bool(row["trusted"]),
                row["contributions"],
                row["records"],
                row["accepted"],
            )
            for row in store.people(self._db, datanet_id)
        ]

    def get(self, datanet_id: int, address: Address) -> Person:
        """Roles only; nobody known is a person without roles."""
        row = store.person(self._db, datanet_id, address)
        if row is None:
            return Person(address, "", curator=False, invited=False, trusted=False)
        return Person(address, row["name"], bool(row["curator"]), bool(row["invited"]), bool(row["trusted"]))

    def set(
        self,
        datanet_id: int,
        address: Address,
        *,
        name: str | None = None,
        curator: bool | None = None,
        invited: bool | None = None,
        trusted: bool | None = None,
    ) -> Person:
        """What is None stays. Raises BadInput for a name that is too long."""
        with self._db.transaction():
            store.get(self._db, datanet_id)
            now = self.get(datanet_id, address)
            plain = now.name if name is None else clean_line(name)
            if len(plain) > MAX_NAME:
                raise BadInput(field="name", reason="too long", value=plain[:MAX_NAME])
            store.set_person(
                self._db,
                datanet_id,
                address,
                plain,
                curator=now.curator if curator is None else curator,
                invited=now.invited if invited is None else invited,
                trusted=now.trusted if trusted is None else trusted,
                now=self._clock.now(),
            )
            return self.get(datanet_id, address)

    def trusted(self, datanet_id: int) -> frozenset[Address]:
        return frozenset(Address(raw) for raw in store.trusted(self._db, datanet_id))

    def may_contribute(self, datanet_id: int, address: Address) -> bool:
        if store.get(self._db, datanet_id).rules.access == "anyone":
            return True
        person = self.get(datanet_id, address)
        return person.invited or person.curator

    def require_curator(self, datanet_id: int, address: Address) -> None:
        """Raises DatanetError(reason="not a curator")."""
        if not self.get(datanet_id, address).curator:
            raise DatanetError(reason="not a curator", address=str(address))
