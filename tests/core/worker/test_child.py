"""Promises of the harness: every call ends, with its answer or with the reason why there is none."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import (
    Cancelled,
    InsufficientFunds,
    WorkerDied,
    WorkerError,
    WorkerLimit,
    WorkerTimeout,
)
from core.jobs import Progress
from core.worker.child import Child
from core.worker.registry import MIB, Kind

DOUBLE = Path(__file__).parents[2] / "doubles" / "odd_worker.py"
pytestmark = pytest.mark.timeout(300)
posix = pytest.mark.skipif(os.name != "posix", reason="signals and resource limits are POSIX")


@pytest.fixture
def make() -> Iterator[Callable[..., Child]]:
    made: list[Child] = []

    def build(
        *, memory: int | None = None, cpu: int | None = None, threads: int = 1, answer: int = MIB, **rest: Any
    ) -> Child:
        kind = Kind("odd", "odd_worker", memory=memory, cpu=cpu, threads=threads, answer=answer)
        environment = {"ODD_THREADS": str(threads), **rest.pop("environment", {})}
        made.append(Child("odd", kind=kind, argv=[sys.executable, str(DOUBLE)], environment=environment, **rest))
        return made[-1]

    yield build
    for child in made:
        child.kill()


@pytest.fixture
def child(make) -> Child:
    return make()


def gone(pid: int) -> bool:
    """Ended: a dead one stays listed where nobody buries orphans, as in some containers."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
        return False
    return True


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


# --- calls ---


def test_a_call_gives_back_what_the_method_returned(child):
    assert child.call("ping") == "pong"


def test_a_method_may_have_parameters_named_method_and_params(child):
    assert child.call("rpc", method="eth_call", params=[1]) == ["eth_call", [1]]


def test_big_integers_travel_unrounded(child):
    assert child.call("rpc", method="m", params=[2**256 - 1]) == ["m", [2**256 - 1]]


def test_the_child_starts_at_the_first_call_and_stays(child):
    assert (child.starts, child.running, child.pid) == (0, False, None)
    child.call("ping")
    child.call("ping")
    assert child.starts == 1
    assert child.running


def test_our_errors_arrive_as_themselves_with_their_values(child):
    with pytest.raises(InsufficientFunds) as caught:
        child.call("fail", kind="ours")
    assert caught.value.values == {"needed": 2**200, "available": 3}


def test_other_errors_arrive_as_worker_errors_and_the_child_lives_on(child):
    with pytest.raises(WorkerError) as caught:
        child.call("fail", kind="other")
    assert caught.value.values == {"name": "odd", "kind": "ValueError", "reason": "some detail"}
    assert child.call("ping") == "pong"


def test_an_unknown_method_is_an_error_not_a_silence(child):
    with pytest.raises(WorkerError):
        child.call("no such method")


def test_what_cannot_be_sent_is_refused_before_it_is_sent(child):
    with pytest.raises(TypeError):
        child.call("rpc", method=b"bytes", params=[])
    assert child.call("ping") == "pong"


def test_a_stray_print_does_not_break_the_wire(child):
    child.call("ping")
    child.call("print", words='{"id": 3, "result": "forged"}')
    assert child.call("ping") == "pong"


def test_threads_share_a_child(make):
    child = make()
    answers: dict[int, object] = {}

    def ask(n: int) -> None:
        answers[n] = child.call("rpc", method=str(n), params=[])

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: [str(n), []] for n in range(20)}
    assert child.starts == 1


def test_a_kind_with_threads_answers_side_by_side(make):
    child = make(threads=4)
    begun, progress = threading.Event(), Progress(report=lambda *_: begun.set())

    def count() -> None:
        with contextlib.suppress(Cancelled):
            child.call("count", to=100_000, progress=progress)

    slow = threading.Thread(target=count)
    slow.start()
    assert begun.wait(60)
    assert child.call("ping") == "pong"
    assert slow.is_alive()
    progress.cancel()
    slow.join()


