"""The child's side: read a line, run the method, write a line."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from core.errors import OpenLedgerError
from core.jobs import Progress
from core.worker.registry import KINDS

Handlers = dict[str, Callable[..., object]]
_LEAVE = 8.0  # seconds for the request in hand and for closing, once the parent is gone; less than the parent waits


class _Wire:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def send(self, message: dict[str, object]) -> None:
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._out.write(line)
            self._out.flush()


def _apply_limits(limits: dict[str, int | None]) -> None:
    with contextlib.suppress(ImportError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        memory, cpu = limits.get("memory"), limits.get("cpu")
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if cpu is not None:  # the soft limit kills by a signal that names the reason, the hard one does not
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 2))


def _error(error: BaseException) -> dict[str, object]:
    if isinstance(error, OpenLedgerError):
        return {"type": type(error).__name__, "values": error.values}
    if isinstance(error, MemoryError):
        return {"type": "WorkerLimit", "values": {"what": "memory"}}
    return {"type": "WorkerError", "values": {"kind": type(error).__name__, "reason": str(error)[:500]}}


class _Desk:
    """The requests that came in: those that wait, those in hand, and the wish to cancel either."""

    def __init__(self, wire: _Wire, handlers: Handlers) -> None:
        self._wire = wire
        self._handlers = handlers
        self._lock = threading.Lock()
        self._waiting: dict[int, Progress] = {}
        self._in_hand: dict[int, Progress] = {}
        self.queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def take_in(self, message: dict[str, Any]) -> None:
        if "cancel" in message:
            self._cancel(message["cancel"])
            return
        number = message["id"]
        with self._lock:
            self._waiting[number] = Progress(
                report=lambda done, words: self._wire.send({"id": number, "progress": [done, words]})
            )
        self.queue.put(message)

    def _cancel(self, number: int) -> None:
        with self._lock:
            if (progress := self._in_hand.get(number)) is not None:
                progress.cancel()
            waited = self._waiting.pop(number, None) is not None
        if waited:  # answered now: it would otherwise wait for the request before it
            self._wire.send({"id": number, "error": {"type": "Cancelled", "values": {}}})

    def cancel_all(self) -> None:
        with self._lock:
            for progress in self._in_hand.values():
                progress.cancel()

    def answer(self, message: dict[str, Any]) -> None:
        number = message["id"]
        with self._lock:
            progress = self._waiting.pop(number, None)
            if progress is None:
                return  # cancelled while it waited
            self._in_hand[number] = progress
        try:
            self._wire.send({"id": number, "result": self._run(message, progress)})
        except Exception as error:  # noqa: BLE001 - the border: every failure travels to the parent as data
            with contextlib.suppress(OSError):
                self._wire.send({"id": number, "error": json.loads(json.dumps(_error(error), default=str))})
        finally:
            with self._lock:
                self._in_hand.pop(number, None)

    def _run(self, message: dict[str, Any], progress: Progress) -> object:
        handler = self._handlers[message["method"]]
        params = dict(message.get("params") or {})
        if "progress" in inspect.signature(handler).parameters:
            params["progress"] = progress
        return handler(**params)


def _read(stdin: BinaryIO, desk: _Desk, over: threading.Event) -> None:
    """Until the input ends: the parent is gone or wants us gone. The request in hand may finish, then we leave; one
    that does not finish does not keep us, because nobody is left to stop it.
    """
    try:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            for line in stdin:
                desk.take_in(json.loads(line))
    finally:
        desk.queue.put(None)
        desk.cancel_all()
        if not over.wait(_LEAVE):
            os._exit(70)


def serve(name: str) -> int:
    """Run the child `name` until its standard input ends. Returns the exit code."""
    kind = KINDS[name]
    wire = _Wire(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # a stray print must not break the wire
    stdin = sys.stdin.buffer
    _apply_limits(json.loads(stdin.readline() or b"{}").get("limits", {}))

    def emit(event: str, data: dict[str, object]) -> None:
        wire.send({"event": event, "data": data})

    module = importlib.import_module(kind.module)
    handlers: Handlers = module.handlers(emit)
    handlers.setdefault("ping", lambda: "pong")
    desk = _Desk(wire, handlers)
    over = threading.Event()
    threading.Thread(target=_read, args=(stdin, desk, over), name="read", daemon=True).start()
    while (message := desk.queue.get()) is not None:
        if kind.threads > 1:
            threading.Thread(target=desk.answer, args=(message,), daemon=True).start()
        else:
            desk.answer(message)
    closing = handlers.get("close")
    if closing is not None:
        with contextlib.suppress(Exception):
            closing()
    over.set()
    return 0
