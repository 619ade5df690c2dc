"""The terminal's lists speak as the screens do; what programs read stays as core has it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from core.errors import BadInput
from core.units import Address, Amount
from core.values import TryView
from tests.doubles.market_client import MarketClient
from tests.doubles.still_models import model

HASH = "0x" + "ab" * 32


@pytest.fixture
def client(tmp_path: Path) -> MarketClient:
    return MarketClient(tmp_path)


def run(client: Any, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    options = parse(list(words))
    code = options.run(client, options, Output(as_json=options.json)) or 0
    return code, capsys.readouterr().out


def test_states_of_payments_and_settlements_are_words(client: MarketClient, capsys: Any) -> None:
    said = run(client, capsys, "earnings")[1]
    assert "Ready to claim" in said
    assert "claimable" not in said
    assert {one["state"] for one in json.loads(run(client, capsys, "earnings", "--json")[1])["payouts"]} >= {
        "claimable"
    }
    said = run(client, capsys, "settlements")[1]
    assert "Settlement" in said.splitlines()[0]
    assert "SettlementView" not in said
    assert "{" not in said
    refused = TryView(Address(b"\1" * 20), "Main", 1, "Which kind", 12, Amount(1), "0x" + "ab" * 32, "ChannelBusy")
    client.earnings.tried = (refused, dataclasses.replace(refused, refused=""))
    said = run(client, capsys, "settlements")[1]
    assert "Not settled, 12 calls of Main to Which kind: " in said
    assert "settle them again" in said
    assert "On its way, 12 calls of Main to Which kind: " in said


def test_a_models_state_is_a_word_and_its_accuracy_a_share(capsys: Any) -> None:
    outdated = dataclasses.replace(model(), state="outdated")
    found = SimpleNamespace(models=SimpleNamespace(all=lambda: (outdated,)))
    said = run(found, capsys, "model", "list")[1]
    assert "Outdated" in said
    assert "%" in said
    assert json.loads(run(found, capsys, "model", "list", "--json")[1])[0]["state"] == "outdated"


def test_other_networks_are_asked_by_a_majority_and_pinned(client: MarketClient, capsys: Any) -> None:
    assert "2 of 3 endpoints must agree" in run(client, capsys, "networks", "list")[1]
    assert "3 of 3 endpoints must agree" in run(client, capsys, "networks", "agree", "chain-5", "3")[1]
    assert f"pinned: block 7, {HASH}" in run(client, capsys, "networks", "pin", "chain-5", "7", HASH)[1]
    assert "pinned" not in run(client, capsys, "networks", "pin", "chain-5")[1]
    with pytest.raises(BadInput, match="not a block"):
        run(client, capsys, "networks", "pin", "chain-5", "7")
    code, said = run(client, capsys, "networks", "look", "chain-5")
    assert code == 0
    assert "https://b.example: Names another block, block 9,000" in said
