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
from core.worker.registry import KINDS, Kind

Handlers = dict[str, Callable[..., object]]


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
        for which, limit in ((resource.RLIMIT_AS, limits.get("memory")), (resource.RLIMIT_CPU, limits.get("cpu"))):
            if limit is not None:
                resource.setrlimit(which, (limit, limit))


def _error(error: BaseException) -> dict[str, object]:
    if isinstance(error, OpenLedgerError):
        return {"type": type(error).__name__, "values": error.values}
    if isinstance(error, MemoryError):
        return {"type": "WorkerLimit", "values": {"name": "worker", "what": "memory", "limit": None}}
    return {"type": "WorkerError", "values": {"kind": type(error).__name__, "reason": str(error)[:500]}}


def _answer(wire: _Wire, handlers: Handlers, running: dict[int, Progress], message: dict[str, Any]) -> None:
    number = message["id"]
    progress = running[number]
    try:
        handler = handlers[message["method"]]
        params = dict(message.get("params") or {})
        if "progress" in inspect.signature(handler).parameters:
            params["progress"] = progress
        result = handler(**params)
        wire.send({"id": number, "result": result})
    except Exception as error:  # noqa: BLE001 - the border: every failure travels to the parent as data
        with contextlib.suppress(OSError):
            wire.send({"id": number, "error": json.loads(json.dumps(_error(error), default=str))})
    finally:
        running.pop(number, None)


def _read_loop(stdin: BinaryIO, work: queue.Queue[Any], running: dict[int, Progress], wire: _Wire) -> None:
    for line in stdin:
        message = json.loads(line)
        if "cancel" in message:
            if (progress := running.get(message["cancel"])) is not None:
                progress.cancel()
            continue
        number = message["id"]
        running[number] = Progress(
            report=lambda done, words, number=number: wire.send({"id": number, "progress": [done, words]})  # type: ignore[misc]
        )
        work.put(message)
    work.put(None)


def serve(name: str) -> int:
    """Run the child `name` until its standard input ends. Returns the exit code."""
    kind: Kind = KINDS[name]
    wire = _Wire(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # a stray print must not break the wire
    stdin = sys.stdin.buffer
    _apply_limits(json.loads(stdin.readline() or b"{}").get("limits", {}))

    def emit(event: str, data: dict[str, object]) -> None:
        wire.send({"event": event, "data": data})

    module = importlib.import_module(kind.module)
    handlers: Handlers = module.handlers(emit)
    handlers.setdefault("ping", lambda: "pong")
    work: queue.Queue[Any] = queue.Queue()
    running: dict[int, Progress] = {}

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            _read_loop(stdin, work, running, wire)
        # Input over: the parent is gone or wants us gone. Let a request in hand finish, then leave, never linger.
        work.put(None)
        for progress in list(running.values()):
            progress.cancel()

    threading.Thread(target=read, name="read", daemon=True).start()
    while (message := work.get()) is not None:
        if kind.threads > 1:
            threading.Thread(target=_answer, args=(wire, handlers, running, message), daemon=True).start()
        else:
            _answer(wire, handlers, running, message)
    closing = handlers.get("close")
    if closing is not None:
        with contextlib.suppress(Exception):
            closing()
    return 0
