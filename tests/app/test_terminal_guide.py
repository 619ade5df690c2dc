"""A newcomer at the command line: every command says what its numbers are, and what was signed says what comes next."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from app.terminal import guide, session
from app.terminal.output import Output
from app.terminal.parser import parse, parser
from core.units import Amount
from core.values import Signed


def commands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return dict(guide._commands(top, ""))


def test_every_example_is_a_command_that_is_understood() -> None:
    top = parser()
    for path in guide._EXAMPLES:
        assert path in commands(top)
    for lines in (*guide._EXAMPLES.values(), guide.FIRST_ROUND.splitlines()):
        for line in lines:
            if "openledger " in line and "`" not in line:
                words = line.split("openledger ", 1)[1].split("   ")[0]
                parse(_split(words))


def test_a_command_that_changes_or_hands_over_something_has_an_example() -> None:
    asked = [
        path
        for path, one in commands(parser()).items()
        if path.partition(" ")[0] in {"networks", "node"}
        and any(not a.option_strings and not isinstance(a, argparse._SubParsersAction) for a in one._actions)
    ]
    wanted = {*asked, "datanet hand-over", "datanet take", "model fee", "model retire", "profile read-older", "join"}
    assert sorted(wanted - set(guide._EXAMPLES)) == []


def _split(words: str) -> list[str]:
    import shlex

    return shlex.split(words)


def test_what_is_given_to_a_command_is_said() -> None:
    for path, one in commands(parser()).items():
        for action in one._actions:
            if not action.option_strings and not isinstance(action, argparse._SubParsersAction):
                assert action.help or path in {"wallet add", "ledger checkpoint"}, (path, action.dest)


def test_what_was_signed_says_what_it_made_and_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(as_json=False)
    out.value(Signed("contribute", "0xab", 12, Amount(13_460_388_053_112), 7))
    said = capsys.readouterr().out
    assert "Done in block 12, for a fee of 0.000013460 OPEN" in said
    assert "contribution 7" in said
    assert "openledger datanet review 7" in said


def test_without_a_profile_the_first_command_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = parse(["wallet", "accounts", "--profile", str(tmp_path)])
    assert session.run(options) == 1
    said = capsys.readouterr().err
    assert "There is no profile in it yet" in said
    assert "openledger profile create" in said
