"""Pictures that records refer to: what was seen in each file. The bytes stand among the artefacts, by SHA-256."""

from __future__ import annotations

from typing import Any

_PICTURES = """
CREATE TABLE pictures (
    text    TEXT PRIMARY KEY,                       -- as a record says it, canonical JSON
    sha256  TEXT NOT NULL CHECK (length(sha256) = 64),
    print   BLOB NOT NULL CHECK (length(print) = 32),   -- equal or nearly so for pictures that look the same
    place   INTEGER NOT NULL CHECK (place IN (0, 1)),   -- its metadata say where it was taken
    created INTEGER NOT NULL
) WITHOUT ROWID
"""


def migrate(connection: Any) -> None:
    connection.execute(_PICTURES)
