"""One running copy a profile: the second start asks the first to show its window, and leaves.

The lock is the system's own lock on a file, so it ends with the process that holds it, however that ends: there are no
stale locks. The process id in the file only tells people who holds it. A second start speaks through a named pipe in
the profile's folder (Windows: a named pipe of the system); there is no port that web pages or other people could reach.
What it may say is one line: show yourself, and perhaps a link to fill in. It never makes anything happen.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from core.errors import ProfileInUse
from core.paths import ProfilePaths

_LONGEST = 2048  # bytes of one message; a pipe takes up to 4096 in one piece
_OFFSET = 1024  # the locked byte on Windows, behind the text, so that others can read it

Listener = Callable[[str], None]


def _lock(file: IO[str]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(_OFFSET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class SingleInstance:
    """`with SingleInstance(paths):` holds the profile. Raises ProfileInUse(path, pid) when another process does."""

    def __init__(self, paths: ProfilePaths) -> None:
        self._paths = paths
        self._file: IO[str] | None = None
        self._door: _Door | None = None

    def acquire(self) -> None:
        self._paths.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._paths.lock, os.O_CREAT | os.O_RDWR, 0o600)
        file = os.fdopen(handle, "r+", encoding="ascii", errors="replace")
        if not _lock(file):
            file.seek(0)
            held_by = file.read(20).strip()
            file.close()
            raise ProfileInUse(path=str(self._paths.root), pid=int(held_by) if held_by.isdigit() else None)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def listen(self, on_show: Listener) -> None:
        """Call `on_show(link)` on a thread of its own for each later start; `link` may be empty and is foreign text.
        Where the folder's file system has no pipes, later starts only learn that the profile is in use.
        """
        assert self._file is not None
        with contextlib.suppress(OSError):
            self._door = _make_door(self._paths.root, on_show)

    def release(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.seek(0)
                self._file.truncate()
            self._file.close()  # the lock ends here; the file stays, for deleting it would race with the next start
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.release()


def ask_to_show(paths: ProfilePaths, link: str = "") -> bool:
    """Ask the running copy to show its window, and to fill in `link`. False when it does not listen."""
    message = json.dumps({"show": True, "link": link}).encode() + b"\n"
    if len(message) > _LONGEST:
        message = json.dumps({"show": True, "link": ""}).encode() + b"\n"
    try:
        _speak(paths.root, message)
    except OSError:
        return False
    return True


def _understand(line: bytes, on_show: Listener) -> None:
    with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
        message = json.loads(line)
        if message["show"] is True:
            on_show(str(message["link"]))


class _Door(Protocol):
    """Where later starts knock."""

    def close(self) -> None: ...


class _Fifo:
    """A named pipe in the folder, mode 0600. Opened for reading and writing, so that it never ends by itself."""

    def __init__(self, path: Path, on_show: Listener) -> None:
        self._path = path
        self._closing = False
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        self._handle = os.open(path, os.O_RDWR)
        self._thread = threading.Thread(target=self._serve, args=(on_show,), name="single-instance", daemon=True)
        self._thread.start()

    def _serve(self, on_show: Listener) -> None:
        pending = b""
        while True:
            pending += os.read(self._handle, _LONGEST)
            *lines, pending = pending.split(b"\n")
            if self._closing:
                return
            pending = pending[:_LONGEST]
            for line in lines:
                _understand(line, on_show)

    def close(self) -> None:
        self._closing = True
        os.write(self._handle, b"\n")  # wakes the thread
        self._thread.join(5)
        os.close(self._handle)
        self._path.unlink(missing_ok=True)


class _WindowsPipe:
    """A pipe of the system, open to this person's processes, named after the folder."""

    def __init__(self, root: Path, on_show: Listener) -> None:
        from multiprocessing.connection import Listener as PipeListener

        self._address = _windows_name(root)
        self._listener: Any = PipeListener(self._address, "AF_PIPE")
        self._closing = False
        self._thread = threading.Thread(target=self._serve, args=(on_show,), name="single-instance", daemon=True)
        self._thread.start()

    def _serve(self, on_show: Listener) -> None:
        while not self._closing:
            with contextlib.suppress(OSError, EOFError), self._listener.accept() as caller:
                _understand(caller.recv_bytes(_LONGEST), on_show)

    def close(self) -> None:
        from multiprocessing.connection import Client

        self._closing = True
        with contextlib.suppress(OSError), Client(self._address, "AF_PIPE") as caller:
            caller.send_bytes(b"\n")
        self._thread.join(5)
        self._listener.close()


def _windows_name(root: Path) -> str:
    return rf"\\.\pipe\openledger-{hashlib.sha256(str(root.resolve()).casefold().encode()).hexdigest()[:32]}"


def _fifo(root: Path) -> Path:
    return root / "show"


def _make_door(root: Path, on_show: Listener) -> _Door:
    return _WindowsPipe(root, on_show) if os.name == "nt" else _Fifo(_fifo(root), on_show)


def _speak(root: Path, message: bytes) -> None:
    if os.name == "nt":
        from multiprocessing.connection import Client

        with Client(_windows_name(root), "AF_PIPE") as caller:
            caller.send_bytes(message)
        return
    handle = os.open(_fifo(root), os.O_WRONLY | os.O_NONBLOCK)  # fails at once when nobody listens
    try:
        os.write(handle, message)
    finally:
        os.close(handle)
