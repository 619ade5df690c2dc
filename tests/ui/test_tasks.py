"""Background work: off this thread, back on this thread, gone with its owner, errors in one place."""

from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, DiskFull
from core.jobs import Progress
from ui import tasks


@pytest.fixture
def owner(qapp) -> QObject:
    made = QObject()
    yield made
    made.deleteLater()


def test_work_runs_elsewhere_and_its_result_arrives_here(qtbot: QtBot, owner: QObject) -> None:
    seen: list[tuple[object, bool]] = []
    here = QThread.currentThread()

    def done(name: str) -> None:
        seen.append((name, QThread.currentThread() is here))

    tasks.run(owner, lambda: threading.current_thread().name, on_done=done)
    qtbot.waitUntil(lambda: bool(seen))
    name, on_gui = seen[0]
    assert str(name).startswith(tasks.POOL)
    assert on_gui


def test_an_error_goes_to_who_asked_for_it(qtbot: QtBot, owner: QObject) -> None:
    seen: list[BaseException] = []

    def fail() -> None:
        raise DiskFull(path="/x")

    tasks.run(owner, fail, on_error=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], DiskFull)


def test_an_error_nobody_asked_for_is_said_in_one_place(qtbot: QtBot, owner: QObject) -> None:
    def fail() -> None:
        raise DiskFull(path="/x")

    with qtbot.waitSignal(tasks.engine().failed) as heard:
        tasks.run(owner, fail)
    assert isinstance(heard.args[0], DiskFull)


def test_a_mistake_of_ours_is_logged_and_said(qtbot: QtBot, owner: QObject, caplog: pytest.LogCaptureFixture) -> None:
    with qtbot.waitSignal(tasks.engine().failed):
        tasks.run(owner, lambda: 1 // 0)
    assert "failed" in caplog.records[0].getMessage()
    caplog.clear()


def test_a_task_dies_with_its_owner_and_nothing_of_it_is_called(qtbot: QtBot, qapp) -> None:
    owner, gate, called = QObject(), threading.Event(), []
    task = tasks.run(owner, gate.wait, 60, on_done=called.append, on_error=called.append)
    assert task in tasks.engine().running
    owner.deleteLater()
    del owner
    qtbot.waitUntil(lambda: not tasks.engine().running)
    gate.set()
    qtbot.wait(50)
    assert called == []


def test_progress_is_reported_here_and_stop_is_honoured(qtbot: QtBot, owner: QObject) -> None:
    reports: list[tuple[float | None, str]] = []
    errors: list[BaseException] = []

    def work(*, progress: Progress) -> None:
        for number in range(10_000):
            progress.step("solve", number, 10_000)
            time.sleep(0.001)

    task = tasks.run(owner, work, title="Train", on_progress=lambda *said: reports.append(said), on_error=errors.append)
    assert task in tasks.engine().jobs
    qtbot.waitUntil(lambda: len(reports) > 2)
    assert reports[0][1] == "Solving exactly"
    task.cancel()
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], Cancelled)
    assert tasks.engine().jobs == []


def test_several_steps_follow_each_other(qtbot: QtBot, owner: QObject) -> None:
    async def steps() -> list[int]:
        found = []
        for number in range(3):
            found.append(await tasks.call(lambda number=number: number * number))
            await tasks.pause(0.01)
        return found

    seen: list[list[int]] = []
    tasks.start(owner, steps(), on_done=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [[0, 1, 4]]


def test_an_error_can_be_caught_between_steps(qtbot: QtBot, owner: QObject) -> None:
    def fail() -> None:
        raise DiskFull(path="/x")

    async def steps() -> str:
        try:
            await tasks.call(fail)
        except DiskFull:
            return "caught"
        return "missed"

    seen: list[str] = []
    tasks.start(owner, steps(), on_done=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["caught"]


def test_waiting_for_anything_else_is_refused_in_words(
    qtbot: QtBot, owner: QObject, caplog: pytest.LogCaptureFixture
) -> None:
    class Odd:
        def __await__(self):
            yield 1

    async def steps() -> None:
        await Odd()

    seen: list[BaseException] = []
    tasks.start(owner, steps(), on_error=seen.append)
    assert "a task can await" in str(seen[0])
    caplog.clear()


def test_a_thousand_short_tasks_all_arrive(qtbot: QtBot, owner: QObject) -> None:
    seen: list[int] = []
    for number in range(1000):
        tasks.run(owner, lambda number=number: number, on_done=seen.append)
    qtbot.waitUntil(lambda: len(seen) == 1000)
    assert sorted(seen) == list(range(1000))
    assert tasks.engine().running == []


def test_stopping_a_question_counts_as_no(qtbot: QtBot, owner: QObject) -> None:
    later: tasks.Later[bool] = tasks.Later()

    async def steps() -> bool:
        return await later

    seen: list[BaseException] = []
    task = tasks.start(owner, steps(), on_error=seen.append)
    task.cancel()
    assert isinstance(seen[0], Cancelled)
    later.resolve(True)  # too late: ignored
