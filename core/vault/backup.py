"""Backups: made from a running profile, checked before they count, kept in turn; and back again.

A snapshot of each database is copied page by page inside one read transaction (SQLite's backup interface), so writers
go on meanwhile. Snapshots are SQLCipher files under the same key: no plaintext touches the disk.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import sqlcipher3.dbapi2 as sqlcipher

from core import storage
from core.errors import BadFile, BadInput, DatabaseCorrupt, DiskFull, NewerProfile
from core.files import read_small, room_at, set_aside, sync_folder, write_whole
from core.jobs import Progress, silent
from core.paths import ProfilePaths
from core.vault.backup_file import Manifest, Reader, Writer
from core.vault.freshness import FreshnessFile, Seen
from core.vault.kdf import BOUNDS, KEY_BYTES, Bounds
from core.vault.migrations import MIGRATIONS
from core.vault.seal import LONGEST, unseal
from core.vault.stream import subkey
from core.vault.vault import SCRATCH, Vault, exists, read_header

SUFFIX = ".olbackup"
_PAGES = 4096  # 16 MiB between two looks at the cancel wish
_NAME = re.compile(r"openledger-([0-9a-f]{8})-\d{8}T\d{6}Z(-\d+)?" + re.escape(SUFFIX))


@dataclass(frozen=True)
class Report:
    """What a backup holds: `names` are files of the profile, `size` the bytes of the backup file itself."""

    path: Path
    profile: str
    created: int
    names: tuple[str, ...]
    size: int


@contextlib.contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A private folder on the disk where the result will be."""
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _connect(path: Path, key: bytes) -> sqlcipher.Connection:
    connection = sqlcipher.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection


def snapshot(source: Path, target: Path, key: bytes, progress: Progress) -> None:
    """A consistent copy of a SQLCipher database that others may be writing to, checked. Raises DatabaseCorrupt."""
    if not source.exists():
        raise DatabaseCorrupt(path=str(source), reason="missing", remedy="restore_backup")

    def step(_status: int, left: int, total: int) -> None:
        progress.step("Copying the database", total - left, total)

    try:
        with contextlib.closing(_connect(source, key)) as old, contextlib.closing(_connect(target, key)) as new:
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins here
            old.backup(new, pages=_PAGES, progress=step)
            new.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
    except sqlcipher.Error as error:
        storage.translate(error, target if storage.no_space(target) else source)
    storage.check(target, key)
    for extra in ("-wal", "-shm"):
        target.with_name(target.name + extra).unlink(missing_ok=True)


