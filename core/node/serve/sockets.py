"""One WebSocket: questions and answers in turn, and the subscriptions that end with it (geth's eth_subscribe)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from core.errors import RpcError
from core.node import views
from core.node.lookups import BAD_PARAMS, TOO_MANY, Failed
from core.node.params import BadParams
from core.node.rpc import Listener, Rpc
from core.node.rpc_logs import Wish
from core.node.serve import wire
from core.node.values import Header
from core.node.views import octets

MAX_SUBSCRIPTIONS = 100  # of one socket
MAX_WAITING = 1_000  # notices that a socket has not read; then it is closed, because it would miss some
KINDS = ("newHeads", "logs", "newPendingTransactions")
Send = Callable[[bytes], Awaitable[None]]


class Subscriber(Listener):
    """Hears of blocks on the node's threads and hands what was wished for to the socket's loop.

    Answers and notices leave in one queue. A subscription begins when its answer is in there: a client that got a
    notice before the name of its subscription would not know what it is.
    """

    def __init__(self, rpc: Rpc, loop: asyncio.AbstractEventLoop) -> None:
        self._rpc = rpc
        self._loop = loop
        self._wishes: dict[str, tuple[str, Wish | None]] = {}  # never changed, only replaced: other threads walk it
        self._fresh: dict[str, tuple[str, Wish | None]] = {}
        self._out: asyncio.Queue[bytes | None] = asyncio.Queue()
        rpc.listeners.append(self)

    def end(self) -> None:
        if self in self._rpc.listeners:
            self._rpc.listeners.remove(self)

    def call(self, method: str, params: list[Any]) -> Any:
        """Subscribing happens here, everything else at the node."""
        if method not in ("eth_subscribe", "eth_unsubscribe"):
            return self._rpc.call(method, params)
        try:
            return self._subscribe(params) if method == "eth_subscribe" else self._unsubscribe(params)
        except BadParams as error:
            raise RpcError(method=method, code=BAD_PARAMS, message=str(error), data=None) from error
        except Failed as error:
            raise RpcError(method=method, code=error.code, message=str(error), data=None) from error

    def _subscribe(self, params: list[Any]) -> str:
        kind = params[0] if params else None
        if kind not in KINDS:
            raise BadParams(f"no such subscription; there are {', '.join(KINDS)}")
        wish = Wish.read(params[1] if len(params) > 1 else {}) if kind == "logs" else None
        if len(self._wishes) + len(self._fresh) >= MAX_SUBSCRIPTIONS:
            raise Failed(f"more than {MAX_SUBSCRIPTIONS} subscriptions", TOO_MANY)
        name = "0x" + secrets.token_hex(16)
        self._fresh[name] = (str(kind), wish)
        return name

    def _unsubscribe(self, params: list[Any]) -> bool:
        name = str(params[0]) if params else ""
        known = name in self._wishes or self._fresh.pop(name, None) is not None
        self._wishes = {other: wish for other, wish in self._wishes.items() if other != name}
        return known

    # On the socket's loop

    def answer(self, answer: bytes) -> None:
        if answer:
            self._queue(answer)
        self._wishes, self._fresh = {**self._wishes, **self._fresh}, {}

    async def pump(self, send: Send) -> None:
        """Send what there is, until the socket is too far behind."""
        while (message := await self._out.get()) is not None:
            await send(message)

    def _queue(self, message: bytes | None) -> None:
        self._out.put_nowait(None if self._out.qsize() >= MAX_WAITING else message)

    # What the node tells, on its threads, under the ledger's lock

    def block(self, header: Header) -> None:
        for name, (kind, wish) in self._wishes.items():
            if kind == "newHeads":
                self._tell(name, views.header(header))
            elif wish is not None:
                self._tell_logs(name, wish, header.number)

    def _tell_logs(self, name: str, wish: Wish, number: int) -> None:
        try:
            logs = self._rpc.logs.between(wish, number, number)
        except Failed:  # more than one answer holds: told incompletely would be worse than not at all
            self._loop.call_soon_threadsafe(self._queue, None)
            return
        for log in logs:
            self._tell(name, log)

    def transaction(self, digest: bytes) -> None:
        for name, (kind, _) in self._wishes.items():
            if kind == "newPendingTransactions":
                self._tell(name, octets(digest))

    def _tell(self, name: str, result: object) -> None:
        params = {"subscription": name, "result": result}
        notice = wire.encode({"jsonrpc": "2.0", "method": "eth_subscription", "params": params})
        with contextlib.suppress(RuntimeError):  # the loop ended between the block and this
            self._loop.call_soon_threadsafe(self._queue, notice)
