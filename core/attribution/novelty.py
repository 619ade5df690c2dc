"""Novelty of a text against all committed before it: copies weigh nothing, near copies little (PoA-1, section 7).

Three measures, because each sees what the others miss: runs of words that stand in any older records (copies, splices,
excerpts), likeness to one older record as a set of words (words changed, dropped, put in front, shuffled), and how much
oftener a contributor's records are so covered than trusted ones. No cosine of features: over short texts a cosine rule
took the weight of most honest records.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from core.attribution.likeness import Likeness, Pair, likeness_of
from core.attribution.repeats import BLIND, Repeats
from core.attribution.runs import runs_of
from core.errors import BadInput
from core.jobs import Progress, silent

FULL = 8
_GRAIN = 64  # thresholds are in 64ths
_WIDER = 12  # what a text may be covered more than it may be alike
_STRICTEST = 32  # never doubt a text that is at least half its own


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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

    def resembles(self, threshold: int) -> bool:
        like, covered = self.alike  # asked for every trusted record and threshold: written out
        if _GRAIN * like.common > threshold * like.mass:
            return True
        return _GRAIN * covered.common > min(_GRAIN, threshold + _WIDER) * covered.mass

    def against(self, threshold: int) -> tuple[tuple[Likeness, int], tuple[Likeness, int]]:
        """Like and covered, each with its own threshold."""
        return (self.alike[0], threshold), (self.alike[1], min(_GRAIN, threshold + _WIDER))


def words(text: str) -> tuple[str, ...]:
    """NFKC, casefold, runs of letters and digits."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(sys.intern(word) for word in "".join(c if c.isalnum() else " " for c in folded).split())


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
    matches = _matches([words(text) for text in texts], sure, progress or silent())
    counted = [(m, who) for m, who in zip(matches, contributors, strict=True) if m.counted]
    repeats = Repeats.of([m.level for m, _ in counted], [who for _, who in counted], known)
    thresholds = _thresholds([(m, who) for m, who in counted if who in known], repeats)
    found = [_judge(m, who, repeats, thresholds) for m, who in zip(matches, contributors, strict=True)]
    return tuple(found), thresholds


def _matches(sequences: Sequence[tuple[str, ...]], trusted: Sequence[bool], progress: Progress) -> list[_Match]:
    exact: dict[tuple[str, ...], int] = {}
    matches = []
    alike = likeness_of(sequences, trusted, progress)
    runs = zip(*(column.tolist() for column in runs_of(sequences, progress)), strict=True)
    for record, (sequence, (total, shared, best)) in enumerate(zip(sequences, runs, strict=True)):
        copied = exact.setdefault(sequence, record) if sequence else record
        source = copied if copied < record else best if shared else None
        matches.append(_Match(shared, total, source, copied < record, alike[record]))
    return matches


def _thresholds(honest: list[tuple[_Match, int]], repeats: Repeats) -> Thresholds:
    """Likeness, then runs, then how often: the least each at which at most 1 % of the trusted records lose weight."""
    if not honest:
        return Thresholds(_GRAIN, _GRAIN)
    few = [m for m, _ in honest]
    likeness = _least(lambda t: sum(m.resembles(t) for m in few), len(few), _STRICTEST, _GRAIN)
    runs = _least(lambda t: sum(m.repeats(t) or m.resembles(likeness) for m in few), len(few), _STRICTEST, _GRAIN)
    kept = [(m.level, who) for m, who in honest if not m.repeats(runs) and not m.resembles(likeness)]
    lost = len(few) - len(kept)
    often = _least(
        lambda t: lost + sum(repeats.weight(who, level, t) < FULL for level, who in kept),
        len(few),
        repeats.least,
        BLIND,
    )
    return Thresholds(runs, likeness, often)


def _least(losers: Callable[[int], int], count: int, first: int, last: int) -> int:
    return next((t for t in range(first, last) if 100 * losers(t) <= count), last)


def _judge(match: _Match, who: int, repeats: Repeats, thresholds: Thresholds) -> Novelty:
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
    often = repeats.weight(who, match.level, thresholds.often)
    weight = min(runs, alike, often)
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
