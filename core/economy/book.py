"""Settlements in the vault: what was computed here, and what the ledger says, each down to its scores and leaves.

Computed by the payer and the poster, or after them by a contributor who was given the data. A posting is put down as
its event gives it; its id binds body and payout root, so the ledger's one word under it says the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.economy.book_rows import (
    FINISHED,
    INSERT,
    OPEN,
    SELECT,
    SUM_BYTES,
    VOID,
    Entry,
    Posting,
    entry_of,
    path_of,
    payout_rows,
    posting_of,
    values,
)
from core.economy.settlement import Settlement
from core.errors import BadInput, EconomyError, ProofMismatch
from core.storage import Database
from core.units import Address

__all__ = ["FINISHED", "OPEN", "VOID", "Entry", "Posting", "path_of"]  # of the book, though they stand with its rows

_LARGEST = (1 << 63) - 1  # that the tables hold as a number
FINE, MISSING, FALSE = "fine", "missing", "false"  # verdicts; "" while nobody has looked


def save(database: Database, settlement: Settlement, at: int) -> int:
    """Keeps a computed settlement, in place of an earlier one of the same calls that was not posted; its row."""
    channel = settlement.channel
    with database.transaction() as connection:
        database.run(
            "DELETE FROM settlements WHERE chain_id = ? AND contract = ? AND payer = ? AND model = ? AND nonce = ? "
            "AND settlement_id IS NULL",
            *channel.key,
            settlement.nonce,
        )
        row = int(connection.execute(INSERT, values(settlement, at)).lastrowid)
        tables = settlement.tables
        database.run_many(
            "INSERT INTO settlement_scores VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (row, record, record_id, account.raw, int(label), int(weight), int(score))
                for record, (record_id, account, label, weight, score) in enumerate(
                    zip(
                        tables.record_ids,
                        tables.accounts,
                        tables.labels,
                        tables.weights,
                        settlement.scores,
                        strict=True,
                    )
                )
            ],
        )
        database.run_many("INSERT INTO payouts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", payout_rows(row, settlement))
    return row


def fits(posting: Posting) -> bool:
    """Whether the tables can hold its numbers. The contract lets calls be numbered up to 2^64: nobody makes as many."""
    body = posting.body
    return max(body.model_id, body.nonce, body.settled_at, posting.claimable, posting.block) <= _LARGEST


def seen(database: Database, chain_id: int, contract: Address, posting: Posting) -> None:
    """Puts down a posting of anybody's, once. Raises BadInput ("range") when it does not fit."""
    body = posting.body
    _require_fits(posting)
    database.run(
        "INSERT OR IGNORE INTO postings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        chain_id,
        contract.raw,
        posting.id,
        body.payer.raw,
        body.poster.raw,
        body.model_id,
        body.nonce,
        body.encode(),
        posting.payout_root,
        posting.tx_hash,
        posting.block,
        body.settled_at,
        posting.claimable,
        posting.state,
        posting.ended_tx,
        posting.void_kind,
        posting.verdict,
    )


def posted(database: Database, chain_id: int, contract: Address, posting: Posting) -> Entry:
    """That a settlement computed here stands in a block; checked fine, because it is what was computed here.

    Raises EconomyError ("unknown settlement"), ProofMismatch when the ledger holds anything else than was computed, and
    BadInput ("range") when it does not fit.
    """
    body = posting.body
    _require_fits(posting)
    with database.transaction():
        known = find(database, chain_id, contract, posting.id)
        if known is not None:  # its event was read already
            return known
        row = database.one(
            f"{SELECT} WHERE s.chain_id = ? AND s.contract = ? AND s.payer = ? AND s.model = ? AND s.nonce = ? "
            "AND s.settlement_id IS NULL",
            chain_id,
            contract.raw,
            body.payer.raw,
            body.model_id,
            body.nonce,
        )
        if row is None:
            raise EconomyError(reason="unknown settlement", settlement=posting.id)
        _same(entry_of(row), posting)
        seen(database, chain_id, contract, posting)
        database.run("UPDATE settlements SET settlement_id = ? WHERE id = ?", posting.id, row["id"])
        judged(database, chain_id, contract, posting.id, FINE)
        return get(database, chain_id, contract, posting.id)


def _require_fits(posting: Posting) -> None:
    if not fits(posting):
        raise BadInput(field="posting", reason="range", value=posting.id.hex())


def judged(database: Database, chain_id: int, contract: Address, settlement_id: bytes, verdict: str) -> None:
    """What checking it found."""
    sql = "UPDATE postings SET verdict = ? WHERE chain_id = ? AND contract = ? AND settlement_id = ?"
    database.run(sql, verdict, chain_id, contract.raw, settlement_id)


def ended(
    database: Database,
    chain_id: int,
    contract: Address,
    settlement_id: bytes,
    state: str,
    tx_hash: bytes,
    kind: int | None = None,
) -> None:
    """FINISHED or VOID, by a proven event."""
    database.run(
        "UPDATE postings SET state = ?, ended_tx = ?, void_kind = ? "
        "WHERE chain_id = ? AND contract = ? AND settlement_id = ?",
        state,
        tx_hash,
        kind,
        chain_id,
        contract.raw,
        settlement_id,
    )


