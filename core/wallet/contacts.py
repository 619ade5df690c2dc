"""People the person pays: an address and a name, kept in the vault."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import Clock, SystemClock
from core.errors import BadInput
from core.storage import Database
from core.units import Address

LONGEST_NAME = 60
LONGEST_NOTE = 500


@dataclass(frozen=True)
class Contact:
    address: Address
    name: str
    note: str = ""


class Contacts:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    def all(self) -> list[Contact]:
        rows = self._db.all("SELECT address, name, note FROM contacts ORDER BY name COLLATE NOCASE")
        return [Contact(Address(row["address"]), row["name"], row["note"]) for row in rows]

    def get(self, address: Address) -> Contact | None:
        row = self._db.one("SELECT name, note FROM contacts WHERE address = ?", address.raw)
        return None if row is None else Contact(address, row["name"], row["note"])

    def put(self, address: Address, name: str, note: str = "") -> Contact:
        """Add or change one. Raises BadInput."""
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise BadInput(field="name", reason="length", value=name[: LONGEST_NAME + 1])
        if len(note) > LONGEST_NOTE:
            raise BadInput(field="note", reason="length", value=len(note))
        self._db.run(
            "INSERT INTO contacts (address, name, note, created) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (address) DO UPDATE SET name = excluded.name, note = excluded.note",
            address.raw,
            name,
            note,
            self._clock.now(),
        )
        return Contact(address, name, note)

    def remove(self, address: Address) -> None:
        self._db.run("DELETE FROM contacts WHERE address = ?", address.raw)
