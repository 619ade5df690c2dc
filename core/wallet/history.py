"""Every transaction signed here and what became of it; put down before it leaves, so a crash loses none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.clock import Clock, SystemClock
from core.eth.transaction import Transaction
from core.storage import Database
from core.units import Address, Amount

LONGEST_REASON = 300


@dataclass(frozen=True)
class Entry:
    """`state`: pending, confirmed, replaced, dropped, failed (then `reason`). `fee` once it stands in a block."""

    hash: bytes
    sender: Address
    nonce: int
    to: Address | None
    value: Amount
    kind: str
    state: str
    reason: str
    raw: bytes | None
    block: int | None
    fee: Amount | None
    created: int


class History:
    """Of one chain."""

    def __init__(self, db: Database, chain_id: int, clock: Clock | None = None) -> None:
        self._db = db
        self._chain_id = chain_id
        self._clock = clock or SystemClock()

    def signed(self, transaction: Transaction, tx_hash: bytes, raw: bytes, sender: Address, kind: str) -> None:
        """Before it is sent. `kind` is what it is in the product: send, contribute, claim, ..."""
        self._db.run(
            "INSERT INTO transactions (chain_id, hash, sender, nonce, recipient, value, gas, max_fee, tip, data, raw, "
            "kind, state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) "
            "ON CONFLICT (chain_id, hash) DO NOTHING",
            self._chain_id,
            tx_hash,
            sender.raw,
            transaction.nonce,
            transaction.to,
            str(transaction.value),
            transaction.gas,
            str(transaction.max_fee),
            str(transaction.max_tip),
            transaction.data,
            raw,
            kind,
            self._clock.now(),
        )

    def confirmed(self, tx_hash: bytes, block: int, fee: Amount) -> None:
        """In a verified block. Others of the same sender and nonce were replaced by it."""
        with self._db.transaction():
            self._settle(tx_hash, "confirmed", "", block, fee)
            self._db.run(
                "UPDATE transactions SET state = 'replaced', replaced_by = ?1, settled = ?2 WHERE chain_id = ?3 "
                "AND state = 'pending' AND hash != ?1 AND (sender, nonce) = "
                "(SELECT sender, nonce FROM transactions WHERE chain_id = ?3 AND hash = ?1)",
                tx_hash,
                self._clock.now(),
                self._chain_id,
            )

    def failed(self, tx_hash: bytes, reason: str, *, block: int | None = None, fee: Amount | None = None) -> None:
        self._settle(tx_hash, "failed", reason[:LONGEST_REASON], block, fee)

    def dropped(self, tx_hash: bytes) -> None:
        """No node has it any more and its nonce is free."""
        self._settle(tx_hash, "dropped", "", None, None)

    def _settle(self, tx_hash: bytes, state: str, reason: str, block: int | None, fee: Amount | None) -> None:
        self._db.run(
            "UPDATE transactions SET state = ?, reason = ?, block = ?, fee = ?, settled = ? "
            "WHERE chain_id = ? AND hash = ?",
            state,
            reason,
            block,
            None if fee is None else str(fee.wei),
            self._clock.now(),
            self._chain_id,
            tx_hash,
        )

    def all(self, limit: int = 1000) -> list[Entry]:
        """Newest first."""
        return self._entries("ORDER BY created DESC, id DESC LIMIT ?", limit)

    def pending(self) -> list[Entry]:
        """In the order in which they were signed."""
        return self._entries("AND state = 'pending' ORDER BY id")

    def _entries(self, rest: str, *values: object) -> list[Entry]:
        rows = self._db.all(f"SELECT * FROM transactions WHERE chain_id = ? {rest}", self._chain_id, *values)  # noqa: S608 - `rest` is ours
        return [_entry(row) for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(
        hash=bytes(row["hash"]),
        sender=Address(row["sender"]),
        nonce=row["nonce"],
        to=None if row["recipient"] is None else Address(row["recipient"]),
        value=Amount(int(row["value"])),
        kind=row["kind"],
        state=row["state"],
        reason=row["reason"],
        raw=None if row["raw"] is None else bytes(row["raw"]),
        block=row["block"],
        fee=None if row["fee"] is None else Amount(int(row["fee"])),
        created=row["created"],
    )
