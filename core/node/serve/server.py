"""The port and what stands behind it: uvicorn on a thread of its own, the ledger's work on two more."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.errors import BadInput, PortInUse
from core.node.lookups import BAD_REQUEST
from core.node.rpc import Rpc
from core.node.serve import wire
from core.node.serve.door import Door, is_token, offered
from core.node.serve.sockets import Subscriber

HOST = "127.0.0.1"
SECONDS = 60.0  # for one body's answers; what runs then runs on, but nobody waits for it
CONNECTIONS = 64
WAITING = 32  # bodies in hand or waiting; more are told to come again
THREADS = 2  # the ledger's lock lets one work at a time; the other reads and writes JSON
STACK = 64 * 1024 * 1024  # bytes: the EVM calls itself 1,024 deep, in Python
LEAVE = 5  # seconds that open requests have when the service ends
SENDING = 20.0  # seconds in which a socket must have read a message
POLICY, TOO_BIG, BUSY = 1008, 1009, 1013  # close codes (RFC 6455 7.4.1)


class Server:
    """Serves from its making on. `port` 0 takes any free one; `url` is where, without the token.

    Raises PortInUse, BadInput.
    """

    def __init__(
        self, rpc: Rpc, port: int, token: str, *, read_only: bool = False, origins: Collection[str] = ()
    ) -> None:
        if not is_token(token):
            raise BadInput(field="token", reason="not a token")
        self._rpc = rpc
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._door = Door(token, self.port, tuple(origins))
        self._refused = wire.WRITES if read_only else frozenset()
        self._waiting = 0
        self._pool = _deep_pool()
        self._server = uvicorn.Server(self._config())
        self._thread = threading.Thread(target=self._run, name="serve", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Requests in hand may finish; then the port is free."""
        self._server.should_exit = True
        self._thread.join(LEAVE + 5)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _config(self) -> uvicorn.Config:
        app = Starlette(
            routes=[
                Route("/{rest:path}", self._http, methods=["POST"]),
                WebSocketRoute("/{rest:path}", self._socketed),
            ]
        )
        return uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="websockets-sansio",
            ws_max_size=wire.MAX_BODY,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses hold tokens
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=LEAVE,
        )

    def _run(self) -> None:
        with contextlib.closing(self._socket):
            self._server.run(sockets=[self._socket])

    # HTTP

    async def _http(self, request: Request) -> Response:
        headers = request.headers
        shown = offered(headers.get("authorization"), request.url.path, request.url.query)
        refusal = self._door.refusal(headers.get("host"), headers.get("origin"), shown)
        if refusal is not None:
            return _refused(*refusal)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _refused(415, "content type application/json expected")
        try:
            body = await asyncio.wait_for(_body(request), SENDING)
        except TimeoutError:
            return _refused(408, "request not complete in time")
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _refused(413, f"request too large, at most {wire.MAX_BODY} bytes")
        answer = await self._answer(wire.Desk(self._rpc.call, self._refused), body)
        if answer is None:
            return _refused(503, "busy")
        return Response(answer, media_type="application/json") if answer else Response(status_code=204)

    async def _answer(self, desk: wire.Desk, body: bytes) -> bytes | None:
        """None where too many wait already."""
        if self._waiting >= WAITING:
            return None
        self._waiting += 1
        work = asyncio.get_running_loop().run_in_executor(self._pool, desk.answer, body)
        work.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(work), SECONDS)
        except TimeoutError:
            return wire.encode(wire.failure(None, wire.TIMEOUT, f"not answered within {SECONDS:.0f} s"))

    def _done(self, work: asyncio.Future[bytes]) -> None:
        self._waiting -= 1
        if not work.cancelled():
            work.exception()  # one that nobody waits for any more is no news

    # WebSocket

    async def _socketed(self, socket: WebSocket) -> None:
        headers = socket.headers
        shown = offered(headers.get("authorization"), socket.url.path, socket.url.query)
        refusal = self._door.refusal(headers.get("host"), headers.get("origin"), shown)
        if refusal is not None:
            await socket.send_denial_response(_refused(*refusal))
            return
        await socket.accept()
        subscriber = Subscriber(self._rpc, asyncio.get_running_loop())
        pump = asyncio.create_task(subscriber.pump(partial(_send, socket)))
        talk = asyncio.create_task(self._talk(socket, subscriber))
        try:
            done, left = await asyncio.wait({pump, talk}, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            gone = any(task.exception() is not None for task in done)
            if pump in done and not gone:
                await socket.close(BUSY, "notices were not read")
        finally:
            subscriber.end()

    async def _talk(self, socket: WebSocket, subscriber: Subscriber) -> None:
        """One question after the other, until the other side leaves."""
        desk = wire.Desk(subscriber.call, self._refused)
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect
            text = message.get("text")
            body = text.encode() if text is not None else message.get("bytes") or b""
            answer = await self._answer(desk, body)
            subscriber.answer(wire.encode(wire.failure(None, BAD_REQUEST, "busy")) if answer is None else answer)


async def _send(socket: WebSocket, message: bytes) -> None:
    await asyncio.wait_for(socket.send_text(message.decode()), SENDING)


async def _body(request: Request) -> bytes | None:
    """None where it is longer than a request may be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > wire.MAX_BODY:
            return None
    return bytes(body)


def _refused(status: int, words: str) -> Response:
    """In JSON-RPC's form as well, because that is what a client's author gets to see."""
    return Response(wire.encode(wire.failure(None, BAD_REQUEST, words)), status, media_type="application/json")


def _listen(port: int) -> socket.socket:
    if not 0 <= port < 2**16:
        raise BadInput(field="port", reason="not a port", value=port)
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named; else every answer waits 40 ms for an ACK
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: else another program could listen on the same port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
        listener.bind((HOST, port))
        listener.listen(CONNECTIONS)
    except OSError as error:
        listener.close()
        raise PortInUse(port=port) from error
    return listener


def _deep_pool() -> ThreadPoolExecutor:
    """Threads with room for the EVM's recursion; a stack's size is set for threads to come, so they start here."""
    before = threading.stack_size(STACK)
    try:
        pool = ThreadPoolExecutor(THREADS, "serve-call")
        together = threading.Barrier(THREADS)
        for started in [pool.submit(together.wait) for _ in range(THREADS)]:
            started.result()
    finally:
        threading.stack_size(before)
    return pool
