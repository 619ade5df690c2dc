"""A kill before any statement and any file operation, and at random moments, loses nothing that was acknowledged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# What a killed process wrote is with the system, synced or not: a disk in memory shows the same, and much sooner.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.mark.timeout(900)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="every round is a fork, which this system has not")
def test_whatever_is_killed_in_the_middle_comes_back_whole() -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.core.node.crashing", folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    killed = {scenario: found["killed"] for scenario, found in json.loads(done.stdout).items()}
    assert set(killed) == {"mine", "sweep", "snapshot", "restore", "import", "random"}
    assert min(killed.values()) >= 4, killed
