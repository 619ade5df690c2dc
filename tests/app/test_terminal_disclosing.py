"""What tells something of single calls leaves only after a yes of its own: a yes to signing is none."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from core.client.objecting import DISCLOSING, FEW
from core.errors import EconomyError
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
        self._written(path)

    def export_proof(self, _settlement: str, path: Path, *, disclose: bool) -> None:
        assert disclose
        self._written(path)

    def export_release(self, _datanet: int, path: Path, **_more: Any) -> int:
        return self._written(path)

    def look(self) -> None: ...

    def unnamed(self, _datanet: str) -> tuple[()]:
        return ()

    def export_weights(self, _model: int, path: Path, *, disclose: bool, progress: Any) -> None:
        assert disclose
        assert progress
        self._written(path)

    def hand_over(self, _contribution: int, path: Path) -> int:
        return self._written(path)

    def _written(self, path: Path) -> int:
        path.write_bytes(b"{}")
        self.written.append(path)
        return 1

    def demands(self) -> tuple[DemandView, ...]:
        return (DemandView(NAME, 1, 0, prepared("answer").to, 0),)

    def prepare_answer(self, _demand: DemandView, account: int) -> Any:
        return dataclasses.replace(prepared("answer", account=account), risks=self.risks)


@pytest.fixture
def client() -> Any:
    signed: list[Any] = []
    account = SimpleNamespace(index=0, name="Account 1", address="0x")
    return SimpleNamespace(
        earnings=(earnings := Earnings(FEW)),
        following=earnings,
        models=earnings,
        wallet=SimpleNamespace(accounts=lambda: [account]),
        signed=signed,
        sign=lambda one: signed.append(one) or {"signed": True},
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(client: Any, *words: object) -> Any:
    options = parse([str(word) for word in words])
    return options.run(client, options, Output(as_json=options.json))


@pytest.mark.parametrize(
    "command",
    [
        ("settlement-export", NAME),
        ("export-proof", NAME),
        ("datanet", "export-release", "1"),
        ("model", "export-weights", "1"),
        ("datanet", "hand-over", "1"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_file_waits_for_a_yes(
    client: Any, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    target = tmp_path / "file.json"
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(SystemExit, match="--disclose"):
        run(client, *command, target, "--yes")  # of scripts, nothing is assumed
    for said in ("\n", "n\n"):
        monkeypatch.setattr("sys.stdin", Terminal(said))
        with pytest.raises(SystemExit, match="Nothing was written"):
            run(client, *command, target)
    assert client.earnings.written == []
    said = capsys.readouterr().out
    assert "discloses" in said or "in the open" in said
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    run(client, *command, target)
    run(client, *command, target, "--disclose")
    assert client.earnings.written == [target, target]


@pytest.mark.parametrize("risk", sorted(DISCLOSING))
def test_an_answer_that_makes_sums_public_waits_for_a_yes(
    client: Any, risk: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    client.earnings.risks = (risk,)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(client, "answer", "--yes") == 1
    assert client.signed == []
    said = capsys.readouterr().out
    assert risk_words(risk) in said
    assert "Nothing was signed: add --disclose" in said
    run(client, "answer", "--yes", "--disclose")
    assert len(client.signed) == 1
    client.earnings.risks = ()
    run(client, "answer", "--yes")
    assert len(client.signed) == 2


def test_one_demand_that_cannot_be_answered_keeps_no_other_waiting(client: Any, capsys: Any) -> None:
    first, second = (DemandView("0x" + name * 32, 3, 0, prepared("answer").to, 0) for name in ("aa", "bb"))
    client.earnings.demands = lambda: (first, second)
    prepare, client.earnings.risks = client.earnings.prepare_answer, ()

    def without_data(demand: DemandView, account: int) -> Any:
        if demand is first:
            raise EconomyError(reason="data not here", settlement=demand.settlement)
        return prepare(demand, account)

    client.earnings.prepare_answer = without_data
    assert run(client, "answer", "--yes", "--json") == 1
    out, err = capsys.readouterr()
    assert (len(client.signed), json.loads(out)) == (1, [{"signed": True}])
    assert first.settlement in err


def test_an_objection_answers_with_one_value(client: Any, capsys: Any) -> None:
    prepare = lambda _settlement, account: dataclasses.replace(prepared("challenge", account=account))  # noqa: E731
    client.earnings.prepare_announce = client.earnings.prepare_challenge = prepare
    run(client, "object", NAME, "--yes", "--json")
    assert json.loads(capsys.readouterr().out) == {"announced": {"signed": True}, "shown": {"signed": True}}
