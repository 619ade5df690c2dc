"""Novelty of a text against all committed before it: copies weigh nothing, near copies little (PoA-1, section 7).

Three measures, because each sees what the others miss: runs of words that stand in any older records (copies, splices,
excerpts), likeness to one older record as a set of words (words changed, dropped, put in front, shuffled), and how much
oftener a contributor's records are so covered than trusted ones. No cosine of features: over short texts a cosine rule
took the weight of most honest records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.attribution.likeness import Likeness, Pair, likeness_of
from core.attribution.repeats import BLIND, Repeats
from core.attribution.runs import runs_of
from core.attribution.sequences import Sequences, words
from core.errors import BadInput
from core.jobs import Progress, silent

FULL = 8
_GRAIN = 64  # thresholds are in 64ths
_WIDER = 12  # what a text may be covered more than it may be alike
_STRICTEST = 32  # never doubt a text that is at least half its own


@dataclass(frozen=True, slots=True)
class Novelty:
    """Weight 0..8; reason "new", "near", "alike", "often" (covered, as too many of his), "copy" or "empty".

    `shared` of `shingles` stand in older records; `common` of `mass` is how like or covered it is. `source` is the
    older record copied, the closest one ("alike", "often"), or the one that most shared shingles came from.
    """

    weight: int
    reason: str
    shared: int
    shingles: int
    source: int | None
    common: int = 0
    mass: int = 1


@dataclass(frozen=True)
class Thresholds:
    """Pinned. In 64ths, `runs` for shingles in older records, `likeness` for one of them (covered: 12 more).

    `often`: how many times as many records as of the trusted ones may be covered by older ones.
    """

    runs: int
    likeness: int
    often: int = BLIND


@dataclass(frozen=True, slots=True)
class _Match:
    shared: int
    shingles: int
    source: int | None
    copy: bool
    alike: Pair

    @property
    def counted(self) -> bool:
        return bool(self.shingles) and not self.copy

    @property
    def level(self) -> int:
        """How far one older record covers it, in 64ths."""
        return _GRAIN * self.alike[1].common // self.alike[1].mass

    def repeats(self, threshold: int) -> bool:
        return _GRAIN * self.shared > threshold * self.shingles

    def against(self, threshold: int) -> tuple[tuple[Likeness, int], tuple[Likeness, int]]:
        """Like and covered, each with its own threshold."""
        return (self.alike[0], threshold), (self.alike[1], min(_GRAIN, threshold + _WIDER))


def novelty_of(
    texts: Sequence[str],
    contributors: Sequence[int],
    trusted: Collection[int],
    progress: Progress | None = None,
) -> tuple[tuple[Novelty, ...], Thresholds]:
    """Of each text, in the order of commitments, and the thresholds calibrated on trusted contributors.

    Raises BadInput, Cancelled.
    """
    if len(texts) != len(contributors):
        raise BadInput(field="contributors", reason="shape", value=len(contributors))
    known = set(trusted)
    sure = [who in known for who in contributors]
    matches = _matches(Sequences.of(map(words, texts)), sure, progress or silent())
    counted = [(m, who) for m, who in zip(matches, contributors, strict=True) if m.counted]
    repeats = Repeats.of([m.level for m, _ in counted], [who for _, who in counted], known)
    thresholds = _thresholds([(m, who) for m, who in counted if who in known], repeats)
    often = _Often(repeats, thresholds.often)
    found = [_judge(m, who, often, thresholds) for m, who in zip(matches, contributors, strict=True)]
    return tuple(found), thresholds


def _matches(sequences: Sequences, trusted: Sequence[bool], progress: Progress) -> list[_Match]:
    matches = []
    originals = sequences.originals().tolist()
    alike = likeness_of(sequences, trusted, progress)
    columns = (column.tolist() for column in runs_of(sequences, progress))
    for record, (copied, total, shared, best) in enumerate(zip(originals, *columns, strict=True)):
        source = copied if copied < record else best if shared else None
        matches.append(_Match(shared, total, source, copied < record, alike[record]))
    return matches


class _Often(dict[tuple[int, int], int]):
    """The weight by how often, of a contributor's records of a level: the same for all of them."""

    def __init__(self, repeats: Repeats, times: int) -> None:
        super().__init__()
        self._repeats, self._times = repeats, times

    def __missing__(self, key: tuple[int, int]) -> int:
        self[key] = found = self._repeats.weight(*key, self._times)
        return found


def _thresholds(honest: list[tuple[_Match, int]], repeats: Repeats) -> Thresholds:
    """Likeness, then runs, then how often: the least each at which at most 1 % of the trusted records lose weight."""
    if not honest:
        return Thresholds(_GRAIN, _GRAIN)
    count = len(honest)
    columns = [(*m.alike[0].of_mass, *m.alike[1].of_mass, m.shared, m.shingles) for m, _ in honest]
    like, alike_mass, covered, covered_mass, shared, shingles = np.array(columns, np.int64).T

    def resembles(t: int) -> NDArray[np.bool]:
        over: NDArray[np.bool] = _GRAIN * covered > min(_GRAIN, t + _WIDER) * covered_mass
        over |= _GRAIN * like > t * alike_mass
        return over

    likeness = _least(lambda t: int(resembles(t).sum()), count, _STRICTEST, _GRAIN)
    alike = resembles(likeness)
    runs = _least(lambda t: int((alike | (_GRAIN * shared > t * shingles)).sum()), count, _STRICTEST, _GRAIN)
    lost = alike | (_GRAIN * shared > runs * shingles)
    kept = Counter((who, m.level) for (m, who), gone in zip(honest, lost.tolist(), strict=True) if not gone)
    often = _least(
        lambda t: count - sum(many for (who, level), many in kept.items() if repeats.weight(who, level, t) == FULL),
        count,
        repeats.least,
        BLIND,
    )
    return Thresholds(runs, likeness, often)


def _least(losers: Callable[[int], int], count: int, first: int, last: int) -> int:
    return next((t for t in range(first, last) if 100 * losers(t) <= count), last)


def _judge(match: _Match, who: int, often: _Often, thresholds: Thresholds) -> Novelty:
    m, total = match.shared, match.shingles
    if not total:
        return Novelty(0, "empty", 0, 0, None)
    like = match.alike[0]
    if match.copy:
        return Novelty(0, "copy", m, total, match.source, like.common, like.mass)
    runs = alike = FULL
    if match.repeats(thresholds.runs):
        runs = FULL * _GRAIN * (total - m) // (total * (_GRAIN - thresholds.runs))
    for one, limit in match.against(thresholds.likeness):
        weight = _fading(one, limit)
        if weight < alike:
            alike, like = weight, one
    weight = min(runs, alike, often[who, match.level])
    reason = "new" if weight == FULL else "near" if runs == weight else "alike" if alike == weight else "often"
    if reason == "often":
        like = match.alike[1]
    source = like.source if reason in {"alike", "often"} else match.source
    return Novelty(weight, reason, m, total, source, like.common, like.mass)


def _fading(like: Likeness, limit: int) -> int:
    """Full up to the limit; nothing is left half way between it and the whole."""
    if _GRAIN * like.common <= limit * like.mass:
        return FULL
    left = (_GRAIN + limit) * like.mass - 2 * _GRAIN * like.common
    return max(0, FULL * left // ((_GRAIN - limit) * like.mass))
