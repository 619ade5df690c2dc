"""Withdrawals and invites by commands: handed over and taken in, and said before something is built."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from core.values import Taken, UnnamedView
from tests.doubles.still_client import BELA


class Following:
    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.takes = Taken("withdrawal", 4, 3, 2, 2)
        self.unnamed_now: tuple[UnnamedView, ...] = ()

    def look(self) -> None:
        self.asked.append(("look",))

    def unnamed(self, _datanet: int) -> tuple[UnnamedView, ...]:
        return self.unnamed_now

    def hand_over_withdrawal(self, contribution: int, path: Path) -> int:
        self.asked.append(("name", contribution, path.name))
        return 3

    def take(self, datanet: int, path: Path, _progress: Any) -> Taken:
        self.asked.append(("take", datanet, path.name))
        return self.takes


@pytest.fixture
def client() -> Any:
    invite = SimpleNamespace(name="Ann's", chain_id=7, endpoint="http://127.0.0.1:8545")
    return SimpleNamespace(
        following=Following(),
        joining=SimpleNamespace(renew=lambda _path, _progress: invite),
        models=SimpleNamespace(train=lambda *_words, **_more: {"id": 1}),
    )


def run(client: Any, *words: object) -> Any:
    options = parse([str(word) for word in words])
    return options.run(client, options, Output(as_json=options.json))


def test_which_records_are_withdrawn_is_written_without_a_yes(client: Any, capsys: Any) -> None:
    run(client, "datanet", "hand-over", 4, "gone.olwithdrawn", "--withdrawn")  # salted hashes disclose nothing
    assert client.following.asked == [("name", 4, "gone.olwithdrawn")]
    assert "names 3 withdrawn records" in capsys.readouterr().out


def test_a_file_is_taken_in_and_said_for_what_it_was(client: Any, capsys: Any) -> None:
    run(client, "datanet", "take", 1, "gone.olwithdrawn")
    said = capsys.readouterr().out
    assert "3 records of contribution 4 are withdrawn" in said
    assert "2 of them are on this device" in said
    client.following.takes = Taken("contribution", 4, 3, 3, 3)
    run(client, "datanet", "take", 1, "mine.olgiven", "--json")
    assert json.loads(capsys.readouterr().out)["contribution"] == 4


def test_nothing_is_built_in_silence_on_records_that_nobody_named(client: Any, capsys: Any) -> None:
    run(client, "model", "train", 1)
    assert "Careful" not in capsys.readouterr().out
    client.following.unnamed_now = (UnnamedView(1, 4, 9, BELA, "Bela\x1b[2J", 2, mine=False),)
    run(client, "model", "train", 1)
    said = capsys.readouterr().out
    assert said.startswith("Careful: 2 records were withdrawn by Bela")
    assert "openledger datanet take 1 FILE" in said
    assert "\x1b" not in said
    assert client.following.asked == [("look",)] * 2  # the ledger is asked first


def test_a_new_invite_is_taken(client: Any, capsys: Any) -> None:
    run(client, "node", "rejoin", "new.olinvite")
    assert "http://127.0.0.1:8545 from now on" in capsys.readouterr().out
