"""The log says what and where, never with what values."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import pytest

from app.log import catch_everything, take_out, to_file

SECRET = "legal winner thank year"


def fail(secret: str) -> None:
    raise ValueError(secret)


def test_an_error_is_written_without_its_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    handler = to_file(tmp_path / "log")
    log = logging.getLogger("app.test")
    try:
        fail(SECRET)
    except ValueError:
        log.exception("a job failed")
    take_out(handler)
    written = (tmp_path / "log").read_text("utf-8")
    assert "a job failed" in written
    assert "ValueError" in written
    assert "fail" in written
    assert SECRET not in written
    assert str(Path(__file__).parents[2]) not in written
    caplog.clear()


def test_an_error_on_a_thread_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    handler = to_file(tmp_path / "log")
    catch_everything()
    thread = threading.Thread(target=fail, args=(SECRET,))
    thread.start()
    thread.join()
    take_out(handler)
    written = (tmp_path / "log").read_text("utf-8")
    assert "an error nobody caught" in written
    assert SECRET not in written
    caplog.clear()


def test_a_log_does_not_grow_without_end(tmp_path: Path) -> None:
    handler = to_file(tmp_path / "log")
    log = logging.getLogger("app.test")
    for _ in range(30):
        log.info("x" * 100_000)
    take_out(handler)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2_000_000
