"""What is being made in a folder of artefacts: nobody clears away what a row of the vault is about to name.

Threads tell each other by digest. Processes, and sessions of one process that overlap, by the system's lock on the
folder: shared while something is made, alone to clear away; it ends with whoever holds it, however that ends. Where the
system has no such lock (Windows, some network drives) the program's own lock on the profile has to do.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

_LOCKS = os.name != "nt"


class Holding:
    """Safe to share between threads; one for each folder and session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._makers = 0
        self._handle: int | None = None
        self._local = threading.local()

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """Something is being written: nobody else clears the folder meanwhile."""
        with self._lock:
            self._makers += 1
            if self._makers == 1:
                self._handle = self._locked(alone=False)
        try:
            yield
        finally:
            with self._lock:
                self._makers -= 1
                if not self._makers:
                    _release(self._handle)
                    self._handle = None

    @contextlib.contextmanager
    def naming(self) -> Iterator[None]:
        """What this thread holds inside stays until the block ends."""
        blocks = self._local.__dict__.setdefault("blocks", [])
        held: list[str] = []
        with self.making():
            blocks.append(held)
            try:
                yield
            finally:
                blocks.pop()
                with self._lock:
                    self._held.subtract(held)
                    self._held += Counter()  # without the zeros

    def hold(self, digest: str) -> None:
        """Before looking whether it is there: what is found stays. For the thread's innermost `naming`, if any."""
        blocks = self._local.__dict__.get("blocks")
        if blocks:
            with self._lock:
                self._held[digest] += 1
            blocks[-1].append(digest)

    def unless_held(self, digest: str, remove: Callable[[], None]) -> None:
        """What another is about to name is its to keep or to drop."""
        with self._lock:
            if not self._held[digest]:
                remove()

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody makes anything here; nobody begins to until the block ends."""
        with self._lock:
            free = not self._makers and self._folder.is_dir()
            handle = self._locked(alone=True) if free else None
            try:
                yield free and (handle is not None or not _LOCKS)
            finally:
                _release(handle)

    def _locked(self, *, alone: bool) -> int | None:
        """The folder's lock, which ends when the handle is closed; None where there is none to have."""
        if not _LOCKS:
            return None
        import fcntl

        handle = None
        try:
            handle = os.open(self._folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except OSError:
            _release(handle)
            return None
        return handle


def _release(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)
