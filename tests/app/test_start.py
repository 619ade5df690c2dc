"""Starting: arguments, the first paint, and a second start on the same profile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.main import WindowOptions, window_options

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
