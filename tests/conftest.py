"""Silence is enforced: warnings, Qt messages, log lines, leaked widgets, timers, tasks and threads fail a test.

Screens are offscreen unless QT_QPA_PLATFORM says otherwise.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from pytestqt.qtbot import QtBot

# The same examples in every run and at any speed of the machine, as where CI is set; fuzzing looks for new ones.
if "OPENLEDGER_FUZZ" not in os.environ:
    settings.load_profile("ci")

if os.environ.get("QT_QPA_PLATFORM", "offscreen") == "offscreen":
    # a screen of 1920 x 1200 points at two pixels each: pictures come out as a dense screen shows them
    os.environ.setdefault("QT_SCALE_FACTOR", "2")
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={Path(__file__).parent / 'ui' / 'screen.json'}"

PATIENCE = 60.0  # seconds for what must come or go; a busy machine is not a broken program, and waiting costs nothing

# Pools live as long as the process and hold nothing between tests; their work is checked by name of the task.
_POOLS = ("openledger-", "asyncio_", "pytest_timeout", "ThreadPoolExecutor", "QtThread")


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith(_POOLS)}


# Said by the offscreen platform about what it has not; it says nothing about us.
_QT_NOISE = r"This plugin does not support (propagateSizeHints|raise|grabbing)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore(_QT_NOISE, extend=True))


def pytest_collection_finish() -> None:
    """What was imported stays to the end: collecting garbage after each test (`_settle`) need not go through it."""
    gc.collect()
    gc.freeze()


class PatientBot(QtBot):
    """pytest-qt waits five seconds where nothing else is said."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = round(1000 * PATIENCE)) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = round(1000 * PATIENCE), **how: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=timeout, **how)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def sane_recursion() -> None:
    """py-ecc raises the limit to 100,000 when a test imports it, and then deep JSON overflows the stack instead of
    raising. The app's process never imports it (tests/test_layers.py); py-evm needs 10 * 1024.
    """
    sys.setrecursionlimit(min(sys.getrecursionlimit(), 10 * 1024))


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    before = _threads()
    yield
    deadline = time.monotonic() + PATIENCE
    while (left := _threads() - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, f"threads still running after the test: {sorted(thread.name for thread in left)}"


@pytest.fixture(autouse=True)
def no_unexpected_log_lines(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A test that provokes warnings takes them: `caplog.clear()` after looking at `caplog.records`."""
    yield
    heard = [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and record.name.split(".")[0] in {"app", "ui", "core"}
    ]
    assert not heard, f"unexpected log lines: {heard}"


@pytest.fixture(autouse=True)
def no_leaked_screens(request: pytest.FixtureRequest) -> Iterator[None]:
    """Only where Qt is loaded: windows, running timers and tasks must be gone when the test is over."""
    before = _left_over() if "PySide6.QtWidgets" in sys.modules else set()
    yield
    if "PySide6.QtWidgets" not in sys.modules:
        return
    # qtbot has closed its widgets by now: it does so before the fixtures of the test end
    left = _settle(before)
    assert not left, f"left over after {request.node.name}: {sorted(words for _at, words in left)}"


def _settle(before: set[tuple[int, str]], seconds: float = PATIENCE) -> set[tuple[int, str]]:
    from PySide6.QtCore import QCoreApplication, QEvent

    deadline = time.monotonic() + seconds
    while True:
        gc.collect()
        if QCoreApplication.instance() is not None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents()
        left = _left_over() - before
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


def _left_over() -> set[tuple[int, str]]:
    """(identity, words) of everything that must not outlive a test."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import getCppPointer, isValid

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return set()
    left = {
        (getCppPointer(widget)[0], f"window {type(widget).__name__} {widget.objectName()!r}")
        for widget in app.topLevelWidgets()
        if isValid(widget)
    }
    left |= {
        (id(timer), f"timer of {type(timer.parent()).__name__}")
        for timer in (found for found in gc.get_objects() if type(found) is QTimer)
        if isValid(timer) and timer.isActive()
    }
    if "ui.tasks" in sys.modules:
        engine = app.findChild(sys.modules["ui.tasks"].Engine)
        running = engine.running if engine is not None else []
        left |= {(id(task), f"task {task.title or '(untitled)'!r}") for task in running}
    return left
