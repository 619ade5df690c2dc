"""Starting: arguments, the first paint, and a second start on the same profile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.main import WindowOptions, window_options
from app.single import SingleInstance
from app.start import Clients
from core.paths import ProfilePaths

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env=os.environ
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([], WindowOptions()),
        (["--measure-start"], WindowOptions(measure_start=True)),
        (["--profile", "x"], WindowOptions(Path("x"))),
        (["--profile"], None),
        (["--help"], None),
        (["demo"], None),
        (["--profile", "x", "wallet"], None),
    ],
)
def test_only_the_windows_own_options_skip_the_terminal(given: list[str], found: WindowOptions | None) -> None:
    assert window_options(given) == found


def test_the_first_paint_is_measured(tmp_path: Path) -> None:
    found = run("-m", "app", "--measure-start", "--profile", str(tmp_path / "p"))
    assert found.returncode == 0, found.stderr
    assert 50 < int(found.stdout) < 60_000


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    code = (
        "import sys; from app.main import main; "
        f"main(['--measure-start', '--profile', {str(tmp_path / 'p')!r}]); "
        "heavy = {'numpy', 'bip_utils', 'eth_account', 'onnx', 'onnxruntime', 'asyncio', 'qasync', 'sqlcipher3',"
        " 'core.client', 'core.values', 'cryptography', 'httpx', 'segno', 'ui.frame', 'app.terminal.parser'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = run("-c", code)
    assert found.stdout.splitlines()[-1] == "[]", found.stdout + found.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only there Qt ends without a word")
def test_without_a_screen_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    found = run("-m", "app")
    assert found.returncode == 1
    assert found.stderr.startswith("There is no screen here.")


def test_a_second_start_shows_the_first_and_leaves(tmp_path: Path) -> None:
    shown = threading.Event()
    with SingleInstance(ProfilePaths(tmp_path)) as first:
        first.listen(lambda _link: shown.set())
        assert run("-m", "app", "--profile", str(tmp_path)).returncode == 0
        assert shown.wait(60)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind exist on POSIX only")
def test_a_polite_kill_closes_the_window_and_leaves_nothing_locked(tmp_path: Path) -> None:
    started = subprocess.Popen([sys.executable, "-m", "app", "--profile", str(tmp_path)], cwd=ROOT, env=os.environ)
    try:
        deadline = time.monotonic() + 100
        while not (tmp_path / "show").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        started.send_signal(signal.SIGTERM)  # the moment it can be found: imports are still under way
        assert started.wait(100) == 0
    finally:
        started.kill()
        started.wait()
    assert (tmp_path / "settings.json").exists()  # its place was remembered
    with SingleInstance(ProfilePaths(tmp_path)):
        pass


def test_a_profile_is_put_aside_whole(tmp_path: Path) -> None:
    root = tmp_path / "default"
    paths = ProfilePaths(root)
    paths.prepare()
    clients = Clients(paths)
    for name in ("vault.db", "vault.json", "keys.json", "ledger.db", "settings.json", "lock"):
        (root / name).write_text(name)
    (paths.files / "model").write_text("m")
    assert clients.state() == "locked"
    target = clients.put_aside()
    assert clients.state() == "empty"
    assert sorted(found.name for found in root.iterdir()) == ["files", "lock", "settings.json"]
    assert sorted(found.name for found in target.iterdir()) == [
        "files",
        "keys.json",
        "ledger.db",
        "vault.db",
        "vault.json",
    ]
    assert (target / "files" / "model").read_text() == "m"
