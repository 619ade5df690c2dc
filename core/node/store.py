"""The ledger's tables in SQLCipher. One block is one SQL transaction, so after a crash there is all of it or nothing.

Headers, transactions, receipts and logs are kept for ever; of states, those that `core.node.history` says (STORAGE.md).
What is read by hash is hashed again, so a changed byte comes out as DatabaseCorrupt and is never executed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from core.errors import DatabaseCorrupt, NotKept
from core.keccak import keccak256
from core.node.values import (
    EMPTY_TRIE_ROOT,
    Block,
    Header,
    Log,
    Receipt,
    Sealed,
    Withdrawal,
    decode_beside,
    encode_beside,
)
from core.storage import Database, check

CACHE_NODES = 20_000  # about 5 MB; calls touch the same upper nodes again and again
FULL_CHECK_BYTES = 1024 * 1024  # 20 ms; a larger file is checked while it serves (core/node/upkeep.py)
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


def _name_checkpoints(connection: Any) -> None:
    connection.execute(
        "CREATE TABLE checkpoints (name TEXT PRIMARY KEY, number INTEGER NOT NULL REFERENCES blocks) WITHOUT ROWID"
    )


def _keep_more_of_blocks(connection: Any) -> None:
    """Uncles and withdrawals of blocks made elsewhere (NULL for neither), and transactions that wait for a block."""
    connection.execute("ALTER TABLE blocks ADD COLUMN beside BLOB")
    connection.execute(
        "CREATE TABLE waiting (arrival INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, raw BLOB NOT NULL)"
    )


MIGRATIONS = [_create, _name_checkpoints, _keep_more_of_blocks]


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


class _Condemned:
    def __init__(self, error: DatabaseCorrupt) -> None:
        self._error = error

    def __getattr__(self, name: str) -> NoReturn:
        raise self._error


class Store:
    """Raises DatabaseCorrupt and DiskFull, as `core.storage.Database` does."""

    def __init__(self, path: Path, key: bytes) -> None:
        if path.exists() and path.stat().st_size:
            self._check_file(path, key)
        self.path = path
        self._cache: dict[bytes, bytes] = {}
        self._database = self._real = Database(path, key, MIGRATIONS)
        self._marks = {row[0]: int(row[1]) for row in self._database.all("SELECT name, value FROM meta")}
        self._checkpoints = {row[0]: int(row[1]) for row in self._database.all("SELECT * FROM checkpoints")}

    @staticmethod
    def _check_file(path: Path, key: bytes) -> None:
        if path.stat().st_size <= FULL_CHECK_BYTES:
            check(path, key)

    def close(self) -> None:
        self._real.close()

    def condemn(self, error: DatabaseCorrupt) -> None:
        """The file is known to be damaged: whatever is asked of it from now on raises `error`."""
        self._cache.clear()
        self._database = _Condemned(error)  # type: ignore[assignment]  # all it does is raise

    def corrupt(self, reason: str) -> DatabaseCorrupt:
        return DatabaseCorrupt(path=str(self.path), reason=reason)

    def chain_id(self) -> int | None:
        """None in a file that holds no ledger yet."""
        return self._marks.get("chain_id")

    def start(self, chain_id: int, genesis: Sealed) -> None:
        with self._database.transaction():
            self.mark(chain_id=chain_id)
            self.append(genesis)

    # What is kept

    def marked(self, name: str) -> int:
        """A number that the ledger remembers about itself; 0 where it never said so."""
        return self._marks.get(name, 0)

    def mark(self, **values: int) -> None:
        """Durable when it returns."""
        self._database.run_many("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))
        self._marks.update(values)

    def marks(self, prefix: str) -> list[tuple[str, int]]:
        """Those whose name begins so."""
        return [(name, value) for name, value in sorted(self._marks.items()) if name.startswith(prefix)]

    @property
    def checkpoints(self) -> Mapping[str, int]:
        """Name -> block whose state is kept for as long as the name stands."""
        return self._checkpoints

    def set_checkpoint(self, name: str, block: int | None) -> None:
        """None forgets the name."""
        if block is None:
            self._database.run("DELETE FROM checkpoints WHERE name = ?", name)
            self._checkpoints.pop(name, None)
        else:
            self._database.run("INSERT OR REPLACE INTO checkpoints VALUES (?, ?)", name, block)
            self._checkpoints[name] = block

    def has_state(self, block: int) -> bool:
        """Whether the state after a block is kept. Those of the first block and of checkpoints always are."""
        if block < self.marked("snapshot"):  # the ledger came as the state of this block
            return False
        return block == 0 or block >= self.marked("horizon") or block in self._checkpoints.values()

    def need_state(self, block: int) -> None:
        """Raises NotKept."""
        if not self.has_state(block):
            raise NotKept(what="state", block=block, first=self.marked("horizon"))

    def _need_body(self, block: int) -> None:
        if 0 < block < self.marked("bodies"):
            raise NotKept(what="body", block=block, first=self.marked("bodies"))

    def nodes_after(self, digest: bytes, most: int) -> list[bytes]:
        """Hashes of stored nodes and codes in rising order, from the one after `digest`."""
        rows = self._database.all("SELECT hash FROM nodes WHERE hash > ? ORDER BY hash LIMIT ?", digest, most)
        return [bytes(row[0]) for row in rows]

    def drop(self, digests: Collection[bytes]) -> None:
        """Nodes that no kept state refers to. Durable when it returns."""
        self._database.run_many("DELETE FROM nodes WHERE hash = ?", [(digest,) for digest in digests])
        for digest in digests:
            self._cache.pop(digest, None)

    def add_nodes(self, nodes: Sequence[tuple[bytes, bytes]]) -> None:
        self._database.run_many("INSERT OR IGNORE INTO nodes VALUES (?, ?)", nodes)

    def node(self, digest: bytes) -> bytes:
        """Without the cache, for walking through all of a state. Raises DatabaseCorrupt where it is missing."""
        row = self._database.one("SELECT data FROM nodes WHERE hash = ?", digest)
        if row is None:
            raise self.corrupt(f"node {digest.hex()} is missing")
        return bytes(row[0])

    def page_bytes(self) -> tuple[int, int]:
        """(bytes of the file, bytes in it that wait to be used again)."""
        size, pages, free = (
            int(self._database.one(f"PRAGMA {name}")[0]) for name in ("page_size", "page_count", "freelist_count")
        )
        return size * pages, size * free

    # Blocks

    def append(self, block: Sealed) -> None:
        """Durable when it returns."""
        kept = [
            (tx.raw, receipt.encode(tx.type)) for tx, receipt in zip(block.transactions, block.receipts, strict=True)
        ]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO nodes VALUES (?, ?)", block.nodes.items())
            self.keep(block.header, encode_beside(block.uncles, block.withdrawals), kept)
        if len(self._cache) + len(block.nodes) > CACHE_NODES:
            self._cache.clear()
        self._cache.update(block.nodes)

    def keep(self, header: Header, beside: bytes | None, content: Sequence[tuple[bytes, bytes]]) -> None:
        """A block without its state; `content` is its transactions as hashed, each with its receipt as hashed."""
        number = header.number
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?)", (number, header.hash, header.encode(), beside))
            rows: list[tuple[object, ...]] = []
            for position, (raw, receipt) in enumerate(content):
                digest = keccak256(raw)
                connection.execute(
                    "INSERT INTO transactions VALUES (?, ?, ?, ?, ?)", (digest, number, position, raw, receipt)
                )
                for log in Receipt.decode(receipt).logs:
                    topics = [*log.topics, None, None, None, None][:4]
                    rows.append((number, len(rows), position, digest, log.address, *topics, log.data))
            connection.executemany("INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def content(self, number: int) -> tuple[bytes | None, list[tuple[bytes, bytes]]]:
        """What `keep` was given. Raises NotKept."""
        self._need_body(number)
        row = self._database.one("SELECT beside FROM blocks WHERE number = ?", number)
        rows = self._database.all("SELECT raw, receipt FROM transactions WHERE number = ? ORDER BY position", number)
        beside = None if row is None or row[0] is None else bytes(row[0])
        return beside, [(bytes(raw), bytes(receipt)) for raw, receipt in rows]

    def together(self) -> contextlib.AbstractContextManager[Any]:
        """What is written within becomes durable as a whole, or not at all."""
        return self._database.transaction()

    def block(self, number: int) -> Block | None:
        """As it crosses between nodes. Raises NotKept where the ledger came as a snapshot without it."""
        header = self.header(number)
        return self.body(header) if header else None

    def body(self, header: Header) -> Block:
        """The whole of a block that is kept; nothing in it is decoded. Raises NotKept."""
        self._need_body(header.number)
        rows = self._database.all("SELECT raw FROM transactions WHERE number = ? ORDER BY position", header.number)
        uncles, withdrawals = self.beside(header.number)
        return Block(
            header,
            tuple(bytes(row[0]) for row in rows),
            uncles,
            withdrawals if header.has("withdrawals_root") else None,
        )

    def hashes(self, number: int) -> list[bytes]:
        """Of a block's transactions, in order. Raises NotKept."""
        self._need_body(number)
        rows = self._database.all("SELECT hash FROM transactions WHERE number = ? ORDER BY position", number)
        return [bytes(row[0]) for row in rows]

    def beside(self, number: int) -> tuple[tuple[Header, ...], tuple[Withdrawal, ...]]:
        """A block's uncles and withdrawals."""
        row = self._database.one("SELECT beside FROM blocks WHERE number = ?", number)
        return decode_beside(bytes(row[0]) if row and row[0] is not None else None)

    # Transactions that wait for a block

    def waiting(self) -> list[bytes]:
        """As encoded, in the order of their arrival."""
        return [bytes(row[0]) for row in self._database.all("SELECT raw FROM waiting ORDER BY arrival")]

    def wait(self, digest: bytes, raw: bytes) -> None:
        """Durable when it returns."""
        self._database.run("INSERT OR IGNORE INTO waiting (hash, raw) VALUES (?, ?)", digest, raw)

    def stop_waiting(self, digests: Collection[bytes]) -> None:
        self._database.run_many("DELETE FROM waiting WHERE hash = ?", [(digest,) for digest in digests])

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

    def newest(self) -> int:
        """The number of the head; -1 in an empty ledger."""
        return int(self._database.one("SELECT coalesce(max(number), -1) FROM blocks")[0])

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
        """Of one block, in order. Raises NotKept where the ledger came as a snapshot without it."""
        self._need_body(number)
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


def _stored(row: Any) -> StoredTransaction:
    return StoredTransaction(bytes(row["raw"]), row["number"], row["position"], Receipt.decode(bytes(row["receipt"])))


def _stored_log(row: Any) -> StoredLog:
    topics = tuple(bytes(row[f"topic{i}"]) for i in range(4) if row[f"topic{i}"] is not None)
    log = Log(bytes(row["address"]), topics, bytes(row["data"]))
    return StoredLog(row["number"], row["position"], row["tx_position"], bytes(row["tx_hash"]), log)
