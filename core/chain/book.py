"""Networks beside one's own ledger, and whom to ask about them: the person's choice, probed before it is kept.

What ships names chains (`resources/networks`) but no endpoint. A network that the person adds is asked for its chain
id first; an endpoint that names another one is refused.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.chain.light_node import LightNode
from core.chain.network import READ, WALLET, Checkpoint, Network, load_networks
from core.chain.quorum import MAX_ENDPOINTS, QuorumTransport
from core.chain.transport import HttpTransport, Transport
from core.clock import Clock
from core.errors import BadInput, WrongChain
from core.eth import hexdata
from core.eth.header import Header
from core.storage import Database

MAX_NETWORKS = 32
_MAX_NAME = 60
_MAX_CHAIN_ID = 2**63 - 1
Connect = Callable[[str], Transport]


@dataclass(frozen=True)
class Entry:
    """A network and how it is asked: `needed` of its endpoints must agree, 1 with a single one."""

    network: Network
    needed: int
    custom: bool

    @property
    def endpoints(self) -> tuple[str, ...]:
        return self.network.endpoints


def connect(url: str) -> Transport:
    """Over HTTPS, or plain HTTP to this machine. Raises BadInput."""
    return HttpTransport(url)


def probe(transport: Transport, chain_id: int | None = None) -> tuple[int, Header]:
    """Chain id and newest header of an endpoint, the header by its own hash.

    Raises WrongChain when it is not `chain_id`, NodeUnreachable, RpcError, ProofError.
    """
    found = hexdata.quantity(transport.request("eth_chainId"), "chain id", bits=60)
    if chain_id is not None and found != chain_id:
        raise WrongChain(expected=chain_id, found=found)
    return found, Header.from_rpc(transport.request("eth_getBlockByNumber", ["latest", False]))


def majority(endpoints: int) -> int:
    """The least that are more than half."""
    return endpoints // 2 + 1


class NetworkBook:
    """`load` and `save` keep its JSON value; `own` is the chain id of one's own ledger, which stands elsewhere."""

    def __init__(
        self, load: Callable[[], Any], save: Callable[[Any], None], own: int, *, connect: Connect = connect
    ) -> None:
        self._load = load
        self._save = save
        self._own = own
        self._connect = connect

    def entries(self) -> dict[str, Entry]:
        """All of them by key, those that ship first."""
        kept = self._kept()
        found = {key: _with(network, kept.get(key, {}), custom=False) for key, network in load_networks().items()}
        for key, data in kept.items():
            if key not in found:
                found[key] = _with(_custom(key, data["custom"]), data, custom=True)
        return found

    def entry(self, key: str) -> Entry:
        """Raises BadInput ("unknown")."""
        found = self.entries().get(key)
        if found is None:
            raise BadInput(field="network", reason="unknown", value=key)
        return found

    def add(self, name: str, endpoint: str, *, symbol: str = "", rollup: bool = False) -> Entry:
        """A network by one endpoint of it, which says its chain id. Raises BadInput, and what `probe` raises."""
        name, symbol = name.strip()[:_MAX_NAME], symbol.strip()[:12]
        if not name:
            raise BadInput(field="name", reason="empty")
        chain_id = self._probe(endpoint, None)
        taken = {entry.network.chain_id for entry in self.entries().values()} | {self._own}
        if chain_id in taken or not 0 < chain_id <= _MAX_CHAIN_ID:
            raise BadInput(field="network", reason="already there", value=chain_id)
        if len(self._kept()) >= MAX_NETWORKS:
            raise BadInput(field="network", reason="too many", value=MAX_NETWORKS)
        key = f"chain-{chain_id}"
        custom = {"name": name, "chainId": chain_id, "symbol": symbol, "rollup": rollup}
        self._put(key, {"custom": custom, "endpoints": [endpoint], "needed": 1, "checkpoint": None})
        return self.entry(key)

    def remove(self, key: str) -> None:
        """A network that the person added; of one that ships, its endpoints. Raises BadInput ("unknown")."""
        self.entry(key)
        self._save({"networks": {name: data for name, data in self._kept().items() if name != key}})

    def add_endpoint(self, key: str, endpoint: str) -> Entry:
        """Once it has named the right chain. More than half of all must then agree.

        Raises BadInput ("twice": the same host is one endpoint), and what `probe` raises.
        """
        entry = self.entry(key)
        name = self._name_of(endpoint)
        if name in {self._name_of(known) for known in entry.endpoints}:
            raise BadInput(field="endpoint", reason="twice", value=name)
        if len(entry.endpoints) >= MAX_ENDPOINTS:
            raise BadInput(field="endpoint", reason="too many", value=MAX_ENDPOINTS)
        self._probe(endpoint, entry.network.chain_id)
        return self._set_endpoints(entry, [*entry.endpoints, endpoint])

    def remove_endpoint(self, key: str, endpoint: str) -> Entry:
        entry = self.entry(key)
        return self._set_endpoints(entry, [known for known in entry.endpoints if known != endpoint])

    def need(self, key: str, needed: int) -> Entry:
        """How many must agree. Raises BadInput ("not a majority")."""
        entry = self.entry(key)
        count = len(entry.endpoints)
        if not count / 2 < needed <= count:
            raise BadInput(field="quorum", reason="not a majority", value=f"{needed} of {count}")
        return self._change(entry, {"needed": needed})

    def pin(self, key: str, checkpoint: Checkpoint | None) -> Entry:
        """A block that the person knows from elsewhere. Raises BadInput ("checkpoint")."""
        if checkpoint is not None and (not 0 <= checkpoint.number < 2**60 or len(checkpoint.hash) != 32):
            raise BadInput(field="checkpoint", reason="not a block", value=checkpoint.number)
        value = None if checkpoint is None else [checkpoint.number, checkpoint.hash.hex()]
        return self._change(self.entry(key), {"checkpoint": value})

    @contextlib.contextmanager
    def reading(self, key: str, store: Database | None = None, *, clock: Clock | None = None) -> Iterator[LightNode]:
        """A light node to read it by, until the block ends. Raises BadInput ("no endpoint")."""
        entry = self.entry(key)
        if not entry.endpoints:
            raise BadInput(field="network", reason="no endpoint", value=key)
        with contextlib.ExitStack() as stack:
            transports = [stack.enter_context(self._open(url)) for url in entry.endpoints]
            transport: Transport = transports[0]
            if len(transports) > 1:
                transport = QuorumTransport(transports, entry.needed, entry.network.chain_id)
            yield LightNode(transport, entry.network, store, clock=clock)

    def _kept(self) -> dict[str, Any]:
        value = self._load()
        return dict(value["networks"]) if value else {}

    def _put(self, key: str, data: Mapping[str, Any]) -> None:
        self._save({"networks": {**self._kept(), key: dict(data)}})

    def _change(self, entry: Entry, change: Mapping[str, Any]) -> Entry:
        key = entry.network.key
        blank = {"custom": None, "endpoints": list(entry.endpoints), "needed": entry.needed, "checkpoint": None}
        self._put(key, {**blank, **self._kept().get(key, {}), **change})
        return self.entry(key)

    def _set_endpoints(self, entry: Entry, endpoints: Sequence[str]) -> Entry:
        return self._change(entry, {"endpoints": list(endpoints), "needed": majority(len(endpoints))})

    @contextlib.contextmanager
    def _open(self, endpoint: str) -> Iterator[Transport]:
        transport = self._connect(endpoint)
        try:
            yield transport
        finally:
            close = getattr(transport, "close", None)
            if close is not None:
                close()

    def _name_of(self, endpoint: str) -> str:
        """What several endpoints are told apart by: scheme, host and port."""
        with self._open(endpoint) as transport:
            return transport.endpoint

    def _probe(self, endpoint: str, chain_id: int | None) -> int:
        with self._open(endpoint) as transport:
            return probe(transport, chain_id)[0]


def _custom(key: str, data: Mapping[str, Any]) -> Network:
    """Which rules it has besides is not known: shallow branches are followed, ten minutes without a block are stale."""
    return Network(
        key=key,
        name=str(data["name"]),
        chain_id=int(data["chainId"]),
        symbol=str(data["symbol"]) or "ETH",
        uses=frozenset({READ, WALLET}),
        rollup=bool(data["rollup"]),
        max_age=600,
        reorg_depth=64,
    )


def _with(network: Network, data: Mapping[str, Any], *, custom: bool) -> Entry:
    pinned = data.get("checkpoint")
    checkpoint = None if pinned is None else Checkpoint(int(pinned[0]), bytes.fromhex(pinned[1]))
    endpoints = tuple(map(str, data.get("endpoints", network.endpoints)))
    needed = int(data.get("needed", majority(len(endpoints))))
    return Entry(replace(network, endpoints=endpoints, checkpoint=checkpoint), needed, custom)
