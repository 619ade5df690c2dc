"""The stand-alone scripts, each in a process of its own, limited like the others, and the same in the frozen program.

A script stays a file that anybody can run; it imports nothing of this program, and nothing of this program judges.
"""

from __future__ import annotations

import base64
import contextlib
import io
import runpy
import sys
from collections.abc import Callable
from dataclasses import dataclass

from core.jobs import Progress
from core.worker.child import Child
from core.worker.registry import KINDS, Kind

_NAME = "audit"
_WALL = 7200.0  # seconds on the clock, on however busy a machine; what counts is processor time, and that has its limit
# Idle threads of BLAS and arenas of malloc would count against the memory limit on a machine with many cores.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True)
class Outcome:
    """As the script ended: its exit status (0 all holds, 1 a check fails, 2 unreadable) and what it printed."""

    status: int
    printed: str


def run(
    script: str, source: str, *, data: bytes = b"", progress: Progress | None = None, kind: Kind | None = None
) -> Outcome:
    """audit, weights or reencode on the file `source`, or on `data` where that is "-", which then stands in no file.

    `kind` with other limits than the registered ones. Raises WorkerLimit (memory, processor time), WorkerTimeout,
    WorkerDied, Cancelled.
    """
    child = Child(_NAME, environment=_ENVIRONMENT, kind=kind or KINDS[_NAME])
    try:
        given = base64.b64encode(data).decode()
        found = child.call("run", timeout=_WALL, progress=progress, script=script, source=source, given=given)
    finally:
        child.kill()
    return Outcome(int(found["status"]), str(found["printed"]))


def _run(script: str, source: str, given: str) -> dict[str, object]:
    from resources import ROOT

    path, printed, status = ROOT / "audit" / f"{script}.py", io.StringIO(), 0
    sys.argv = [str(path), source, "--json"]
    sys.stdin = io.TextIOWrapper(io.BytesIO(base64.b64decode(given)))
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as end:
            status = int(end.code or 0)
    return {"status": status, "printed": printed.getvalue()}


def handlers(_emit: Callable[[str, dict[str, object]], None]) -> dict[str, Callable[..., object]]:
    return {"run": _run}
