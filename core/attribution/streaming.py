"""Credit, influence and pay over more records than fit in memory: one piece at a time, equal to doing it at once."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution import influence, kernel
from core.attribution.credit import Credit, credit_of
from core.attribution.payout import points_of
from core.errors import BadInput
from core.jobs import Progress, silent
from core.models.ridge import Head, Statistics
from core.models.ridge.exact import Ints
from core.models.ridge.head import weights_of
from core.models.row_file import RowFile, writing_rows
from core.models.streaming import Block, Source

_TOGETHER = 16  # contributors whose sums are held at a time


def keep_credit(path: Path, head: Head, source: Source, key: bytes | None, progress: Progress) -> tuple[RowFile, int]:
    """The coefficients, int64 [n, K], into a file; and z. Raises as `credit_of`, DiskFull."""
    z = 0
    with writing_rows(path, np.int64, head.K, key) as file:
        for block in source:
            progress.step("credit", block.start, len(source))
            part = credit_of(head, block.x, block.y, block.w)
            file.append(part.c)
            z = max(z, part.z)
    return RowFile(path, key), z


@dataclass(frozen=True, eq=False)
class Summary:
    """What a pass leaves behind: positive points by contributor, and the records that count most.

    `scale` has u, e, v and the exponent of the pass (its own q is empty); `supporting` and `opposing` as Influence's.
    """

    scale: influence.Influence
    points: tuple[int, ...]
    supporting: list[tuple[int, int]]
    opposing: list[tuple[int, int]]


def blocks_of(
    head: Head, credit: RowFile, z: int, source: Source, sums: NDArray[Any], progress: Progress
) -> tuple[influence.Influence, Iterator[tuple[Block, Ints]]]:
    """The scale of the pass, and each block of records with its q int64 [m]. Raises BadInput, AttributionError."""
    if len(credit) != len(source) or credit.width != head.K:
        raise BadInput(field="credit", reason="shape", value=f"{len(credit)}x{credit.width} {len(source)}x{head.K}")
    nobody = Credit(np.zeros((0, head.K), np.int64), z)
    scale = influence.of_sums(head, nobody, np.zeros((0, head.d), np.int16), sums)

    def each() -> Iterator[tuple[Block, Ints]]:
        for block, c in zip(source, credit, strict=True):
            progress.step("influence", block.start, len(source))
            yield block, kernel.scores(block.x, c, scale.u, scale.v, silent(), of=len(source))

    return scale, each()


def summary(
    head: Head,
    credit: RowFile,
    z: int,
    source: Source,
    sums: NDArray[Any],
    count: int,
    progress: Progress,
    *,
    most: int = 10,
) -> Summary:
    """One pass over features and credits for a settlement or one answer; `count` contributors.

    Equal to `influence.of_sums` with `points_of`, `supporting(most)` and `opposing(most)`. Raises as they do.
    """
    scale, blocks = blocks_of(head, credit, z, source, sums, progress)
    points = [0] * count
    best: list[tuple[int, int]] = []
    worst: list[tuple[int, int]] = []
    for block, q in blocks:
        if len(block.who) and not 0 <= block.who.min() <= block.who.max() < count:
            raise BadInput(field="contributors", reason="range")
        points = [a + b for a, b in zip(points, points_of(q, block.who, count), strict=True)]
        part = influence.Influence(q, scale.exponent, scale.u, scale.e, scale.v)
        best = _merged(best, [(block.start + i, value) for i, value in part.supporting(most)], most)
        worst = _merged(worst, [(block.start + i, -value) for i, value in part.opposing(most)], most)
    return Summary(scale, tuple(points), best, [(i, -value) for i, value in worst])


def left_out(head: Head, statistics: Statistics, source: Source, people: Sequence[int], progress: Progress) -> Ints:
    """W without each of these contributors, int64 [len(people), d, K]: as `contributors.left_out` for all of them.

    One pass over the records for every sixteen of them, whose sums are held meanwhile. Raises Uncertified,
    AttributionError, Cancelled.
    """
    heads = np.broadcast_to(head.W, (len(people), *head.W.shape)).copy()
    for first in range(0, len(people), _TOGETHER):
        group = people[first : first + _TOGETHER]
        parts = [Statistics.zero(head.d, head.K)] * len(group)
        for block in source:
            progress.step("contributors", first * len(source) + len(group) * block.start, len(people) * len(source))
            for place, who in enumerate(group):
                own = np.flatnonzero((block.who == who) & (block.w > 0))
                if len(own):
                    x, y, w = block.x[own], block.y[own], block.w[own]
                    parts[place] = parts[place] + Statistics.of(x, y, head.K, w, norm_class=head.norm_class)
        for place, part in enumerate(parts):
            progress.check()
            if part.mass.any():
                heads[first + place] = weights_of(statistics - part, head.j)
    return heads


def _merged(known: list[tuple[int, int]], new: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Largest first, the older on a tie."""
    return heapq.nsmallest(most, [*known, *new], key=lambda pair: (-pair[1], pair[0]))
