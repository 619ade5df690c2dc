"""The vault: one SQLCipher database behind a password.

password -> Argon2id -> key -> opens the header's 32 random bytes -> raw key of SQLCipher, and by HKDF the keys of the
ledger, of artefacts and of backups. A change of password seals the same 32 bytes again, so nothing is re-encrypted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from core.errors import BadFile, BadInput, DatabaseCorrupt, NewerProfile, TooLarge
from core.files import read_small, set_aside, write_whole
from core.paths import ProfilePaths
from core.storage import check
from core.vault import together
from core.vault.freshness import FreshnessFile, WatchedDatabase, compare
from core.vault.kdf import BOUNDS, KEY_BYTES, Bounds, Cost, calibrate
from core.vault.migrations import MIGRATIONS
from core.vault.seal import LONGEST, Sealed, parse, seal, unseal
from core.vault.stream import subkey

PURPOSE = "vault"
SCRATCH = ".openledger-"  # folders that live as long as one backup or restore
_SMALLEST = 4096  # bytes: one page; SQLite takes an empty file for a new database
_REMEDY = "restore_backup"


def exists(paths: ProfilePaths) -> bool:
    """Whether a profile is here: its header is written last."""
    return paths.vault_header.exists() or (paths.root / "change.json").exists()


def read_header(paths: ProfilePaths, bounds: Bounds = BOUNDS) -> Sealed:
    """Raises DatabaseCorrupt with the reason, and as `remedy` the key of what helps; NewerProfile."""
    path = str(paths.vault_header)
    try:
        return parse(read_small(paths.vault_header, LONGEST), purpose=PURPOSE, path=path, bounds=bounds)
    except TooLarge as error:
        raise DatabaseCorrupt(path=path, reason="too large", remedy=_REMEDY) from error
    except BadFile as error:
        if error.reason == "newer":
            raise NewerProfile(found="header", known=1) from error
        raise DatabaseCorrupt(path=path, reason=f"header {error.reason}", remedy=_REMEDY) from error


def _tidy(paths: ProfilePaths) -> None:
    """Half-written files of a program that was killed; nothing ever reads them."""
    for part in paths.root.glob("*.part"):
        part.unlink(missing_ok=True)
    for folder in paths.root.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)


class Vault:
    """Open from its making to `close`. `db` is shared by every store; threads may share both."""

    def __init__(self, paths: ProfilePaths, key: bytes, header: Sealed, database: WatchedDatabase) -> None:
        self.paths = paths
        self.db = database
        self.profile = header.profile
        self._key = key
        self._cost = header.cost
        self.bounds = BOUNDS
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"Vault({self.profile[:8]})"

    @classmethod
    def create(
        cls,
        paths: ProfilePaths,
        password: str,
        *,
        cost: Cost | None = None,
        bounds: Bounds = BOUNDS,
        profile: str | None = None,
    ) -> Vault:
        """A new vault; `cost` None measures this machine (about a second more); `profile` is its name for life, 16
        bytes in hex, random when None. Raises BadInput when there is a vault.

        The header is written last: a crash before that leaves no profile, and what it left is moved aside by the
        next `create`, never deleted.
        """
        if exists(paths):
            raise BadInput(field="profile", reason="exists", value=str(paths.root))
        paths.prepare()
        for path in (paths.vault, paths.vault.with_name("vault.db-wal"), paths.freshness):
            set_aside(path)
        paths.vault.with_name("vault.db-shm").unlink(missing_ok=True)
        key = os.urandom(KEY_BYTES)
        profile = profile or os.urandom(16).hex()
        header = seal(key, password, purpose=PURPOSE, profile=profile, cost=cost or calibrate())
        database = WatchedDatabase(paths.vault, key, MIGRATIONS)
        try:
            vault = cls(paths, key, header, database)
            vault.bounds = bounds
            vault._begin()
            write_whole(paths.vault_header, header.to_bytes())
        except BaseException:
            database.close()
            raise
        return vault

    @classmethod
    def open(
        cls, paths: ProfilePaths, password: str, *, bounds: Bounds = BOUNDS, accept_rollback: bool = False
    ) -> Vault:
        """Raises WrongPassword, DatabaseCorrupt (with `reason`, `remedy`), NewerProfile, DiskFull, and RolledBack
        when the database is older than it was; `accept_rollback` goes on with it, once the person knows.
        """
        together.finish(paths.root)
        _tidy(paths)
        header = read_header(paths, bounds)
        key = unseal(header, password)
        path = paths.vault
        if len(key) != KEY_BYTES or not path.exists() or path.stat().st_size < _SMALLEST:
            reason = "key" if len(key) != KEY_BYTES else "empty" if path.exists() else "missing"
            raise DatabaseCorrupt(path=str(path), reason=reason, remedy=_REMEDY)
        try:
            database = WatchedDatabase(path, key, MIGRATIONS)
        except DatabaseCorrupt as error:
            raise DatabaseCorrupt(path=str(path), reason=error.reason, remedy=_REMEDY) from error
        try:
            vault = cls(paths, key, header, database)
            vault.bounds = bounds
            if not accept_rollback:
                compare(vault._freshness().read(), database.seen())
            vault._begin()
        except BaseException:
            database.close()
            raise
        return vault

    def _freshness(self) -> FreshnessFile:
        return FreshnessFile(self.paths.freshness, subkey(self._key, "freshness"), self.profile)

    def _begin(self) -> None:
        self.db.watch(self._freshness())
        self.db.run("UPDATE freshness SET counter = counter")  # an opening counts: the file is written before any use

    @property
    def cost(self) -> Cost:
        """What one derivation costs here: measured when the vault was made."""
        return self._cost

    def subkey(self, label: str) -> bytes:
        """32 bytes for another store of this profile ("ledger", "artefacts"); the same at every opening."""
        return subkey(self._key, label)

    def mark(self, name: str, value: int) -> None:
        """A height that only rises, such as a chain's head: the next opening raises RolledBack if it has fallen."""
        self.db.mark(name, value)

    def marks(self) -> dict[str, int]:
        return dict(self.db.seen().marks)

    def check(self) -> None:
        """Every page and every index, on a connection of its own. Raises DatabaseCorrupt."""
        check(self.paths.vault, self._key)

    def check_password(self, password: str) -> None:
        """Raises WrongPassword. Takes as long as unlocking."""
        unseal(read_header(self.paths, self.bounds), password)

    def change_password(
        self, old: str, new: str, *, reseal: Callable[[Cost], bytes] | None = None, cost: Cost | None = None
    ) -> None:
        """Both the vault and the signer's keys, or neither, whenever it stops.

        `reseal` gives the new content of keys.json (made by the signer from the old and new password); it must be
        given when that file exists, or the profile would need two passwords. Raises WrongPassword, DiskFull.
        """
        if (reseal is not None) != self.paths.keys.exists():
            raise BadInput(field="keys", reason="must change together")
        with self._lock:
            cost = cost or self._cost
            key = unseal(read_header(self.paths, self.bounds), old)
            header = seal(key, new, purpose=PURPOSE, profile=self.profile, cost=cost)
            contents = {self.paths.vault_header.name: header.to_bytes()}
            if reseal is not None:
                contents[self.paths.keys.name] = reseal(cost)
            together.write_together(self.paths.root, contents)
            self._cost = cost

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """While a backup reads the small files: no change of password in between."""
        with self._lock:
            yield

    def key(self) -> bytes:
        """The raw key, for a second connection to the same database (backup)."""
        return self._key

    def close(self) -> None:
        self.db.close()
        self._key = bytes(KEY_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()
