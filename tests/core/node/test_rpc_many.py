"""A page of questions is one round trip over the pipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import DatabaseCorrupt, NodeError, TooLarge
from core.node.worker import MAX_CALLS, handlers

GENESIS = {"chainId": 77, "timestamp": 1_750_000_000, "alloc": {"0x" + "11" * 20: {"balance": "0x5"}}}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[dict[str, Any]]:
    found = handlers(lambda _name, _data: None)
    yield found | {"path": str(tmp_path / "ledger.db")}
    found["close"]()


def test_the_answers_come_in_the_order_of_the_questions_and_a_refusal_spoils_no_other(node: dict[str, Any]) -> None:
    node["open"](node["path"], "11" * 32, GENESIS)
    answers = node["rpc_many"](
        [
            ["eth_chainId", []],
            ["eth_mine", []],
            ["eth_getBalance", ["0x" + "11" * 20, "latest"]],
            ["eth_getBalance", ["0x12", "latest"]],
            ["net_version", None],
        ]
    )
    assert [answer.get("result") for answer in answers] == ["0x4d", None, "0x5", None, "77"]
    assert [answer["error"]["code"] for answer in answers if "error" in answer] == [-32601, -32602]
    assert answers[1]["error"].keys() == {"code", "message", "data"}
    assert node["rpc_many"]([]) == []


def test_too_many_questions_and_no_ledger_are_refused_as_a_whole(node: dict[str, Any]) -> None:
    with pytest.raises(NodeError, match="no ledger"):
        node["rpc_many"]([["eth_chainId", []]])
    node["open"](node["path"], "11" * 32, GENESIS)
    with pytest.raises(TooLarge):
        node["rpc_many"]([["eth_chainId", []]] * (MAX_CALLS + 1))


def test_what_is_wrong_with_the_ledger_is_no_answer(node: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from core.node.ledger import Ledger

    node["open"](node["path"], "11" * 32, GENESIS)

    def damaged(*_: object) -> None:
        raise DatabaseCorrupt(path="ledger.db", reason="page")

    monkeypatch.setattr(Ledger, "pending", damaged)
    with pytest.raises(DatabaseCorrupt):
        node["rpc_many"]([["eth_chainId", []], ["eth_getBalance", ["0x" + "11" * 20, "pending"]]])
