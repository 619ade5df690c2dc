"""Which chain, and by what we know it. One JSON file in resources/networks is one network; the local one is made.

The public networks name no endpoint: whom to ask is the person's choice (`core.chain.book`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from types import MappingProxyType
from typing import Any

from core.errors import BadFile
from core.units import Address

GWEI = 10**9
MAX_FEE_PER_GAS = 500 * GWEI
MAX_FEE = 10**18  # wei for one transaction, unless the person allows more
READ, WALLET, CONTRACTS = "read", "wallet", "contracts"
_NOTHING: Mapping[str, Address] = MappingProxyType({})
_STACKS = {"ethereum": False, "op": True}  # name in a network's file: whether it is a rollup of the OP Stack


@dataclass(frozen=True)
class Checkpoint:
    """A block that the person knows from elsewhere to be of this chain: `number` and 32-byte `hash`."""

    number: int
    hash: bytes


@dataclass(frozen=True)
class Network:
    """`uses` says what is offered there; `contracts` are ours, by name.

    With a `genesis_hash` every header is followed from it, hash by hash; without one the head is the endpoint's word,
    or builds on the `checkpoint`. `rollup`: blocks of the OP Stack. `max_age` (seconds): a newest block older than
    that is stale; None where blocks are made on demand. `reorg_depth` (blocks): how much of the chain may be replaced
    without asking the person; 0 is none.
    `max_fee_per_gas` and `max_fee` (wei) bound what is ever signed without the person's further word.
    """

    key: str
    name: str
    chain_id: int
    genesis_hash: bytes | None = None
    local: bool = False
    test: bool = False
    symbol: str = "OPEN"
    endpoints: tuple[str, ...] = ()
    explorer: str = ""
    uses: frozenset[str] = frozenset({READ, WALLET})
    contracts: Mapping[str, Address] = field(default_factory=lambda: _NOTHING)
    max_fee_per_gas: int = MAX_FEE_PER_GAS
    max_fee: int = MAX_FEE
    rollup: bool = False
    max_age: int | None = None
    reorg_depth: int = 0
    checkpoint: Checkpoint | None = None

    def with_contracts(self, contracts: Mapping[str, Address]) -> Network:
        return replace(self, contracts=MappingProxyType(dict(contracts)))


def local_network(chain_id: int, genesis_hash: bytes, contracts: Mapping[str, Address] = _NOTHING) -> Network:
    """The embedded ledger, pinned by what it was created with."""
    return Network(
        key="local",
        name="Local ledger",
        chain_id=chain_id,
        genesis_hash=genesis_hash,
        local=True,
        uses=frozenset({READ, WALLET, CONTRACTS}),
        contracts=MappingProxyType(dict(contracts)),
    )


def parse_network(key: str, text: str) -> Network:
    """From a network's JSON. Raises BadFile."""
    try:
        data: dict[str, Any] = json.loads(text)
        genesis = data.get("genesisHash")
        return Network(
            key=key,
            name=str(data["name"]),
            chain_id=int(data["chainId"]),
            genesis_hash=bytes.fromhex(genesis.removeprefix("0x")) if genesis else None,
            test=bool(data.get("test", False)),
            symbol=str(data["symbol"]),
            endpoints=tuple(map(str, data["endpoints"])),
            explorer=str(data.get("explorer", "")),
            uses=frozenset(map(str, data["uses"])),
            contracts=MappingProxyType(
                {str(name): Address.parse(address) for name, address in data.get("contracts", {}).items()}
            ),
            max_fee_per_gas=int(data.get("maxFeePerGas", MAX_FEE_PER_GAS)),
            max_fee=int(data.get("maxFee", MAX_FEE)),
            rollup=_STACKS[data.get("stack", "ethereum")],
            max_age=None if data.get("maxAge") is None else int(data["maxAge"]),
            reorg_depth=int(data.get("reorgDepth", 0)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(path=f"{key}.json", reason=type(error).__name__) from error


def load_networks() -> dict[str, Network]:
    """Every declared network by its key (the file's name), sorted by name."""
    folder = resources.files("resources") / "networks"
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".json")]
    networks = [parse_network(entry.name.removesuffix(".json"), entry.read_text("utf-8")) for entry in files]
    return {network.key: network for network in sorted(networks, key=lambda network: (network.test, network.name))}
