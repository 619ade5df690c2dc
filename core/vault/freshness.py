"""What shows that a database is older than it was: a counter and high-water marks, in the database and beside it.

SQLite opens a database clean whose write-ahead log was cut off or whose file was put back to an older copy. So every
write also raises a counter in the same transaction, and the counter is written to a file of its own after the commit:
at most once a second, always at closing and when a mark is set. The file is never ahead of a healthy database; a
database behind its file has lost writes. Somebody who puts both back together is not noticed here: the accounts' nonces
on the ledger then tell (core/client/older.py).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import BadFile, BadInput, DiskFull, RolledBack, TooLarge
from core.files import read_small, write_whole
from core.storage import Database, Migration

_INTERVAL = 1.0  # seconds between two writes of the file
_LONGEST = 1024 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """The counter and marks at one moment."""

    counter: int
    marks: Mapping[str, int] = field(default_factory=dict)


class FreshnessFile:
    """Signed (HMAC-SHA256) under a key derived from the vault's, for one profile."""

    def __init__(self, path: Path, key: bytes, profile: str) -> None:
        self.path = path
        self._key = key
        self._profile = profile

    def _mac(self, body: dict[str, Any]) -> str:
        plain = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        return hmac.new(self._key, plain, hashlib.sha256).hexdigest()

    def write(self, seen: Seen) -> None:
        body = {"profile": self._profile, "counter": seen.counter, "marks": dict(seen.marks)}
        write_whole(self.path, json.dumps({**body, "mac": self._mac(body)}).encode())

    def read(self) -> Seen:
        """Raises RolledBack when it is missing or not what was written for this profile."""
        try:
            body = json.loads(read_small(self.path, _LONGEST))
            mac = body.pop("mac")
            whole = hmac.compare_digest(mac, self._mac(body)) and body["profile"] == self._profile
            seen = Seen(body["counter"], body["marks"])
        except (BadFile, TooLarge) as error:
            raise RolledBack(what="freshness file", expected="present", found=error.values.get("reason")) from error
        except (ValueError, TypeError, KeyError, AttributeError):
            whole = False
        if not whole:
            raise RolledBack(what="freshness file", expected="unchanged", found="damaged")
        return seen


class WatchedDatabase(Database):
    """A database whose every writing transaction raises the counter. `watch` begins it, after the migrations."""

    def __init__(self, path: Path, key: bytes, migrations: Sequence[Migration]) -> None:
        self._file: FreshnessFile | None = None
        self._clock: Callable[[], float] = time.monotonic
        self._written = float("-inf")
        self._behind = False
        super().__init__(path, key, migrations)

    def seen(self) -> Seen:
        counter = int(self.one("SELECT counter FROM freshness")[0])
        return Seen(counter, {row["name"]: row["value"] for row in self.all("SELECT name, value FROM marks")})

    def watch(self, file: FreshnessFile, clock: Callable[[], float] = time.monotonic) -> None:
        self._file, self._clock, self._written = file, clock, float("-inf")

    def mark(self, name: str, value: int) -> None:
        """Raise the high-water mark `name`; a lower value leaves it. The file is written at once."""
        if not name or len(name) > 200 or not 0 <= value < 2**63:
            raise BadInput(field="mark", reason="range", value=name[:200])
        known = self.one("SELECT value FROM marks WHERE name = ?", name)
        if known is not None and known[0] >= value:
            return
        self._written = float("-inf")
        self.run("INSERT INTO marks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._lock:
            outermost, wrote = self._depth == 0, False
            with super().transaction() as connection:
                before = connection.total_changes
                yield connection
                if outermost and self._file is not None and connection.total_changes != before:
                    connection.execute("UPDATE freshness SET counter = counter + 1")
                    wrote = True
            if wrote:
                self._behind = True
                if self._clock() - self._written >= _INTERVAL:
                    self.write_freshness()

    def write_freshness(self) -> None:
        """Bring the file up to the database. The commit stands either way: a full disk only leaves the file behind."""
        if self._file is None:
            return
        try:
            self._file.write(self.seen())
        except (DiskFull, OSError) as error:
            _log.warning("the freshness file is behind: %s", type(error).__name__)
        else:
            self._behind = False
            self._written = self._clock()

    def close(self) -> None:
        with self._lock:
            if self._behind:
                self.write_freshness()
            super().close()


def compare(file: Seen, database: Seen) -> None:
    """Raises RolledBack when the database is behind what the file saw."""
    if database.counter < file.counter:
        raise RolledBack(what="vault", expected=file.counter, found=database.counter)
    for name, value in file.marks.items():
        if database.marks.get(name, -1) < value:
            raise RolledBack(what=name, expected=value, found=database.marks.get(name))
