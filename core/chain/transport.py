"""How a node is asked. Nothing here believes an answer; it bounds its size, its time and its form."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from core.errors import BadEncoding, BadInput, NodeError, NodeUnreachable, RpcError, TooLarge, WorkerDied, WorkerError

MAX_BODY = 32 * 1024 * 1024  # bytes; a full block with its receipts has a few MiB
MAX_DEPTH = 64  # lists in lists of an answer; the deepest honest one has six
MAX_WORDS = 300  # characters of an error's message that are kept
BATCH = 50  # calls in one HTTP request
SLOWEST = 120.0  # seconds for one answer in all, however steadily it drips
PIPE_BATCH = 256  # calls in one crossing of the pipe
Call = tuple[str, Sequence[Any]]
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKETS = re.compile(rb"[^\[\]{}]+")


class Transport(Protocol):
    """Raises NodeUnreachable, RpcError, BadEncoding, TooLarge."""

    @property
    def endpoint(self) -> str:
        """What the person knows it by."""

    def request(self, method: str, params: Sequence[Any] = ()) -> Any: ...

    def request_many(self, calls: Sequence[Call]) -> list[Any]:
        """The results in the order of the calls; the first error is raised."""


class Caller(Protocol):
    """A child process (`core.worker.child.Child`)."""

    def call(self, method: str, /, *, timeout: float | None = None, **params: Any) -> Any: ...


class PipeTransport:
    """To the embedded node, over the pipe to its process."""

    endpoint = "embedded node"

    def __init__(self, child: Caller, *, timeout: float = 120.0) -> None:
        self._child = child
        self._timeout = timeout

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        return self._ask("rpc", method=method, params=list(params))

    def request_many(self, calls: Sequence[Call]) -> list[Any]:
        """One crossing of the pipe for up to PIPE_BATCH questions."""
        results: list[Any] = []
        for start in range(0, len(calls), PIPE_BATCH):
            part = calls[start : start + PIPE_BATCH]
            if len(part) == 1:
                results.append(self.request(*part[0]))
                continue
            answers = self._ask("rpc_many", calls=[[method, list(params)] for method, params in part])
            if not isinstance(answers, list) or len(answers) != len(part):
                raise BadEncoding(what="answer", reason="batch")
            results += [_outcome(call[0], answer) for call, answer in zip(part, answers, strict=True)]
        return results

    def _ask(self, rpc: str, **params: Any) -> Any:
        """A node that died is started again on its ledger and asked once more; asking twice is harmless."""
        try:
            try:
                return self._child.call(rpc, timeout=self._timeout, **params)
            except WorkerDied:
                return self._child.call(rpc, timeout=self._timeout, **params)
        except WorkerError as error:
            raise NodeUnreachable(endpoint=self.endpoint, reason=type(error).__name__) from error
        except NodeError as error:
            if isinstance(error, RpcError):
                raise
            raise NodeUnreachable(endpoint=self.endpoint, reason="no ledger is open") from error


class HttpTransport:
    """JSON-RPC over HTTP(S). Plain HTTP only to this machine. `transport` is httpx's seam for tests.

    Answers are asked for uncompressed, because a compressed one cannot be bounded before it is unpacked.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        timeout: float = 20.0,
        max_body: int = MAX_BODY,
        transport: Any = None,
    ) -> None:
        import httpx  # 60 ms, not needed with the embedded node

        self._made = {"timeout": timeout, "max_body": max_body, "transport": transport}
        parts = urlsplit(url)
        loopback = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if parts.scheme not in {"https", "http"} or not parts.hostname or (parts.scheme == "http" and not loopback):
            raise BadInput(field="endpoint", reason="not https", value=url[:200])
        self.endpoint = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._left: list[Any] = []  # clients of endpoints before; threads may still ask them
        self._max_body = max_body
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        client = httpx.Client(
            timeout=timeout,
            headers={"Accept-Encoding": "identity", "Content-Type": "application/json", **(headers or {})},
            follow_redirects=False,
            transport=transport,
            trust_env=not loopback,  # a proxy of the environment is not asked for this machine, nor told its token
        )
        self._line = (client, url)  # together, so that no token goes where it does not belong

    def move(self, url: str, headers: dict[str, str]) -> None:
        """Ask another endpoint from here on. Raises BadInput as the constructor does; then it asks the old one."""
        fresh = HttpTransport(url, headers=headers, **self._made)
        self._left.append(self._line[0])
        self._line, self.endpoint = fresh._line, fresh.endpoint

    def close(self) -> None:
        for client in (*self._left, self._line[0]):
            client.close()

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        number = self._number()
        answer = self._post(_envelope(number, method, params))
        return _result(method, answer, number)

    def request_many(self, calls: Sequence[Call]) -> list[Any]:
        results: list[Any] = []
        for start in range(0, len(calls), BATCH):
            results += self._batch(calls[start : start + BATCH])
        return results

    def _batch(self, calls: Sequence[Call]) -> list[Any]:
        if len(calls) == 1:
            return [self.request(*calls[0])]
        numbers = [self._number() for _ in calls]
        answers = self._post([_envelope(number, *call) for number, call in zip(numbers, calls, strict=True)])
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise BadEncoding(what="answer", reason="batch")
        given = [answer for answer in answers if isinstance(answer, dict) and isinstance(answer.get("id"), int)]
        by_number = {answer["id"]: answer for answer in given}
        return [_result(call[0], by_number.get(number), number) for number, call in zip(numbers, calls, strict=True)]

    def _number(self) -> int:
        with self._lock:
            return next(self._numbers)

    def _post(self, message: object) -> Any:
        import httpx

        body = bytearray()
        deadline = time.monotonic() + SLOWEST
        client, url = self._line
        try:
            with client.stream("POST", url, content=json.dumps(message)) as response:
                if response.status_code != httpx.codes.OK:
                    raise NodeUnreachable(endpoint=self.endpoint, reason=f"HTTP {response.status_code}")
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise BadEncoding(what="answer", reason="compressed")
                for chunk in response.iter_raw():  # as it comes: a node that drips is seen to
                    body += chunk
                    if time.monotonic() > deadline:
                        raise NodeUnreachable(endpoint=self.endpoint, reason="too slow")
                    if len(body) > self._max_body:
                        raise TooLarge(what="answer", found=len(body), limit=self._max_body)
        except httpx.HTTPError as error:
            raise NodeUnreachable(endpoint=self.endpoint, reason=type(error).__name__) from error
        return _parse(bytes(body))


