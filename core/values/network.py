"""The node, its blocks, and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.units import Address, Amount
from core.values.shared import TrustView


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
