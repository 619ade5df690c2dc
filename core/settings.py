"""What must be known before a profile is unlocked: theme, window, when to lock. One small JSON file, nothing secret."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

Theme = Literal["light", "dark", "system"]
LOCK_MINUTES = (1, 5, 15, 30, 60, 0)  # 0: never by itself


@dataclass(frozen=True)
class Settings:
    """`window` is Qt's saved geometry in base64, empty before the first close."""

    theme: Theme = "system"
    lock_minutes: int = 15
    window: str = ""


def parse(text: str) -> Settings:
    """Takes what is well-formed and leaves the rest at its default: a damaged file must not keep anyone out."""
    try:
        found = json.loads(text)
    except ValueError:
        return Settings()
    return replace(Settings(), **_usable(found)) if isinstance(found, dict) else Settings()


def _usable(found: dict[str, Any]) -> dict[str, Any]:
    allowed = {
        "theme": lambda value: value in get_args(Theme),
        "lock_minutes": lambda value: value in LOCK_MINUTES and not isinstance(value, bool),
        "window": lambda value: isinstance(value, str) and len(value) < 4096,
    }
    names = {field.name for field in fields(Settings)}
    return {name: value for name, value in found.items() if name in names and allowed[name](value)}


class SettingsFile:
    """The file and what it says now. Safe on any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._values = self._read()

    @property
    def values(self) -> Settings:
        return self._values

    def change(self, **changes: Any) -> Settings:
        """Sets and saves; the file is replaced whole, so a crash leaves the old or the new one."""
        with self._lock:
            self._values = replace(self._values, **changes)
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps(asdict(self._values), indent=1), "utf-8")
            beside.replace(self._path)
            return self._values

    def _read(self) -> Settings:
        try:
            return parse(self._path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            return Settings()
