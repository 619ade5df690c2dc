"""Metered calls, vouchers, settlements down to each record's score, payouts and claims.

Sums of wei and scores past 64 bits stand as decimal text, because SQLite's integers end at 2^63. Addresses are 20
bytes, hashes, roots, salts and secrets 32. Times are seconds since 1970, UTC. Models and Datanets are named by their
numbers in the contracts, so that a settlement outlives the local copy of either.
"""

from __future__ import annotations

from typing import Any

_METERING = """
CREATE TABLE statements (
    chain_id    INTEGER NOT NULL,
    contract    BLOB NOT NULL CHECK (length(contract) = 20),
    payer       BLOB NOT NULL CHECK (length(payer) = 20),
    model       INTEGER NOT NULL,                       -- id in the Models contract
    nonce       INTEGER NOT NULL CHECK (nonce >= 1),    -- gapless for a payer and a model
    package     BLOB NOT NULL CHECK (length(package) = 32),
    commitment  BLOB NOT NULL CHECK (length(commitment) = 32),
    answered    INTEGER NOT NULL CHECK (answered >= 0), -- index of the label given
    label       INTEGER NOT NULL CHECK (label >= 0),    -- the label that counts: the corrected one, if any
    fee         TEXT NOT NULL,
    at          INTEGER NOT NULL,
    x           BLOB,                                   -- int16 little-endian; NULL when held by the payer only
    salt        BLOB CHECK (salt IS NULL OR length(salt) = 32),
    call        INTEGER,                                -- model_calls.id on this device
    CHECK ((x IS NULL) = (salt IS NULL)),
    PRIMARY KEY (chain_id, contract, payer, model, nonce)
) WITHOUT ROWID;
CREATE INDEX statements_by_model ON statements (chain_id, contract, model, payer, nonce, at);
CREATE INDEX statements_by_call ON statements (call) WHERE call IS NOT NULL;
CREATE TABLE vouchers (
    chain_id        INTEGER NOT NULL,
    contract        BLOB NOT NULL CHECK (length(contract) = 20),
    payer           BLOB NOT NULL CHECK (length(payer) = 20),
    model           INTEGER NOT NULL,
    nonce           INTEGER NOT NULL CHECK (nonce >= 1),
    first           INTEGER NOT NULL CHECK (first BETWEEN 1 AND nonce),
    total_fee       TEXT NOT NULL,
    statements_root BLOB NOT NULL CHECK (length(statements_root) = 32),
    signature       BLOB NOT NULL CHECK (length(signature) = 65),
    created         INTEGER NOT NULL,
    PRIMARY KEY (chain_id, contract, payer, model, nonce)
) WITHOUT ROWID;
"""