def _envelope(number: int, method: str, params: Sequence[Any]) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def _parse(body: bytes) -> Any:
    """Raises BadEncoding.

    WORKAROUND py-ecc (imported by eth-account) sets the recursion limit to 100,000, and json's parser in C then
    overflows the stack on deep nesting instead of raising: so the depth is measured first.
    """
    if _depth(body) > MAX_DEPTH:
        raise BadEncoding(what="answer", reason="too deep")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # also digits without end
        raise BadEncoding(what="answer", reason="not JSON") from error


def _depth(body: bytes) -> int:
    """How deep lists and objects nest, strings left out; more than MAX_DEPTH is not counted on."""
    depth = deepest = 0
    for mark in _BRACKETS.sub(b"", _STRINGS.sub(b"", body)):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
        if depth > MAX_DEPTH:
            break
    return deepest


def _result(method: str, answer: object, number: int) -> Any:
    if not isinstance(answer, dict) or answer.get("id") != number:
        raise BadEncoding(what="answer", reason="not to this request")
    return _outcome(method, answer)


def _outcome(method: str, answer: object) -> Any:
    """The result, or the error raised, of one answer as JSON-RPC shapes it."""
    if not isinstance(answer, dict):
        raise BadEncoding(what="answer", reason="not an object")
    error = answer.get("error")
    if error is not None:
        details = error if isinstance(error, dict) else {"message": str(error)}
        code = details.get("code")
        raise RpcError(
            method=method,
            code=code if isinstance(code, int) else None,
            message=plain(str(details.get("message", ""))),
            data=details.get("data"),
        )
    if "result" not in answer:
        raise BadEncoding(what="answer", reason="no result")
    return answer["result"]


def plain(text: str, limit: int = MAX_WORDS) -> str:
    """Text from outside without characters that steer a screen (controls, bidi marks), cut to `limit`."""
    return "".join(character for character in text[: 4 * limit] if character.isprintable())[:limit]
