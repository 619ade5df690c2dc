"""Finding passages and checking a text from the command line, on a client that stands still."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from core.values import Verified
from tests.doubles.still_searching import CHECKS, HELD, StillMemorising, StillSearching, finder


@pytest.fixture
def client() -> Any:
    following = SimpleNamespace(look=lambda: None, unnamed=lambda _datanet: ())
    return SimpleNamespace(
        searching=StillSearching(views=[finder()]), memorising=StillMemorising(), following=following
    )


def run(client: Any, capsys: Any, *words: str) -> tuple[int, str]:
    options = parse(list(words))
    code = options.run(client, options, Output(as_json=options.json)) or 0
    return code, capsys.readouterr().out


def test_from_building_to_an_answer(client: Any, capsys: Any) -> None:
    assert "Find a definition" in run(client, capsys, "search", "list")[1]
    assert "openledger search ask 2" in run(client, capsys, "search", "build", "1", "--name", "Mine")[1]
    said = run(client, capsys, "search", "ask", "1", "a large island")[1]
    assert HELD[0][:53] in said
    assert "credit 60%" in said
    assert "measured, not paid" in said
    assert json.loads(run(client, capsys, "search", "ask", "1", "x", "--json")[1])["hits"][0]["credit"] == 10**5
    assert "is gone" in run(client, capsys, "search", "remove", "1")[1]


def test_a_check_that_fails_is_an_exit_code(client: Any, capsys: Any) -> None:
    client.searching.ask(1, "x")
    code, said = run(client, capsys, "search", "verify", "1")
    assert (code, said.count("holds  ")) == (0, len(CHECKS))
    lied = tuple((key, key != "index", detail) for key, _, detail in CHECKS)
    client.searching.verified = Verified(False, lied)
    code, said = run(client, capsys, "search", "verify", "1")
    assert code == 1
    assert "FAILS  The index on the disk is another one" in said


def test_a_text_is_checked_from_a_file_or_from_standard_input(
    client: Any, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answer.txt").write_text("He said that", "utf8")
    said = run(client, capsys, "verbatim", "1", str(tmp_path / "answer.txt"), "--least", "24")[1]
    assert "71 % of the text stands in these records" in said
    assert "[1:an island of Hawaii to the northwest of Oahu]" in said
    assert "memorisation" in said
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe"))
    run(client, capsys, "verbatim", "1", "-")
    assert client.memorising.asked == [(1, "He said that", 24), (1, "from a pipe", 32)]
