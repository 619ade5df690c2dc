"""Opening a SQLCipher database with a raw key and bringing it to the newest schema.

WORKAROUND sqlcipher3 0.6.4: after one bad page a connection stays bad, so checks run on a fresh one.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from core.errors import DatabaseCorrupt, DiskFull, NewerProfile, StorageError

Migration = Callable[[Any], None]
KEY_BYTES = 32


def _translate(error: Exception, path: Path) -> StorageError:
    words = str(error).lower()
    if "full" in words or getattr(error, "errno", None) == errno.ENOSPC:
        return DiskFull(path=str(path))
    return DatabaseCorrupt(path=str(path), reason=str(error))


class Database:
    """One connection behind one lock: readers and the writer take turns, threads may share it.

    `transaction()` commits or rolls back as a whole. Errors of SQLCipher come out as DatabaseCorrupt or DiskFull;
    a broken constraint stays an IntegrityError of `sqlcipher3`, for the caller's own rule.
    """

    def __init__(self, path: Path, key: bytes, migrations: Sequence[Migration] = ()) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a raw SQLCipher key has 32 bytes")
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = self._open(key)
        try:
            self._migrate(migrations)
        except BaseException:
            self._connection.close()
            raise

    def _open(self, key: bytes) -> Any:
        try:
            connection = sqlcipher.connect(str(self.path), isolation_level=None, check_same_thread=False)
        except sqlcipher.Error as error:
            raise _translate(error, self.path) from error
        try:
            connection.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is our error to word, not stderr's
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA temp_store = MEMORY")  # no plaintext in temporary files
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlcipher.Error as error:
            connection.close()
            raise _translate(error, self.path) from error
        connection.row_factory = sqlcipher.Row
        if self.path.exists():
            self.path.chmod(0o600)
        return connection

    def _migrate(self, migrations: Sequence[Migration]) -> None:
        found = int(self.one("PRAGMA user_version")[0])
        if found > len(migrations):
            raise NewerProfile(found=found, known=len(migrations))
        for version, migration in enumerate(migrations[found:], start=found + 1):
            with self.transaction() as connection:
                migration(connection)
                connection.execute(f"PRAGMA user_version = {version}")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        """BEGIN IMMEDIATE .. COMMIT; nested use joins the outer one."""
        with self._lock:
            outermost = self._depth == 0
            try:
                if outermost:
                    self._connection.execute("BEGIN IMMEDIATE")
                self._depth += 1
                try:
                    yield self._connection
                finally:
                    self._depth -= 1
                if outermost:
                    self._connection.execute("COMMIT")
            except BaseException as error:
                if outermost and self._connection.in_transaction:
                    with contextlib.suppress(sqlcipher.Error):
                        self._connection.execute("ROLLBACK")
                if isinstance(error, sqlcipher.Error) and not isinstance(error, sqlcipher.IntegrityError):
                    raise _translate(error, self.path) from error
                raise

    def all(self, sql: str, *values: object) -> list[Any]:
        with self._lock:
            try:
                return list(self._connection.execute(sql, values).fetchall())
            except sqlcipher.IntegrityError:
                raise
            except sqlcipher.Error as error:
                raise _translate(error, self.path) from error

    def one(self, sql: str, *values: object) -> Any:
        """The first row, or None."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None

    def run(self, sql: str, *values: object) -> None:
        with self.transaction() as connection:
            connection.execute(sql, values)

    def run_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        with self.transaction() as connection:
            connection.executemany(sql, rows)

    def close(self) -> None:
        with self._lock:
            with contextlib.suppress(sqlcipher.Error, sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()


def check(path: Path, key: bytes) -> None:
    """Both integrity checks on a fresh connection. Raises DatabaseCorrupt."""
    database = Database.__new__(Database)
    database.path = path
    database._lock = threading.RLock()  # noqa: SLF001 - a bare connection, no migrations
    connection = database._open(key)  # noqa: SLF001
    try:
        bad = [row[0] for row in connection.execute("PRAGMA cipher_integrity_check").fetchall()]
        bad += [row[0] for row in connection.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
    except sqlcipher.Error as error:
        raise _translate(error, path) from error
    finally:
        connection.close()
    if bad:
        raise DatabaseCorrupt(path=str(path), reason="; ".join(map(str, bad[:3])))
