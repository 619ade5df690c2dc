"""Datanets, people, drafts, contributions, records, findings, reviews, releases and withdrawals.

Addresses are 20 bytes, hashes and salts 32, times seconds since 1970, label and language lists JSON. A record's text
stands here once; the search index refers to it. Bulk steps are undone from `*_changes`, which keep only the columns
that a step touched, so excluding 100,000 rows costs a few bytes a row.
"""

from __future__ import annotations

from typing import Any

_DATANETS = """
CREATE TABLE datanets (
    id         INTEGER PRIMARY KEY,
    chain_id   INTEGER,                               -- these three are NULL until it stands on a ledger
    contract   BLOB CHECK (contract IS NULL OR length(contract) = 20),
    number     INTEGER,
    tx_hash    BLOB,
    block      INTEGER,
    creator    BLOB NOT NULL CHECK (length(creator) = 20),
    name       TEXT NOT NULL,
    meta       BLOB NOT NULL,                         -- canonical JSON, the rules
    meta_hash  BLOB NOT NULL CHECK (length(meta_hash) = 32),
    created    INTEGER NOT NULL,
    UNIQUE (chain_id, contract, number)
);
CREATE TABLE people (
    datanet_id INTEGER NOT NULL REFERENCES datanets ON DELETE CASCADE,
    address    BLOB NOT NULL CHECK (length(address) = 20),
    name       TEXT NOT NULL DEFAULT '',
    curator    INTEGER NOT NULL DEFAULT 0 CHECK (curator IN (0, 1)),
    invited    INTEGER NOT NULL DEFAULT 0 CHECK (invited IN (0, 1)),
    trusted    INTEGER NOT NULL DEFAULT 0 CHECK (trusted IN (0, 1)),
    added      INTEGER NOT NULL,
    PRIMARY KEY (datanet_id, address)
) WITHOUT ROWID;
"""

_DRAFTS = """
CREATE TABLE drafts (
    id         INTEGER PRIMARY KEY,
    datanet_id INTEGER NOT NULL REFERENCES datanets ON DELETE CASCADE,
    account    BLOB NOT NULL CHECK (length(account) = 20),
    title      TEXT NOT NULL,
    frozen     INTEGER NOT NULL DEFAULT 0 CHECK (frozen IN (0, 1)),
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL
);
CREATE INDEX drafts_by_datanet ON drafts (datanet_id);
CREATE TABLE draft_steps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,     -- never used twice, so "checked at step n" stays true
    draft_id   INTEGER NOT NULL REFERENCES drafts ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    rows       INTEGER NOT NULL,
    created    INTEGER NOT NULL
);
CREATE INDEX draft_steps_by_draft ON draft_steps (draft_id);
CREATE TABLE draft_rows (
    id         INTEGER PRIMARY KEY,
    draft_id   INTEGER NOT NULL REFERENCES drafts ON DELETE CASCADE,
    step_id    INTEGER NOT NULL,                      -- the step that brought it; undoing that step takes it away
    position   INTEGER NOT NULL,
    text       TEXT NOT NULL,
    label      TEXT NOT NULL,
    licence    TEXT NOT NULL,
    uses       TEXT NOT NULL,                         -- sorted, comma between
    source     TEXT NOT NULL,
    language   TEXT NOT NULL,
    included   INTEGER NOT NULL DEFAULT 1 CHECK (included IN (0, 1)),
    UNIQUE (draft_id, position)
);
CREATE INDEX draft_rows_by_inclusion ON draft_rows (draft_id, included, position);
CREATE INDEX draft_rows_by_step ON draft_rows (step_id);
CREATE TABLE draft_changes (
    step_id    INTEGER NOT NULL REFERENCES draft_steps ON DELETE CASCADE,
    row_id     INTEGER NOT NULL REFERENCES draft_rows ON DELETE CASCADE,
    before     TEXT NOT NULL,                         -- JSON of the columns that the step changed
    PRIMARY KEY (step_id, row_id)
) WITHOUT ROWID;
CREATE INDEX draft_changes_by_row ON draft_changes (row_id);
"""

