"""One child process from its start to its death: its pipes, the threads on them, and who waits for its answers.

Nothing here trusts the child: an answer that is too long, is not JSON or has the wrong shape ends its life, and
everybody who waits is told why. Nobody waits for a process that is gone.
"""

from __future__ import annotations

import collections
import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import IO, Any

from core import errors
from core.errors import OpenLedgerError, WorkerDied, WorkerError, WorkerLimit
from core.jobs import Progress
from core.worker.registry import Kind

GRACE = 2.0  # seconds a child has to do as it was asked
LEAVE = 10.0  # seconds a child has to finish and leave once its input has ended
_TAIL = 20  # lines of its last words
_log = logging.getLogger(__name__)

EventListener = Callable[[str, dict[str, Any]], None]


def rebuild(kind: Kind, data: object) -> OpenLedgerError:
    """The error a child reported, as the class of that name; any other name becomes a plain WorkerError."""
    if not isinstance(data, dict) or not isinstance(data.get("values", {}), dict):
        raise TypeError("an error has a type and values")
    values = {str(name): value for name, value in data.get("values", {}).items() if name != "self"}
    found = getattr(errors, str(data.get("type")), None)
    if not (isinstance(found, type) and issubclass(found, OpenLedgerError)):
        found = WorkerError
    if issubclass(found, WorkerError):
        values["name"] = kind.name
    if found is WorkerLimit and values.get("what") == "memory":
        values["limit"] = kind.memory
    return found(**values)


class Life:
    """Started by its making. `ask` queues a request; `kill` and `leave` end it; `over` says that it has ended."""

    def __init__(
        self, kind: Kind, argv: list[str], environment: dict[str, str], on_event: EventListener | None
    ) -> None:
        self.kind = kind
        self._on_event = on_event
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[Future[Any], Progress | None]] = {}
        self._end: OpenLedgerError | None = None  # why it ended; nothing is asked after that
        self._doom: OpenLedgerError | None = None  # why we ended it
        self._tail: collections.deque[str] = collections.deque(maxlen=_TAIL)
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl+C in a terminal is for the parent to handle
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no console flashes up on Windows
            )
        except OSError as error:
            raise WorkerDied(name=kind.name, code=None, tail=str(error)) from error
        self._send({"limits": {"memory": kind.memory, "cpu": kind.cpu}})
        self._threads = [
            threading.Thread(target=target, args=(pipe,), name=f"{kind.name}-{target.__name__}", daemon=True)
            for target, pipe in (
                (self._write, self._process.stdin),
                (self._listen, self._process.stderr),
                (self._read, self._process.stdout),
            )
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def over(self) -> bool:
        return self._end is not None or self._process.poll() is not None

    def ask(self, number: int, method: str, params: dict[str, Any], progress: Progress | None) -> Future[Any]:
        if threading.current_thread() is self._threads[-1]:
            raise RuntimeError("a listener cannot wait for its own child: its answer would come on this thread")
        line = self._line({"id": number, "method": method, "params": params})
        future: Future[Any] = Future()
        with self._lock:
            if self._end is not None:
                raise self.death()
            self._waiting[number] = (future, progress)
        self._out.put(line)
        return future

    def cancel(self, number: int) -> None:
        self._send({"cancel": number})

    def leave(self) -> None:
        """Let it finish what it does and go; kill it when it does not."""
        self._out.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=LEAVE)
        self.kill()

    def kill(self, why: OpenLedgerError | None = None) -> None:
        """At once. When this returns the process is gone and everybody who waited has been told."""
        if why is not None and self._doom is None:
            self._doom = why
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._over()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(GRACE)

    def death(self) -> OpenLedgerError:
        """Why it ended, as a new error for each who asks."""
        code = self._process.poll()
        if self._doom is not None:
            return type(self._doom)(**self._doom.values)
        if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
            return WorkerLimit(name=self.kind.name, what="cpu", limit=self.kind.cpu)
        return WorkerDied(name=self.kind.name, code=code, tail="\n".join(self._tail))

    @staticmethod
    def _line(message: dict[str, Any]) -> bytes:
        return json.dumps(message, separators=(",", ":")).encode() + b"\n"

    def _send(self, message: dict[str, Any]) -> None:
        self._out.put(self._line(message))

    def _over(self) -> None:
        with self._lock:
            if self._end is None:
                self._end = self.death()
            waiting, self._waiting = self._waiting, {}
        self._out.put(None)
        for future, _progress in waiting.values():
            future.set_exception(self.death())

    def _write(self, pipe: IO[bytes]) -> None:
        """On a thread of its own, so that a child that stopped reading stops nobody who has a timeout."""
        with contextlib.suppress(OSError, ValueError):
            while (line := self._out.get()) is not None:
                pipe.write(line)
                pipe.flush()
        with contextlib.suppress(OSError, ValueError):
            pipe.close()

    def _listen(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), pipe:
            while line := pipe.readline(4096):
                self._tail.append(line.decode(errors="replace").rstrip()[:500])

    def _read(self, pipe: IO[bytes]) -> None:
        limit = self.kind.answer
        with contextlib.suppress(OSError, ValueError), pipe:
            while (line := pipe.readline(limit + 1)).endswith(b"\n") or len(line) > limit:
                if len(line) > limit:
                    self._doom = WorkerLimit(name=self.kind.name, what="answer", limit=limit)
                    break
                if not self._understand(line):
                    self._doom = WorkerError(name=self.kind.name, reason="not an answer")
                    break
        self._bury()

    def _bury(self) -> None:
        if self._doom is not None:
            self._process.kill()
        try:
            self._process.wait(timeout=GRACE)  # its output ended: it is leaving, or it closed it and lingers
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._threads[1].join(GRACE / 10)  # its last words, unless a grandchild holds the pipe
        self._over()

    def _understand(self, line: bytes) -> bool:
        try:
            self._receive(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError):
            return False
        return True

    def _receive(self, message: dict[str, Any]) -> None:
        if "event" in message:
            self._hear(self._on_event, str(message["event"]), dict(message["data"]))
        elif "progress" in message:
            done, words = message["progress"]
            _, progress = self._waiting.get(message["id"], (None, None))
            if progress is not None:
                self._hear(progress.report, None if done is None else min(1.0, max(0.0, float(done))), str(words)[:500])
        else:
            outcome = rebuild(self.kind, message["error"]) if "error" in message else None
            result = message["result"] if outcome is None else None
            with self._lock:
                future, _ = self._waiting.pop(message["id"], (None, None))
            if future is None:
                return
            if outcome is not None:
                future.set_exception(outcome)
            else:
                future.set_result(result)

    @staticmethod
    def _hear(listener: Callable[..., None] | None, *words: object) -> None:
        if listener is None:
            return
        try:
            listener(*words)
        except Exception:  # noqa: BLE001 - a screen's fault is no reason to stop hearing the child
            _log.exception("a listener failed; the child goes on")
