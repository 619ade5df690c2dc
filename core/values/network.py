"""The node, its blocks, and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.units import Address, Amount
from core.values.shared import Known, TrustView


@dataclass(frozen=True)
class EventView:
    """What a contract of ours said; `values` are (name, text), text may be foreign."""

    contract: str
    name: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReceiptView:
    """A transaction in a block, with its outcome, as the block's own roots prove it.

    `names` are those of addresses that are known here: accounts, contacts, contracts.
    """

    tx_hash: str
    block: int
    position: int
    time: int
    sender: Address
    to: Address | None
    created: Address | None
    value: Amount
    fee: Amount
    gas_used: int
    nonce: int
    succeeded: bool
    events: tuple[EventView, ...]
    names: Mapping[Address, str]
    trust: TrustView


@dataclass(frozen=True)
class BlockView:
    number: int
    hash: str
    time: int
    transactions: int
    gas_used: int


@dataclass(frozen=True)
class NetworkView:
    name: str
    local: bool
    chain_id: int
    genesis_hash: str
    height: int | None
    trust: TrustView
    node_running: bool
    base_fee: int | None  # wei
    contracts: tuple[tuple[str, str, bool], ...]  # name, address, code matches what this program ships
    blocks: tuple[BlockView, ...]
    ledger_bytes: int
    endpoint: str | None = None  # whom a joined profile asks; foreign, as its name is then
    checkpoint: int | None = None  # the block that its invite pinned


@dataclass(frozen=True)
class ServingView:
    """How one's own node is open to other programs of this machine. `address` is None while nothing listens.

    `port` is that of now or of the last time; `token` is empty until one was made.
    """

    address: str | None
    port: int
    token: str
    read_only: bool


@dataclass(frozen=True)
class InviteView:
    """What an invite says, before any of it was checked; name and endpoint are foreign."""

    name: str
    endpoint: str
    chain_id: int
    genesis_hash: str
    block: int
    datanets: int


@dataclass(frozen=True)
class OtherNetwork:
    """A network beside one's own ledger. `needed` of its endpoints must agree; `checkpoint` is a block's number, hash.

    Name and symbol of a `custom` one are foreign.
    """

    key: str
    name: str
    chain_id: int
    symbol: str
    test: bool
    custom: bool
    endpoints: tuple[str, ...]
    needed: int
    checkpoint: tuple[int, str] | None


@dataclass(frozen=True)
class EndpointView:
    """`standing` is a key ("agrees", "disagrees", "slow", ...), `height` what it calls its newest block."""

    endpoint: str
    standing: str
    height: int | None


@dataclass(frozen=True)
class NetworkLook:
    """What a network's endpoints said just now. `endpoints` is empty with a single one; `balances` by account name,
    in the network's own coin.
    """

    network: OtherNetwork
    height: int | None
    time: int | None
    trust: TrustView
    endpoints: tuple[EndpointView, ...]
    balances: tuple[tuple[str, Known[Amount]], ...]
