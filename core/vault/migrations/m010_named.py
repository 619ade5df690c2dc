"""Which records a withdrawal means that somebody else made: the ledger has their root, a file names their leaves."""

from __future__ import annotations

from typing import Any

_NAMED = """
CREATE TABLE withdrawn_leaves (
    withdrawal_id INTEGER NOT NULL REFERENCES withdrawals ON DELETE CASCADE,
    place         INTEGER NOT NULL,                 -- in the order of the root
    leaf          BLOB NOT NULL CHECK (length(leaf) = 32),
    PRIMARY KEY (withdrawal_id, place)
) WITHOUT ROWID
"""


def migrate(connection: Any) -> None:
    connection.execute(_NAMED)
