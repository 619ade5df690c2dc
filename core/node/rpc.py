"""The JSON-RPC methods (ethereum/execution-apis). A failure is an RpcError with the code other nodes use:
-32601 no such method, -32602 bad parameters, 3 the call reverted (`data` is the revert data), -32000 refused,
-32005 more than one answer holds, 4444 history given up.

No method signs: transactions come in signed, by whoever holds the key. A group of methods is a module `rpc_*` and its
line here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from core.errors import NotKept, OpenLedgerError, RpcError
from core.keccak import keccak256
from core.node import params, views
from core.node.engine import Invalid, NotATransaction
from core.node.filters import Filters
from core.node.ledger import Ledger
from core.node.lookups import BAD_PARAMS, NO_METHOD, PRUNED, REFUSED, Failed, Lookups
from core.node.params import BadParams
from core.node.rpc_blocks import Blocks
from core.node.rpc_fees import Fees
from core.node.rpc_logs import Logs
from core.node.rpc_pool import Pool
from core.node.rpc_state import State
from core.node.values import Header
from core.node.views import Json, number, octets

CLIENT = "OpenLedger/0.1.0/py-evm-0.12.1b1"


class Rpc:
    """`call(method, params)` for one ledger. Threads may share it.

    `on_block` hears of every new block before the call that made it ends, with the header as JSON-RPC shows it.
    `listeners` hear of blocks and transactions as values.
    """

    def __init__(self, ledger: Ledger, on_block: Callable[[Json], None] = lambda _head: None) -> None:
        self.ledger = ledger
        self.lookups = Lookups(ledger)
        self.filters = Filters()
        self.logs = Logs(self.lookups, self.filters)
        self.listeners: list[Listener] = []
        self._on_block = on_block
        self._told = ledger.head.number
        self._methods: dict[str, Callable[..., Any]] = {
            **self._about(),
            **Blocks(self.lookups).methods(),
            **State(self.lookups).methods(),
            **Fees(self.lookups).methods(),
            **self.logs.methods(),
            **Pool(self.lookups, self._sent).methods(),
        }

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._methods)

    def call(self, method: str, arguments: list[Any]) -> Any:
        """Raises RpcError; DiskFull and DatabaseCorrupt pass through as what they are."""
        handler = self._methods.get(method)
        if handler is None:
            words = f"the method {str(method)[:100]} does not exist/is not available"
            raise RpcError(method=method, code=NO_METHOD, message=words, data=None)
        try:
            with self.ledger.lock:
                try:
                    return handler(*_arguments(handler, arguments))
                finally:
                    self.announce()
        except BadParams as error:
            raise RpcError(method=method, code=BAD_PARAMS, message=str(error), data=None) from error
        except (Invalid, NotATransaction) as error:
            raise RpcError(method=method, code=REFUSED, message=str(error), data=None) from error
        except Failed as error:
            raise RpcError(method=method, code=error.code, message=str(error), data=error.data) from error
        except NotKept as error:
            code = PRUNED if error.what == "body" else REFUSED
            raise RpcError(method=method, code=code, message=_not_kept(error), data=None) from error
        except OpenLedgerError:
            raise
        except RecursionError as error:
            raise RpcError(method=method, code=REFUSED, message="call too deep", data=None) from error

    def announce(self) -> None:
        """Tell of the blocks that nobody was told of yet, in order."""
        with self.ledger.lock:
            while self._told < self.ledger.head.number:
                self._told += 1
                header = self.lookups.known(self._told)
                self._on_block(views.header(header))
                for listener in list(self.listeners):
                    listener.block(header)

    def _sent(self, digest: bytes) -> None:
        self.filters.note(digest)
        for listener in list(self.listeners):
            listener.transaction(digest)

    def _about(self) -> dict[str, Callable[..., Any]]:
        chain_id = self.ledger.chain_id
        return {
            "eth_chainId": lambda: number(chain_id),
            "net_version": lambda: str(chain_id),
            "net_listening": lambda: False,
            "net_peerCount": lambda: "0x0",
            "web3_clientVersion": lambda: CLIENT,
            "web3_sha3": _sha3,
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_capabilities": self._capabilities,
            "rpc_modules": lambda: dict.fromkeys(("debug", "eth", "net", "rpc", "txpool", "web3"), "1.0"),
        }

    def _capabilities(self) -> Json:
        """What can be asked about which blocks: about all, but for what was given up or came without."""
        head, marked = self.ledger.head, self.ledger.store.marked
        first = {"state": marked("horizon"), "stateproofs": marked("horizon"), "blocks": 0}
        first |= dict.fromkeys(("tx", "logs", "receipts"), marked("bodies"))
        kept = {part: {"disabled": False, "oldestBlock": number(block)} for part, block in first.items()}
        return {"head": {"number": number(head.number), "hash": octets(head.hash)}, **kept}


class Listener:
    """Heard on the thread of the call that made the block, under the ledger's lock: hand over and return."""

    def block(self, header: Header) -> None: ...

    def transaction(self, digest: bytes) -> None: ...


def _sha3(payload: object) -> str:
    return octets(keccak256(params.data(payload, "data")))


def _not_kept(error: NotKept) -> str:
    what, many = ("state", "states") if error.what == "state" else ("block content", "contents")
    return f"{what} not available for block {error.block}: {many} are kept from block {error.first} on"


def _arguments(handler: Callable[..., Any], given: object) -> list[Any]:
    if not isinstance(given, list):
        raise BadParams("params: list expected")
    least, most = (
        (0, 0) if handler is list else _takes(getattr(handler, "__func__", handler), hasattr(handler, "__self__"))
    )
    while given and given[-1] is None and len(given) > least:
        given = given[:-1]
    if len(given) < least:
        raise BadParams(f"missing value for required argument {len(given)}")
    if len(given) > most:
        raise BadParams(f"too many arguments, want at most {most}")
    return given


@functools.lru_cache(maxsize=256)
def _takes(function: Callable[..., Any], bound: bool) -> tuple[int, int]:
    """How many parameters a method needs at least and at most; finding out takes longer than many an answer."""
    places = list(inspect.signature(function).parameters.values())[bound:]
    return sum(place.default is inspect.Parameter.empty for place in places), len(places)
