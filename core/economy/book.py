"""Settlements in the vault: computed, then posted, each down to its record scores and payout leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.economy.channel import Channel
from core.economy.settlement import Commitment, Settlement
from core.economy.split import Parts
from core.errors import EconomyError, ProofMismatch
from core.storage import Database
from core.units import Address, Amount

_SUM_BYTES = 16


@dataclass(frozen=True)
class Posting:
    """Where a settlement stands on the ledger, as the light node read it. `settled` is the block's time."""

    poster: Address
    tx_hash: bytes
    block: int
    settled: int


@dataclass(frozen=True)
class Entry:
    """A settlement as the vault holds it, without its tables. `posting` is None while it is only computed."""

    row: int
    id: bytes
    channel: Channel
    datanet: int
    package: bytes
    after: int
    nonce: int
    amount: Amount
    parts: Parts
    all_positive: int
    commitment: Commitment
    e: int
    v: int
    secret: bytes
    computed: int
    posting: Posting | None

    @property
    def calls(self) -> int:
        return self.nonce - self.after


def save(database: Database, settlement: Settlement, at: int) -> None:
    """Keeps a computed settlement, in place of an earlier one of the same id that was not posted.

    Raises EconomyError ("already posted").
    """
    with database.transaction() as connection:
        old = find(database, settlement.channel.chain_id, settlement.channel.contract, settlement.id)
        if old is not None and old.posting is not None:
            raise EconomyError(reason="already posted", settlement=settlement.id)
        if old is not None:
            database.run("DELETE FROM settlements WHERE id = ?", old.row)
        row = int(connection.execute(_INSERT, _values(settlement, at)).lastrowid)
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
        database.run_many("INSERT INTO payouts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _payouts(row, settlement))


def posted(
    database: Database,
    chain_id: int,
    contract: Address,
    settlement_id: bytes,
    posting: Posting,
    *,
    commitment: bytes,
    pool: Amount,
) -> None:
    """Marks it as standing in a block. `commitment` and `pool` as `Settlement.settlements` was read.

    Raises EconomyError ("unknown settlement") and ProofMismatch when the ledger holds another commitment or pool.
    """
    with database.transaction():
        entry = get(database, chain_id, contract, settlement_id)
        for what, expected, found in (
            ("commitment", entry.commitment.hash, commitment),
            ("pool", entry.parts.pool, pool),
        ):
            if expected != found:
                raise ProofMismatch(what=what, expected=expected, found=found)
        database.run(
            "UPDATE settlements SET poster = ?, tx_hash = ?, block = ?, settled = ? WHERE id = ?",
            posting.poster.raw,
            posting.tx_hash,
            posting.block,
            posting.settled,
            entry.row,
        )


def find(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Entry | None:
    found = database.one(
        "SELECT * FROM settlements WHERE chain_id = ? AND contract = ? AND settlement_id = ?",
        chain_id,
        contract.raw,
        settlement_id,
    )
    return None if found is None else _entry(found)


def get(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Entry:
    """Raises EconomyError ("unknown settlement")."""
    found = find(database, chain_id, contract, settlement_id)
    if found is None:
        raise EconomyError(reason="unknown settlement", settlement=settlement_id)
    return found


def entries(database: Database, chain_id: int, contract: Address, *, model: int | None = None) -> list[Entry]:
    """Newest first; of one model or of all."""
    return [
        _entry(row)
        for row in database.all(
            "SELECT * FROM settlements "
            "WHERE chain_id = ? AND contract = ? AND (? IS NULL OR model = ?) ORDER BY id DESC",
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
    values = [
        int.from_bytes(raw[start : start + _SUM_BYTES], "little", signed=True)
        for start in range(0, len(raw), _SUM_BYTES)
    ]
    d = len(values) // row["labels"]
    return [values[start : start + d] for start in range(0, len(values), d)]


_INSERT = """
INSERT INTO settlements (
    chain_id, contract, settlement_id, payer, model, datanet, package, after_nonce, nonce, amount, pool, builder,
    supporters, treasury, all_positive, statements_root, sums_root, u_root, scores_root, payout_root, e, v,
    labels, sums, secret, computed
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _values(settlement: Settlement, at: int) -> tuple[object, ...]:
    channel, parts, roots = settlement.channel, settlement.parts, settlement.commitment
    raw = b"".join(
        int(value).to_bytes(_SUM_BYTES, "little", signed=True) for row in settlement.sums.tolist() for value in row
    )
    return (
        channel.chain_id,
        channel.contract.raw,
        settlement.id,
        channel.payer.raw,
        channel.model,
        settlement.datanet,
        settlement.tables.package,
        settlement.after,
        settlement.nonce,
        *(str(one.wei) for one in (settlement.amount, parts.pool, parts.builder, parts.supporters, parts.treasury)),
        str(settlement.all_positive),
        roots.statements_root,
        *roots.contract_argument,
        settlement.e,
        settlement.v,
        len(settlement.sums),
        raw,
        settlement.secret,
        at,
    )


def _payouts(row: int, settlement: Settlement) -> list[tuple[object, ...]]:
    return [
        (
            row,
            one.account.raw,
            one.place,
            one.records,
            one.weighted,
            str(one.net),
            str(one.positive),
            str(one.amount.wei),
            one.reason,
            one.index,
            None if one.index is None else b"".join(one.proof),
        )
        for one in settlement.earners
    ]


def _entry(row: Any) -> Entry:
    wei = {name: Amount(int(row[name])) for name in ("amount", "pool", "builder", "supporters", "treasury")}
    posting = None
    if row["poster"] is not None:
        posting = Posting(Address(row["poster"]), row["tx_hash"], row["block"], row["settled"])
    return Entry(
        row=row["id"],
        id=row["settlement_id"],
        channel=Channel(row["chain_id"], Address(row["contract"]), Address(row["payer"]), row["model"]),
        datanet=row["datanet"],
        package=row["package"],
        after=row["after_nonce"],
        nonce=row["nonce"],
        amount=wei["amount"],
        parts=Parts(wei["pool"], wei["builder"], wei["supporters"], wei["treasury"]),
        all_positive=int(row["all_positive"]),
        commitment=Commitment(
            row["statements_root"], row["sums_root"], row["u_root"], row["scores_root"], row["payout_root"]
        ),
        e=row["e"],
        v=row["v"],
        secret=row["secret"],
        computed=row["computed"],
        posting=posting,
    )
