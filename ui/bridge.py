"""core.events on any thread -> a Qt signal on the GUI thread, joined when many come at once."""

from __future__ import annotations

import contextlib
import threading

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.events import Changed, Events

_JOIN_MS = 40  # a settlement writes thousands of rows; a page reads again once


class Bridge(QObject):
    """`changed(Changed)` is said on the GUI thread at most every 40 ms. `close()` ends the subscription."""

    changed = Signal(object)
    _heard = Signal()

    def __init__(self, events: Events, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._joined = Changed()
        self._timer = QTimer(self, singleShot=True, interval=_JOIN_MS)
        self._timer.timeout.connect(self._say)
        self._heard.connect(self._timer.start, Qt.ConnectionType.QueuedConnection)
        self._end = events.subscribe(self._listen)

    def close(self) -> None:
        self._end()
        self._timer.stop()

    def _listen(self, changed: Changed) -> None:
        with self._lock:
            self._joined = self._joined | changed
        with contextlib.suppress(RuntimeError):  # said while the window closes
            self._heard.emit()

    def _say(self) -> None:
        with self._lock:
            joined, self._joined = self._joined, Changed()
        self.changed.emit(joined)
