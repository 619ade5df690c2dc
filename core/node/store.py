"""The ledger's tables in SQLCipher. One block is one SQL transaction, so after a crash there is all of it or nothing.

Nodes are never pruned: every past state can be read and proven. What is read by hash is hashed again, so a changed
byte comes out as DatabaseCorrupt and is never executed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DatabaseCorrupt
from core.keccak import keccak256
from core.node.values import EMPTY_TRIE_ROOT, Header, Log, Receipt, Sealed
from core.storage import Database, check

CACHE_NODES = 20_000  # about 5 MB; calls touch the same upper nodes again and again
FULL_CHECK_BYTES = 32 * 1024 * 1024  # .7 s; beyond it a bad page is found when it is read, not at the start
APPLICATION_ID = 0x4F4C4E44  # "OLND": this SQLite file is a ledger

_SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE nodes (hash BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL);
CREATE TABLE transactions (
  hash BLOB PRIMARY KEY, number INTEGER NOT NULL REFERENCES blocks, position INTEGER NOT NULL,
  raw BLOB NOT NULL, receipt BLOB NOT NULL, UNIQUE (number, position)
);
CREATE TABLE logs (
  number INTEGER NOT NULL, position INTEGER NOT NULL, tx_position INTEGER NOT NULL, tx_hash BLOB NOT NULL,
  address BLOB NOT NULL, topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB, data BLOB NOT NULL,
  PRIMARY KEY (number, position)
) WITHOUT ROWID;
CREATE INDEX logs_by_address ON logs (address, number);
CREATE INDEX logs_by_topic ON logs (topic0, number);
"""


def _create(connection: Any) -> None:
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            connection.execute(statement)


MIGRATIONS = [_create]


@dataclass(frozen=True)
class StoredTransaction:
    raw: bytes
    number: int
    position: int
    receipt: Receipt


@dataclass(frozen=True)
class StoredLog:
    number: int
    position: int  # within the block
    tx_position: int
    tx_hash: bytes
    log: Log


