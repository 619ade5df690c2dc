"""Addresses made to look like a known one: the same beginning and end, something else in the middle.

Whoever compares only what a short form shows would send to them. They arrive as dust or as zero-value transfers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.units import Address

ENDS = 4  # hexadecimal digits at each end


@dataclass(frozen=True)
class LookAlike:
    """`address` looks like `known`; `different` are the positions (in the 42 characters of str) where they differ."""

    address: Address
    known: Address
    different: tuple[int, ...]


def look_alike(address: Address, known: Iterable[Address]) -> LookAlike | None:
    """The known address that this one resembles without being it; None when there is none, or when it is known."""
    others = set(known)
    if address in others:
        return None
    ours = address.raw.hex()
    for other in sorted(others):
        theirs = other.raw.hex()
        if ours[:ENDS] == theirs[:ENDS] and ours[-ENDS:] == theirs[-ENDS:]:
            different = tuple(2 + i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
            return LookAlike(address, other, different)
    return None