def back_up(
    vault: Vault, to: Path, *, ledger: bytes | None = None, files: bool = False, progress: Progress | None = None
) -> Report:
    """One file at `to` with the vault and the keys; with the ledger too when its key is given, and the files folder.

    It is written under another name, read back whole and compared, and only then takes its place: a failure or a
    cancel leaves what stood at `to` before. Raises DatabaseCorrupt, DiskFull, Cancelled.
    """
    progress = progress or silent()
    paths = vault.paths
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f".{to.name}.{os.urandom(4).hex()}.part")
    salt = os.urandom(16)
    key = subkey(vault.key(), "backup", salt)
    try:
        with room_at(to), _scratch(paths.root) as folder:
            with vault.steady():
                header = read_header(paths, vault.bounds)
                kept = [("keys.json", _keep(paths.keys, folder / "keys.json"))] if paths.keys.exists() else []
            sources = [("vault.db", _copy(paths.vault, folder / "vault.db", vault.key(), progress)), *kept]
            if ledger is not None and paths.ledger.exists():
                sources.append(("ledger.db", _copy(paths.ledger, folder / "ledger.db", ledger, progress)))
            if files:
                found = sorted(path for path in paths.files.rglob("*") if path.is_file() and path.suffix != ".part")
                sources += [(path.relative_to(paths.root).as_posix(), path) for path in found]
            seen = vault.db.seen()
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
                writer = Writer(file, header, salt, key)
                _write(writer, sources, Seen(seen.counter), vault.profile, progress)
                file.flush()
                os.fsync(file.fileno())
                report = _verify(file, part, key, vault.bounds, progress)
            part.replace(to)
            sync_folder(to.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Report(to, report.profile, report.created, tuple(m.name for m in report.members), to.stat().st_size)


def _copy(source: Path, target: Path, key: bytes, progress: Progress) -> Path:
    snapshot(source, target, key, progress)
    return target


def _keep(source: Path, target: Path) -> Path:
    """The sealed keys as they are now: a change of password may come while the rest is copied."""
    target.write_bytes(read_small(source, LONGEST))
    return target


def _write(writer: Writer, sources: list[tuple[str, Path]], seen: Seen, profile: str, progress: Progress) -> None:
    try:
        for number, (name, source) in enumerate(sources):
            progress.step("Writing the backup", number, len(sources))
            with source.open("rb") as content:
                writer.add(name, content, progress)
        manifest = Manifest(profile, int(time.time()), len(MIGRATIONS), seen.counter, tuple(writer.members))
        writer.finish(manifest, progress)
    except BaseException:
        with contextlib.suppress(Exception):  # the reason is on its way up; the half file is thrown away
            writer.abandon()
        raise


def _verify(file: BinaryIO, path: Path, key: bytes, bounds: Bounds, progress: Progress) -> Manifest:
    reader = Reader(file, path, bounds)
    manifest = reader.manifest(key, progress)
    for number in range(len(manifest.members)):
        progress.step("Checking the backup", number, len(manifest.members))
        reader.extract(manifest, number, key, None, progress)
    return manifest


def _unpack(
    backup: Path, password: str, folder: Path, bounds: Bounds, progress: Progress
) -> tuple[Manifest, bytes, bytes]:
    """Everything into `folder`, checked. The manifest, the vault's key, the vault's header as bytes."""
    try:
        file = backup.open("rb")
    except OSError as error:
        raise BadFile(path=str(backup), reason="unreadable") from error
    with file:
        reader = Reader(file, backup, bounds)
        progress.step("Checking the password")
        vault_key = unseal(reader.header, password)
        if len(vault_key) != KEY_BYTES:
            raise BadFile(path=str(backup), reason="damaged")
        key = subkey(vault_key, "backup", reader.salt)
        manifest = reader.manifest(key, progress)
        if manifest.schema > len(MIGRATIONS):
            raise NewerProfile(found=manifest.schema, known=len(MIGRATIONS))
        needed = sum(member.size for member in manifest.members)
        if shutil.disk_usage(folder).free < needed:
            raise DiskFull(path=str(folder), needed=needed)
        for number, member in enumerate(manifest.members):
            progress.step("Unpacking", number, len(manifest.members))
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
                reader.extract(manifest, number, key, out, progress)
                out.flush()
                os.fsync(out.fileno())
        storage.check(folder / "vault.db", vault_key)
        return manifest, vault_key, reader.header.to_bytes()


def drill(backup: Path, password: str, *, bounds: Bounds = BOUNDS, progress: Progress | None = None) -> Report:
    """A restore that keeps nothing: every byte read, every check made. Raises what `restore` would raise."""
    with room_at(backup), _scratch(Path(tempfile.gettempdir())) as folder:
        manifest, _, _ = _unpack(backup, password, folder, bounds, progress or silent())
        names = tuple(member.name for member in manifest.members)
        return Report(backup, manifest.profile, manifest.created, names, backup.stat().st_size)


def restore(
    backup: Path, paths: ProfilePaths, password: str, *, bounds: Bounds = BOUNDS, progress: Progress | None = None
) -> Report:
    """A profile from a backup, into a folder without one. The vault's header takes its place last, so a failure, a
    cancel or a crash leaves no half profile; nothing that stood there is overwritten (it is moved aside).

    Raises BadInput (a profile is there), BadFile, TooLarge, WrongPassword, NewerProfile, DatabaseCorrupt, DiskFull.
    """
    if exists(paths) or paths.keys.exists():
        raise BadInput(field="profile", reason="exists", value=str(paths.root))
    progress = progress or silent()
    paths.prepare()
    with room_at(paths.root), _scratch(paths.root) as folder:
        manifest, key, header = _unpack(backup, password, folder, bounds, progress)
        progress.check()  # the last moment to turn back
        for name in ("vault.db-wal", "vault.db-shm", "ledger.db", "ledger.db-wal", "ledger.db-shm"):
            set_aside(paths.root / name)
        for member in manifest.members:
            target = paths.root / member.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            set_aside(target)
            (folder / member.name).replace(target)
        FreshnessFile(paths.freshness, subkey(key, "freshness"), manifest.profile).write(Seen(0))
        sync_folder(paths.root)
        write_whole(paths.vault_header, header)
    names = tuple(member.name for member in manifest.members)
    return Report(backup, manifest.profile, manifest.created, names, backup.stat().st_size)


def list_backups(folder: Path, profile: str) -> list[Path]:
    """A profile's backups made by `back_up_in_turn`, newest first."""
    if not folder.is_dir():
        return []
    found = [(match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return sorted((path for match, path in found if match[1] == profile[:8]), key=_age, reverse=True)


def _age(path: Path) -> tuple[str, int]:
    stem, _, number = path.name.removesuffix(SUFFIX).partition("Z")
    return stem, int(number.lstrip("-") or 0)


def back_up_in_turn(
    vault: Vault,
    folder: Path,
    keep: int,
    *,
    now: Callable[[], float] = time.time,
    ledger: bytes | None = None,
    files: bool = False,
    progress: Progress | None = None,
) -> Report:
    """One more backup in `folder`; once it is checked and in place, all but the newest `keep` go."""
    if keep < 1:
        raise BadInput(field="keep", reason="range", value=keep)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now()))
    number, name = 0, f"openledger-{vault.profile[:8]}-{stamp}"
    while (path := folder / f"{name}{f'-{number}' if number else ''}{SUFFIX}").exists():
        number += 1
    report = back_up(vault, path, ledger=ledger, files=files, progress=progress)
    for old in list_backups(folder, vault.profile)[keep:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return report
