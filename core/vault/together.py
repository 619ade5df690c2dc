"""Several small files of one folder replaced together: after a crash at any moment, all are old or all are new.

1. Each new content is written beside the old one as `name.next`.
2. `change.json`, which names them with their digests, is written in one step. From here on the change has happened.
3. Each `.next` takes its place, then `change.json` goes.
`finish` is called before the files are read: with a `change.json` it does step 3 again, without one it undoes step 1.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from core.errors import BadFile, DatabaseCorrupt
from core.files import read_small, sync_folder, write_whole

_JOURNAL = "change.json"
_NEXT = ".next"
_LONGEST = 1024 * 1024


def write_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Raises DiskFull before anything has changed."""
    finish(folder)
    journal = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    try:
        for name, content in contents.items():
            write_whole(folder / (name + _NEXT), content)
        write_whole(folder / _JOURNAL, json.dumps(journal).encode())
    except BaseException:
        if not (folder / _JOURNAL).exists():
            _undo(folder)
        raise
    _apply(folder, journal)


def finish(folder: Path) -> None:
    """Bring a change that a crash cut off to its end. Raises DatabaseCorrupt when its files are not what it says."""
    path = folder / _JOURNAL
    if not path.exists():
        _undo(folder)
        return
    try:
        journal = json.loads(read_small(path, _LONGEST))
        plain = all(Path(name).name == name and isinstance(digest, str) for name, digest in journal.items())
    except (BadFile, ValueError, AttributeError, TypeError):
        plain = False
    if not plain:
        raise DatabaseCorrupt(path=str(path), reason="damaged", remedy="restore_backup")
    _apply(folder, journal)


def _apply(folder: Path, journal: Mapping[str, str]) -> None:
    for name, digest in journal.items():
        source, target = folder / (name + _NEXT), folder / name
        if source.exists() and _digest(source) == digest:
            source.replace(target)
        elif not target.exists() or _digest(target) != digest:
            raise DatabaseCorrupt(path=str(target), reason="half changed", remedy="restore_backup")
    sync_folder(folder)
    (folder / _JOURNAL).unlink()
    _undo(folder)


def _digest(path: Path) -> str:
    return hashlib.sha256(read_small(path, _LONGEST)).hexdigest()


def _undo(folder: Path) -> None:
    for path in folder.glob("*" + _NEXT):
        path.unlink(missing_ok=True)
