"""What was sent and received, and what became of it.

pending    signed here, in no block yet
confirmed  in a block, and it did what it should
failed     in a block, and the contract refused (`reason`); the fee is gone
replaced   another transaction with the same nonce stands in a block (`replaced_by` where it is known)
dropped    the node no longer knows it and its nonce is still free: it can be sent again
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.clock import Clock, SystemClock
from core.errors import BadInput
from core.eth.transaction import Transaction
from core.storage import Database
from core.units import Address, Amount
from core.wallet.names import clean_name

if TYPE_CHECKING:
    from core.chain.block import Mined

State = Literal["pending", "confirmed", "failed", "replaced", "dropped"]
_LONGEST_NOTE = 500  # characters
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Entry:
    """`raw` is the signed transaction (None for one that was not signed here), `since` the block after which to look
    for it, `fee` what was paid in all, `created` and `settled` seconds since 1970.
    """

    id: int
    chain_id: int
    hash: bytes
    sender: Address
    nonce: int
    recipient: Address | None
    value: Amount
    gas: int
    max_fee: int
    tip: int
    data: bytes
    raw: bytes | None
    since: int
    kind: str
    note: str
    state: State
    reason: str
    block: int | None
    fee: Amount | None
    replaced_by: bytes | None
    created: int
    settled: int | None


@dataclass(frozen=True)
class Outcome:
    """How a transaction ended, from a verified receipt. `reason` is foreign text."""

    block: int
    fee: Amount
    succeeded: bool
    reason: str = ""


class History:
    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._db = database
        self._clock = clock or SystemClock()

    def add(self, raw: bytes, *, kind: str, since: int = 0, note: str = "") -> Entry:
        """A transaction signed here, before it is sent: a crash after this loses nothing. Adding it twice is once.

        Raises BadEncoding for what is no signed transaction.
        """
        transaction = Transaction.decode(raw)
        if transaction.chain_id is None:
            raise BadInput(field="transaction", reason="unprotected")
        note = clean_name(note, field="note", longest=_LONGEST_NOTE, empty=True)
        self._insert(transaction, raw=raw, since=since, kind=kind, note=note, state="pending")
        return self.get(transaction.chain_id, transaction.hash)

    def received(self, transaction: Transaction, outcome: Outcome, at: int) -> Entry:
        """One that somebody else sent to an account here, found in a verified block of time `at`."""
        if transaction.chain_id is None:
            raise BadInput(field="transaction", reason="unprotected")
        with self._db.transaction():
            self._insert(transaction, raw=None, since=outcome.block, kind="received", note="", state="pending", at=at)
            self._settle(transaction.chain_id, transaction.hash, outcome, at)
        return self.get(transaction.chain_id, transaction.hash)

    def found(self, chain_id: int, one: Mined, at: int) -> None:
        """Sent by an account here, in a verified block of time `at`, and not known: lost, or signed elsewhere. One that
        was given up here and came all the same is set right.
        """
        self._db.run(
            "INSERT INTO transactions (chain_id, hash, sender, nonce, recipient, value, gas, max_fee, tip, data, "
            "since, kind, state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '0', x'', ?, 'elsewhere', 'pending', ?) "
            "ON CONFLICT (chain_id, hash) DO NOTHING",
            chain_id,
            one.hash,
            one.sender.raw,
            one.nonce,
            None if one.to is None else one.to.raw,
            str(one.value),
            one.gas_used,
            str(one.price),
            one.block,
            at,
        )
        self._settle(chain_id, one.hash, Outcome(one.block, Amount(one.fee), one.succeeded), at)

    def stands(self, chain_id: int, tx_hash: bytes) -> bool:
        """Whether it is known here to stand in a block."""
        sql = "SELECT 1 FROM transactions WHERE chain_id = ? AND hash = ? AND state IN ('confirmed', 'failed')"
        return self._db.one(sql, chain_id, tx_hash) is not None

    def next_nonce(self, chain_id: int, sender: Address) -> int:
        """One above the highest that was signed here and not given up; 0 where nothing was."""
        sql = (
            "SELECT coalesce(max(nonce) + 1, 0) FROM transactions "
            "WHERE chain_id = ? AND sender = ? AND state <> 'dropped' AND kind <> 'received'"
        )
        return int(self._db.one(sql, chain_id, sender.raw)[0])

    def get(self, chain_id: int, tx_hash: bytes) -> Entry:
        """Raises BadInput("unknown")."""
        row = self._db.one("SELECT * FROM transactions WHERE chain_id = ? AND hash = ?", chain_id, tx_hash)
        if row is None:
            raise BadInput(field="transaction", reason="unknown", value=tx_hash.hex())
        return _entry(row)

    def find(
        self,
        *,
        chain_id: int | None = None,
        account: Address | None = None,
        state: State | None = None,
        before: int | None = None,
        most: int = 200,
    ) -> list[Entry]:
        """Newest first; `account` sent or received; `before` is the id where the last page ended."""
        rows = self._db.all(
            "SELECT * FROM transactions WHERE (?1 IS NULL OR chain_id = ?1) "
            "AND (?2 IS NULL OR sender = ?2 OR recipient = ?2) AND (?3 IS NULL OR state = ?3) "
            "AND (?4 IS NULL OR id < ?4) ORDER BY id DESC LIMIT ?5",
            chain_id,
            account.raw if account is not None else None,
            state,
            before,
            most,
        )
        return [_entry(row) for row in rows]

    def pending(self, chain_id: int, sender: Address | None = None) -> list[Entry]:
        """By nonce: what waits for a block, the dropped ones included, for they may still get into one."""
        rows = self._db.all(
            "SELECT * FROM transactions WHERE chain_id = ?1 AND state IN ('pending', 'dropped') "
            "AND (?2 IS NULL OR sender = ?2) ORDER BY sender, nonce, id",
            chain_id,
            sender.raw if sender is not None else None,
        )
        return [_entry(row) for row in rows]

    def gaps(self, chain_id: int, sender: Address, nonce: int) -> list[int]:
        """Nonces from the account's (`nonce`, on the ledger) on that nothing uses while later ones wait for them."""
        used = {entry.nonce for entry in self.pending(chain_id, sender)}
        return [missing for missing in range(nonce, max(used, default=nonce)) if missing not in used]

    def settle(self, chain_id: int, tx_hash: bytes, outcome: Outcome) -> Entry:
        """It stands in a block. Whatever else waited with its nonce is replaced by it."""
        with self._db.transaction():
            self._settle(chain_id, tx_hash, outcome, self._clock.now())
            entry = self.get(chain_id, tx_hash)
            self._db.run(
                "UPDATE transactions SET state = 'replaced', replaced_by = ?, settled = ? WHERE chain_id = ? "
                "AND sender = ? AND nonce = ? AND hash <> ? AND state IN ('pending', 'dropped')",
                tx_hash,
                self._clock.now(),
                chain_id,
                entry.sender.raw,
                entry.nonce,
                tx_hash,
            )
        return entry

    def replace(self, chain_id: int, tx_hash: bytes, by: bytes | None) -> Entry:
        """Another transaction took its nonce; `by` where it is known."""
        self._db.run(
            "UPDATE transactions SET state = 'replaced', replaced_by = ?, settled = ? "
            "WHERE chain_id = ? AND hash = ? AND state IN ('pending', 'dropped')",
            by,
            self._clock.now(),
            chain_id,
            tx_hash,
        )
        return self.get(chain_id, tx_hash)

    def give_up(self, chain_id: int, tx_hash: bytes, reason: str) -> Entry:
        """It was signed and the node refused to take it."""
        self._db.run(
            "UPDATE transactions SET state = 'dropped', reason = ? "
            "WHERE chain_id = ? AND hash = ? AND state = 'pending'",
            reason[:_LONGEST_REASON],
            chain_id,
            tx_hash,
        )
        return self.get(chain_id, tx_hash)

    def reconcile(
        self,
        chain_id: int,
        sender: Address,
        nonce: int,
        outcome: Callable[[bytes], Outcome | None],
        known: Callable[[bytes], bool] = lambda _hash: True,
    ) -> list[Entry]:
        """Once a block: compare what waits with the account's verified `nonce`; the entries that changed.

        `outcome` gives the verified result of a hash, or None; `known` whether the node still has it waiting.
        """
        changed = []
        for entry in self.pending(chain_id, sender):
            found = outcome(entry.hash)
            if found is not None:
                changed.append(self.settle(chain_id, entry.hash, found))
            elif entry.nonce < nonce:
                by = self._taken(entry)
                changed.append(self.replace(chain_id, entry.hash, by))
            elif known(entry.hash) != (entry.state == "pending"):
                state = "dropped" if entry.state == "pending" else "pending"
                self._db.run("UPDATE transactions SET state = ?, reason = '' WHERE id = ?", state, entry.id)
                changed.append(self.get(chain_id, entry.hash))
        replaced = {entry.hash: self.get(chain_id, entry.hash) for entry in changed}
        return list(replaced.values())

    def _taken(self, entry: Entry) -> bytes | None:
        row = self._db.one(
            "SELECT hash FROM transactions WHERE chain_id = ? AND sender = ? AND nonce = ? "
            "AND state IN ('confirmed', 'failed')",
            entry.chain_id,
            entry.sender.raw,
            entry.nonce,
        )
        return bytes(row["hash"]) if row is not None else None

    def _settle(self, chain_id: int, tx_hash: bytes, outcome: Outcome, at: int) -> None:
        self._db.run(
            "UPDATE transactions SET state = ?, reason = ?, block = ?, fee = ?, replaced_by = NULL, settled = ? "
            "WHERE chain_id = ? AND hash = ?",
            "confirmed" if outcome.succeeded else "failed",
            outcome.reason[:_LONGEST_REASON],
            outcome.block,
            str(outcome.fee.wei),
            at,
            chain_id,
            tx_hash,
        )

    def _insert(
        self,
        transaction: Transaction,
        *,
        raw: bytes | None,
        since: int,
        kind: str,
        note: str,
        state: State,
        at: int | None = None,
    ) -> None:
        self._db.run(
            "INSERT INTO transactions (chain_id, hash, sender, nonce, recipient, value, gas, max_fee, tip, data, raw, "
            "since, kind, note, state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (chain_id, hash) DO NOTHING",
            transaction.chain_id,
            transaction.hash,
            transaction.sender,
            transaction.nonce,
            transaction.to,
            str(transaction.value),
            transaction.gas,
            str(transaction.max_fee),
            str(transaction.max_tip),
            transaction.data,
            raw,
            since,
            kind,
            note,
            state,
            self._clock.now() if at is None else at,
        )


def _entry(row: Any) -> Entry:
    return Entry(
        id=row["id"],
        chain_id=row["chain_id"],
        hash=row["hash"],
        sender=Address(row["sender"]),
        nonce=row["nonce"],
        recipient=Address(row["recipient"]) if row["recipient"] is not None else None,
        value=Amount(int(row["value"])),
        gas=row["gas"],
        max_fee=int(row["max_fee"]),
        tip=int(row["tip"]),
        data=row["data"],
        raw=row["raw"],
        since=row["since"],
        kind=row["kind"],
        note=row["note"],
        state=row["state"],
        reason=row["reason"],
        block=row["block"],
        fee=Amount(int(row["fee"])) if row["fee"] is not None else None,
        replaced_by=row["replaced_by"],
        created=row["created"],
        settled=row["settled"],
    )
