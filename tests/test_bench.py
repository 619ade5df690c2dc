"""A benchmark's figures can be read by people and by programs, from a file or from standard output."""

from __future__ import annotations

import json
from types import SimpleNamespace

from tests.benchmarks import __main__ as bench
from tests.benchmarks.harness import Row

ROWS = [Row("a thing", 3.5, "ms", target=4.0, rivals={"another": 7.0})]


def _run(monkeypatch, *arguments):
    monkeypatch.setattr(bench.importlib, "import_module", lambda _name: SimpleNamespace(run=lambda: ROWS))
    return bench.main(["ledger", *map(str, arguments)])


def test_without_a_file_the_json_is_all_that_standard_output_holds(monkeypatch, capsys):
    assert _run(monkeypatch, "--json") == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert report["bench"] == "ledger"
    assert report["rows"][0]["value"] == 3.5
    assert report["rows"][0]["holds"] is True
    assert "a thing" in said.err
    assert "holds" in said.err


def test_with_a_file_the_table_is_on_standard_output(monkeypatch, capsys, tmp_path):
    _run(monkeypatch, "--json", tmp_path / "figures.json")
    said = capsys.readouterr()
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["rows"][0]["name"] == "a thing"
    assert "a thing" in said.out
    assert said.err == ""


def test_the_table_alone(monkeypatch, capsys):
    _run(monkeypatch)
    assert "3.5 ms" in capsys.readouterr().out