def postponed(database: Database, chain_id: int, contract: Address, settlement_id: bytes, claimable: int) -> None:
    """Something was demanded: the end moved."""
    sql = "UPDATE postings SET claimable = ? WHERE chain_id = ? AND contract = ? AND settlement_id = ?"
    database.run(sql, claimable, chain_id, contract.raw, settlement_id)


@dataclass(frozen=True)
class Demand:
    """A leaf that somebody wants to see. `kind` as `evidence.Ask`; `deadline` in seconds."""

    settlement: bytes
    kind: int
    index: int
    demander: Address
    deadline: int
    answered: bool = False


def demanded(database: Database, chain_id: int, contract: Address, demand: Demand) -> None:
    database.run(
        "INSERT OR IGNORE INTO demands VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        chain_id,
        contract.raw,
        demand.settlement,
        demand.kind,
        demand.index,
        demand.demander.raw,
        demand.deadline,
    )


def answered(database: Database, chain_id: int, contract: Address, settlement_id: bytes, kind: int, index: int) -> None:
    sql = "UPDATE demands SET answered = 1 WHERE chain_id = ? AND contract = ? AND settlement_id = ? "
    database.run(sql + "AND kind = ? AND idx = ?", chain_id, contract.raw, settlement_id, kind, index)


def demands(database: Database, chain_id: int, contract: Address, settlement_id: bytes | None = None) -> list[Demand]:
    """Of one settlement or of all, the most pressing first."""
    rows = database.all(
        "SELECT * FROM demands WHERE chain_id = ? AND contract = ? AND (? IS NULL OR settlement_id = ?) "
        "ORDER BY deadline, kind, idx",
        chain_id,
        contract.raw,
        settlement_id,
        settlement_id,
    )
    return [
        Demand(
            row["settlement_id"],
            row["kind"],
            row["idx"],
            Address(row["demander"]),
            row["deadline"],
            bool(row["answered"]),
        )
        for row in rows
    ]


def posting(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Posting | None:
    """What the ledger said of a settlement, whether its data is here or not."""
    row = database.one(
        "SELECT * FROM postings WHERE chain_id = ? AND contract = ? AND settlement_id = ?",
        chain_id,
        contract.raw,
        settlement_id,
    )
    return None if row is None else posting_of(row)


def postings(database: Database, chain_id: int, contract: Address) -> list[Posting]:
    """All that were seen, newest first."""
    sql = "SELECT * FROM postings WHERE chain_id = ? AND contract = ? ORDER BY block DESC, settlement_id"
    return [posting_of(row) for row in database.all(sql, chain_id, contract.raw)]


def find(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Entry | None:
    """A settlement whose data is here."""
    found = database.one(
        f"{SELECT} WHERE s.chain_id = ? AND s.contract = ? AND s.settlement_id = ?",
        chain_id,
        contract.raw,
        settlement_id,
    )
    return None if found is None else entry_of(found)


def get(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Entry:
    """Raises EconomyError ("unknown settlement")."""
    found = find(database, chain_id, contract, settlement_id)
    if found is None:
        raise EconomyError(reason="unknown settlement", settlement=settlement_id)
    return found


def entries(database: Database, chain_id: int, contract: Address, *, model: int | None = None) -> list[Entry]:
    """Newest first; of one model or of all."""
    return [
        entry_of(row)
        for row in database.all(
            f"{SELECT} WHERE s.chain_id = ? AND s.contract = ? AND (? IS NULL OR s.model = ?) ORDER BY s.id DESC",
            chain_id,
            contract.raw,
            model,
            model,
        )
    ]


def sums(database: Database, entry: Entry) -> list[list[int]]:
    """S [K, d] of a kept settlement, as Python integers."""
    row = database.one("SELECT labels, sums FROM settlements WHERE id = ?", entry.row)
    raw = row["sums"]
    flat = [
        int.from_bytes(raw[start : start + SUM_BYTES], "little", signed=True) for start in range(0, len(raw), SUM_BYTES)
    ]
    d = len(flat) // row["labels"]
    return [flat[start : start + d] for start in range(0, len(flat), d)]


def _same(entry: Entry, posting: Posting) -> None:
    """The ledger holds what was computed here."""
    body, roots, parts = posting.body, entry.roots, entry.parts
    for what, expected, found in (
        ("first call", entry.first, body.first),
        ("channel", entry.previous, body.previous),
        ("amount", entry.amount, body.amount),
        ("pool", parts.pool, body.pool),
        ("builder's part", parts.builder, body.builder_part),
        ("supporters' part", parts.supporters, body.supporters_part),
        ("treasury's part", parts.treasury, body.treasury_part),
        ("package", entry.package, body.package_hash),
        ("statements root", entry.statements_root, body.statements_root),
        ("sums root", entry.sums_root, body.sums_root),
        ("u root", roots.u_root, body.u_root),
        ("scores root", roots.scores_root, body.scores_root),
        ("payout root", entry.payout_root, posting.payout_root),
        ("scales", (roots.e, roots.v), (body.e, body.v)),
        (
            "largest entries",
            (roots.max_label, roots.max_feature, roots.norm_label),
            (body.max_label, body.max_feature, body.norm_label),
        ),
    ):
        if expected != found:
            raise ProofMismatch(what=what, expected=expected, found=found)
