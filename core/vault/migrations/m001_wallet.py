"""Freshness, accounts, transactions, contacts, settings that need the key, and long work that survives a restart.

Sums of wei stand as decimal text, because SQLite's integers end at 2^63. Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Any

_TABLES = """
CREATE TABLE freshness (                                -- one row; see core/vault/freshness.py
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    counter  INTEGER NOT NULL
);
INSERT INTO freshness (id, counter) VALUES (1, 0);
CREATE TABLE marks (                                    -- heights that only rise: head of a chain, nonce of an account
    name   TEXT PRIMARY KEY,
    value  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE accounts (
    idx      INTEGER PRIMARY KEY CHECK (idx >= 0),      -- i of m/44'/60'/0'/0/i
    address  BLOB NOT NULL UNIQUE CHECK (length(address) = 20),
    name     TEXT NOT NULL,
    hidden   INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    created  INTEGER NOT NULL
);
CREATE TABLE transactions (
    id          INTEGER PRIMARY KEY,
    chain_id    INTEGER NOT NULL,
    hash        BLOB NOT NULL CHECK (length(hash) = 32),
    sender      BLOB NOT NULL CHECK (length(sender) = 20),
    nonce       INTEGER NOT NULL CHECK (nonce >= 0),
    recipient   BLOB CHECK (recipient IS NULL OR length(recipient) = 20),  -- NULL creates a contract
    value       TEXT NOT NULL,
    gas         INTEGER NOT NULL,
    max_fee     TEXT NOT NULL,                          -- wei for one unit of gas
    tip         TEXT NOT NULL,
    data        BLOB NOT NULL,
    raw         BLOB,                                   -- as signed, to send it again; NULL when not signed here
    since       INTEGER NOT NULL DEFAULT 0,             -- the head when it was signed: look for it after this block
    kind        TEXT NOT NULL,                          -- what it is in the product: send, contribute, claim, ...
    note        TEXT NOT NULL DEFAULT '',
    state       TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'replaced', 'dropped', 'failed')),
    reason      TEXT NOT NULL DEFAULT '',
    block       INTEGER,
    fee         TEXT,                                   -- wei paid in all, once it stands in a block
    replaced_by BLOB CHECK (replaced_by IS NULL OR length(replaced_by) = 32),
    created     INTEGER NOT NULL,
    settled     INTEGER,
    UNIQUE (chain_id, hash)
);
CREATE INDEX transactions_by_sender ON transactions (chain_id, sender, nonce);
CREATE INDEX transactions_by_state ON transactions (state);
CREATE TABLE contacts (
    address  BLOB PRIMARY KEY CHECK (length(address) = 20),
    name     TEXT NOT NULL,
    note     TEXT NOT NULL DEFAULT '',
    created  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE settings (
    name   TEXT PRIMARY KEY,
    value  TEXT NOT NULL                                -- JSON
) WITHOUT ROWID;
CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    parameters  TEXT NOT NULL,                          -- JSON
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'interrupted', 'done', 'failed', 'cancelled')),
    fraction    REAL CHECK (fraction IS NULL OR (fraction >= 0 AND fraction <= 1)),
    words       TEXT NOT NULL DEFAULT '',
    checkpoint  TEXT,                                   -- JSON, where to go on
    outcome     TEXT,                                   -- JSON: the result, or the error's name and values
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL
);
CREATE INDEX jobs_by_state ON jobs (state);
"""


def migrate(connection: Any) -> None:
    """Statement by statement: `executescript` would commit the transaction that each migration runs in."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
