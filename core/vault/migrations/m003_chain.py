"""Headers that the light node has checked."""

from __future__ import annotations

from typing import Any


def migrate(connection: Any) -> None:
    connection.execute(
        "CREATE TABLE headers (chain_id INTEGER, number INTEGER, hash BLOB NOT NULL, rlp BLOB NOT NULL, "
        "PRIMARY KEY (chain_id, number))"
    )
