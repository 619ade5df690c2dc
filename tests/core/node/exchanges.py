"""The public exchanges of execution-apis, played against our node on the chain they were recorded on."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlp.codec import consume_length_prefix

from core.errors import RpcError
from core.node.foreign import parse_foreign
from core.node.ledger import Ledger
from core.node.rpc import Rpc
from tests.contracts.network import KEY

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "execution-apis"
OPTIONAL = {"deleteStrategy"}  # members that a node shows only where it has them

SAME, WORDS, OUT, OTHER = "same", "words", "out of scope", "differs"


@dataclass(frozen=True)
class Played:
    """One exchange: `outcome` is one of the four above."""

    name: str
    method: str
    outcome: str


def play(path: Path) -> tuple[list[Played], frozenset[str]]:
    """Every exchange in its order, and the names of all our methods."""
    ledger = Ledger(path, KEY, parse_foreign(json.loads((VECTORS / "genesis.json").read_text()), beyond=True))
    data = bytes.fromhex(json.loads((VECTORS / "chain_rlp_hex.json").read_text())["chain.rlp"])
    position = 0
    while position < len(data):
        _, _, length, start = consume_length_prefix(data, position)
        ledger.import_block(data[position : start + length])
        position = start + length
    rpc = Rpc(ledger)
    played = [
        Played(test["name"], exchange["request"]["method"], outcome(rpc, exchange, shape=test["speconly"]))
        for test in json.loads((VECTORS / "rpc_compat.json").read_text())
        for exchange in test["exchanges"]
    ]
    ledger.close()
    return played, rpc.names


def outcome(rpc: Rpc, exchange: dict[str, Any], *, shape: bool) -> str:
    """`shape`: the recorded answer is an example, and only the form of ours is held against it."""
    request, wanted = exchange["request"], exchange["response"]
    try:
        result = rpc.call(request["method"], request.get("params") or [])
    except RpcError as error:
        if error.values["code"] == -32601:
            return OUT
        told = wanted.get("error")
        if told is None or told["code"] != error.values["code"] or told.get("data") != error.values["data"]:
            return OTHER
        return SAME if told["message"] == error.values["message"] else WORDS
    if "result" not in wanted:
        return OTHER
    alike = same_shape(result, wanted["result"]) if shape else result == wanted["result"]
    return SAME if alike else OTHER


def same_shape(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        both = set(theirs) - OPTIONAL
        return set(ours) - OPTIONAL == both and all(same_shape(ours[name], theirs[name]) for name in both)
    if isinstance(theirs, list) and isinstance(ours, list):
        return all(same_shape(one, theirs[0]) for one in ours) if theirs else True
    numbers = int | float
    return type(ours) is type(theirs) or (isinstance(ours, numbers) and isinstance(theirs, numbers))


def counts(played: list[Played]) -> dict[str, Counter[str]]:
    """Method -> outcome -> how many."""
    found: dict[str, Counter[str]] = {}
    for one in played:
        found.setdefault(one.method, Counter())[one.outcome] += 1
    return found
