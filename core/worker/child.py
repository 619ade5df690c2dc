"""The parent's side of a child process: start, call, cancel, limit, stop, start again."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from core.errors import Cancelled, WorkerTimeout
from core.jobs import Progress
from core.worker.life import GRACE, EventListener, Life
from core.worker.registry import KINDS, Kind, command

_POLL = 0.1  # seconds between looks at a cancel wish while a call runs


class Child:
    """One child process of a registered kind; started at the first call, and again after it died.

    Threads may share it. `on_event(event, data)` is called on the reader's thread: it may kill the child, but not call
    it. `on_start(child)` is called after every start, before other calls get through, to put a fresh child into the
    state that the calls expect; when it fails, so does the call that started the child. `kind` and `argv` replace the
    registered ones (tests, other programs).
    """

    def __init__(
        self,
        name: str,
        *,
        on_event: EventListener | None = None,
        on_start: Callable[[Child], None] | None = None,
        environment: dict[str, str] | None = None,
        kind: Kind | None = None,
        argv: list[str] | None = None,
    ) -> None:
        self.name = name
        self._kind = kind or KINDS[name]
        self._argv = argv or command(name)
        self._on_event = on_event
        self._on_start = on_start
        self._environment = environment or {}
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._life: Life | None = None
        self._starting = False
        self.starts = 0

    @property
    def running(self) -> bool:
        life = self._life
        return life is not None and not life.over

    @property
    def pid(self) -> int | None:
        life = self._life
        return life.pid if life is not None and not life.over else None

    def call(
        self, method: str, /, *, timeout: float | None = None, progress: Progress | None = None, **params: Any
    ) -> Any:
        """The method's result. Raises what the child raised, WorkerDied, WorkerLimit, Cancelled, or WorkerTimeout
        (which kills the child). `timeout` is in seconds, from now to the answer.
        """
        if progress is not None:
            progress.check()
        deadline = None if timeout is None else time.monotonic() + timeout
        life = self._alive()
        number = next(self._numbers)
        future = life.ask(number, method, params, progress)
        while True:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            if progress is not None:
                wait = _POLL if wait is None else min(wait, _POLL)
            try:
                return future.result(timeout=wait)
            except FutureTimeout:
                pass
            if progress is not None and progress.cancelled:
                self._cancel(life, number, future)
                raise Cancelled
            if deadline is not None and time.monotonic() >= deadline:
                life.kill(WorkerTimeout(name=self.name, method=method, seconds=timeout))
                return future.result()

    @staticmethod
    def _cancel(life: Life, number: int, future: Future[Any]) -> None:
        """Ask first; a child that does not stop in time is killed, because the person asked."""
        life.cancel(number)
        with contextlib.suppress(Exception):
            future.result(timeout=GRACE)
        if not future.done():
            life.kill()

    def _alive(self) -> Life:
        with self._lock:
            life = self._life
            if life is not None and not life.over:
                return life
            if life is not None:
                life.kill()  # already dead: this only joins its threads and closes its pipes
                if self._starting:
                    raise life.death()  # it died while it was being prepared; trying again would never end
            self._life = fresh = Life(self._kind, self._argv, self._environment, self._on_event)
            self.starts += 1
            if self._on_start is not None:
                self._prepare(fresh, self._on_start)
            return fresh

    def _prepare(self, life: Life, on_start: Callable[[Child], None]) -> None:
        self._starting = True
        try:
            on_start(self)
        except BaseException:
            life.kill()
            raise
        finally:
            self._starting = False

    def stop(self) -> None:
        """Let it finish what it does and leave; kill it when it does not."""
        if (life := self._life) is not None:
            life.leave()

    def kill(self) -> None:
        """At once, waiting for no lock: for locking the wallet (keys leave memory with the process)."""
        if (life := self._life) is not None:
            life.kill()
