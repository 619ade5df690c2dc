"""Models known to this profile."""

from __future__ import annotations

from typing import Any


def migrate(connection: Any) -> None:
    connection.execute("CREATE TABLE models (package_hash BLOB PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID")
