"""One copy a profile; a crash leaves no lock behind; a second start can only ask the first to show itself."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from app.single import SingleInstance, ask_to_show
from core.errors import ProfileInUse
from core.paths import ProfilePaths

HOLD = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from app.single import SingleInstance\n"
    "from core.paths import ProfilePaths\n"
    "single = SingleInstance(ProfilePaths(Path(sys.argv[1])))\n"
    "single.acquire()\n"
    "single.listen(lambda link: print('shown', link, flush=True))\n"
    "print('held', flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def paths(tmp_path) -> ProfilePaths:
    return ProfilePaths(tmp_path / "profile")


@pytest.fixture
def holder(paths):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(paths.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_start_is_refused_and_told_who_holds_it(paths, holder):
    with pytest.raises(ProfileInUse) as caught:
        SingleInstance(paths).acquire()
    assert caught.value.values == {"path": str(paths.root), "pid": holder.pid}


def test_another_profile_is_free(paths, holder, tmp_path):
    with SingleInstance(ProfilePaths(tmp_path / "other")):
        pass


def test_a_killed_copy_leaves_no_lock(paths, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with SingleInstance(paths):
        pass


def test_a_lock_file_with_a_living_process_id_but_no_holder_is_free(paths):
    paths.prepare()
    paths.lock.write_text(f"{os.getppid()}\n")
    with SingleInstance(paths):
        assert paths.lock.read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize("content", [b"", b"not a number", b"\xff\xfe", b"9" * 5000])
def test_a_lock_file_with_anything_in_it_is_free(paths, content):
    paths.prepare()
    paths.lock.write_bytes(content)
    with SingleInstance(paths):
        pass


def test_after_release_it_is_free_again(paths):
    single = SingleInstance(paths)
    for _ in range(2):
        single.acquire()
        single.listen(lambda _link: None)
        single.release()
    single.release()
    with SingleInstance(paths):
        pass


def test_two_holders_in_one_process_are_refused_too(paths):
    with SingleInstance(paths), pytest.raises(ProfileInUse):
        SingleInstance(paths).acquire()


def test_files_are_for_their_owner_only(paths):
    with SingleInstance(paths) as single:
        single.listen(lambda _link: None)
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths.root.iterdir()} == {0o600}


def test_a_second_start_makes_the_first_show_itself(paths, holder):
    assert ask_to_show(paths)
    assert holder.stdout.readline() == "shown \n"
    assert ask_to_show(paths, "openledger:send?to=0x1")
    assert holder.stdout.readline() == "shown openledger:send?to=0x1\n"


def test_when_nobody_listens_the_answer_is_no(paths):
    assert not ask_to_show(paths)
    with SingleInstance(paths):
        assert not ask_to_show(paths)
    with SingleInstance(paths) as single:
        single.listen(lambda _link: None)
    assert not ask_to_show(paths)


def test_a_pipe_left_by_a_killed_copy_does_not_hold_anyone_up(paths, holder):
    holder.kill()
    holder.wait()
    assert not ask_to_show(paths)  # opening a pipe that nobody reads waits for ever
    shown = threading.Event()
    with SingleInstance(paths) as single:
        single.listen(lambda _link: shown.set())
        assert ask_to_show(paths)
        assert shown.wait(60)


def test_a_link_too_long_is_dropped_and_the_window_shown(paths, holder):
    assert ask_to_show(paths, "x" * 10_000)
    assert holder.stdout.readline() == "shown \n"


@pytest.mark.skipif(os.name == "nt", reason="writes to the pipe in the folder")
def test_nonsense_at_the_door_is_ignored(paths, holder):
    handle = os.open(paths.root / "show", os.O_WRONLY)
    for nonsense in (
        b"\n",
        b"nonsense\n",
        b"[]\n",
        b"{}\n",
        b'{"show": 1, "link": ""}\n',
        b"\xff\n",
        b"x" * 3000 + b"\n",
    ):
        os.write(handle, nonsense)
    os.close(handle)
    assert ask_to_show(paths, "still here")
    assert holder.stdout.readline() == "shown still here\n"


def test_importing_it_loads_no_screen():
    code = "import sys, app.single; print([m for m in sys.modules if 'PySide' in m or 'qasync' in m])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
