"""A node that answers by the truth of another, but for the lies it has been told to tell."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Sequence
from typing import Any

# A lie gets the method, its parameters and the true answer, and gives the answer.
Lie = Callable[[str, Sequence[Any], Any], Any]


class LyingNode:
    """A transport. `tell(lie)` from now on; `stop()` is honest again."""

    endpoint = "liar"

    def __init__(self, honest: Any) -> None:
        self._honest = honest
        self._lies: list[Lie] = []

    def tell(self, *lies: Lie) -> LyingNode:
        self._lies += lies
        return self

    def stop(self) -> None:
        self._lies.clear()

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        answer = copy.deepcopy(self._honest.request(method, params))
        for lie in self._lies:
            answer = lie(method, params, answer)
        return answer

    def request_many(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.request(method, params) for method, params in calls]


def about(name: str, change: Callable[[Any, Sequence[Any]], Any]) -> Lie:
    """A lie about one method only."""

    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        return change(answer, params) if method == name else answer

    return lie


def _set(answer: Any, path: str, value: Any) -> Any:
    """Set a place such as "storageProof.0.value"; a callable gets what stood there. No such place: the truth."""
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place = answer
    with contextlib.suppress(LookupError):
        for step in way:
            place = place[step]
        place[last] = value(place[last]) if callable(value) else value
    return answer


def field(method: str, path: str, value: Any) -> Lie:
    return about(method, lambda answer, _params: _set(answer, path, value) if answer is not None else None)


def always(method: str, value: Any) -> Lie:
    return about(method, lambda _answer, _params: value)


def _more(text: str) -> str:
    return hex(int(text, 16) + 1)


def flip(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


# About accounts, storage and code. Each is told of a balance, a storage slot and a code that are really there.
STATE_LIES: dict[str, Lie] = {
    "more balance": field("eth_getProof", "balance", _more),
    "another nonce": field("eth_getProof", "nonce", _more),
    "a balance without a number": field("eth_getProof", "balance", None),
    "a changed node": field("eth_getProof", "accountProof.0", flip),
    "a missing node": field("eth_getProof", "accountProof", lambda nodes: nodes[:-1]),
    "an extra node": field("eth_getProof", "accountProof", lambda nodes: [*nodes, nodes[-1]]),
    "no proof": field("eth_getProof", "accountProof", []),
    "no such account": about(
        "eth_getProof", lambda answer, _: {**answer, "accountProof": [], "balance": "0x0", "nonce": "0x0"}
    ),
    "a proof that is no list": field("eth_getProof", "accountProof", "0x00"),
    "a node that is no hex": field("eth_getProof", "accountProof.0", "0xzz"),
    "a node not canonically encoded": field(
        "eth_getProof",
        "accountProof.0",
        lambda node: "0xfa00" + node[4:] if node.startswith("0xf9") else "0xf8" + node[2:],
    ),
    "ten thousand nodes": field("eth_getProof", "accountProof", lambda nodes: nodes * 10_000),
    "a huge node": field("eth_getProof", "accountProof.0", lambda node: node + "00" * 5_000_000),
    "null": always("eth_getProof", None),
    "a number": always("eth_getProof", 7),
}

STORAGE_LIES: dict[str, Lie] = {
    "another value": field("eth_getProof", "storageProof.0.value", _more),
    "a changed storage node": field("eth_getProof", "storageProof.0.proof.0", flip),
    "no storage proof": field("eth_getProof", "storageProof.0.proof", []),
    "no storage at all": field("eth_getProof", "storageProof", []),
    "the slots swapped": field("eth_getProof", "storageProof", lambda entries: entries[::-1]),
    "an extra storage node": field("eth_getProof", "storageProof.0.proof", lambda nodes: [*nodes, nodes[-1]]),
}

CODE_LIES: dict[str, Lie] = {
    "other code": always("eth_getCode", "0xfeed"),
    "no code": always("eth_getCode", "0x"),
    "endless code": always("eth_getCode", "0x" + "00" * 100_000),
    "code that is no hex": always("eth_getCode", "code"),
}

# About the contents of a block that holds a transaction with two logs.
BLOCK_LIES: dict[str, Lie] = {
    "a dropped log": field("eth_getBlockReceipts", "0.logs", lambda logs: logs[:-1]),
    "no logs": field("eth_getBlockReceipts", "0.logs", []),
    "a changed log": field("eth_getBlockReceipts", "0.logs.0.data", flip),
    "a changed topic": field("eth_getBlockReceipts", "0.logs.0.topics.0", flip),
    "another contract's log": field("eth_getBlockReceipts", "0.logs.0.address", flip),
    "an added log": field("eth_getBlockReceipts", "0.logs", lambda logs: [*logs, logs[0]]),
    "logs in another order": field("eth_getBlockReceipts", "0.logs", lambda logs: logs[::-1]),
    "a failure for a success": field("eth_getBlockReceipts", "0.status", "0x0"),
    "less gas": field("eth_getBlockReceipts", "0.cumulativeGasUsed", "0x1"),
    "no receipts": always("eth_getBlockReceipts", []),
    "receipts of null": always("eth_getBlockReceipts", None),
    "a receipt too many": about("eth_getBlockReceipts", lambda answer, _: [*answer, *answer]),
    "no transactions": about(
        "eth_getBlockByNumber", lambda answer, params: _set(answer, "transactions", []) if params[1] else answer
    ),
    "another recipient": about(
        "eth_getBlockByNumber",
        lambda answer, params: _set(answer, "transactions.0.to", flip) if params[1] else answer,
    ),
    "another value sent": about(
        "eth_getBlockByNumber",
        lambda answer, params: _set(answer, "transactions.0.value", _more) if params[1] else answer,
    ),
    "a transaction of another type": about(
        "eth_getBlockByNumber",
        lambda answer, params: _set(answer, "transactions.0.type", "0x7e") if params[1] else answer,
    ),
}

# About the head, told to a light node that knows the genesis and the first blocks.
HEAD_LIES: dict[str, Lie] = {
    "a changed state root": field("eth_getBlockByNumber", "stateRoot", flip),
    "a changed receipts root": field("eth_getBlockByNumber", "receiptsRoot", flip),
    "another hash": field("eth_getBlockByNumber", "hash", flip),
    "another parent": field("eth_getBlockByNumber", "parentHash", flip),
    "a number of another block": field("eth_getBlockByNumber", "number", _more),
    "no head": always("eth_getBlockByNumber", None),
    "a head that is a list": always("eth_getBlockByNumber", []),
    "a head without fields": always("eth_getBlockByNumber", {}),
    "an endless extra field": field("eth_getBlockByNumber", "extraData", "0x" + "00" * 100_000),
}
