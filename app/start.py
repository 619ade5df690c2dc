"""The one place that builds the program with a window: paths, settings, log, window, client, loop - and takes it down.

The window is painted before anything heavy is imported: which screen comes first needs only whether a profile is there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from app.log import catch_everything, take_out, to_file
from app.main import WindowOptions
from app.single import SingleInstance, ask_to_show
from core.errors import OpenLedgerError, ProfileInUse
from core.jobs import Progress
from core.paths import ProfilePaths, default_root
from core.settings import SettingsFile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from core.client import Client
    from core.values import ProfileState
    from ui.window import Window

_STARTED = time.perf_counter()
_STAYS = {"lock", "show", "settings.json", "openledger.log"}  # what belongs to the running program
_PAINT_SECONDS = 5.0  # a window nobody can see yet must not hold up the start
_IMPORT_SECONDS = 60.0  # a second or two on a quiet machine
_SAMPLE_PASSWORD = "look around with sample data"  # noqa: S105 - a profile of test OPEN that anyone may open


def start(options: WindowOptions) -> int:
    """Opens the window and returns when it is closed. A second start on the same profile shows the first one."""
    if not _has_screen():
        sys.stderr.write("There is no screen here. openledger --help shows what works without one.\n")
        return 1
    paths = ProfilePaths(options.profile or default_root())
    try:
        paths.prepare()
        with SingleInstance(paths) as single:
            return _run(options, paths, single)
    except ProfileInUse as error:
        if ask_to_show(paths):
            return 0
        return _refuse(error)
    except OSError as error:
        return _refuse(error)


def _has_screen() -> bool:
    """Qt ends the process without a word that helps when it finds none."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"))


def _run(options: WindowOptions, paths: ProfilePaths, single: SingleInstance) -> int:
    catch_everything()
    settings = SettingsFile(paths.settings)
    app = make_application(settings)
    clients = Clients(paths)
    window = make_window(clients, settings)
    held = contextlib.ExitStack()
    try:
        window.show()
        _first_paint(app, window)
        painted = time.perf_counter()
        held.callback(take_out, to_file(paths.log))
        if options.measure_start:
            print(f"{_milliseconds(painted):.0f}")  # noqa: T201 - asked for by `bench start`
            return 0
        with _stopped_by_signals(window.close):
            clients.fetch()
            single.listen(lambda _link: _raise_later(window))  # from here on others know that it runs, and may end it
            return _loop(app, window)
    finally:
        _take_down(window, clients)
        held.close()


def make_application(settings: SettingsFile) -> QApplication:
    from PySide6.QtWidgets import QApplication

    from ui.theme import install

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["openledger"])
    app.setApplicationName("openledger-contributor")
    app.setApplicationDisplayName("OpenLedger Contributor")
    app.setDesktopFileName("openledger-contributor")
    app.setQuitOnLastWindowClosed(False)  # with a dialog open, Qt would quit before the window had its say
    install(app, settings.values.theme)
    return app


def make_window(clients: Clients, settings: SettingsFile) -> Window:
    from ui.window import Window

    return Window(clients.own, clients.state(), settings, clients.look_around, clients.put_aside)


class Clients:
    """The person's own client, on its way until `fetch` has imported it, and the sample's when it is wanted."""

    def __init__(self, paths: ProfilePaths) -> None:
        self.paths = paths
        self.own: Future[Client] = Future()
        self._imports: threading.Thread | None = None
        self._closed = False
        self._sample: Client | None = None
        self._holds = contextlib.ExitStack()

    def state(self) -> ProfileState:
        """Whether a profile is there, told without importing core's heavy parts."""
        there = self.paths.vault_header.exists() or (self.paths.root / "change.json").exists()
        return "locked" if there else "empty"

    def fetch(self) -> None:
        """Imports the client on a thread of its own; whoever needs it waits for `own`."""

        def work() -> None:
            try:
                from core.client import Client
                from core.vault.memory import keep_private

                keep_private()  # from here on this process will hold the vault's key
                client = Client(self.paths)
                if not self._closed:
                    client.warm()
                self.own.set_result(client)
            except BaseException as error:
                if self.own.done():
                    raise  # only warming failed: it is tried again when it is needed, and told then
                self.own.set_exception(error)

        self._imports = threading.Thread(target=work, name="openledger-imports", daemon=True)
        self._imports.start()

    def look_around(self, progress: Progress) -> Client:
        """The sample profile beside one's own: filled at the first time, by doing the whole job once."""
        from core.client import Client

        self.own.result()
        root = self.paths.root.with_name(f"{self.paths.root.name}-sample")
        filled = root / "filled"
        if self._sample is not None:
            self._sample.close()
        elif root.exists() or not filled.exists():
            self._holds.enter_context(SingleInstance(ProfilePaths(root)))
        client = self._sample = Client(ProfilePaths(root))
        if filled.exists():
            client.profile.unlock(_SAMPLE_PASSWORD, progress=progress)
            return client
        _empty(root)
        try:
            client.paths.prepare()
            (root / "proof").mkdir(mode=0o700)
            client.tell_story(_SAMPLE_PASSWORD, root / "proof", progress)
        except BaseException:
            client.close()
            _empty(root)
            raise
        filled.write_text("", "utf-8")
        return client

    def put_aside(self) -> Path:
        """Moves a locked profile's files into a folder beside, named for the moment. Returns that folder."""
        root = self.paths.root
        target = root.with_name(f"{root.name}-aside-{time.strftime('%Y%m%d-%H%M%S')}")
        target.mkdir(mode=0o700)
        for found in sorted(root.iterdir(), key=lambda path: path.name == "vault.json"):  # the header last
            if found.name not in _STAYS:
                found.rename(target / found.name)
        self.paths.prepare()
        return target

    def close(self) -> None:
        self._closed = True
        if self._imports is not None:  # an interpreter that ends in the middle of an import takes C++ down with it
            self._imports.join(_IMPORT_SECONDS)
        if self.own.done() and self.own.exception() is None:
            self.own.result().close()
        if self._sample is not None:
            self._sample.close()
        self._holds.close()