_CONTRIBUTIONS = """
CREATE TABLE contributions (
    id           INTEGER PRIMARY KEY,
    datanet_id   INTEGER NOT NULL REFERENCES datanets ON DELETE CASCADE,
    draft_id     INTEGER REFERENCES drafts ON DELETE SET NULL,
    account      BLOB NOT NULL CHECK (length(account) = 20),
    sequence     INTEGER,                             -- NULL when seen on the ledger only
    nonce        BLOB,
    state        TEXT NOT NULL
        CHECK (state IN ('draft', 'signed', 'committed', 'reviewed', 'released', 'withdrawn')),
    number       INTEGER,                             -- the contract's id
    count        INTEGER NOT NULL,
    root         BLOB NOT NULL CHECK (length(root) = 32),
    consent      BLOB,                                -- the document; its hash is on the ledger
    consent_hash BLOB NOT NULL CHECK (length(consent_hash) = 32),
    tx_hash      BLOB,
    block        INTEGER,
    created      INTEGER NOT NULL,
    UNIQUE (datanet_id, number),
    UNIQUE (datanet_id, account, sequence)
);
CREATE INDEX contributions_by_state ON contributions (datanet_id, state);
CREATE INDEX contributions_by_draft ON contributions (draft_id);
CREATE TABLE withdrawals (
    id              INTEGER PRIMARY KEY,
    contribution_id INTEGER NOT NULL REFERENCES contributions ON DELETE CASCADE,
    count           INTEGER NOT NULL,
    root            BLOB NOT NULL CHECK (length(root) = 32),
    state           TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'committed')),
    tx_hash         BLOB,
    block           INTEGER,
    created         INTEGER NOT NULL
);
CREATE INDEX withdrawals_by_contribution ON withdrawals (contribution_id);
CREATE TABLE records (
    id              INTEGER PRIMARY KEY,
    contribution_id INTEGER NOT NULL REFERENCES contributions ON DELETE CASCADE,
    datanet_id      INTEGER NOT NULL,
    idx             INTEGER NOT NULL,
    text            TEXT NOT NULL,
    label           TEXT NOT NULL,
    licence         TEXT NOT NULL,
    uses            TEXT NOT NULL,
    source          TEXT NOT NULL,
    language        TEXT NOT NULL,
    salt            BLOB NOT NULL CHECK (length(salt) = 32),
    leaf            BLOB NOT NULL CHECK (length(leaf) = 32),
    text_key        BLOB NOT NULL,                    -- same text apart from case and spacing, same key
    decision        TEXT NOT NULL DEFAULT '' CHECK (decision IN ('', 'approve', 'reject', 'relabel')),
    final_label     TEXT NOT NULL DEFAULT '',
    reason          TEXT NOT NULL DEFAULT '',
    withdrawal_id   INTEGER REFERENCES withdrawals,
    UNIQUE (contribution_id, idx)
);
CREATE INDEX records_in_order ON records  -- all that lists and counts ask for, so that they read no text
    (datanet_id, contribution_id, idx, decision, label, final_label, withdrawal_id);
CREATE INDEX records_by_key ON records (datanet_id, text_key);
CREATE INDEX records_by_withdrawal ON records (withdrawal_id) WHERE withdrawal_id IS NOT NULL;
CREATE VIRTUAL TABLE records_fts USING fts5 (
    text, content = 'records', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2"
);
CREATE TRIGGER records_fts_added AFTER INSERT ON records BEGIN
    INSERT INTO records_fts (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER records_fts_deleted AFTER DELETE ON records BEGIN
    INSERT INTO records_fts (records_fts, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER records_text_stays BEFORE UPDATE OF text, label, licence, uses, source, language, salt, leaf ON records
BEGIN
    SELECT RAISE(ABORT, 'a committed record never changes');
END;
"""

