"""Models that find passages, their versions (one index file each) and the questions asked of them.

They are this profile's own: nothing of them stands on a ledger. Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Any

_TABLES = """
CREATE TABLE search_models (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    datanet  INTEGER NOT NULL,                           -- the profile's row of the Datanet
    created  INTEGER NOT NULL
);
CREATE TABLE search_versions (
    id            INTEGER PRIMARY KEY,
    model         INTEGER NOT NULL REFERENCES search_models (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL CHECK (number >= 1),
    package_hash  BLOB NOT NULL UNIQUE CHECK (length(package_hash) = 32),
    file          TEXT CHECK (file IS NULL OR length(file) = 64),  -- among the artefacts, by SHA-256; NULL once a later
                                                         -- version left withdrawn documents out: the manifest stays
    size          INTEGER NOT NULL,
    origin        TEXT NOT NULL CHECK (origin IN ('built', 'withdrawn')),
    manifest      BLOB NOT NULL,                         -- canonical JSON; its keccak is the package hash
    created       INTEGER NOT NULL,
    UNIQUE (model, number)
);
CREATE TABLE searches (
    id          INTEGER PRIMARY KEY,
    version     INTEGER NOT NULL REFERENCES search_versions (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    query       TEXT NOT NULL,
    x           BLOB NOT NULL,                           -- the query's features as answered, int16 little-endian
    found       TEXT NOT NULL,                           -- JSON: documents by position with scores and credits
    latency_us  INTEGER NOT NULL
);
CREATE INDEX searches_by_version ON searches (version, id);
"""


def migrate(connection: Any) -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
