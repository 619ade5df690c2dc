"""How much of a text stands in an earlier one: containment of word shingles, found through an inverted index.

A shingle is three words in a row (fewer when the text has fewer). Containment of a in b = |a's shingles in b| / |a|,
computed exactly, not estimated. To find every earlier text that holds at least the share t of a, it is enough to look
up a's |a| - ceil(t |a|) + 1 rarest shingles: a text that had none of them would miss too many (prefix filtering, as in
Chaudhuri, Ganti and Kaushik, "A Primitive Operator for Similarity Joins", ICDE 2006).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from core.datanets.text import words

SIZE = 3  # words
THRESHOLD = 0.8
_TRIED = 256  # candidates compared for one text, oldest first; bounds templates with thousands of near copies
_BITS = 32  # of a word's number inside a shingle's
Shingle = int


class Shingler:
    """Numbers words in order of first sight, and shingles by their words: exact, and small in memory."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def learn(self, text: str) -> frozenset[Shingle]:
        """All shingles of the text; none only for a text without letters and digits."""
        numbers = self._numbers
        return _shingles([numbers.setdefault(word, len(numbers) + 1) for word in words(text)])

    def known(self, text: str) -> frozenset[Shingle]:
        """Those shingles of the text whose words were all learnt before: no other can be in a learnt text."""
        return _shingles([self._numbers.get(word, 0) for word in words(text)])


def _shingles(numbers: Sequence[int]) -> frozenset[Shingle]:
    """Of word numbers from 1; 0 is a word never learnt, and what holds it is left out."""
    if len(numbers) >= SIZE:
        three = zip(numbers, numbers[1:], numbers[2:], strict=False)
        return frozenset((a << 2 * _BITS) | (b << _BITS) | c for a, b, c in three if a and b and c)
    value = 0
    for number in numbers:
        value = (value << _BITS) | number
    return frozenset({value}) if numbers and all(numbers) else frozenset()


@dataclass(frozen=True)
class Near:
    """Text `later` holds `shared` of its `total` shingles in common with text `earlier` (positions)."""

    later: int
    earlier: int
    shared: int
    total: int


class Containment:
    """Texts in the order in which they were committed. Texts before `judged` are known ones, not judged themselves."""

    def __init__(self, texts: Sequence[frozenset[Shingle]], judged: int = 0) -> None:
        self._texts = texts
        self._judged = judged
        self._counts: Counter[Shingle] = Counter()
        for text in texts[judged:]:
            self._counts.update(text)
        for text in texts[:judged]:  # only what some judged text also has can matter
            self._counts.update(shingle for shingle in text if shingle in self._counts)
        self._places: dict[Shingle, list[int]] = {}

    def search(self, threshold: float = THRESHOLD) -> Iterator[Near | None]:
        """For each judged text, in order: the oldest earlier text that holds at least `threshold` of it, or None."""
        for position in range(self._judged):
            self._add(position)
        for position in range(self._judged, len(self._texts)):
            near = self._oldest(position, threshold)
            if near is None or near.shared < near.total:  # one wholly contained can prove nothing more
                self._add(position)
            yield near

    def _add(self, position: int) -> None:
        counts = self._counts
        for shingle in self._texts[position]:
            if counts.get(shingle, 0) > 1:
                self._places.setdefault(shingle, []).append(position)

    def _oldest(self, position: int, threshold: float) -> Near | None:
        own = self._texts[position]
        needed = ceil(threshold * len(own))
        if not needed:
            return None
        rarest = sorted(own, key=lambda shingle: (self._counts[shingle], shingle))[: len(own) - needed + 1]
        candidates = sorted({at for shingle in rarest for at in self._places.get(shingle, ())[:_TRIED]})
        for candidate in candidates[:_TRIED]:
            shared = len(own & self._texts[candidate])
            if shared >= needed:
                return Near(position, candidate, shared, len(own))
        return None


def near_copies(earlier: Iterable[str], texts: Iterable[str], threshold: float = THRESHOLD) -> list[Near | None]:
    """For each of `texts`, the oldest text before it (first `earlier`, then `texts` themselves) that holds it."""
    shingler = Shingler()
    judged = [shingler.learn(text) for text in texts]
    known = [shingler.known(text) for text in earlier]
    return list(Containment([*known, *judged], len(known)).search(threshold))