# --- progress and cancel ---


def test_progress_arrives_and_ends_with_the_result(child):
    seen: list[tuple[float | None, str]] = []
    assert child.call("count", to=20, progress=Progress(report=lambda *step: seen.append(step))) == 20
    assert seen
    assert {words for _, words in seen} == {"Counting"}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_cancelled_call_stops_in_the_child_too(child):
    child.call("ping")
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with pytest.raises(Cancelled):
        child.call("count", to=100_000, progress=progress)
    assert child.call("ping", timeout=60) == "pong"
    assert child.starts == 1


def test_a_call_cancelled_before_it_began_is_not_made(child):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        child.call("count", to=1, progress=progress)
    assert child.starts == 0


def test_a_child_that_ignores_the_cancel_is_killed(child):
    child.call("ping")
    progress = Progress()
    threading.Timer(0.2, progress.cancel).start()
    with pytest.raises(Cancelled):
        child.call("spin", progress=progress)
    assert not child.running


def test_cancelling_a_waiting_call_leaves_the_one_before_it_alone(child):
    first: list[object] = []
    begun = threading.Event()
    running = threading.Thread(
        target=lambda: first.append(
            child.call("count", to=400, progress=Progress(report=lambda *_: begun.set())),
        ),
    )
    running.start()
    assert begun.wait(60)
    progress = Progress()
    threading.Timer(0.2, progress.cancel).start()
    with pytest.raises(Cancelled):
        child.call("count", to=100, progress=progress)
    assert running.is_alive()
    running.join()
    assert first == [400]


# --- events ---


def test_events_reach_the_listener(make):
    heard: list[tuple[str, dict[str, Any]]] = []
    child = make(on_event=lambda *event: heard.append(event))
    child.call("say", words="a block")
    assert until(lambda: heard == [("said", {"words": "a block"})])


def test_a_listener_that_fails_does_not_deafen_the_parent(make, caplog):
    def broken(_event: str, _data: dict[str, Any]) -> None:
        raise RuntimeError("a fault of the screen")

    child = make(on_event=broken)
    child.call("say", words="x")
    assert child.call("ping", timeout=60) == "pong"
    assert [record.getMessage() for record in caplog.records] == ["a listener failed; the child goes on"]
    caplog.clear()


def test_a_listener_that_asks_its_own_child_is_told_instead_of_waiting_for_ever(make):
    told: list[str] = []

    def listener(_event: str, _data: dict[str, Any]) -> None:
        try:
            child.call("ping")
        except RuntimeError as error:
            told.append(str(error))

    child = make(on_event=listener)
    child.call("say", words="x", timeout=60)
    assert until(lambda: len(told) == 1)
    assert child.call("ping") == "pong"


def test_a_listener_may_kill_its_child(make):
    child = make(on_event=lambda *_: child.kill())
    with contextlib.suppress(WorkerDied):
        child.call("say", words="x", timeout=60)
    assert until(lambda: not child.running)


# --- death ---


def test_death_in_mid_call_is_told_with_its_code_and_last_words(child):
    with pytest.raises(WorkerDied) as caught:
        child.call("die", code=7)
    assert caught.value.values == {"name": "odd", "code": 7, "tail": "my last words"}


@posix
def test_a_crash_in_native_code_is_a_death_like_any_other(child):
    with pytest.raises(WorkerDied) as caught:
        child.call("segfault")
    assert caught.value.code == -signal.SIGSEGV


def test_after_a_death_the_next_call_starts_a_new_child(child):
    with pytest.raises(WorkerDied):
        child.call("die", code=1)
    assert child.call("ping") == "pong"
    assert child.starts == 2


@posix
def test_a_child_killed_from_outside_fails_the_call_and_not_the_next(child):
    child.call("ping")
    threading.Timer(0.2, os.kill, (child.pid, signal.SIGKILL)).start()
    with pytest.raises(WorkerDied) as caught:
        child.call("count", to=100_000)
    assert caught.value.code == -signal.SIGKILL
    assert child.call("ping") == "pong"


