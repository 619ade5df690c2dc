"""What tells something of single calls leaves only after a yes of its own: a yes to signing is none."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from core.client.objecting import FEW
from core.values import DemandView
from tests.doubles.market_client import prepared
from ui.text import risk_words

NAME = "0x" + "ab" * 32


class Earnings:
    def __init__(self, *risks: str) -> None:
        self.written: list[Path] = []
        self.risks = risks

    def few_calls(self, _settlement: str) -> tuple[tuple[str, int | None], ...]:
        return (("bird", 3), ("tool", None))

    def export_settlement(self, _settlement: str, path: Path, *, disclose: bool) -> None:
        assert disclose
        path.write_bytes(b"{}")
        self.written.append(path)

    def export_proof(self, _settlement: str, path: Path, *, disclose: bool) -> None:
        assert disclose
        path.write_bytes(b"{}")
        self.written.append(path)

    def demands(self) -> tuple[DemandView, ...]:
        return (DemandView(NAME, 1, 0, prepared("answer").to, 0),)

    def prepare_answer(self, _demand: DemandView, account: int) -> Any:
        return dataclasses.replace(prepared("answer", account=account), risks=self.risks)


@pytest.fixture
def client() -> Any:
    signed: list[Any] = []
    account = SimpleNamespace(index=0, name="Account 1", address="0x")
    return SimpleNamespace(
        earnings=Earnings(FEW),
        wallet=SimpleNamespace(accounts=lambda: [account]),
        signed=signed,
        sign=lambda one: signed.append(one) or {"signed": True},
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(client: Any, *words: object) -> None:
    options = parse([str(word) for word in words])
    options.run(client, options, Output(as_json=options.json))


@pytest.mark.parametrize("command", ["settlement-export", "export-proof"])
def test_a_file_waits_for_a_yes(
    client: Any, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    target = tmp_path / "file.json"
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(SystemExit, match="--disclose"):
        run(client, command, NAME, target, "--yes")  # of scripts, nothing is assumed
    for said in ("\n", "n\n"):
        monkeypatch.setattr("sys.stdin", Terminal(said))
        with pytest.raises(SystemExit, match="Nothing was written"):
            run(client, command, NAME, target)
    assert client.earnings.written == []
    assert "discloses" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    run(client, command, NAME, target)
    run(client, command, NAME, target, "--disclose")
    assert client.earnings.written == [target, target]


def test_an_answer_that_makes_sums_public_waits_for_a_yes(
    client: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(SystemExit, match="Nothing was signed"):
        run(client, "answer", "--yes")
    assert client.signed == []
    assert risk_words(FEW) in capsys.readouterr().out
    run(client, "answer", "--yes", "--disclose")
    assert len(client.signed) == 1
    client.earnings.risks = ()
    run(client, "answer", "--yes")
    assert len(client.signed) == 2
