"""The parent's side of a child process: start, call, cancel, limit, stop, start again."""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import IO, Any

from core import errors
from core.errors import Cancelled, OpenLedgerError, WorkerDied, WorkerError, WorkerLimit, WorkerTimeout
from core.jobs import Progress
from core.worker.registry import KINDS, command

MAX_LINE = 256 * 1024 * 1024  # bytes of one answer
_POLL = 0.1  # seconds between looks at a cancel wish while a call runs
_GRACE = 2.0  # seconds a child has to leave by itself


def _rebuild(name: str, data: dict[str, Any]) -> OpenLedgerError:
    kind = getattr(errors, str(data.get("type")), None)
    values = data.get("values") or {}
    if isinstance(kind, type) and issubclass(kind, OpenLedgerError):
        return kind(**values)
    return WorkerError(name=name, **values)


class Child:
    """One child process of a registered kind; started at the first call, and again after it died.

    Threads may share it. `on_event(event, data)` is called on the reader's thread, `on_start(child)` after every
    start, before other calls get through, to put a fresh child into the state that the calls expect.
    """

    def __init__(
        self,
        name: str,
        *,
        on_event: Callable[[str, dict[str, Any]], None] | None = None,
        on_start: Callable[[Child], None] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self._kind = KINDS[name]
        self._on_event = on_event
        self._on_start = on_start
        self._environment = environment or {}
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[Future[Any], Progress | None]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._tail: collections.deque[str] = collections.deque(maxlen=20)
        self.starts = 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self.running and self._process else None

    def call(
        self, method: str, *, timeout: float | None = None, progress: Progress | None = None, **params: Any
    ) -> Any:
        """The method's result. Raises what the child raised, WorkerDied, or WorkerTimeout (which kills the child)."""
        number, future = self._send(method, params, progress)
        waited = 0.0
        while True:
            try:
                return future.result(timeout=_POLL if progress is not None or timeout is not None else None)
            except FutureTimeout:
                waited += _POLL
            if progress is not None and progress.cancelled:
                self._cancel(number, future)
                raise Cancelled
            if timeout is not None and waited >= timeout:
                self.kill()
                raise WorkerTimeout(name=self.name, method=method, seconds=timeout)

    def _cancel(self, number: int, future: Future[Any]) -> None:
        """Ask first; a child that does not stop in time is killed, because the person asked."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            self._write({"cancel": number})
        with contextlib.suppress(Exception):
            future.result(timeout=_GRACE)
            return
        if not future.done():
            self.kill()

    def _send(self, method: str, params: dict[str, Any], progress: Progress | None) -> tuple[int, Future[Any]]:
        with self._lock:
            if not self.running:
                self._start()
            number = next(self._numbers)
            future: Future[Any] = Future()
            self._waiting[number] = (future, progress)
            try:
                self._write({"id": number, "method": method, "params": params})
            except (OSError, ValueError) as error:
                self._waiting.pop(number, None)
                raise self._death() from error
        return number, future

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        self._process.stdin.flush()

    def _start(self) -> None:
        self._reap()
        self._tail.clear()
        self._process = subprocess.Popen(
            command(self.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **self._environment, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl+C in a terminal is for the parent to handle
        )
        process = self._process
        assert process.stdout is not None
        assert process.stderr is not None
        for target, pipe in ((self._read, process.stdout), (self._listen, process.stderr)):
            threading.Thread(target=target, args=(process, pipe), name=f"{self.name}-pipe", daemon=True).start()
        self._write({"limits": {"memory": self._kind.memory, "cpu": self._kind.cpu}})
        self.starts += 1
        if self._on_start is not None:
            self._on_start(self)

    def _listen(self, _process: subprocess.Popen[bytes], pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in pipe:
                self._tail.append(line.decode(errors="replace").rstrip()[:500])

    def _read(self, process: subprocess.Popen[bytes], pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := pipe.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    process.kill()
                    self._fail_all(WorkerLimit(name=self.name, what="answer", limit=MAX_LINE))
                    return
                self._receive(json.loads(line))
        process.wait()
        if process is self._process:
            self._fail_all(self._death())

    def _receive(self, message: dict[str, Any]) -> None:
        if "event" in message:
            if self._on_event is not None:
                self._on_event(message["event"], message["data"])
            return
        if "progress" in message:
            waiting = self._waiting.get(message["id"])
            if waiting is not None and waiting[1] is not None:
                waiting[1].report(*message["progress"])
            return
        future, _ = self._waiting.pop(message["id"], (None, None))
        if future is None:
            return
        if "error" in message:
            future.set_exception(_rebuild(self.name, message["error"]))
        else:
            future.set_result(message["result"])

    def _death(self) -> WorkerDied:
        code = self._process.poll() if self._process is not None else None
        return WorkerDied(name=self.name, code=code, tail="\n".join(self._tail))

    def _fail_all(self, error: OpenLedgerError) -> None:
        while self._waiting:
            with contextlib.suppress(KeyError):
                _, (future, _progress) = self._waiting.popitem()
                future.set_exception(error)

    def stop(self) -> None:
        """Let it finish what it does and leave; kill it when it does not."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError, ValueError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            process.wait(timeout=_GRACE * 5)
        except subprocess.TimeoutExpired:
            process.kill()
        self._reap()

    def kill(self) -> None:
        """At once: for a lock (keys leave memory with the process), a limit or a cancel."""
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
        self._reap()

    def _reap(self) -> None:
        process = self._process
        if process is None:
            return
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError, ValueError):
                if pipe is not None:
                    pipe.close()
        self._fail_all(self._death())
        self._process = None
