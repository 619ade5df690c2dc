"""What the light node has verified: headers, and of the blocks it has read, every transaction and log.

Sums of wei stand as decimal text, because SQLite's integers end at 2^63. A lost block takes its contents with it.
"""

from __future__ import annotations

from typing import Any

_TABLES = """
CREATE TABLE headers (
    chain_id  INTEGER NOT NULL,
    number    INTEGER NOT NULL CHECK (number >= 0),
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    rlp       BLOB NOT NULL,
    read      INTEGER NOT NULL CHECK (read IN (0, 1)),  -- whether all its transactions and logs stand below
    PRIMARY KEY (chain_id, number)
) WITHOUT ROWID;
CREATE INDEX headers_to_read ON headers (chain_id, number) WHERE read = 0;
CREATE TABLE chain_transactions (
    chain_id   INTEGER NOT NULL,
    block      INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    sender     BLOB NOT NULL CHECK (length(sender) = 20),
    recipient  BLOB CHECK (recipient IS NULL OR length(recipient) = 20),  -- NULL: it created `contract`
    contract   BLOB CHECK (contract IS NULL OR length(contract) = 20),
    nonce      INTEGER NOT NULL,
    value      TEXT NOT NULL,
    succeeded  INTEGER NOT NULL CHECK (succeeded IN (0, 1)),
    gas_used   INTEGER NOT NULL,
    price      TEXT NOT NULL,                           -- wei for one unit of gas
    PRIMARY KEY (chain_id, block, position),
    FOREIGN KEY (chain_id, block) REFERENCES headers (chain_id, number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE UNIQUE INDEX chain_transactions_by_hash ON chain_transactions (chain_id, hash);
CREATE INDEX chain_transactions_by_sender ON chain_transactions (chain_id, sender, nonce);
CREATE INDEX chain_transactions_by_recipient ON chain_transactions (chain_id, recipient, block);
CREATE TABLE chain_logs (
    chain_id     INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    position     INTEGER NOT NULL,                      -- of the log in its block
    transaction_position  INTEGER NOT NULL,
    address      BLOB NOT NULL CHECK (length(address) = 20),
    topics       BLOB NOT NULL CHECK (length(topics) % 32 = 0),  -- up to four, one after the other
    data         BLOB NOT NULL,
    PRIMARY KEY (chain_id, block, position),
    FOREIGN KEY (chain_id, block, transaction_position)
        REFERENCES chain_transactions (chain_id, block, position) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX chain_logs_by_address ON chain_logs (chain_id, address, block);
CREATE INDEX chain_logs_by_transaction ON chain_logs (chain_id, block, transaction_position);
"""


def migrate(connection: Any) -> None:
    """Statement by statement: `executescript` would commit the transaction that each migration runs in."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
