"""The sums of a ridge head with what they are sums of, as canonical bytes: for merging across files and machines.

    "OLSUMS1" and a line feed | u32 length of the statement | canonical JSON | G | B | keccak of all before

G is its upper triangle (row by row), int64 little-endian, B int64 [d, K]. The statement names the feature family, its
norm class, d, the labels in order, how many records with weight they are, and the statisticsHash of PoA-1, section 9.
Equal sums of equal records have equal bytes however they were merged, so their hash is one. Sums are private: they
give away records where few stand behind them, or where two files differ by one record (core/attribution/SPEC.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AttributionError, BadFile, BadInput
from core.files import read_small, write_whole
from core.keccak import keccak256
from core.models import canonical
from core.models.ridge.statistics import LIMIT, MAX_LABELS, MAX_TOTAL, Statistics
from core.models.rows import Many

_MAGIC = b"OLSUMS1\n"
_MOST = 160 << 20  # bytes of a file: d = 4096 with 64 labels has 70 MB
_KEYS = {"features", "d", "labels", "norm_class", "records", "statistics"}
_SLACK = 2.0**-40  # of the trace: what eigenvalues in floats may be below zero


@dataclass(frozen=True, eq=False)
class Sums:
    """`features` names the family (an encoder), `labels` are in the model's order, `records` those of weight > 0."""

    statistics: Statistics
    features: str
    norm_class: int
    labels: tuple[str, ...]
    records: int

    def __add__(self, other: Sums) -> Sums:
        """Raises BadInput naming what differs, AttributionError (total weight)."""
        self._fits(other)
        return self._with(self.statistics + other.statistics, self.records + other.records)

    def __sub__(self, other: Sums) -> Sums:
        """Only what was added. Raises BadInput naming what differs, AttributionError (more than was there)."""
        self._fits(other)
        if other.records > self.records:
            raise AttributionError(reason="more subtracted than was there", found=other.records, limit=self.records)
        return self._with(self.statistics - other.statistics, self.records - other.records)

    def _with(self, statistics: Statistics, records: int) -> Sums:
        return Sums(statistics, self.features, self.norm_class, self.labels, records)

    def _fits(self, other: Sums) -> None:
        for name in ("features", "norm_class", "labels"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise BadInput(field="statistics", reason=f"other {name}", value=_difference(mine, theirs))
        self.statistics._fits(other.statistics)  # noqa: SLF001

    def dump(self) -> bytes:
        """The file's bytes."""
        G, B = self.statistics.G, self.statistics.B
        statement = canonical.encode(
            {
                "features": self.features,
                "d": self.statistics.d,
                "labels": list(self.labels),
                "norm_class": self.norm_class,
                "records": self.records,
                "statistics": self.statistics.digest().hex(),
            }
        )
        head = _MAGIC + len(statement).to_bytes(4, "little") + statement
        body = head + G[np.triu_indices(len(G))].astype("<i8").tobytes() + B.astype("<i8").tobytes()
        return body + keccak256(body)

    @property
    def hash(self) -> bytes:
        """The keccak that the file ends with."""
        return self.dump()[-32:]


def save(path: Path, sums: Sums) -> None:
    """Raises DiskFull."""
    write_whole(path, sums.dump())


def open_file(path: Path) -> Sums:
    """Raises BadFile, TooLarge."""
    content = read_small(path, _MOST)
    try:
        return load(content)
    except BadFile as error:
        raise BadFile(path=str(path), reason=str(error.reason)) from error


def merged(parts: Sequence[Sums]) -> Sums:
    """The sum of one or more, in any order the same. Raises BadInput, AttributionError."""
    if not parts:
        raise BadInput(field="statistics", reason="count", value=0)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def load(content: bytes) -> Sums:
    """From `dump`'s bytes. Raises BadFile: "damaged", "not sums", or what in them cannot be sums of records."""
    if not content.startswith(_MAGIC):
        raise BadFile(path="", reason="not sums")
    if len(content) < len(_MAGIC) + 36 or keccak256(content[:-32]) != content[-32:]:
        raise BadFile(path="", reason="damaged")
    try:
        found = _parse(content[len(_MAGIC) : -32])
    except (BadInput, KeyError, TypeError, ValueError, IndexError) as error:
        raise BadFile(path="", reason="not sums") from error
    reason = _impossible(found)
    if reason:
        raise BadFile(path="", reason=reason)
    return found


def _parse(content: bytes) -> Sums:
    start = 4 + int.from_bytes(content[:4], "little")
    said: Any = canonical.decode(content[4:start])
    if set(said) != _KEYS:
        raise ValueError("keys")
    d, labels = int(said["d"]), tuple(said["labels"])
    K = len(labels)
    names = [said["features"], *labels]
    if not all(isinstance(name, str) and name for name in names) or len(set(labels)) != K:
        raise ValueError("names")
    if not (2 <= d <= 4096 and 2 <= K <= MAX_LABELS and 0 <= said["norm_class"] <= 12 and said["records"] >= 0):
        raise ValueError("range")
    upper = d * (d + 1) // 2
    numbers = np.frombuffer(content[start:], "<i8").astype(np.int64)
    if len(numbers) != upper + d * K:
        raise ValueError("length")
    G = np.zeros((d, d), np.int64)
    G[np.triu_indices(d)] = numbers[:upper]
    G = np.triu(G) + np.triu(G, 1).T
    B = numbers[upper:].reshape(d, K)
    found = Statistics(G, B, B[-1] // LIMIT)
    if found.digest().hex() != said["statistics"]:
        raise ValueError("hash")
    return Sums(found, said["features"], said["norm_class"], labels, said["records"])


def _impossible(sums: Sums) -> str:
    """Why these cannot be sums of records, or nothing: a certificate rests on G being a sum of w x x^T."""
    G, B, mass = sums.statistics.G, sums.statistics.B, sums.statistics.mass
    weight = int(mass.sum())
    if (mass < 0).any() or weight > MAX_TOTAL or not sums.records <= weight <= 64 * sums.records:
        return "weight"
    top = weight * LIMIT**2
    trace = sum(np.diagonal(G).tolist())
    if any(max(int(M.max()), -int(M.min())) > top for M in (G, B)) or not 0 <= trace <= top << sums.norm_class:
        return "range"
    if (B[-1] != mass * LIMIT).any() or (G[-1] != B.sum(axis=1) * LIMIT).any():
        return "bias"
    if float(np.linalg.eigvalsh(G.astype(np.float64))[0]) < -_SLACK * (trace + 1):
        return "not a sum of squares"
    return ""


def _difference(mine: object, theirs: object) -> str:
    if isinstance(mine, tuple) and isinstance(theirs, tuple):
        apart = sorted(set(mine) ^ set(theirs))
        return ", ".join(apart)[:200] if apart else "another order"
    return f"{mine} / {theirs}"


def of_arrays(
    x: Many,
    y: NDArray[np.integer],
    w: NDArray[np.integer],
    *,
    features: str,
    norm_class: int,
    labels: tuple[str, ...],
    known: Statistics | None = None,
) -> Sums:
    """Of x int16 [n, d], y label indices, w weights; `known`: their sums. Raises BadInput, AttributionError."""
    found = known or Statistics.of(x, y, len(labels), w, norm_class=norm_class)
    return Sums(found, features, norm_class, labels, int((w > 0).sum()))
