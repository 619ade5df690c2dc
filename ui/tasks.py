"""The only road for background work: core's blocking calls run on a pool of threads, their results arrive on this one.

    tasks.run(self, client.models, on_done=self._show)                        # one call
    tasks.run(self, client.train, release, title="Train", on_done=self._done) # long: listed under jobs, can be stopped

    async def _publish(self):                                                 # several calls in a row
        prepared = await tasks.call(self.client.prepare_publish, model)
        if await ask.confirm(self, prepared):
            await tasks.call(self.client.sign, prepared.id)
    tasks.start(self, self._publish())

A task belongs to its owner (a QObject): when that is destroyed, the task stops and nothing of it is called any more.
An error with no `on_error` is shown by the window. Coroutines here are driven by Qt alone, not by asyncio, so they may
await only `tasks.call`, `tasks.pause` and what `ui/ask.py` gives.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

from core.errors import Cancelled, OpenLedgerError
from core.jobs import Progress
from ui.text import step_words

T = TypeVar("T")
Report = Callable[[float | None, str], None]
POOL = "openledger-ui"
_WORKERS = 8  # threads mostly wait on pipes and the disk; a long job must not hold up reading
_log = logging.getLogger(__name__)


class Later(Generic[T]):
    """A value that arrives on the GUI thread; `await` it inside a task. Settled once, later settlings are ignored."""

    def __init__(self, cancel: Callable[[], None] | None = None) -> None:
        self._settled = False
        self._value: T | None = None
        self._error: BaseException | None = None
        self._then: Callable[[], None] | None = None
        self.cancel = cancel

    def resolve(self, value: T) -> None:
        self._settle(value, None)

    def fail(self, error: BaseException) -> None:
        self._settle(None, error)

    def then(self, callback: Callable[[T], object]) -> None:
        """Outside a task: calls back with the value; errors are shown by the window."""

        def settled() -> None:
            if self._error is not None:
                engine().failed.emit(self._error)
            else:
                callback(self._value)  # type: ignore[arg-type]

        self._then = settled
        if self._settled:
            settled()

    def _settle(self, value: T | None, error: BaseException | None) -> None:
        if self._settled:
            return
        self._settled, self._value, self._error = True, value, error
        if self._then is not None:
            self._then()

    def __await__(self) -> Generator[Later[T], None, T]:
        if not self._settled:
            yield self
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


class Task(QObject):
    """One piece of background work. Jobs (tasks with a title) report `fraction` (None: unknown) and `words`."""

    progressed = Signal()
    ended = Signal()

    def __init__(self, engine: Engine, owner: QObject, title: str) -> None:
        super().__init__(engine)
        self.title = title
        self.fraction: float | None = None
        self.words = ""
        self.running = True
        self._engine = engine
        self._coroutine: Coroutine[Any, Any, Any] | None = None
        self._waits_for: Later[Any] | None = None
        self._on_done: Callable[[Any], None] | None = None
        self._on_error: Callable[[BaseException], None] | None = None
        self._on_progress: Report | None = None
        self._owner: QObject | None = owner
        owner.destroyed.connect(self._abandon)

    def cancel(self) -> None:
        """Asks the work to stop; it ends with Cancelled at its next step (or at once when it only waits)."""
        waits = self._waits_for
        if not self.running or waits is None:
            return
        if waits.cancel is not None:
            waits.cancel()
        else:
            waits.fail(Cancelled())

    def _begin(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine
        self._step()

    def _step(self) -> None:
        coroutine, self._waits_for = self._coroutine, None
        if coroutine is None or not self.running:
            return
        previous, Engine.current = Engine.current, self
        try:
            wanted = coroutine.send(None)
        except StopIteration as end:
            self._finish(self._on_done, end.value)
            return
        except Exception as error:  # noqa: BLE001 - every error of every task is shown in one place
            self._failed(error)
            return
        finally:
            Engine.current = previous
        if not isinstance(wanted, Later):
            coroutine.close()
            self._failed(TypeError(f"a task can await tasks.call, tasks.pause and ask.*, not {type(wanted).__name__}"))
            return
        self._waits_for = wanted
        wanted._then = self._step  # noqa: SLF001 - Later and Task are two halves of one thing

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, OpenLedgerError | OSError):
            _log.error("task %r failed", self.title or "(untitled)", exc_info=error)
        if self._on_error is not None:
            self._finish(self._on_error, error)
            return
        engine = self._engine
        self._finish(None, None)
        if not isinstance(error, Cancelled):
            engine.failed.emit(error)

    def _finish(self, callback: Callable[[Any], None] | None, value: object) -> None:
        self._end()
        if callback is not None:
            callback(value)

    def _end(self) -> None:
        self.running = False
        if self._owner is not None:
            with contextlib.suppress(RuntimeError):  # the owner may be gone already
                self._owner.destroyed.disconnect(self._abandon)
        self._owner = self._coroutine = self._waits_for = None
        self._on_done = self._on_error = self._on_progress = None
        self._engine.forget(self)
        self.ended.emit()
        self.deleteLater()

    def _abandon(self) -> None:
        if not self.running:
            return
        waits, coroutine = self._waits_for, self._coroutine
        self._owner = None
        if waits is not None:
            waits._then = None  # noqa: SLF001
            if waits.cancel is not None:
                waits.cancel()
        self._end()
        if coroutine is not None:
            coroutine.close()

    def _report(self, fraction: float | None, words: str) -> None:
        if not self.running:
            return
        self.fraction, self.words = fraction, step_words(words)
        if self._on_progress is not None:
            self._on_progress(fraction, self.words)
        self.progressed.emit()


class Engine(QObject):
    """The pool, the running tasks, and the way back to the GUI thread. One for each application: `engine()`."""

    changed = Signal()  # a job began or ended
    failed = Signal(object)  # an error that no task handles: the window shows it
    _arrived = Signal()
    current: Task | None = None

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix=POOL)
        self._inbox: deque[Callable[[], None]] = deque()
        self._tasks: list[Task] = []  # strong references: a task nobody holds must still finish
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> list[Task]:
        return list(self._tasks)

    @property
    def jobs(self) -> list[Task]:
        """Running tasks with a title, oldest first."""
        return [task for task in self._tasks if task.title]

    def add(self, task: Task) -> None:
        self._tasks.append(task)
        if task.title:
            self.changed.emit()

    def forget(self, task: Task) -> None:
        if task in self._tasks:
            self._tasks.remove(task)
            if task.title:
                self.changed.emit()

    def post(self, deliver: Callable[[], None]) -> None:
        """Runs `deliver` on the GUI thread. Callable from any thread."""
        self._inbox.append(deliver)
        with contextlib.suppress(RuntimeError):  # the application is gone: nobody waits
            self._arrived.emit()

    def submit(self, work: Callable[[], None]) -> None:
        self._pool.submit(work)

    def _deliver(self) -> None:
        while self._inbox:
            self._inbox.popleft()()

    def stop(self) -> None:
        """Abandons every task; running calls are asked to stop, waiting ones never start. Does not wait for them."""
        for task in self.running:
            task._abandon()  # noqa: SLF001
        self._pool.shutdown(wait=False, cancel_futures=True)


def engine() -> Engine:
    app = QCoreApplication.instance()
    assert app is not None, "there is no application yet"
    made = app.findChild(Engine)
    return made if made is not None else Engine(app)


def start(
    owner: QObject,
    coroutine: Coroutine[Any, Any, T],
    *,
    on_done: Callable[[T], None] | None = None,
    on_error: Callable[[BaseException], None] | None = None,
    on_progress: Report | None = None,
    title: str = "",
) -> Task:
    """Runs a coroutine step by step on the GUI thread; each `await call(...)` inside it runs on the pool.

    With a title it is a job: listed under the jobs button, with progress and a way to stop it.
    """
    task = Task(engine(), owner, title)
    task._on_done, task._on_error, task._on_progress = on_done, on_error, on_progress  # noqa: SLF001
    engine().add(task)
    task._begin(coroutine)  # noqa: SLF001
    return task


def run(
    owner: QObject,
    work: Callable[..., T],
    *args: object,
    on_done: Callable[[T], None] | None = None,
    on_error: Callable[[BaseException], None] | None = None,
    on_progress: Report | None = None,
    title: str = "",
    **named: object,
) -> Task:
    """Runs one blocking call on the pool. With `title` or `on_progress`, `work` gets a core.jobs `progress=`."""
    waiting = call(work, *args, with_progress=bool(title or on_progress), **named)
    return start(owner, waiting, on_done=on_done, on_error=on_error, on_progress=on_progress, title=title)


async def call(work: Callable[..., T], *args: object, with_progress: bool = False, **named: object) -> T:
    """Inside a task: one blocking call on the pool. `with_progress` hands it `progress=`, so that it can be stopped."""
    task, home = Engine.current, engine()
    assert task is not None, "tasks.call is awaited inside a task: tasks.start(owner, coroutine)"
    progress = Progress(report=lambda fraction, words: home.post(lambda: task._report(fraction, words)))  # noqa: SLF001
    if with_progress:
        named["progress"] = progress
    later: Later[T] = Later(cancel=progress.cancel if with_progress else None)

    def outside() -> None:
        try:
            progress.check()
            value = work(*args, **named)
        except BaseException as error:  # noqa: BLE001 - carried to the GUI thread, whatever it is
            home.post(lambda error=error: later.fail(error))  # type: ignore[misc]
        else:
            home.post(lambda: later.resolve(value))

    home.submit(outside)
    return await later


async def pause(seconds: float) -> None:
    """Inside a task: waits without holding a thread."""
    later: Later[None] = Later()
    QTimer.singleShot(round(seconds * 1000), engine(), lambda: later.resolve(None))
    await later
