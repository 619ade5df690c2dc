"""Whether one header can follow another, and whether a head can be at all: pure, for `core.chain.headers`."""

from __future__ import annotations

from core.chain.network import Network
from core.errors import HeadLost, ProofMismatch, WrongChain
from core.eth import rollup
from core.eth.header import Header, next_base_fee

MAX_SKEW = 900  # seconds that a node's clock may be ahead of ours


def numbered(header: Header, number: int) -> Header:
    if header.number != number:
        raise ProofMismatch(what="block number", expected=number, found=header.number)
    return header


def check_head(header: Header, network: Network, now: int) -> None:
    """Of a head by itself. The embedded node's clock is this machine's, which may have been set back."""
    if network.rollup:
        rollup.check_header(header)
    if not network.local and header.timestamp > now + MAX_SKEW:
        raise ProofMismatch(what="timestamp", expected=now, found=header.timestamp)


def check_reach(known: Header, target: Header) -> None:
    """A chain whose every block is later than the one before cannot have more blocks than seconds."""
    blocks, seconds = target.number - known.number, target.timestamp - known.timestamp
    if seconds <= 0:
        raise ProofMismatch(what="timestamp", expected=known.timestamp + 1, found=target.timestamp)
    if blocks > seconds:
        raise ProofMismatch(what="block number", expected=known.number + seconds, found=target.number)


def check_child(parent: Header, header: Header, network: Network, *, known: Header) -> None:
    """Raises HeadLost when `header` does not hang on `known`, our head; ProofMismatch, WrongChain.

    On our own ledger the base fee must follow too (EIP-1559); elsewhere its rule may be another.
    """
    if header.parent_hash != parent.hash:
        if parent is known:
            raise HeadLost(reason="reorganised", known=known.number, found=header.number)
        raise ProofMismatch(what="parent hash", expected=parent.hash.hex(), found=header.parent_hash.hex())
    numbered(header, parent.number + 1)
    if header.timestamp <= parent.timestamp:
        raise ProofMismatch(what="timestamp", expected=parent.timestamp + 1, found=header.timestamp)
    if header.gas_used > header.gas_limit:
        raise ProofMismatch(what="gas used", expected=header.gas_limit, found=header.gas_used)
    if network.local and header.base_fee != next_base_fee(parent):
        raise ProofMismatch(what="base fee", expected=next_base_fee(parent), found=header.base_fee)
    if network.rollup:
        rollup.check_header(header)
    check_pinned(header, network)


def check_pinned(header: Header, network: Network) -> None:
    """At the checkpoint's height there is the checkpoint."""
    pinned = network.checkpoint
    if pinned is not None and header.number == pinned.number and header.hash != pinned.hash:
        raise WrongChain(expected=pinned.hash.hex(), found=header.hash.hex())
