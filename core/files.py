"""Small files written whole or not at all, readable by their owner only."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import BadFile, DiskFull, TooLarge

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def room_at(path: Path) -> Iterator[None]:
    """A full disk is named: DiskFull with this path."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(path=str(path)) from error
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step that survives a power cut; mode 0600. Raises DiskFull, and then the
    file is what it was before.
    """
    part = path.with_name(f"{path.name}.{os.urandom(4).hex()}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException as error:  # a stop from the keyboard, too, leaves no part of what was secret
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise DiskFull(path=str(path)) from error
        raise


@contextlib.contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """`write_whole` for a file too large to hold in memory: what is written takes its place when the block ends well,
    and is gone when it does not. Raises DiskFull.
    """
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise DiskFull(path=str(path)) from error
        raise


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable. Systems without folder handles (Windows) do so by themselves."""
    with contextlib.suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_small(path: Path, limit: int) -> bytes:
    """All of a file of at most `limit` bytes. Raises BadFile (missing, unreadable) or TooLarge."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError as error:
        raise BadFile(path=str(path), reason="missing") from error
    except OSError as error:
        raise BadFile(path=str(path), reason="unreadable") from error
    if len(content) > limit:
        raise TooLarge(what=path.name, found=path.stat().st_size, limit=limit)
    return content


def set_aside(path: Path) -> Path | None:
    """Move a file out of the way without losing it: `name.orphan-1`, -2, ... The new path, None if none was there."""
    if not path.exists():
        return None
    number = 1
    while (target := path.with_name(f"{path.name}.orphan-{number}")).exists():
        number += 1
    path.rename(target)
    return target
