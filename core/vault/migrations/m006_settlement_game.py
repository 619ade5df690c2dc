"""Settlements with a bond and a window: what was computed here, what the ledger says, what was demanded.

What was vouched for and settled under the contracts before these cannot be claimed or posted again, so those tables
begin anew; metered calls stay. Sums of wei and scores past 64 bits stand as decimal text. Addresses are 20 bytes,
hashes, roots and secrets 32. Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Any

_DROP = """
DROP TABLE claims;
DROP TABLE payouts;
DROP TABLE settlement_scores;
DROP TABLE settlements;
DROP TABLE vouchers;
"""

_VOUCHERS = """
CREATE TABLE vouchers (
    chain_id        INTEGER NOT NULL,
    contract        BLOB NOT NULL CHECK (length(contract) = 20),
    payer           BLOB NOT NULL CHECK (length(payer) = 20),
    model           INTEGER NOT NULL,
    nonce           INTEGER NOT NULL CHECK (nonce >= 1),
    first           INTEGER NOT NULL CHECK (first BETWEEN 1 AND nonce),
    package         BLOB NOT NULL CHECK (length(package) = 32),
    total_fee       TEXT NOT NULL,
    statements_root BLOB NOT NULL CHECK (length(statements_root) = 32),
    sums_root       BLOB NOT NULL CHECK (length(sums_root) = 32),
    secret          BLOB NOT NULL CHECK (length(secret) = 32),
    signature       BLOB NOT NULL CHECK (length(signature) = 65),
    created         INTEGER NOT NULL,
    PRIMARY KEY (chain_id, contract, payer, model, nonce)
) WITHOUT ROWID;
"""

_LEDGER = """
CREATE TABLE postings (
    chain_id        INTEGER NOT NULL,
    contract        BLOB NOT NULL CHECK (length(contract) = 20),
    settlement_id   BLOB NOT NULL CHECK (length(settlement_id) = 32),
    payer           BLOB NOT NULL CHECK (length(payer) = 20),
    poster          BLOB NOT NULL CHECK (length(poster) = 20),
    model           INTEGER NOT NULL,
    nonce           INTEGER NOT NULL,
    body            BLOB NOT NULL,                      -- as it stands in the event, abi.encode
    payout_root     BLOB NOT NULL CHECK (length(payout_root) = 32),
    tx_hash         BLOB NOT NULL CHECK (length(tx_hash) = 32),
    block           INTEGER NOT NULL,
    settled         INTEGER NOT NULL,
    claimable       INTEGER NOT NULL,                   -- later once something was demanded
    state           TEXT NOT NULL CHECK (state IN ('open', 'finished', 'void')),
    ended_tx        BLOB CHECK (ended_tx IS NULL OR length(ended_tx) = 32),
    void_kind       INTEGER,                            -- of the challenge; 0: a demand was not answered
    verdict         TEXT NOT NULL DEFAULT '',           -- '' not checked, 'fine', 'missing', 'false: ...'
    PRIMARY KEY (chain_id, contract, settlement_id)
) WITHOUT ROWID;
CREATE TABLE demands (
    chain_id        INTEGER NOT NULL,
    contract        BLOB NOT NULL CHECK (length(contract) = 20),
    settlement_id   BLOB NOT NULL CHECK (length(settlement_id) = 32),
    kind            INTEGER NOT NULL,
    idx             INTEGER NOT NULL,
    demander        BLOB NOT NULL CHECK (length(demander) = 20),
    deadline        INTEGER NOT NULL,
    answered        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chain_id, contract, settlement_id, kind, idx)
) WITHOUT ROWID;
"""

_SETTLEMENTS = """
CREATE TABLE settlements (
    id              INTEGER PRIMARY KEY,
    chain_id        INTEGER NOT NULL,
    contract        BLOB NOT NULL CHECK (length(contract) = 20),
    settlement_id   BLOB CHECK (settlement_id IS NULL OR length(settlement_id) = 32),   -- once it stands in a block
    payer           BLOB NOT NULL CHECK (length(payer) = 20),
    model           INTEGER NOT NULL,
    datanet         INTEGER NOT NULL,
    package         BLOB NOT NULL CHECK (length(package) = 32),
    first           INTEGER NOT NULL CHECK (first >= 1),
    nonce           INTEGER NOT NULL CHECK (nonce >= first),
    previous        INTEGER NOT NULL CHECK (previous >= 0),
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
    payout_hash     BLOB NOT NULL CHECK (length(payout_hash) = 32),
    payout_depth    INTEGER NOT NULL,
    payout_root     BLOB NOT NULL CHECK (length(payout_root) = 32),
    e               INTEGER NOT NULL,
    v               INTEGER NOT NULL,
    max_label       INTEGER NOT NULL,
    max_feature     INTEGER NOT NULL,
    norm_label      INTEGER NOT NULL,
    labels          INTEGER NOT NULL,
    sums            BLOB NOT NULL,                      -- int128 little-endian [labels, d]
    secret          BLOB NOT NULL CHECK (length(secret) = 32),
    computed        INTEGER NOT NULL,
    UNIQUE (chain_id, contract, settlement_id)
);
CREATE INDEX settlements_by_model ON settlements (chain_id, contract, payer, model, nonce);
CREATE UNIQUE INDEX settlements_computed ON settlements (chain_id, contract, payer, model, nonce)
    WHERE settlement_id IS NULL;
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
    path        BLOB CHECK (path IS NULL OR length(path) % 64 = 0),     -- siblings from the leaf up: hash, sum
    CHECK ((idx IS NULL) = (path IS NULL) AND (idx IS NULL) = (amount = '0') AND (amount = '0') = (reason <> '')),
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
    for part in (_DROP, _VOUCHERS, _LEDGER, _SETTLEMENTS):
        for statement in part.split(";\n"):
            if statement.strip():
                connection.execute(statement)
