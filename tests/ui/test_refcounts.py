"""PySide6 6.12.0 on Python 3.11 loses a reference to None or True on every void call and signal, and then aborts."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QLabel

CALLS = 20_000
SLACK = 200  # other code of the interpreter comes and goes


class Speaker(QObject):
    said = Signal(bool)


@pytest.fixture(autouse=True)
def nothing_is_collected_meanwhile() -> Iterator[None]:
    """What earlier tests left in circles holds thousands of references to None."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_twenty_thousand_void_calls_lose_no_reference_to_none(qapp: QApplication) -> None:
    label = QLabel()
    before = sys.getrefcount(None)
    for number in range(CALLS):
        label.setIndent(number % 3)
    assert abs(sys.getrefcount(None) - before) < SLACK


def test_twenty_thousand_signals_lose_no_reference_to_true(qapp: QApplication) -> None:
    heard = 0

    def hear(_value: bool) -> None:
        nonlocal heard
        heard += 1

    speaker = Speaker()
    speaker.said.connect(hear)
    none, true = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(CALLS):
        speaker.said.emit(True)
    assert heard == CALLS
    assert abs(sys.getrefcount(None) - none) < SLACK
    assert abs(sys.getrefcount(True) - true) < SLACK


def test_timers_lose_none(qapp: QApplication, qtbot) -> None:
    left = 300
    done = []

    def tick() -> None:
        nonlocal left
        left -= 1
        if left:
            QTimer.singleShot(0, tick)
        else:
            done.append(True)

    before = sys.getrefcount(None)
    tick()
    qtbot.waitUntil(lambda: bool(done))
    assert abs(sys.getrefcount(None) - before) < SLACK
