"""Novelty of a text against all committed before it: copies weigh nothing, near copies little (PoA-1, section 7).

Shingle containment, not a cosine of features: over short texts a cosine rule took the weight of most honest records.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.errors import BadInput
from core.jobs import Progress, silent

FULL = 8
_RUN = 3  # words in a shingle
_GRAIN = 64  # thresholds are in 64ths
_STRICTEST = 32  # never doubt a text that is at least half its own


@dataclass(frozen=True)
class Novelty:
    """Weight 0..8; reason "new", "near", "copy" or "empty"; `shared` of `shingles` stand in older records.

    `source` is the older record copied, or the one that most shared shingles came from.
    """

    weight: int
    reason: str
    shared: int
    shingles: int
    source: int | None


@dataclass(frozen=True)
class _Match:
    shared: int
    shingles: int
    source: int | None
    copy: bool


def words(text: str) -> tuple[str, ...]:
    """NFKC, casefold, runs of letters and digits."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple("".join(c if c.isalnum() else " " for c in folded).split())


def shingles(sequence: tuple[str, ...]) -> set[tuple[str, ...]]:
    if len(sequence) < _RUN:
        return {sequence} if sequence else set()
    return {sequence[i : i + _RUN] for i in range(len(sequence) - _RUN + 1)}


def novelty_of(
    texts: Sequence[str],
    contributors: Sequence[int],
    trusted: Collection[int],
    progress: Progress | None = None,
) -> tuple[tuple[Novelty, ...], int]:
    """Of each text, in the order of commitments, and the threshold T (64ths) calibrated on trusted contributors.

    Raises BadInput, Cancelled.
    """
    if len(texts) != len(contributors):
        raise BadInput(field="contributors", reason="shape", value=len(contributors))
    matches = _matches(texts, progress or silent())
    known = set(trusted)
    honest = [m for m, who in zip(matches, contributors, strict=True) if who in known and not m.copy and m.shingles]
    threshold = _threshold(honest)
    return tuple(_judge(match, threshold) for match in matches), threshold


def _matches(texts: Sequence[str], progress: Progress) -> list[_Match]:
    seen: dict[tuple[str, ...], int] = {}  # shingle -> the oldest record that has it
    exact: dict[tuple[str, ...], int] = {}
    matches = []
    for record, text in enumerate(texts):
        progress.step("novelty", record, len(texts))
        sequence = words(text)
        own = shingles(sequence)
        sources = Counter(seen[shingle] for shingle in own if shingle in seen)
        best = min(sources, key=lambda source: (-sources[source], source), default=None)
        copied = exact.get(sequence) if sequence else None
        source = best if copied is None else copied
        matches.append(_Match(sources.total(), len(own), source, copied is not None))
        exact.setdefault(sequence, record)
        for shingle in own:
            seen.setdefault(shingle, record)
    return matches


def _threshold(honest: list[_Match]) -> int:
    """The least of 32..64 at which at most 1 % of the trusted records lose weight."""
    if not honest:
        return _GRAIN
    for threshold in range(_STRICTEST, _GRAIN):
        if 100 * sum(_GRAIN * m.shared > threshold * m.shingles for m in honest) <= len(honest):
            return threshold
    return _GRAIN


def _judge(match: _Match, threshold: int) -> Novelty:
    m, total = match.shared, match.shingles
    if not total:
        return Novelty(0, "empty", 0, 0, None)
    if match.copy:
        return Novelty(0, "copy", m, total, match.source)
    if _GRAIN * m <= threshold * total:
        return Novelty(FULL, "new", m, total, match.source)
    weight = FULL * _GRAIN * (total - m) // (total * (_GRAIN - threshold))
    return Novelty(weight, "near", m, total, match.source)
