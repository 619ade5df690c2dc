"""The node as a child process. Methods: open, rpc, rpc_many, serve, stop_serving, close; and those of
`core.node.keeping`, which look after the ledger.

Event: newHeads with the new header as JSON-RPC shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, NodeError, RpcError, TooLarge
from core.node.genesis import parse
from core.node.keeping import Keeping
from core.node.ledger import Ledger
from core.node.rpc import Rpc
from core.node.upkeep import Upkeep
from core.node.views import header, octets

if TYPE_CHECKING:
    from core.node.serve.server import Server

Emit = Callable[[str, dict[str, object]], None]
MAX_CALLS = 1_000  # questions in one round trip


class _Node:
    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.ledger: Ledger | None = None
        self.upkeep: Upkeep | None = None
        self._rpc: Rpc | None = None
        self._server: Server | None = None

    def open(self, path: str, key: str, genesis: Mapping[str, Any] | None = None) -> dict[str, object]:
        """Open the ledger file, or begin it from `genesis` where there is none. `key` is 64 hex digits.

        Returns {"chainId": int, "genesisHash": "0x..", "head": header as JSON-RPC shows it}. Raises DatabaseCorrupt
        (also for a wrong key), BadFile (nothing there and no genesis), WrongChain (there, but another chain's),
        BadInput, DiskFull.
        """
        try:
            secret = bytes.fromhex(key)
        except ValueError:
            raise BadInput(field="key", reason="not hex") from None
        if len(secret) != 32:
            raise BadInput(field="key", reason="not 32 bytes")
        self.close()
        ledger = Ledger(Path(path), secret, parse(genesis) if genesis is not None else None)
        self.ledger, self._rpc = ledger, Rpc(ledger, lambda head: self._emit("newHeads", head))
        self.upkeep = Upkeep(ledger, secret)
        return {
            "chainId": ledger.chain_id,
            "genesisHash": octets(ledger.genesis_hash),
            "head": header(ledger.head),
        }

    def rpc(self, method: str, params: list[Any] | None = None) -> Any:
        if self._rpc is None:
            raise NodeError(reason="no ledger is open")
        return self._rpc.call(method, params or [])

    def rpc_many(self, calls: list[list[Any]]) -> list[dict[str, Any]]:
        """Many questions in one round trip: `calls` is [[method, params], ...].

        The answers in the same order, each {"result": ...} or {"error": {"code", "message", "data"}}: a question that
        is refused spoils no other. Raises TooLarge for more than MAX_CALLS, and what `rpc` raises but RpcError.
        """
        if len(calls) > MAX_CALLS:
            raise TooLarge(what="calls", found=len(calls), limit=MAX_CALLS)
        return [self._answer(method, params) for method, params in calls]

    def _answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        try:
            return {"result": self.rpc(method, params)}
        except RpcError as error:
            return {"error": {name: error.values.get(name) for name in ("code", "message", "data")}}

    def serve(
        self, port: int, token: str, read_only: bool = False, origins: list[str] | None = None
    ) -> dict[str, object]:
        """Open JSON-RPC over HTTP and WebSocket on a port of loopback (0: any), in place of one that is open.

        `token` (32 to 128 of 0-9 A-Z a-z _ -) lets callers in; `read_only` refuses transactions; `origins` are web
        pages that may ask. Returns {"url", "port"}. Raises PortInUse, BadInput, NodeError (no ledger is open).
        """
        if self._rpc is None:
            raise NodeError(reason="no ledger is open")
        from core.node.serve.server import Server  # .3 s, and most nodes never serve

        self.stop_serving()
        self._server = Server(self._rpc, port, token, read_only=read_only, origins=origins or [])
        return {"url": self._server.url, "port": self._server.port}

    def stop_serving(self) -> None:
        """Requests in hand may finish first."""
        if self._server is not None:
            self._server.stop()
        self._server = None

    def close(self) -> None:
        self.stop_serving()
        if self.upkeep is not None:
            self.upkeep.stop()
        if self.ledger is not None:
            self.ledger.close()
        self.ledger = self.upkeep = self._rpc = None


def handlers(emit: Emit) -> dict[str, Callable[..., object]]:
    node = _Node(emit)
    return {
        "open": node.open,
        "rpc": node.rpc,
        "rpc_many": node.rpc_many,
        "serve": node.serve,
        "stop_serving": node.stop_serving,
        "close": node.close,
        **Keeping(node).handlers(),
    }
