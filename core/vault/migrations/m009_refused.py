"""A settlement names the transaction that posts it, and why that will not, once it is known."""

from __future__ import annotations

from typing import Any

_STEPS = (
    "ALTER TABLE settlements ADD COLUMN sent BLOB CHECK (sent IS NULL OR length(sent) = 32)",
    "ALTER TABLE settlements ADD COLUMN refused TEXT NOT NULL DEFAULT ''",  # foreign text; '' while it may still come
    "CREATE INDEX settlements_by_sent ON settlements (sent) WHERE sent IS NOT NULL",
)


def migrate(connection: Any) -> None:
    for step in _STEPS:
        connection.execute(step)
