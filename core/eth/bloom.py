"""The logs bloom of receipts and headers (Yellow Paper 4.4.1): 2048 bits, three for each address and topic."""

from __future__ import annotations

from collections.abc import Iterable

from core.eth.receipt import Log
from core.keccak import keccak256

SIZE = 256  # bytes


def bits(item: bytes) -> int:
    """The bits of one address or topic, as a 2048-bit number."""
    digest = keccak256(item)
    found = 0
    for at in (0, 2, 4):
        found |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return found


def of_logs(logs: Iterable[Log]) -> bytes:
    found = 0
    for log in logs:
        found |= bits(log.address)
        for topic in log.topics:
            found |= bits(topic)
    return found.to_bytes(SIZE, "big")


def union(blooms: Iterable[bytes]) -> bytes:
    """A header's bloom has every bit of its receipts' and no other."""
    found = 0
    for bloom in blooms:
        found |= int.from_bytes(bloom, "big")
    return found.to_bytes(SIZE, "big")
