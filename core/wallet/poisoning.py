"""Address poisoning: an address made to look like a known one, so that the wrong one is copied from the history."""

from __future__ import annotations

from collections.abc import Iterable

from core.units import Address

_SHOWN = 4  # hex digits at each end that people compare


def lookalikes(address: Address, known: Iterable[Address]) -> list[Address]:
    """Known addresses that differ from this one but share its first and last four digits."""
    text = address.raw.hex()
    ends = text[:_SHOWN], text[-_SHOWN:]
    return [
        other for other in known if other != address and (other.raw.hex()[:_SHOWN], other.raw.hex()[-_SHOWN:]) == ends
    ]
