"""What other people wrote stays words on a terminal, and a file that cannot be written is worded."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from app.terminal.session import _guarded, confirm
from tests.doubles.market_client import prepared

ESCAPES = "\x1b[2J\x1b]0;title\x07\x9b31m\u202ered\u2066"
HOSTILE = f"Birds{ESCAPES}\n  Fee: at most 0 OPEN"


def nothing_moves(said: str) -> None:
    assert not any(char in said for char in "\x1b\x07\x9b\u202e\u2066\r")
    assert "  Fee: at most 0 OPEN" not in said.splitlines()


def test_names_of_others_neither_steer_the_terminal_nor_make_lines(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(as_json=False)
    out.value({"name": HOSTILE, HOSTILE: {"deeper": HOSTILE}, "labels": [HOSTILE]})
    out.value(HOSTILE.replace("\n", ""))
    out.value({}, f"{HOSTILE.splitlines()[0]}\nsecond line")
    out.table([{"name": HOSTILE}], {"name": "Name"}, "")
    said = capsys.readouterr().out
    nothing_moves(said)
    assert "\nsecond line" in said


def test_what_is_signed_is_shown_in_lines_of_ours_alone(capsys: pytest.CaptureFixture[str]) -> None:
    shown = prepared("settle")
    effect = dataclasses.replace(shown.effects[0], name=HOSTILE)
    shown = dataclasses.replace(shown, details=(("model", HOSTILE),), effects=(effect,))
    options = SimpleNamespace(yes=True, disclose=False)
    confirm(SimpleNamespace(sign=lambda one: one), Output(as_json=False), options, shown)  # type: ignore[arg-type]
    nothing_moves(capsys.readouterr().out)


def test_words_of_other_languages_stay_whole(capsys: pytest.CaptureFixture[str]) -> None:
    words = "می‌خواهم, हिन्दी, 日本語, 👩‍🔬"
    Output(as_json=False).value({"text": words})
    assert words in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_worded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "not there" / "file"
    assert _guarded(Output(as_json=False), lambda: target.write_bytes(b"")) == 1
    assert "not there" in capsys.readouterr().err
    assert _guarded(Output(as_json=False), lambda: tmp_path.write_bytes(b"")) == 1
    assert tmp_path.name in capsys.readouterr().err
    assert parse(["demands"]).disclose is False