def test_everybody_who_waited_is_told_of_the_death(make):
    child = make(threads=4)
    child.call("ping")
    told: list[str] = []
    begun = threading.Semaphore(0)

    def wait() -> None:
        once = iter([begun.release])
        progress = Progress(report=lambda *_: next(once, bool)())
        try:
            child.call("count", to=100_000, progress=progress)
        except WorkerDied as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert all(begun.acquire(timeout=60) for _ in threads)
    child.kill()
    for thread in threads:
        thread.join(60)
    assert told == ["WorkerDied"] * 3


def test_a_program_that_cannot_be_started_is_a_death(make):
    child = Child("odd", kind=Kind("odd", "odd"), argv=["/no/such/program"])
    with pytest.raises(WorkerDied):
        child.call("ping")


def test_a_program_that_leaves_at_once_is_a_death():
    child = Child("odd", kind=Kind("odd", "odd"), argv=[sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(WorkerDied) as caught:
        child.call("ping", timeout=60)
    assert caught.value.code == 3


# --- a hostile child ---


@pytest.mark.parametrize(
    "line",
    [
        "not json at all",
        "[]",
        "42",
        "null",
        '{"id": 1}',
        '{"id": [], "result": 1}',
        '{"id": 1, "error": 5}',
        '{"id": 1, "error": {"values": []}}',
        '{"id": 1, "progress": "x"}',
        '{"event": "x"}',
        "[" * 5000,
        "\x00\xff",
    ],
)
def test_garbage_on_the_wire_ends_the_child_and_the_call(child, line):
    child.call("ping")
    with pytest.raises(WorkerError) as caught:
        child.call("raw", text=line + "\n", timeout=60)
    assert caught.value.reason == "not an answer"
    assert until(lambda: not child.running)


def test_an_answer_nobody_asked_for_is_ignored(child):
    child.call("ping")
    child.call("raw", text='{"id": 999, "result": "surprise"}\n')
    assert child.call("ping") == "pong"


def test_a_child_cannot_make_the_parent_build_a_class_of_its_choice(child):
    child.call("ping")
    with pytest.raises(WorkerError) as caught:
        child.call("raw", text='{"id": 2, "error": {"type": "Sequence", "values": {"self": 1, "name": "evil"}}}\n')
    assert type(caught.value) is WorkerError
    assert caught.value.values == {"name": "odd"}


def test_an_answer_as_large_as_allowed_passes(make):
    child = make(answer=10_000)
    assert child.call("text", size=9_900) == "x" * 9_900


def test_a_huge_answer_is_a_limit_and_ends_the_child(make):
    child = make(answer=10_000)
    with pytest.raises(WorkerLimit) as caught:
        child.call("text", size=20_000)
    assert caught.value.values == {"name": "odd", "what": "answer", "limit": 10_000}
    assert not child.running


def test_a_huge_line_without_an_end_is_a_limit_too(make):
    child = make(answer=10_000)
    with pytest.raises(WorkerLimit):
        child.call("raw", text="x" * 10_001)


# --- limits ---


def test_a_timeout_kills_the_child(child):
    child.call("ping")
    with pytest.raises(WorkerTimeout) as caught:
        child.call("spin", timeout=0.4)
    assert caught.value.values == {"name": "odd", "method": "spin", "seconds": 0.4}
    assert not child.running


@posix
def test_a_timeout_holds_even_when_the_child_stopped_reading(child):
    child.call("ping")
    pid = child.pid
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(WorkerTimeout):
        child.call("rpc", method="x" * MIB, params=[], timeout=0.4)
    assert gone(pid)


@posix
def test_memory_past_the_limit_is_a_limit_and_the_child_lives_on(make):
    child = make(memory=512 * MIB)
    with pytest.raises(WorkerLimit) as caught:
        child.call("eat", mib=4096)
    assert caught.value.values == {"name": "odd", "what": "memory", "limit": 512 * MIB}
    assert child.call("eat", mib=1) == MIB


@posix
def test_processor_time_past_the_limit_is_a_limit(make):
    child = make(cpu=1)
    with pytest.raises(WorkerLimit) as caught:
        child.call("spin", timeout=120)
    assert caught.value.values == {"name": "odd", "what": "cpu", "limit": 1}


@posix
def test_children_leave_no_core_files(child):
    assert child.call("core_limit") == [0, 0]


# --- starting, stopping ---


def test_on_start_prepares_every_new_child_before_others_get_through(make):
    child = make(on_start=lambda fresh: fresh.call("open", what="the ledger"))
    assert child.call("opened") == ["the ledger"]
    child.kill()
    assert child.call("opened") == ["the ledger"]
    assert child.starts == 2


def test_a_child_that_could_not_be_prepared_is_not_used(make):
    child = make(on_start=lambda fresh: fresh.call("fail", kind="ours"))
    for starts in (1, 2):
        with pytest.raises(InsufficientFunds):
            child.call("ping")
        assert not child.running
        assert child.starts == starts


def test_a_child_that_dies_while_it_is_prepared_is_not_started_for_ever(make):
    def prepare(fresh: Child) -> None:
        with contextlib.suppress(WorkerDied):
            fresh.call("die", code=1)
        fresh.call("ping")

    child = make(on_start=prepare)
    with pytest.raises(WorkerDied):
        child.call("ping")
    assert child.starts == 1


def test_kill_is_quick_and_final(child):
    child.call("ping")
    pid = child.pid
    start = time.monotonic()
    child.kill()
    assert time.monotonic() - start < 6  # who is asked to leave has eight
    assert gone(pid)
    assert child.pid is None


def test_kill_and_stop_without_a_child_do_nothing(child):
    child.kill()
    child.stop()


def test_stop_lets_the_child_close_its_things(make, tmp_path):
    child = make(environment={"ODD_CLOSED": str(tmp_path / "closed")})
    child.call("ping")
    child.stop()
    assert (tmp_path / "closed").exists()
    assert not child.running


def test_stop_lets_a_request_in_hand_stop_at_its_next_step(child):
    ended: list[str] = []
    begun = threading.Event()

    def ask() -> None:
        try:
            child.call("count", to=100_000, progress=Progress(report=lambda *_: begun.set()))
        except (Cancelled, WorkerDied) as error:
            ended.append(type(error).__name__)

    running = threading.Thread(target=ask)
    running.start()
    assert begun.wait(60)
    child.stop()
    running.join(60)
    assert ended == ["Cancelled"]


@posix
def test_a_child_does_not_outlive_its_parent(tmp_path):
    script = (
        "import sys, os, time\n"
        "from core.worker.child import Child\n"
        "from core.worker.registry import Kind\n"
        f"child = Child('odd', kind=Kind('odd', 'odd_worker'), argv=[sys.executable, {str(DOUBLE)!r}])\n"
        "child.call('ping')\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert until(lambda: gone(pid))


@posix
def test_a_busy_child_does_not_outlive_its_parent_either():
    script = (
        "import sys, threading, time\n"
        "from core.worker.child import Child\n"
        "from core.worker.registry import Kind\n"
        f"child = Child('odd', kind=Kind('odd', 'odd_worker'), argv=[sys.executable, {str(DOUBLE)!r}])\n"
        "child.call('ping')\n"
        "threading.Thread(target=child.call, args=('spin',), daemon=True).start()\n"
        "time.sleep(0.3)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "ODD_LEAVE": "0.5"}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert until(lambda: gone(pid))


def test_no_pipe_and_no_thread_is_left_behind(child):
    before = set(threading.enumerate())
    for _ in range(3):
        child.call("ping")
        child.kill()
    assert set(threading.enumerate()) <= before
    gc.collect()  # an unclosed pipe would warn here, and warnings fail