class Store:
    """Raises DatabaseCorrupt and DiskFull, as `core.storage.Database` does."""

    def __init__(self, path: Path, key: bytes) -> None:
        if path.exists() and path.stat().st_size:
            self._check_file(path, key)
        self.path = path
        self._cache: dict[bytes, bytes] = {}
        self._database = Database(path, key, MIGRATIONS)

    @staticmethod
    def _check_file(path: Path, key: bytes) -> None:
        if path.stat().st_size <= FULL_CHECK_BYTES:
            check(path, key)

    def close(self) -> None:
        self._database.close()

    def corrupt(self, reason: str) -> DatabaseCorrupt:
        return DatabaseCorrupt(path=str(self.path), reason=reason)

    def chain_id(self) -> int | None:
        """None in a file that holds no ledger yet."""
        row = self._database.one("SELECT value FROM meta WHERE name = 'chain_id'")
        return int(row[0]) if row else None

    def start(self, chain_id: int, genesis: Sealed) -> None:
        with self._database.transaction():
            self._database.run("INSERT INTO meta VALUES ('chain_id', ?)", chain_id)
            self.append(genesis)

    def append(self, block: Sealed) -> None:
        """Durable when it returns."""
        number, digest = block.header.number, block.header.hash
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO nodes VALUES (?, ?)", block.nodes.items())
            connection.execute("INSERT INTO blocks VALUES (?, ?, ?)", (number, digest, block.header.encode()))
            for position, (tx, receipt) in enumerate(zip(block.transactions, block.receipts, strict=True)):
                connection.execute(
                    "INSERT INTO transactions VALUES (?, ?, ?, ?, ?)",
                    (tx.hash, number, position, tx.raw, receipt.encode(tx.type)),
                )
            connection.executemany("INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _log_rows(block))
        if len(self._cache) + len(block.nodes) > CACHE_NODES:
            self._cache.clear()
        self._cache.update(block.nodes)

    def get(self, digest: bytes) -> bytes | None:
        """A trie node, a code or an encoded header by its hash."""
        found = self._cache.get(digest)
        if found is not None:
            return found
        row = self._database.one("SELECT data FROM nodes WHERE hash = ?", digest)
        row = row or self._database.one("SELECT header FROM blocks WHERE hash = ?", digest)
        if row is None:
            return None
        data = bytes(row[0])
        if keccak256(data) != digest:
            raise self.corrupt(f"node {digest.hex()} does not hash to its name")
        if len(self._cache) >= CACHE_NODES:
            self._cache.clear()
        self._cache[digest] = data
        return data

    def head(self) -> Header | None:
        """The newest header, None in an empty ledger. Raises DatabaseCorrupt unless it and its state are sound."""
        row = self._database.one("SELECT number, hash, header FROM blocks ORDER BY number DESC LIMIT 1")
        if row is None:
            return None
        header = self._header(row)
        if header.number and self.header_by_hash(header.parent_hash) is None:
            raise self.corrupt(f"block {header.number} has no parent")
        if header.state_root != EMPTY_TRIE_ROOT and self.get(header.state_root) is None:
            raise self.corrupt(f"block {header.number} has no state")
        return header

    def _header(self, row: Any) -> Header:
        try:
            header = Header.decode(bytes(row["header"]))
        except ValueError as error:
            raise self.corrupt(f"block {row['number']}: {error}") from error
        if header.hash != bytes(row["hash"]) or header.number != row["number"]:
            raise self.corrupt(f"block {row['number']} does not hash to its name")
        return header

    def header(self, number: int) -> Header | None:
        row = self._database.one("SELECT number, hash, header FROM blocks WHERE number = ?", number)
        return self._header(row) if row else None

    def header_by_hash(self, digest: bytes) -> Header | None:
        row = self._database.one("SELECT number, hash, header FROM blocks WHERE hash = ?", digest)
        return self._header(row) if row else None

    def transactions(self, number: int) -> list[StoredTransaction]:
        """Of one block, in order."""
        rows = self._database.all("SELECT * FROM transactions WHERE number = ? ORDER BY position", number)
        return [_stored(row) for row in rows]

    def transaction(self, digest: bytes) -> StoredTransaction | None:
        row = self._database.one("SELECT * FROM transactions WHERE hash = ?", digest)
        return _stored(row) if row else None

    def logs(
        self,
        first: int,
        last: int,
        addresses: Sequence[bytes],
        topics: Sequence[Sequence[bytes]],
        limit: int,
    ) -> list[StoredLog]:
        """In order of the chain. An empty list of addresses, or of topics at a place, allows any; at most `limit`."""
        where, values = ["number BETWEEN ? AND ?"], [first, last]
        wishes = [("address", addresses), *((f"topic{i}", wanted) for i, wanted in enumerate(topics))]
        arguments: list[object] = list(values)
        for column, wanted in wishes:
            if wanted:
                where.append(f"{column} IN ({','.join('?' * len(wanted))})")
                arguments += wanted
            elif column != "address":
                where.append(f"{column} IS NOT NULL")  # a filter of n places takes logs of at least n topics
        sql = f"SELECT * FROM logs WHERE {' AND '.join(where)} ORDER BY number, position LIMIT ?"  # noqa: S608 - columns are ours
        return [_stored_log(row) for row in self._database.all(sql, *arguments, limit)]


def _log_rows(block: Sealed) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for tx_position, (tx, receipt) in enumerate(zip(block.transactions, block.receipts, strict=True)):
        for log in receipt.logs:
            topics = [*log.topics, None, None, None, None][:4]
            rows.append((block.header.number, len(rows), tx_position, tx.hash, log.address, *topics, log.data))
    return rows


def _stored(row: Any) -> StoredTransaction:
    return StoredTransaction(bytes(row["raw"]), row["number"], row["position"], Receipt.decode(bytes(row["receipt"])))


def _stored_log(row: Any) -> StoredLog:
    topics = tuple(bytes(row[f"topic{i}"]) for i in range(4) if row[f"topic{i}"] is not None)
    log = Log(bytes(row["address"]), topics, bytes(row["data"]))
    return StoredLog(row["number"], row["position"], row["tx_position"], bytes(row["tx_hash"]), log)
