"""The log file of a profile: what happened and where, never with what values: secrets cannot leak from it."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

_OURS = ("app", "ui", "core")
_SIZE, _KEPT = 512_000, 2


class _WithoutValues(logging.Formatter):
    """Exceptions are written as their type and their frames: messages and variables may hold what people wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        kind, _value, trace = ei
        return "\n".join([*frames(trace), kind.__name__ if kind is not None else "?"])


def frames(trace: TracebackType | None) -> list[str]:
    """Where an error came from: file, line and function, the file as a path inside the program."""
    return [f"  {_inside(one.filename)}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace)]


def _inside(path: str) -> str:
    parts = Path(path).parts
    for top in (*_OURS, "site-packages"):
        if top in parts:
            return "/".join(parts[parts.index(top) :])
    return parts[-1] if parts else "?"


def to_file(path: Path) -> logging.Handler:
    """Sends our log lines to the profile's file (0.5 MB, two older ones kept), and everything unexpected with them."""
    from logging.handlers import RotatingFileHandler  # brings sockets and pickle: after the first paint

    handler = RotatingFileHandler(path, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(_WithoutValues("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    return handler


def take_out(handler: logging.Handler) -> None:
    for name in _OURS:
        logging.getLogger(name).removeHandler(handler)
    handler.close()


def catch_everything() -> None:
    """Errors nobody caught, on any thread, go to the log; the program goes on where it can."""
    log = logging.getLogger("app.crash")

    def on_main(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, value, trace)
            return
        log.critical("an error nobody caught", exc_info=(kind, value, trace))
        if sys.stderr is not None:
            sys.stderr.write("\n".join([*frames(trace), kind.__name__, ""]))

    def on_thread(raised: threading.ExceptHookArgs) -> None:
        if raised.exc_value is not None and not issubclass(raised.exc_type, SystemExit):
            log.critical("an error nobody caught", exc_info=(raised.exc_type, raised.exc_value, raised.exc_traceback))

    sys.excepthook = on_main
    threading.excepthook = on_thread
