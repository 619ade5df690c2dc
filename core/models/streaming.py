"""Training over more records than fit in memory, and a model with more or fewer of them: exact, in bounded memory.

Records come as `Source`s: arrays, or files read piece by piece (core/models/row_file.py). What is held at any time is
one piece of at most 2048 records and the matrices of the solve, whatever n is; `held` says how much that is. The
integers are those of training in memory, because every sum is exact and weights and lambda are pinned.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, TooFewRecords
from core.jobs import Progress
from core.models import features
from core.models.encoders.base import Encoder
from core.models.ridge import Head, Statistics, choose, fit
from core.models.ridge.exact import Ints
from core.models.ridge.statistics import Features
from core.models.row_file import ROWS, RowFile, RowWriter, writing_rows

_ABOUT = 3  # label, weight, contributor


@dataclass(frozen=True, eq=False)
class Block:
    """Records start, start + 1, ...: x int16 [m, d], labels y, weights w and contributors who, int64 [m]."""

    start: int
    x: Features
    y: Ints
    w: Ints
    who: Ints


class Source(Protocol):
    """Records in the order of their release, in blocks of at most 2048; may be gone through any number of times."""

    @property
    def d(self) -> int: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Block]: ...


@dataclass(frozen=True, eq=False)
class Arrays:
    """Records in memory (x may be a mapped file): x int16 [n, d], y, w and who int [n]."""

    x: Features
    y: NDArray[np.integer]
    w: NDArray[np.integer]
    who: NDArray[np.integer] | None = None

    @property
    def d(self) -> int:
        return int(self.x.shape[1])

    def __len__(self) -> int:
        return len(self.x)

    def __iter__(self) -> Iterator[Block]:
        who = np.zeros(len(self.x), np.int64) if self.who is None else self.who
        for start in range(0, len(self.x), ROWS):
            part = slice(start, start + ROWS)
            y, w, whose = (column[part].astype(np.int64) for column in (self.y, self.w, who))
            yield Block(start, self.x[part], y, w, whose)


class Files:
    """Records in two files of a folder: `x.rows` and `about.rows`, sealed with `key` unless it is None (released)."""

    def __init__(self, folder: Path, key: bytes | None) -> None:
        """Raises BadFile, BadInput (they do not belong together)."""
        self.x, self._about = (RowFile(folder / name, key) for name in ("x.rows", "about.rows"))
        if len(self.x) != len(self._about) or self._about.width != _ABOUT:
            raise BadInput(field="rows", reason="shape", value=f"{len(self.x)} {len(self._about)}")

    @property
    def d(self) -> int:
        return self.x.width

    def __len__(self) -> int:
        return len(self.x)

    def __iter__(self) -> Iterator[Block]:
        for number, (x, about) in enumerate(zip(self.x, self._about, strict=True)):
            y, w, who = about.astype(np.int64).T
            yield Block(number * ROWS, x, y, w, who)


def keep(folder: Path, d: int, blocks: Iterator[Block], key: bytes | None) -> Files:
    """Write records to `folder` as they come. Raises BadInput, DiskFull; then nothing half-written stays."""
    with (
        writing_rows(folder / "x.rows", np.int16, d, key) as x,
        writing_rows(folder / "about.rows", np.int32, _ABOUT, key) as about,
    ):
        for block in blocks:
            _append(x, about, block)
    return Files(folder, key)


def _append(x: RowWriter, about: RowWriter, block: Block) -> None:
    x.append(block.x)
    about.append(np.stack([block.y, block.w, block.who], axis=1).astype(np.int32))


def encoded(
    encoder: Encoder,
    records: Iterable[tuple[str, int, int, int]],
    progress: Progress,
    *,
    encode: features.EncodeChunk | None = None,
) -> Iterator[Block]:
    """Blocks of (text, label, weight, contributor) as they come, for `keep`. Raises ModelError, Cancelled.

    `encode` computes features elsewhere, as for `features.compute`.
    """
    each, start = iter(records), 0
    while portion := list(itertools.islice(each, ROWS)):
        x = features.compute(encoder, [text for text, *_ in portion], progress, encode=encode)
        y, w, who = np.array([rest for _, *rest in portion], np.int64).T
        yield Block(start, x, y, w, who)
        start += len(portion)


def held(d: int, K: int) -> int:
    """Bytes that training and attribution hold beyond the program itself, at most, for any number of records.

    A piece as int16, float64 and products of it by two limbs; and what the certified solve has at once: some forty
    matrices of d columns and K (limbs of H, of the solution and of its residual). Measured with a million records of
    d = 257: 54 MB of 79. Where a pass is compiled (core/attribution/kernel.py), numba takes some 90 MB once.
    """
    return ROWS * (d * (2 + 8 * 5) + K * 8 * 8) + 40 * 8 * d * (d + K) + (32 << 20)


def statistics_of(source: Source, K: int, norm_class: int, progress: Progress) -> Statistics:
    """G, B and mass of all records. Raises BadInput, AttributionError (total weight), Cancelled."""
    total = Statistics.zero(source.d, K)
    for block in source:
        progress.step("statistics", block.start, len(source))
        total = total + Statistics.of(block.x, block.y, K, block.w, norm_class=norm_class)
    return total


def chosen(statistics: Statistics, source: Source, grid: Sequence[int], progress: Progress) -> int:
    """The j of least leave-one-out error (PoA-1, section 3)."""
    found = choose.LeaveOneOut(statistics, grid)
    for block in source:
        progress.step("lambda", block.start, len(source))
        found.add(block.x, block.y, block.w)
    return choose.choose(found.errors, grid)


def train(
    source: Source,
    K: int,
    progress: Progress,
    *,
    norm_class: int,
    j: int | None = None,
    grid: Sequence[int] = choose.GRID,
) -> tuple[Head, Statistics]:
    """As `ridge.train`, in two passes over the source (one where j is pinned). Raises as it does."""
    statistics = statistics_of(source, K, norm_class, progress)
    if j is None and _labels(statistics) >= 2:
        j = chosen(statistics, source, grid, progress)
    return refit(statistics, 0 if j is None else j, norm_class, progress), statistics


def refit(statistics: Statistics, j: int, norm_class: int, progress: Progress) -> Head:
    """The head of these sums under a pinned j. Raises TooFewRecords, Uncertified, AttributionError, BadInput."""
    if _labels(statistics) < 2:
        raise TooFewRecords(label="", found=_labels(statistics), needed=2)
    progress.step("solve")
    return fit(statistics, j, norm_class)


def added(head: Head, statistics: Statistics, more: Source, progress: Progress) -> tuple[Head, Statistics]:
    """The model with these records as well: equal, byte for byte, to training on all with j and weights pinned.

    `statistics` are those of `head`. Costs a pass over the new records and one solve. Raises as `train`.
    """
    total = statistics + statistics_of(more, head.K, head.norm_class, progress)
    return refit(total, head.j, head.norm_class, progress), total


def without(head: Head, statistics: Statistics, gone: Source, progress: Progress) -> tuple[Head, Statistics]:
    """The model without these records, which must be among its own: equal to training on the others."""
    total = statistics - statistics_of(gone, head.K, head.norm_class, progress)
    return refit(total, head.j, head.norm_class, progress), total


def _labels(statistics: Statistics) -> int:
    return int((statistics.mass > 0).sum())
