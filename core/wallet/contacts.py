"""People and contracts the person sends to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.clock import Clock, SystemClock
from core.errors import BadInput
from core.storage import Database
from core.units import ZERO_ADDRESS, Address
from core.wallet.names import clean_name

_LONGEST_NOTE = 500  # characters


@dataclass(frozen=True)
class Contact:
    address: Address
    name: str
    note: str
    created: int


class Contacts:
    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._db = database
        self._clock = clock or SystemClock()

    def all(self) -> list[Contact]:
        """By name."""
        return [_contact(row) for row in self._db.all("SELECT * FROM contacts ORDER BY name COLLATE NOCASE, address")]

    def of(self, address: Address) -> Contact | None:
        row = self._db.one("SELECT * FROM contacts WHERE address = ?", address.raw)
        return _contact(row) if row is not None else None

    def save(self, address: Address, name: str, note: str = "") -> Contact:
        """New, or changed when the address is known. Raises BadInput (also when the name is another contact's)."""
        name = clean_name(name)
        note = clean_name(note, field="note", longest=_LONGEST_NOTE, empty=True)
        if address == ZERO_ADDRESS:
            raise BadInput(field="address", reason="zero address")
        same = self._db.one("SELECT address FROM contacts WHERE name = ? COLLATE NOCASE", name)
        if same is not None and same["address"] != address.raw:
            raise BadInput(field="name", reason="taken", value=name)
        self._db.run(
            "INSERT INTO contacts VALUES (?, ?, ?, ?) "
            "ON CONFLICT (address) DO UPDATE SET name = excluded.name, note = excluded.note",
            address.raw,
            name,
            note,
            self._clock.now(),
        )
        saved = self.of(address)
        assert saved is not None
        return saved

    def remove(self, address: Address) -> None:
        self._db.run("DELETE FROM contacts WHERE address = ?", address.raw)


def _contact(row: Any) -> Contact:
    return Contact(Address(row["address"]), row["name"], row["note"], row["created"])