def _empty(root: Path) -> None:
    """All but the lock file, which this process holds."""
    for found in root.iterdir() if root.exists() else ():
        if found.name in {"lock", "show"}:
            continue
        if found.is_dir():
            shutil.rmtree(found, ignore_errors=True)
        else:
            found.unlink(missing_ok=True)


# -- running -----------------------------------------------------------------------------------------------------------


def _first_paint(app: QApplication, window: Window) -> None:
    deadline = time.perf_counter() + _PAINT_SECONDS
    while not window.painted and time.perf_counter() < deadline:
        app.processEvents()


def _loop(app: QApplication, window: Window) -> int:
    import asyncio

    import qasync  # after the first paint: 60 ms with asyncio

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    pool = ThreadPoolExecutor(4, thread_name_prefix="openledger-loop")
    loop.set_default_executor(pool)  # or qasync makes one of QThreads that nobody ends
    window.closed.connect(app.quit)
    try:
        loop.run_forever()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        asyncio.set_event_loop(None)
        loop.close()
    return 0


@contextlib.contextmanager
def _stopped_by_signals(stop: Callable[[], object]) -> Iterator[None]:
    """Ctrl+C and a polite kill close the window. Signals ring a pipe: Python hears them only between its steps."""
    from PySide6.QtCore import QSocketNotifier

    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return
    hears, rings = socket.socketpair()
    rings.setblocking(False)
    before_fd = signal.set_wakeup_fd(rings.fileno())
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    bell = QSocketNotifier(hears.fileno(), QSocketNotifier.Type.Read)
    bell.activated.connect(lambda *_: (hears.recv(64), stop()))
    try:
        yield
    finally:
        bell.setEnabled(False)
        for number, old in before.items():
            signal.signal(number, old)
        signal.set_wakeup_fd(before_fd)
        hears.close()
        rings.close()


def _raise_later(window: Window) -> None:
    """From the listener's thread: the window comes to the front."""
    from ui.tasks import engine

    def show() -> None:
        window.showNormal() if window.isMinimized() else window.show()
        window.raise_()
        window.activateWindow()

    engine().post(show)


def _take_down(window: Window, clients: Clients) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    from ui.tasks import engine
    from ui.theme import icons

    engine().stop()
    window.deleteLater()
    clients.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    icons.clear()


def _refuse(error: Exception) -> int:
    """Nothing can be opened: say why in a small window, and on the terminal for those who started it there."""
    from ui.text import explain

    said = explain(error if isinstance(error, OpenLedgerError | OSError) else OSError())
    sys.stderr.write(f"{said.title}\n{said.what_to_do}\n")
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QMessageBox

    from ui.theme import install

    app = QApplication.instance() or QApplication(["openledger"])
    assert isinstance(app, QApplication)
    install(app, "system")
    box = QMessageBox(QMessageBox.Icon.Warning, said.title, said.what_to_do)
    box.setTextFormat(Qt.TextFormat.PlainText)  # the path in it is not ours
    box.finished.connect(lambda _code: app.exit(1))
    box.open()
    return app.exec()


def _milliseconds(painted: float) -> float:
    """From the process's birth where the system tells it (Linux), else from the import of this module."""
    try:
        born = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19]) / 100
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - born) * 1000
    except (OSError, ValueError, IndexError, AttributeError):
        return (painted - _STARTED) * 1000
