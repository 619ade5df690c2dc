"""Settlements known to this profile."""

from __future__ import annotations

from typing import Any


def migrate(connection: Any) -> None:
    connection.execute(
        "CREATE TABLE settlements (chain_id INTEGER, id BLOB, total TEXT NOT NULL, PRIMARY KEY (chain_id, id))"
    )
