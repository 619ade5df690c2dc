"""From the bytes of a request to the bytes of its answer (JSON-RPC 2.0), within limits. Nothing here knows a socket."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from core.errors import OpenLedgerError, RpcError
from core.node.lookups import BAD_REQUEST, NO_JSON, REFUSED

MAX_BODY = 1024 * 1024  # bytes; the longest transaction is 128 KiB, so 256 KiB in hex
MAX_BATCH = 100  # requests in one body
MAX_ANSWER = 24 * 1024 * 1024  # bytes of one body's answer; light clients take 32 MiB
MAX_DEPTH = 32  # lists in lists of a request; the deepest sensible one has seven
TOO_LARGE, TIMEOUT, INTERNAL = -32003, -32002, -32603
WRITES = frozenset({"eth_sendRawTransaction"})
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_OTHERS = re.compile(rb"[^\[\]{}]+")
Call = Callable[[str, list[Any]], Any]


class BadRequest(Exception):
    """A body that is no request; `code` and the words are its answer."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class Desk:
    """Answers bodies with `call`. `refused` methods are there but not for these callers (read-only service)."""

    call: Call
    refused: Collection[str] = ()

    def answer(self, body: bytes) -> bytes:
        """Empty where the body asked for no answer (notifications only)."""
        try:
            message = parse(body)
        except BadRequest as error:
            return encode(failure(None, error.code, str(error)))
        if not isinstance(message, list):
            return self.one(message) or b""
        if not message or len(message) > MAX_BATCH:
            words = f"batch too large: {len(message)} requests, at most {MAX_BATCH}" if message else "empty batch"
            return encode(failure(None, BAD_REQUEST, words))
        return self._many(message)

    def _many(self, messages: list[Any]) -> bytes:
        """Each in its turn; what comes after the answer is full is refused, not run."""
        answers: list[bytes] = []
        room = MAX_ANSWER
        for message in messages:
            if room <= 0:
                answers.append(encode(failure(_id(message), TOO_LARGE, "response too large")))
                continue
            answer = self.one(message, room)
            if answer is not None:
                answers.append(answer)
                room -= len(answer)
        return b"[" + b",".join(answers) + b"]" if answers else b""

    def one(self, message: object, room: int = MAX_ANSWER) -> bytes | None:
        """None for a notification."""
        try:
            method, params = read(message)
        except BadRequest as error:
            return encode(failure(_id(message), error.code, str(error)))
        assert isinstance(message, dict)
        answer = encode({"jsonrpc": "2.0", "id": _id(message), **self._outcome(method, params)})
        if len(answer) > room:
            answer = encode(failure(_id(message), TOO_LARGE, "response too large"))
        return answer if "id" in message else None

    def _outcome(self, method: str, params: list[Any]) -> dict[str, Any]:
        if method in self.refused:
            return {"error": {"code": REFUSED, "message": f"{method} is not offered here: the service is read-only"}}
        try:
            return {"result": self.call(method, params)}
        except RpcError as error:
            values = error.values
            shown = {"code": values["code"], "message": values["message"]}
            return {"error": shown if values["data"] is None else {**shown, "data": values["data"]}}
        except OpenLedgerError as error:  # the disk, the database: no caller's fault
            return {"error": {"code": INTERNAL, "message": type(error).__name__}}


def parse(body: bytes) -> Any:
    """Raises BadRequest.

    The depth is measured first: py-evm's libraries raise the recursion limit so far that a parser in C overflows the
    stack on deep nesting instead of raising.
    """
    if len(body) > MAX_BODY:
        raise BadRequest(BAD_REQUEST, f"request of {len(body)} bytes, at most {MAX_BODY}")
    if _depth(body) > MAX_DEPTH:
        raise BadRequest(NO_JSON, "parse error: nested too deep")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest(NO_JSON, "parse error") from None


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for mark in _OTHERS.sub(b"", _STRINGS.sub(b"", body)):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
        if depth > MAX_DEPTH:
            break
    return deepest


def read(message: object) -> tuple[str, list[Any]]:
    """Method and parameters of one request. Raises BadRequest."""
    if not isinstance(message, dict):
        raise BadRequest(BAD_REQUEST, "invalid request: object expected")
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise BadRequest(BAD_REQUEST, 'invalid request: "jsonrpc": "2.0" and a method expected')
    if "id" in message and _id(message) != message["id"]:
        raise BadRequest(BAD_REQUEST, "invalid request: id")
    params = message.get("params")
    if params is not None and not isinstance(params, list):
        raise BadRequest(-32602, "params: list expected")
    return message["method"], params or []


def _id(message: object) -> int | str | None:
    """Of a request, even of one that is none; only forms that the specification knows are sent back."""
    found = message.get("id") if isinstance(message, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | str) or len(str(found)) > 200:
        return None
    return found


def failure(number: int | str | None, code: int, words: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": words}}


def encode(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()
