"""The window: the gate while the profile is shut, the frame while it is open. Remembers its place, locks by itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget

from core.settings import SettingsFile
from ui import tasks
from ui.doors import Doors, Sample
from ui.mark import window_icon
from ui.onboarding import Gate

if TYPE_CHECKING:
    from core.client import Client
    from core.values import ProfileState
    from ui.frame import Frame
    from ui.pages import Page

_INPUT = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
}
_TITLE = "OpenLedger Contributor"
_LATER_MS = 30_000  # a running job puts the lock off


class Window(QMainWindow):
    """`closed` once the person has closed it and nothing keeps it open."""

    closed = Signal()

    def __init__(
        self,
        client: Future[Client],
        state: ProfileState,
        settings: SettingsFile,
        look_around: Sample | None = None,
        put_aside: Callable[[], object] | None = None,
        page_list: Callable[[], list[type[Page]]] | None = None,
    ) -> None:
        """`client` may still be on its way: the first screens need it only when something is entered.

        `look_around` and `put_aside` are as in `Doors`; `page_list` is `ui.pages.pages` unless told otherwise.
        """
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle(_TITLE)
        self.setWindowIcon(window_icon())
        self.setMinimumSize(960, 640)
        self._own = client
        self._doors = Doors(client, look_around, put_aside)
        self._page_list = page_list
        self._state = state
        self._open: Client | None = None
        self._settings = settings
        self._closing = False
        self.painted = False
        self._stack = QStackedWidget(self)
        self.setCentralWidget(self._stack)
        self.gate: Gate | None = None
        self.frame: Frame | None = None
        self._idle = QTimer(self, singleShot=True)
        self._idle.timeout.connect(self._idle_too_long)
        QShortcut(QKeySequence.StandardKey.Quit, self).activated.connect(self.close)
        self._place()
        self.show_gate(state)

    def _place(self) -> None:
        saved = QByteArray.fromBase64(self._settings.values.window.encode("ascii", "ignore"))
        if saved.isEmpty() or not self.restoreGeometry(saved):
            self.resize(1280, 832)

    # -- gate and frame ----------------------------------------------------------------------------------------------

    def show_gate(self, state: ProfileState) -> None:
        self._idle.stop()
        self._drop_frame()
        self.gate = Gate(self._doors, state)
        self.gate.opened.connect(self.show_frame)
        self._stack.addWidget(self.gate)
        self._stack.setCurrentWidget(self.gate)
        self.gate.step.entered()

    def show_frame(self, client: Client) -> None:
        from ui.frame import Frame  # with every page: after the first paint

        self._open = client
        if self._is_own(client):
            self._state = "locked"  # what the gate shows after the next lock
        self.setWindowTitle(
            "OpenLedger Contributor" if self._is_own(client) else "OpenLedger Contributor (sample data)"
        )
        self.frame = Frame(client, self._settings, self._page_list)
        self.frame.lock_wanted.connect(self.lock)
        self._stack.addWidget(self.frame)
        self._stack.setCurrentWidget(self.frame)
        gate, self.gate = self.gate, None
        if gate is not None:
            self._stack.removeWidget(gate)
            gate.deleteLater()
        self.frame.setFocus()
        self._watch_idle()

    def _is_own(self, client: Client) -> bool:
        return self._own.done() and client is self._own.result()

    def _drop_frame(self) -> None:
        frame, self.frame = self.frame, None
        if frame is not None:
            frame.close_down()
            self._stack.removeWidget(frame)
            frame.deleteLater()

    def lock(self) -> None:
        """Ends the signer and shuts the database; the screen goes first, so nothing stays readable meanwhile."""
        if self.frame is None:
            return
        for job in tasks.engine().jobs:
            job.cancel()
        client, self._open = self._open, None
        self.show_gate(self._state)
        if client is not None:
            tasks.run(self, client.profile.lock if self._is_own(client) else client.close)

    # -- locking by itself -------------------------------------------------------------------------------------------

    def _watch_idle(self) -> None:
        minutes = self._settings.values.lock_minutes
        if minutes and self.frame is not None:
            self._idle.start(minutes * 60_000)
        else:
            self._idle.stop()

    def _idle_too_long(self) -> None:
        if tasks.engine().jobs:
            self._idle.start(_LATER_MS)
        else:
            self.lock()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        handle = self.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)  # only this window's own events cross into Python, not the program's

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT and self._idle.isActive():
            self._watch_idle()
        return super().eventFilter(watched, event)

    # -- closing -----------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        if tasks.engine().jobs and not self._closing:
            from ui import ask

            event.ignore()
            ask.question(
                self,
                "Something is still running",
                "Closing stops it at its next safe point. Nothing that was saved is lost.",
                yes="Stop it and close",
                no="Keep it running",
                name="close-anyway",
            ).then(self._close_anyway)
            return
        self._settings.change(window=bytes(self.saveGeometry().toBase64().data()).decode("ascii"))
        self._idle.stop()
        if self.frame is not None:
            self.frame.close_down()
        super().closeEvent(event)
        self.closed.emit()

    def _close_anyway(self, sure: bool) -> None:
        if sure:
            self._closing = True
            self.close()
