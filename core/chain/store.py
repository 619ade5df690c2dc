"""What has been verified of one chain, in the vault (migration m003): read once from the node, then from here."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.chain.block import Mined, VerifiedLog
from core.eth import trie
from core.eth.header import Header
from core.storage import KEY_BYTES, Database
from core.units import Address
from core.vault.migrations import m003_chain

_MAX_NAMES = 500  # addresses in one question; SQLite takes 32,766 values


@dataclass(frozen=True)
class Withdrawn:
    """Blocks that the chain no longer has. What was read from them is not in the store any more.

    `first` and `last` are their numbers, `transactions` the hashes of those that stood in them, where they were read:
    each may stand in another block now, or in none.
    """

    first: int
    last: int
    blocks: tuple[bytes, ...]
    transactions: tuple[bytes, ...]


def memory_database() -> Database:
    """For a light node without a vault: nothing is kept, nothing touches the disk."""
    return Database(Path(":memory:"), secrets.token_bytes(KEY_BYTES), [m003_chain.migrate])


class ChainStore:
    """Headers without a gap from the first kept one to the head; contents of the blocks that have been read."""

    def __init__(self, database: Database, chain_id: int) -> None:
        self._database = database
        self._chain_id = chain_id

    def head(self) -> Header | None:
        return self._header("ORDER BY number DESC LIMIT 1")

    def first(self) -> Header | None:
        return self._header("ORDER BY number LIMIT 1")

    def header(self, number: int) -> Header | None:
        return self._header("AND number = ?", number)

    def headers(self, first: int, last: int) -> list[Header]:
        rows = self._database.all(
            "SELECT rlp FROM headers WHERE chain_id = ? AND number BETWEEN ? AND ? ORDER BY number",
            self._chain_id,
            first,
            last,
        )
        return [Header.decode(row[0]) for row in rows]

    def transaction_counts(self, first: int, last: int) -> dict[int, int]:
        """Of the blocks that have been read and hold any."""
        rows = self._database.all(
            "SELECT block, count(*) FROM chain_transactions WHERE chain_id = ? AND block BETWEEN ? AND ? "
            "GROUP BY block",
            self._chain_id, first, last,
        )  # fmt: skip
        return {row[0]: row[1] for row in rows}

    def _header(self, where: str, *values: object) -> Header | None:
        row = self._database.one(f"SELECT rlp FROM headers WHERE chain_id = ? {where}", self._chain_id, *values)  # noqa: S608 - `where` is ours
        return None if row is None else Header.decode(row[0])

    def add_headers(self, headers: Iterable[Header]) -> None:
        """A block whose receipts root is that of no receipts has nothing to read."""
        self._database.run_many(
            "INSERT INTO headers (chain_id, number, hash, rlp, read) VALUES (?, ?, ?, ?, ?)",
            [
                (self._chain_id, entry.number, entry.hash, entry.encoded, int(entry.receipts_root == trie.EMPTY_ROOT))
                for entry in headers
            ],
        )

    def drop_above(self, number: int) -> Withdrawn | None:
        """Forget the blocks above `number` and all that stood in them; what that was, None when there were none."""
        return self.replace_above(number, ())

    def replace_above(self, number: int, headers: Sequence[Header]) -> Withdrawn | None:
        """The same, and `headers` in their place, all or nothing."""
        with self._database.transaction():
            rows = self._database.all(
                "SELECT number, hash FROM headers WHERE chain_id = ? AND number > ? ORDER BY number",
                self._chain_id, number,
            )  # fmt: skip
            transactions = self._database.all(
                "SELECT hash FROM chain_transactions WHERE chain_id = ? AND block > ? ORDER BY block, position",
                self._chain_id, number,
            )  # fmt: skip
            self._database.run("DELETE FROM headers WHERE chain_id = ? AND number > ?", self._chain_id, number)
            self.add_headers(headers)
        if not rows:
            return None
        hashes = tuple(bytes(row["hash"]) for row in rows)
        return Withdrawn(
            rows[0]["number"], rows[-1]["number"], hashes, tuple(bytes(row["hash"]) for row in transactions)
        )

    def unread(self, first: int, last: int, limit: int) -> list[Header]:
        rows = self._database.all(
            "SELECT rlp FROM headers WHERE chain_id = ? AND read = 0 AND number BETWEEN ? AND ? "
            "ORDER BY number LIMIT ?",
            self._chain_id, first, last, limit,
        )  # fmt: skip
        return [Header.decode(row[0]) for row in rows]

    def count_unread(self, first: int, last: int) -> int:
        row = self._database.one(
            "SELECT count(*) FROM headers WHERE chain_id = ? AND read = 0 AND number BETWEEN ? AND ?",
            self._chain_id, first, last,
        )  # fmt: skip
        return int(row[0])

    def add_block(self, header: Header, mined: Sequence[Mined]) -> None:
        """The contents of a block of ours. A block read twice at the same time is kept once."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE headers SET read = 1 WHERE chain_id = ? AND number = ? AND hash = ? AND read = 0",
                (self._chain_id, header.number, header.hash),
            ).rowcount
            if not changed:
                return
            connection.executemany(
                "INSERT INTO chain_transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [self._transaction_row(entry) for entry in mined],
            )
            connection.executemany(
                "INSERT INTO chain_logs VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (self._chain_id, log.block, log.position, log.transaction_position, log.address.raw,
                     b"".join(log.topics), log.data)
                    for entry in mined
                    for log in entry.logs
                ],
            )  # fmt: skip

    def _transaction_row(self, entry: Mined) -> tuple[object, ...]:
        return (
            self._chain_id, entry.block, entry.position, entry.hash, entry.sender.raw,
            entry.to.raw if entry.to else None, entry.contract.raw if entry.contract else None,
            entry.nonce, str(entry.value), int(entry.succeeded), entry.gas_used, str(entry.price),
        )  # fmt: skip

    def transaction(self, tx_hash: bytes) -> Mined | None:
        """With its logs; None when it stands in no block that has been read."""
        return self._one_transaction("hash = ?", tx_hash)

    def sent(self, sender: Address, nonce: int) -> Mined | None:
        """The sender's transaction of that nonce, with its logs."""
        return self._one_transaction("sender = ? AND nonce = ?", sender.raw, nonce)

    def _one_transaction(self, where: str, *values: object) -> Mined | None:
        row = self._database.one(
            f"SELECT * FROM chain_transactions WHERE chain_id = ? AND {where}",  # noqa: S608 - `where` is ours
            self._chain_id, *values,
        )  # fmt: skip
        if row is None:
            return None
        logs = self._database.all(
            f"{_SELECT_LOGS} AND l.block = ? AND l.transaction_position = ? ORDER BY l.position",
            self._chain_id, row["block"], row["position"],
        )  # fmt: skip
        return _mined(row, tuple(map(_log, logs)))

    def transactions(self, addresses: Sequence[Address], first: int, last: int) -> list[Mined]:
        """Sent or received by one of the addresses, without their logs, oldest first."""
        found: dict[tuple[int, int], Mined] = {}
        for start in range(0, len(addresses), _MAX_NAMES):
            names = [address.raw for address in addresses[start : start + _MAX_NAMES]]
            for side in ("sender", "recipient"):
                rows = self._database.all(
                    f"SELECT * FROM chain_transactions WHERE chain_id = ? AND {side} IN ({_marks(names)}) "  # noqa: S608 - column and marks are ours
                    "AND block BETWEEN ? AND ?",
                    self._chain_id, *names, first, last,
                )  # fmt: skip
                found |= {(row["block"], row["position"]): _mined(row, ()) for row in rows}
        return [found[place] for place in sorted(found)]

    def contents(self, first: int, last: int) -> list[Mined]:
        """Every transaction of those of these blocks that have been read, without logs, in the order of the chain."""
        rows = self._database.all(
            "SELECT * FROM chain_transactions WHERE chain_id = ? AND block BETWEEN ? AND ? ORDER BY block, position",
            self._chain_id, first, last,
        )  # fmt: skip
        return [_mined(row, ()) for row in rows]

    def logs(self, addresses: Sequence[Address], first: int, last: int) -> list[VerifiedLog]:
        """Of these contracts, in the order of the chain."""
        logs: list[VerifiedLog] = []
        for start in range(0, len(addresses), _MAX_NAMES):
            names = [address.raw for address in addresses[start : start + _MAX_NAMES]]
            rows = self._database.all(
                f"{_SELECT_LOGS} AND l.address IN ({_marks(names)}) AND l.block BETWEEN ? AND ?",
                self._chain_id, *names, first, last,
            )  # fmt: skip
            logs += map(_log, rows)
        return sorted(logs, key=lambda log: (log.block, log.position))


