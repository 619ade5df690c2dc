"""Opening a SQLCipher database with a raw key and bringing it to the newest schema.

WORKAROUND sqlcipher3 0.6.4: after one bad page a connection stays bad, so checks run on a fresh one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import sqlcipher3.dbapi2 as sqlcipher

from core.errors import DatabaseCorrupt, DiskFull, Locked, NewerProfile, ProfileInUse, StorageError

Migration = Callable[[Any], None]
KEY_BYTES = 32


_SPACE = 1024 * 1024  # bytes free below which a failed write is a full disk, whatever SQLite calls it


_NAMES = {  # WORKAROUND sqlcipher3 0.6.4: `backup` raises its errors without a name
    "database or disk is full": "SQLITE_FULL",
    "disk I/O error": "SQLITE_IOERR",
    "database disk image is malformed": "SQLITE_CORRUPT",
    "file is not a database": "SQLITE_NOTADB",
    "database is locked": "SQLITE_BUSY",
}


def translate(error: sqlcipher.Error, path: Path) -> NoReturn:
    """What SQLite's result code means to a person. A fault of ours (a wrong statement) stays what it is."""
    name = str(getattr(error, "sqlite_errorname", "")) or _NAMES.get(str(error), "")
    if name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and no_space(path)):
        raise DiskFull(path=str(path)) from error
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR")):
        raise DatabaseCorrupt(path=str(path), reason=str(error)) from error
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        raise ProfileInUse(path=str(path), pid=None) from error
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_NOMEM", "SQLITE_PERM", "SQLITE_TOOBIG")):
        raise StorageError(path=str(path), reason=str(error)) from error
    raise error


def no_space(path: Path) -> bool:
    """True as well where a limit on file size stands in the way (then SQLite reports a failed write)."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(path.parent).free < _SPACE:
            return True
    with contextlib.suppress(ImportError, OSError):
        import resource  # not on Windows

        limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        sizes = [file.stat().st_size for file in (path, path.with_name(path.name + "-wal")) if file.exists()]
        return limit != resource.RLIM_INFINITY and limit - max(sizes, default=0) < _SPACE
    return False


class Database:
    """One connection behind one lock: readers and the writer take turns, threads may share it.

    `transaction()` commits or rolls back as a whole. Errors of SQLCipher come out as DatabaseCorrupt, DiskFull,
    ProfileInUse or StorageError; a broken constraint stays an IntegrityError of `sqlcipher3`, for the caller's own
    rule, and a wrong statement stays what it is. After `close` every use raises Locked.
    """

    def __init__(self, path: Path, key: bytes, migrations: Sequence[Migration] = ()) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a raw SQLCipher key has 32 bytes")
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._closed = False
        self._connection = self._open(key)
        try:
            self._migrate(migrations)
        except BaseException:
            self._connection.close()
            raise

    def _open(self, key: bytes) -> Any:
        if str(self.path) != ":memory:":
            self._make_private()
        try:
            connection = sqlcipher.connect(str(self.path), isolation_level=None, check_same_thread=False)
        except sqlcipher.Error as error:
            translate(error, self.path)
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
            translate(error, self.path)
        connection.row_factory = sqlcipher.Row
        return connection

    def _make_private(self) -> None:
        """SQLite gives its log the mode that the database has. Never opened when it exists: closing any handle of a
        file would drop the POSIX locks that other connections of this process hold on it.
        """
        with contextlib.suppress(FileExistsError, FileNotFoundError, PermissionError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with contextlib.suppress(FileNotFoundError, PermissionError):
            self.path.chmod(0o600)

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
            self._check_open()
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
                    translate(error, self.path)
                raise

    @property
    def changes(self) -> int:
        """Rows written since it was opened: as long as it stays the same, so does all that was read."""
        with self._lock:
            self._check_open()
            return int(self._connection.total_changes)

    def all(self, sql: str, *values: object) -> list[Any]:
        with self._lock:
            self._check_open()
            try:
                return list(self._connection.execute(sql, values).fetchall())
            except sqlcipher.IntegrityError:
                raise
            except sqlcipher.Error as error:
                translate(error, self.path)

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

    def _check_open(self) -> None:
        if self._closed:
            raise Locked

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
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
        translate(error, path)
    finally:
        connection.close()
    if bad:
        raise DatabaseCorrupt(path=str(path), reason="; ".join(map(str, bad[:3])))
