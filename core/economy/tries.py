"""Settlements that were signed here and stand in no block: on their way, or refused.

A refused one pays nobody and binds nobody: its calls wait as before and are settled by the next one. Its row stays, for
a node may have told a lie about it; should it come into a block after all, it is found there (`book.posted`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.economy.channel import Channel
from core.storage import Database
from core.units import Address, Amount

_REFUSED = "refused"  # where nobody gave a reason

# A row of `settlements s` that still says something: it is posted, or nothing later of its channel says more.
STANDS = """(s.settlement_id IS NOT NULL OR (
    NOT EXISTS (SELECT 1 FROM postings x WHERE x.chain_id = s.chain_id AND x.contract = s.contract
                AND x.payer = s.payer AND x.model = s.model AND x.nonce >= s.nonce AND x.state <> 'void')
    AND NOT EXISTS (SELECT 1 FROM settlements y WHERE y.chain_id = s.chain_id AND y.contract = s.contract
                    AND y.payer = s.payer AND y.model = s.model AND y.nonce >= s.nonce AND y.id > s.id)))"""
_OPEN = f"SELECT s.* FROM settlements s WHERE s.settlement_id IS NULL AND s.sent IS NOT NULL AND {STANDS}"  # noqa: S608


@dataclass(frozen=True)
class Try:
    """`tx_hash` of the transaction that carries it, `refused` why it will not, "" while it may still come."""

    channel: Channel
    calls: int
    amount: Amount
    tx_hash: bytes
    refused: str


def sent(database: Database, row: int, tx_hash: bytes) -> None:
    """That the settlement of this row is posted by a transaction. In one database transaction with keeping it."""
    database.run("UPDATE settlements SET sent = ?, refused = '' WHERE id = ?", tx_hash, row)


def refused(database: Database, tx_hash: bytes, reason: str) -> None:
    """By proof, or with its number proven free, the transaction will not post what it carried; if it carried any."""
    sql = "UPDATE settlements SET refused = ? WHERE sent = ? AND settlement_id IS NULL"
    database.run(sql, reason or _REFUSED, tx_hash)


def latest(database: Database, channel: Channel) -> Try | None:
    """Of a channel: the one on its way or refused, where no later settlement covers its calls."""
    row = database.one(_OPEN + " AND s.chain_id = ? AND s.contract = ? AND s.payer = ? AND s.model = ?", *channel.key)
    return None if row is None else _try(row)


def all_of(database: Database, chain_id: int, contract: Address) -> list[Try]:
    """Newest first."""
    rows = database.all(_OPEN + " AND s.chain_id = ? AND s.contract = ? ORDER BY s.id DESC", chain_id, contract.raw)
    return [_try(row) for row in rows]


def _try(row: Any) -> Try:
    channel = Channel(row["chain_id"], Address(row["contract"]), Address(row["payer"]), row["model"])
    return Try(channel, row["nonce"] - row["first"] + 1, Amount(int(row["amount"])), row["sent"], row["refused"])
