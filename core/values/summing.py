"""A file of sums, for a screen or a terminal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SumsView:
    """`records` of weight > 0, `weight` their total; `files` that were merged into it; hashes 0x and 64 digits."""

    path: str
    hash: str
    statistics_hash: str
    features: str
    labels: tuple[str, ...]
    records: int
    weight: int
    files: int
    bytes: int
