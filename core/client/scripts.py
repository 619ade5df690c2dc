"""What the stand-alone scripts of resources/audit say, check by check."""

from __future__ import annotations

import json
from pathlib import Path

from core.economy import auditing
from core.errors import BadFile
from core.jobs import Progress
from core.values import Verified


def run(name: str, source: str, progress: Progress, data: bytes = b"") -> Verified:
    """audit, weights or reencode on the file `source`, or on `data` where that is "-". Raises as `auditing.run`."""
    progress.step(f"{name} script")
    outcome = auditing.run(name, source, data=data, progress=progress)
    try:
        found = json.loads(outcome.printed)
        checks = tuple((str(c["check"]), bool(c["ok"]), str(c.get("detail", ""))) for c in found["checks"])
    except (ValueError, KeyError, TypeError):
        return Verified(ok=False, checks=(("the file can be read", False, outcome.printed[-300:]),))
    return Verified(ok=outcome.status == 0 and bool(found["ok"]), checks=checks)


def check(path: Path, progress: Progress) -> Verified:
    """A proof file or a weights file, told apart by their first bytes. Raises BadFile (missing), and as `run`."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"PK"
    except FileNotFoundError as error:
        raise BadFile(path=str(path), reason="missing") from error
    except OSError:
        packed = False  # the script says what it cannot read
    source = str(path.absolute())
    return of_weights(source, progress) if packed else run("audit", source, progress)


def of_weights(source: str, progress: Progress, data: bytes = b"") -> Verified:
    """Texts to features by one script, both to weights by the other; what they say alike stands once."""
    first, second = (run(name, source, progress, data) for name in ("reencode", "weights"))
    said = set(first.checks)
    return Verified(first.ok and second.ok, (*first.checks, *(one for one in second.checks if one not in said)))
