"""Answers over HTTP that no honest node gives: wrong numbers, wrong forms, too much, too slow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class FormCase:
    """`answer` makes the response of one HTTP request; `many` asks in a batch."""

    name: str
    answer: Callable[[Any], httpx.Response]
    many: bool = False


def _json(value: object, **more: Any) -> httpx.Response:
    return _raw(json.dumps(value).encode(), **more)


def _raw(body: bytes, **more: Any) -> httpx.Response:
    return httpx.Response(more.pop("status", 200), stream=httpx.ByteStream(body), **more)


def _good(call: Any, **change: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call["id"], "result": "0x7", **change}


def _all(calls: Any) -> list[Any]:
    return [_good(call, result=hex(call["params"][0])) for call in calls]


_MISLEADING = {"code": 1, "message": "\u202eOK\x1b[2J" + "x" * 9000}


class Drip(httpx.SyncByteStream):
    """A byte at a time, an hour between each, by a clock that the light node reads."""

    def __init__(self, clock: list[float]) -> None:
        self._clock = clock

    def __iter__(self) -> Any:
        for _ in range(10_000):
            self._clock[0] += 3600
            yield b" "


FORMS: list[FormCase] = [
    FormCase("the answer to another question", lambda call: _json(_good(call, id=call["id"] + 1))),
    FormCase("no id", lambda call: _json({"jsonrpc": "2.0", "result": "0x7"})),
    FormCase("an id that is a list", lambda calls: _json([_good(call, id=[1]) for call in calls]), many=True),
    FormCase("neither result nor error", lambda call: _json({"jsonrpc": "2.0", "id": call["id"]})),
    FormCase("a page of HTML", lambda _call: _raw(b"<html>Sign in</html>")),
    FormCase("half an answer", lambda call: _raw(json.dumps(_good(call)).encode()[:-4])),
    FormCase("lists in lists, 200,000 deep", lambda _call: _raw(b"[" * 200_000)),
    FormCase("a number of 10,000 digits", lambda _call: _raw(b"9" * 10_000)),
    FormCase("no text at all", lambda _call: _raw(b"\xff\xfe\x00\xff")),
    FormCase("40 MiB", lambda _call: _raw(b" " * (40 << 20))),
    FormCase("a compressed bomb", lambda _call: _raw(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})),
    FormCase("another address to ask", lambda _call: _raw(b"", status=302, headers={"Location": "https://b.example"})),
    FormCase("a failure of the server", lambda _call: _raw(b"{}", status=500)),
    FormCase("an error that is no object", lambda call: _json({"id": call["id"], "error": "gone"})),
    FormCase("an error in misleading words", lambda call: _json({"id": call["id"], "error": _MISLEADING})),
    FormCase("a batch with an answer missing", lambda calls: _json(_all(calls)[:-1]), many=True),
    FormCase("a batch with an answer twice", lambda calls: _json(_all([calls[0], *calls[:-1]])), many=True),
    FormCase("a batch with an answer too many", lambda calls: _json(_all([*calls, calls[0]])), many=True),
    FormCase("a batch answered as one", lambda calls: _json(_good(calls[0])), many=True),
    FormCase("a batch in another order", lambda calls: _json(_all(calls)[::-1]), many=True),
]  # fmt: skip