_SELECT_LOGS = (
    "SELECT l.*, t.hash AS transaction_hash FROM chain_logs l JOIN chain_transactions t ON t.chain_id = l.chain_id "
    "AND t.block = l.block AND t.position = l.transaction_position WHERE l.chain_id = ?"
)


def _marks(names: Sequence[bytes]) -> str:
    return ", ".join("?" * len(names))


def _address(raw: bytes | None) -> Address | None:
    return None if raw is None else Address(raw)


def _mined(row: Any, logs: tuple[VerifiedLog, ...]) -> Mined:
    return Mined(
        block=row["block"],
        position=row["position"],
        hash=row["hash"],
        sender=Address(row["sender"]),
        to=_address(row["recipient"]),
        contract=_address(row["contract"]),
        nonce=row["nonce"],
        value=int(row["value"]),
        succeeded=bool(row["succeeded"]),
        gas_used=row["gas_used"],
        price=int(row["price"]),
        logs=logs,
    )


def _log(row: Any) -> VerifiedLog:
    topics = row["topics"]
    return VerifiedLog(
        block=row["block"],
        position=row["position"],
        transaction_position=row["transaction_position"],
        transaction_hash=row["transaction_hash"],
        address=Address(row["address"]),
        topics=tuple(topics[at : at + 32] for at in range(0, len(topics), 32)),
        data=row["data"],
    )
