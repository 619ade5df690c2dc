"""The audit runs in a process of its own: limited, stoppable, and the same in a program without a Python beside it."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from core.economy import auditing
from core.errors import Cancelled, WorkerLimit
from core.jobs import Progress
from core.worker import registry
from core.worker.registry import KINDS, MIB
from ui.text import explain

ROOT = Path(__file__).resolve().parents[3]
AUDIT = KINDS["audit"]
pytestmark = pytest.mark.timeout(120)
posix = pytest.mark.skipif(os.name != "posix", reason="resource limits are POSIX")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """No proof: the script says so, which takes no work."""
    path = tmp_path / "some.proof.json"
    path.write_text("[1, 2]")
    return path


def test_what_is_no_proof_file_gets_the_script_s_own_words(file: Path) -> None:
    found = auditing.run("audit", str(file))
    said = json.loads(found.printed)
    assert (found.status, said["ok"], said["checks"][0]["check"]) == (2, False, "the file can be read")


@pytest.mark.parametrize("script", ["reencode", "weights"])
def test_a_script_reads_what_stands_in_no_file(script: str) -> None:
    found = auditing.run(script, "-", data=b"PK, but no archive")
    assert (found.status, json.loads(found.printed)["checks"][0]["ok"]) == (2, False)


@posix
def test_a_file_that_takes_all_memory_is_stopped_in_words(tmp_path: Path) -> None:
    path = tmp_path / "wide.proof.json"
    path.write_text("[" + "[]," * 9_000_000 + "[]]")  # 27 MB that become some 600
    kind = dataclasses.replace(AUDIT, memory=512 * MIB)
    with pytest.raises(WorkerLimit) as caught:
        auditing.run("audit", str(path), kind=kind)
    assert caught.value.values == {"what": "memory", "name": "audit", "limit": 512 * MIB}
    words = explain(caught.value)
    assert words.title == "The audit was stopped at its limit"
    assert words.what_to_do.startswith("It went past 512 MB of memory. ")


def test_processor_time_has_a_limit_too() -> None:
    assert explain(WorkerLimit(name="audit", what="cpu", limit=AUDIT.cpu)).what_to_do.startswith(
        f"It went past {AUDIT.cpu:,} seconds of processor time. "
    )


def test_whoever_stops_it_waits_for_nothing(file: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        auditing.run("audit", str(file), progress=progress)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("audit-")]


@posix
def test_a_frozen_program_starts_itself(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There `sys.executable` is the program: it takes our own words and no option of a Python."""
    program = tmp_path / "openledger"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "if any(word.startswith('-') or word.endswith('.py') for word in sys.argv[1:]): sys.exit(3)\n"
        "from app.__main__ import main\nsys.exit(main())\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    assert registry.command("audit")[0] == str(program)
    assert auditing.run("audit", str(file)).status == 2
