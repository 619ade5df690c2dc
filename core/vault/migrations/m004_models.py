"""Models of this profile, their versions (one package file each) and the calls made to them.

Sums of wei stand as decimal text, because SQLite's integers end at 2^63. Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Any

_TABLES = """
CREATE TABLE models (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL,
    datanet      INTEGER NOT NULL,                       -- id in the Datanets contract
    chain_id     INTEGER,                                -- NULL until it stands on a ledger
    chain_model  INTEGER,                                -- id in the Models contract
    builder      BLOB CHECK (builder IS NULL OR length(builder) = 20),
    fee          TEXT NOT NULL DEFAULT '0',              -- wei for one call
    split        TEXT NOT NULL DEFAULT '[10000,0,0,0]',  -- basis points: contributors, builder, supporters, treasury
    state        TEXT NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
    created      INTEGER NOT NULL,
    UNIQUE (chain_id, chain_model),
    CHECK ((chain_id IS NULL) = (chain_model IS NULL))
);
CREATE TABLE model_versions (
    id            INTEGER PRIMARY KEY,
    model         INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL CHECK (number >= 1),
    package_hash  BLOB NOT NULL UNIQUE CHECK (length(package_hash) = 32),
    file          TEXT NOT NULL CHECK (length(file) = 64),   -- the package among the artefacts, by SHA-256
    training      TEXT CHECK (training IS NULL OR length(training) = 64),  -- what it was trained on and its exact head,
                                                         -- NULL for a package of somebody else
    size          INTEGER NOT NULL,
    latency_us    INTEGER,                               -- median of one text on this machine
    origin        TEXT NOT NULL CHECK (origin IN ('trained', 'retrained', 'imported')),
    manifest      BLOB NOT NULL,                         -- canonical JSON; its keccak is the package hash
    created       INTEGER NOT NULL,
    UNIQUE (model, number)
);
CREATE TABLE model_calls (
    id          INTEGER PRIMARY KEY,
    version     INTEGER NOT NULL REFERENCES model_versions (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    payer       BLOB CHECK (payer IS NULL OR length(payer) = 20),
    text        TEXT NOT NULL,
    salt        BLOB NOT NULL CHECK (length(salt) = 32),
    commitment  BLOB NOT NULL CHECK (length(commitment) = 32),  -- keccak(salt, text): says nothing without the salt
    x           BLOB NOT NULL,                           -- the features as answered, int16 little-endian
    scores      TEXT NOT NULL,                           -- JSON, one integer a label
    answered    INTEGER NOT NULL,                        -- index of the label
    corrected   INTEGER,                                 -- index of the label the person says it is
    fee         TEXT NOT NULL,
    latency_us  INTEGER NOT NULL
);
CREATE INDEX model_calls_by_version ON model_calls (version, id);
"""


def migrate(connection: Any) -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
