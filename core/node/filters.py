"""Filters that callers leave with the node. One that nobody asks about is forgotten, so none is kept for ever."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.node.lookups import TOO_MANY, Failed

LIFE = 300.0  # seconds without a question, as other nodes keep them
LIMIT = 1_000  # filters at a time
REMEMBERED = 10_000  # hashes of transactions that a pending filter may still ask for


@dataclass
class Filter:
    """`kind` is "blocks", "pending" or "logs"; `seen` a block's number, or how many transactions had been sent."""

    kind: str
    seen: int
    used: float
    wish: Any = None


class Filters:
    """Not safe for threads: the ledger's lock stands before it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._filters: dict[str, Filter] = {}
        self._hashes: deque[bytes] = deque(maxlen=REMEMBERED)
        self.sent = 0

    def add(self, kind: str, seen: int, wish: object = None) -> str:
        """Its name, which nobody can guess: other callers cannot take its changes away."""
        self._forget()
        if len(self._filters) >= LIMIT:
            raise Failed(f"more than {LIMIT} filters; uninstall some", TOO_MANY)
        name = "0x" + (secrets.token_bytes(16).hex().lstrip("0") or "0")
        self._filters[name] = Filter(kind, seen, self._clock(), wish)
        return name

    def get(self, name: object) -> Filter | None:
        self._forget()
        found = self._filters.get(name) if isinstance(name, str) else None
        if found is not None:
            found.used = self._clock()
        return found

    def remove(self, name: object) -> bool:
        self._forget()
        return isinstance(name, str) and self._filters.pop(name, None) is not None

    def _forget(self) -> None:
        oldest = self._clock() - LIFE
        for name in [name for name, one in self._filters.items() if one.used < oldest]:
            del self._filters[name]

    def note(self, transaction: bytes) -> None:
        """A transaction came in; `transaction` is its hash."""
        self._hashes.append(transaction)
        self.sent += 1

    def since(self, seen: int) -> tuple[list[bytes], int]:
        """The hashes that came after `seen` had come, as far as they are remembered, and how many have come now."""
        wanted = min(self.sent - seen, len(self._hashes))
        return list(self._hashes)[len(self._hashes) - wanted :], self.sent
