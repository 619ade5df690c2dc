"""The stand-alone scripts of resources/audit, each in a Python of its own that imports nothing of this program."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from core.errors import BadFile, WorkerTimeout
from core.jobs import Progress
from core.values import Verified

_SECONDS = {"audit": 120, "weights": 900, "reencode": 900}


def run(name: str, source: str, progress: Progress, data: bytes = b"") -> Verified:
    """audit, weights or reencode on the file `source`, or on `data` where that is "-". What it says, check by check.

    Raises WorkerTimeout, Cancelled.
    """
    from resources import ROOT

    command = [sys.executable, "-I", str(ROOT / "audit" / f"{name}.py"), source, "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as script:
        # Fed by a thread: `communicate` forgets what is left of its input when it is asked again after a timeout.
        door, script.stdin = script.stdin, None
        feeder = threading.Thread(target=_feed, args=(door, data), name=f"{name} script", daemon=True)
        feeder.start()
        try:
            out, errors = _outcome(script, name, progress)
        except BaseException:
            script.kill()
            raise
        finally:
            feeder.join()
    try:
        found = json.loads(out)
        checks = tuple((str(c["check"]), bool(c["ok"]), str(c.get("detail", ""))) for c in found["checks"])
        return Verified(ok=script.returncode == 0 and bool(found["ok"]), checks=checks)
    except (ValueError, KeyError, TypeError):
        said = (errors or out).decode(errors="replace")[-300:]
        return Verified(ok=False, checks=(("the file can be read", False, said),))


def check(path: Path, progress: Progress) -> Verified:
    """A proof file or a weights file, told apart by their first bytes. Raises BadFile (missing), and as `run`."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"PK"
    except FileNotFoundError as error:
        raise BadFile(path=str(path), reason="missing") from error
    except OSError:
        packed = False  # the script says what it cannot read
    return of_weights(str(path), progress) if packed else run("audit", str(path), progress)


def of_weights(source: str, progress: Progress, data: bytes = b"") -> Verified:
    """Texts to features by one script, both to weights by the other; what they say alike stands once."""
    first, second = (run(name, source, progress, data) for name in ("reencode", "weights"))
    said = set(first.checks)
    return Verified(first.ok and second.ok, (*first.checks, *(one for one in second.checks if one not in said)))


def _feed(door: Any, data: bytes) -> None:
    """The script's standard input; one that ended by itself reads no more."""
    with contextlib.suppress(OSError), door:
        door.write(data)


def _outcome(script: subprocess.Popen[bytes], name: str, progress: Progress) -> tuple[bytes, bytes]:
    """Output and errors of a process that ends by itself; a stop is looked for while it runs."""
    deadline = time.monotonic() + _SECONDS[name]
    progress.step(f"{name} script")
    while True:
        try:
            return script.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            progress.check()
            if time.monotonic() > deadline:
                raise WorkerTimeout(name=f"{name} script", seconds=_SECONDS[name]) from None
