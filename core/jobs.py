"""Long work: progress that can be seen, and a stop that is honoured between steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import Cancelled

_INTERVAL = 0.05  # seconds between progress reports; a screen shows no more


@dataclass
class Progress:
    """Handed into long functions. `step` says what runs now; `check` raises Cancelled once the person has stopped it.

    `report` is called with (fraction 0..1 or None when unknown, words) on the worker's thread.
    """

    report: Callable[[float | None, str], None] = lambda _fraction, _words: None
    _stop: threading.Event = field(default_factory=threading.Event)
    _last: float = 0.0
    _words: str = ""

    def step(self, words: str, done: float | None = None, total: float | None = None) -> None:
        self.check()
        now = time.monotonic()
        finished = done is not None and done == total
        if done and not finished and words == self._words and now - self._last < _INTERVAL:
            return
        self._last, self._words = now, words
        self.report(done / total if done is not None and total else None, words)

    def check(self) -> None:
        if self._stop.is_set():
            raise Cancelled

    def cancel(self) -> None:
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()


def silent() -> Progress:
    return Progress()
