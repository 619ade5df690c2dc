"""Small values under a name, for what needs the key: chosen network, last pages, what was dismissed."""

from __future__ import annotations

import json
from typing import Any

from core.errors import BadInput, DatabaseCorrupt
from core.storage import Database

_LONGEST_NAME = 200
_LONGEST = 1024 * 1024  # characters of JSON


class Values:
    """JSON values by name in the vault's `settings` table."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, name: str, default: Any = None) -> Any:
        row = self._db.one("SELECT value FROM settings WHERE name = ?", name)
        if row is None:
            return default
        try:
            return json.loads(row["value"])
        except ValueError as error:
            raise DatabaseCorrupt(path=str(self._db.path), reason=f"setting {name}") from error

    def set(self, name: str, value: Any) -> None:
        """Raises BadInput, TypeError for what is not JSON."""
        text = json.dumps(value, separators=(",", ":"))
        if not 0 < len(name) <= _LONGEST_NAME or len(text) > _LONGEST:
            raise BadInput(field="setting", reason="length", value=name[:_LONGEST_NAME])
        self._db.run(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, text
        )

    def remove(self, name: str) -> None:
        self._db.run("DELETE FROM settings WHERE name = ?", name)

    def all(self) -> dict[str, Any]:
        return {row["name"]: json.loads(row["value"]) for row in self._db.all("SELECT * FROM settings ORDER BY name")}
