"""What every benchmark shares: rows, medians, the machine's name, and environments for rivals.

A benchmark is a module here with `def run() -> list[Row]`; `./run bench NAME --json FILE` runs it.
`--docs` has it write its tables and pictures where the documents keep them.
Ratios beside a rival in the same run are what to quote: the machines are noisy.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Row:
    """`holds` is None where no target is set. `rivals` are in the same unit."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = True  # whether the target is a ceiling or a floor
    rivals: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool | None:
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def as_json(self) -> dict[str, object]:
        row = asdict(self) | {"holds": self.holds}
        del row["at_most"]
        return row


_wishes: set[str] = set()


def write_docs() -> None:
    """Benchmarks that have a document of their own write it anew."""
    _wishes.add("docs")


def docs_wanted() -> bool:
    return "docs" in _wishes


def machine() -> dict[str, object]:
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
    }


def median_seconds(work: Callable[[], object], runs: int = 5, warm: int = 1) -> float:
    for _ in range(warm):
        work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rival_environment(name: str, packages: list[str], seconds: float | None = None) -> Path:
    """The Python of an environment of its own for rivals whose needs clash with ours; made once, under .venv-NAME,
    within `seconds` where they are given. Raises OSError, subprocess.SubprocessError.
    """
    folder = ROOT / f".venv-{name}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "stamp"
    if not stamp.exists() or stamp.read_text() != "\n".join(packages):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, timeout=seconds)
        stamp.write_text("\n".join(packages))
    return python


def in_child(code: str, *arguments: str) -> str:
    """Standard output of a fresh Python of ours."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return done.stdout