_FINDINGS = """
CREATE TABLE preflights (
    id              INTEGER PRIMARY KEY,
    draft_id        INTEGER UNIQUE REFERENCES drafts ON DELETE CASCADE,
    contribution_id INTEGER UNIQUE REFERENCES contributions ON DELETE CASCADE,
    step_id         INTEGER NOT NULL,                 -- the draft's newest step when it ran
    report          TEXT NOT NULL,                    -- JSON
    created         INTEGER NOT NULL,
    CHECK ((draft_id IS NULL) <> (contribution_id IS NULL))
);
CREATE TABLE findings (
    id            INTEGER PRIMARY KEY,
    preflight_id  INTEGER NOT NULL REFERENCES preflights ON DELETE CASCADE,
    row_id        INTEGER,                            -- a draft row or a record; NULL when about the whole
    check_name    TEXT NOT NULL,
    kind          TEXT NOT NULL,
    severity      TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'danger')),
    start         INTEGER,                            -- span in the text, in characters
    stop          INTEGER,
    detail        TEXT NOT NULL,                      -- JSON
    suggestion    TEXT                                -- what to put in its place
);
CREATE INDEX findings_by_row ON findings (preflight_id, row_id);
CREATE INDEX findings_by_check ON findings (preflight_id, check_name, row_id);
"""

_REVIEW = """
CREATE TABLE review_steps (
    id         INTEGER PRIMARY KEY,
    datanet_id INTEGER NOT NULL REFERENCES datanets ON DELETE CASCADE,
    curator    BLOB NOT NULL CHECK (length(curator) = 20),
    kind       TEXT NOT NULL,
    rows       INTEGER NOT NULL,
    created    INTEGER NOT NULL
);
CREATE INDEX review_steps_by_datanet ON review_steps (datanet_id, curator);
CREATE TABLE review_changes (
    step_id    INTEGER NOT NULL REFERENCES review_steps ON DELETE CASCADE,
    record_id  INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    decision   TEXT NOT NULL,                         -- as they stood before the step
    final_label TEXT NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (step_id, record_id)
) WITHOUT ROWID;
CREATE INDEX review_changes_by_record ON review_changes (record_id);
CREATE TABLE reviews (
    id              INTEGER PRIMARY KEY,
    contribution_id INTEGER NOT NULL REFERENCES contributions ON DELETE CASCADE,
    curator         BLOB NOT NULL CHECK (length(curator) = 20),
    state           TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'committed')),
    accepted_root   BLOB NOT NULL CHECK (length(accepted_root) = 32),
    accepted_count  INTEGER NOT NULL,
    decisions       BLOB NOT NULL,                    -- canonical JSON
    decisions_hash  BLOB NOT NULL CHECK (length(decisions_hash) = 32),
    tx_hash         BLOB,
    block           INTEGER,
    created         INTEGER NOT NULL
);
CREATE INDEX reviews_by_contribution ON reviews (contribution_id);
"""

_RELEASES = """
CREATE TABLE releases (
    id            INTEGER PRIMARY KEY,
    datanet_id    INTEGER NOT NULL REFERENCES datanets ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'committed')),
    count         INTEGER NOT NULL,
    records_root  BLOB NOT NULL CHECK (length(records_root) = 32),
    manifest      BLOB NOT NULL,                      -- canonical JSON
    manifest_hash BLOB NOT NULL CHECK (length(manifest_hash) = 32),
    tx_hash       BLOB,
    block         INTEGER,
    created       INTEGER NOT NULL,
    UNIQUE (datanet_id, version)
);
CREATE TABLE release_records (
    release_id INTEGER NOT NULL REFERENCES releases ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    record_id  INTEGER NOT NULL REFERENCES records,
    PRIMARY KEY (release_id, position)
) WITHOUT ROWID;
CREATE INDEX release_records_by_record ON release_records (record_id);
"""


def migrate(connection: Any) -> None:
    for part in (_DATANETS, _DRAFTS, _CONTRIBUTIONS, _FINDINGS, _REVIEW, _RELEASES):
        for statement in _statements(part):
            connection.execute(statement)


def _statements(script: str) -> list[str]:
    """One by one: `executescript` would commit the migration's own transaction. Trigger bodies hold semicolons."""
    import sqlite3

    statements, pending = [], ""
    for piece in script.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    return [statement for statement in statements if statement != ";"]