_SETTLEMENTS = """
CREATE TABLE settlements (
    id              INTEGER PRIMARY KEY,
    chain_id        INTEGER NOT NULL,
    contract        BLOB NOT NULL CHECK (length(contract) = 20),
    settlement_id   BLOB NOT NULL CHECK (length(settlement_id) = 32),
    payer           BLOB NOT NULL CHECK (length(payer) = 20),
    model           INTEGER NOT NULL,
    datanet         INTEGER NOT NULL,
    package         BLOB NOT NULL CHECK (length(package) = 32),
    after_nonce     INTEGER NOT NULL CHECK (after_nonce >= 0),
    nonce           INTEGER NOT NULL CHECK (nonce > after_nonce),
    amount          TEXT NOT NULL,
    pool            TEXT NOT NULL,
    builder         TEXT NOT NULL,
    supporters      TEXT NOT NULL,
    treasury        TEXT NOT NULL,
    all_positive    TEXT NOT NULL,
    statements_root BLOB NOT NULL CHECK (length(statements_root) = 32),
    sums_root       BLOB NOT NULL CHECK (length(sums_root) = 32),
    u_root          BLOB NOT NULL CHECK (length(u_root) = 32),
    scores_root     BLOB NOT NULL CHECK (length(scores_root) = 32),
    payout_root     BLOB NOT NULL CHECK (length(payout_root) = 32),
    e               INTEGER NOT NULL,
    v               INTEGER NOT NULL,
    labels          INTEGER NOT NULL,
    sums            BLOB NOT NULL,                      -- int128 little-endian [labels, d]
    secret          BLOB NOT NULL CHECK (length(secret) = 32),
    computed        INTEGER NOT NULL,
    poster          BLOB CHECK (poster IS NULL OR length(poster) = 20),   -- these four once it stands in a block
    tx_hash         BLOB CHECK (tx_hash IS NULL OR length(tx_hash) = 32),
    block           INTEGER,
    settled         INTEGER,
    UNIQUE (chain_id, contract, settlement_id),
    CHECK ((poster IS NULL) = (tx_hash IS NULL) AND (poster IS NULL) = (block IS NULL)
           AND (poster IS NULL) = (settled IS NULL))
);
CREATE INDEX settlements_by_model ON settlements (chain_id, contract, payer, model, nonce);
CREATE TABLE settlement_scores (
    settlement  INTEGER NOT NULL REFERENCES settlements (id) ON DELETE CASCADE,
    record      INTEGER NOT NULL,                       -- position in the release
    record_id   BLOB NOT NULL CHECK (length(record_id) = 32),
    account     BLOB NOT NULL CHECK (length(account) = 20),
    label       INTEGER NOT NULL,
    weight      INTEGER NOT NULL,
    score       INTEGER NOT NULL,                       -- signed total over the settlement
    PRIMARY KEY (settlement, record)
) WITHOUT ROWID;
CREATE INDEX settlement_scores_by_account ON settlement_scores (settlement, account);
CREATE TABLE payouts (
    settlement  INTEGER NOT NULL REFERENCES settlements (id) ON DELETE CASCADE,
    account     BLOB NOT NULL CHECK (length(account) = 20),
    place       INTEGER NOT NULL,                       -- order of age among the release's contributors
    records     INTEGER NOT NULL,
    weighted    INTEGER NOT NULL,                       -- of them, with an admission weight above 0
    net         TEXT NOT NULL,                          -- sum of signed scores
    positive    TEXT NOT NULL,                          -- sum of positive scores: what is paid
    amount      TEXT NOT NULL,
    reason      TEXT NOT NULL,                          -- why the amount is zero
    idx         INTEGER,                                -- leaf of the payout tree; NULL when nothing is paid
    proof       BLOB CHECK (proof IS NULL OR length(proof) % 32 = 0),
    CHECK ((idx IS NULL) = (proof IS NULL) AND (idx IS NULL) = (amount = '0') AND (amount = '0') = (reason <> '')),
    PRIMARY KEY (settlement, account),
    UNIQUE (settlement, idx)
) WITHOUT ROWID;
CREATE INDEX payouts_by_account ON payouts (account);
CREATE TABLE claims (
    settlement      INTEGER NOT NULL,
    idx             INTEGER NOT NULL,
    tx_hash         BLOB NOT NULL CHECK (length(tx_hash) = 32),
    block           INTEGER NOT NULL,
    sender          BLOB NOT NULL CHECK (length(sender) = 20),
    fee             TEXT NOT NULL,                      -- wei paid for gas by the sender
    balance_before  TEXT,                               -- of the paid account, where it was read in these blocks
    balance_after   TEXT,
    at              INTEGER NOT NULL,
    PRIMARY KEY (settlement, idx),
    FOREIGN KEY (settlement, idx) REFERENCES payouts (settlement, idx) ON DELETE CASCADE
) WITHOUT ROWID;
"""


def migrate(connection: Any) -> None:
    """Statement by statement: `executescript` would commit the transaction that each migration runs in."""
    for part in (_METERING, _SETTLEMENTS):
        for statement in part.split(";\n"):
            if statement.strip():
                connection.execute(statement)
