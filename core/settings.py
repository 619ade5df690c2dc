"""What must be known before a profile is unlocked, declared once: name, type, default, what is allowed.

One small JSON file, nothing secret. A value that is not allowed falls back to its default and is reported; a name that
this version does not know is kept for the one that does. A new setting is one line in `Settings`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from core.errors import BadFile, BadInput, TooLarge
from core.files import read_small, write_whole

Theme = Literal["light", "dark", "system"]
LOCK_MINUTES = (1, 5, 15, 30, 60, 0)  # 0: never by itself
_LONGEST = 1024 * 1024  # bytes of the file
_LONGEST_WINDOW = 4096  # characters

Allowed = Callable[[object], bool]


def _one_of(*values: object) -> Allowed:
    return lambda value: any(value == one and type(value) is type(one) for one in values)


def _text(pattern: str, longest: int) -> Allowed:
    return lambda value: isinstance(value, str) and len(value) <= longest and bool(re.fullmatch(pattern, value))


def _switch(value: object) -> bool:
    return isinstance(value, bool)


@dataclass(frozen=True)
class Settings:
    """`window` is Qt's saved geometry in base64, empty before the first close; `language` a tag such as "en" or
    "pt-BR", or "system"; `network` the name of a network's file.
    """

    theme: Theme = field(default="system", metadata={"allowed": _one_of(*get_args(Theme))})
    lock_minutes: int = field(default=15, metadata={"allowed": _one_of(*LOCK_MINUTES)})
    language: str = field(default="system", metadata={"allowed": _text(r"system|[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", 35)})
    network: str = field(default="local", metadata={"allowed": _text(r"[a-z0-9][a-z0-9-]*", 40)})
    reduce_motion: bool = field(default=False, metadata={"allowed": _switch})
    window: str = field(default="", metadata={"allowed": _text(r"[A-Za-z0-9+/=]*", _LONGEST_WINDOW)})


_ALLOWED: Mapping[str, Allowed] = {one.name: one.metadata["allowed"] for one in fields(Settings)}


@dataclass(frozen=True)
class Read:
    """What a file says: `broken` names settings that fell back to their default ("" for the whole file), `unknown`
    are values that this version does not know.
    """

    values: Settings
    broken: tuple[str, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict)


def read(text: str) -> Read:
    """Takes what is well-formed and leaves the rest at its default: a damaged file must not keep anyone out."""
    try:
        found = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return Read(Settings(), ("",))
    if not isinstance(found, dict):
        return Read(Settings(), ("",))
    known = {name: value for name, value in found.items() if name in _ALLOWED}
    good = {name: value for name, value in known.items() if _ALLOWED[name](value)}
    unknown = {name: value for name, value in found.items() if name not in _ALLOWED}
    return Read(Settings(**good), tuple(sorted(known.keys() - good.keys())), unknown)


class SettingsFile:
    """The file and what it says now. Safe on any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read = self._load()

    @property
    def values(self) -> Settings:
        return self._read.values

    @property
    def broken(self) -> tuple[str, ...]:
        """Settings that could not be read and stand at their default until they are changed; "" is the whole file."""
        return self._read.broken

    def change(self, **changes: Any) -> Settings:
        """Sets and saves. Raises BadInput(field, reason) and DiskFull, and then nothing has changed."""
        for name, value in changes.items():
            if name not in _ALLOWED or not _ALLOWED[name](value):
                raise BadInput(field=name, reason="not allowed" if name in _ALLOWED else "unknown", value=value)
        with self._lock:
            values = replace(self._read.values, **changes)
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            content = json.dumps({**self._read.unknown, **asdict(values)}, indent=1)
            write_whole(self._path, content.encode())
            self._read = Read(values, (), self._read.unknown)
            return values

    def _load(self) -> Read:
        try:
            return read(read_small(self._path, _LONGEST).decode("utf-8"))
        except BadFile as error:
            return Read(Settings(), () if error.reason == "missing" else ("",))
        except (TooLarge, UnicodeDecodeError):
            return Read(Settings(), ("",))
