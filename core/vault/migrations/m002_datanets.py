"""Datanets known to this profile."""

from __future__ import annotations

from typing import Any


def migrate(connection: Any) -> None:
    connection.execute(
        "CREATE TABLE datanets (chain_id INTEGER, id INTEGER, name TEXT NOT NULL, PRIMARY KEY (chain_id, id))"
    )
