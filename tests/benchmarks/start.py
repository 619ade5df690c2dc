"""How soon the window is there: from the process's birth to the first painted frame, and what a command costs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.harness import ROOT, Row

RUNS = 7
BARE = """from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel("x")
label.show()
app.processEvents()"""


def _environment() -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}


def _first_paint() -> float:
    """Milliseconds, as the program itself measures them on an empty profile."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "app", "--measure-start", "--profile", str(Path(folder) / "profile")],
            cwd=ROOT,
            env=_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout.strip().splitlines()[-1])


def _seconds(*command: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, env=_environment(), capture_output=True, check=True)
    return time.perf_counter() - started


def run() -> list[Row]:
    _first_paint()  # byte code is compiled once
    paint = statistics.median(_first_paint() for _ in range(RUNS))
    rival = statistics.median(_seconds("-c", BARE) for _ in range(RUNS)) * 1000
    help_ms = statistics.median(_seconds("-m", "app", "--help") for _ in range(RUNS)) * 1000
    python_ms = statistics.median(_seconds("-c", "pass") for _ in range(RUNS)) * 1000
    return [
        Row("first paint of the window", paint, "ms", target=1000, rivals={"bare Qt window": rival}),
        Row("openledger --help", help_ms, "ms", target=500, rivals={"python -c pass": python_ms}),
    ]
