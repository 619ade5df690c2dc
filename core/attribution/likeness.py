"""How like a text is to one older text, as sets of words of which the rare ones count most (PoA-1, section 7).

Order does not matter, so a copy with words changed or all of them shuffled stays like its original; and where one of
two texts is nearly all in the other, it does not matter either what was left out or put around it. What is rare is told
by the trusted records alone: nobody else can make a word common.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.jobs import Progress, silent

_REACH = 1024  # records a leading word leads to: the oldest, so that nobody younger can push them out
_DENSE = 16  # from such a part of all records on, counting over all of them is faster than sorting
_REST = 8  # leading words leave at most an eighth of the mass: nothing more than half like or covered is missed
_TIMES = 4  # a text of more than so many times the mass is another text, whatever it covers


@dataclass(frozen=True)
class Likeness:
    """`common` of `mass`, more than half, or 0 of 1; `source` is the older record.

    Like: twice what is shared, of the rarity of both. Covered: what is shared, of that of the lighter one.
    """

    common: int
    mass: int
    source: int | None


NONE = Likeness(0, 1, None)
Pair = tuple[Likeness, Likeness]  # like, covered


def rarities(sets: Sequence[frozenset[str]], trusted: Sequence[bool]) -> dict[str, int]:
    """bits(N) - bits(trusted records with the word), of N trusted ones, for every word of the release."""
    core = [words for words, known in zip(sets, trusted, strict=True) if known]
    counts = Counter(word for words in core for word in words)
    most = len(core).bit_length()
    return {word: most - counts[word].bit_length() for words in sets for word in words}


class _Older:
    """The records so far: sets of words with their masses, reached through their leading words."""

    def __init__(self, count: int, rarity: dict[str, int]) -> None:
        self._rarity = rarity
        order = sorted(rarity, key=lambda word: (-rarity[word], word))
        self._rank = {word: rank for rank, word in enumerate(order)}
        self._sets: list[frozenset[str]] = []
        self._mass = np.zeros(count, np.int64)
        self._rest = np.zeros(count, np.int64)
        self._last = np.zeros(count, np.int64)  # rank of the last leading word
        self._reached: dict[str, array[int]] = {}

    def add(self, words: frozenset[str]) -> Pair:
        mass = sum(self._rarity[word] for word in words)
        leading, rest = self._leading(words, mass)
        found = self._closest(words, mass, rest, leading) if mass else (NONE, NONE)
        record = len(self._sets)
        self._sets.append(words)
        self._mass[record], self._rest[record] = mass, rest
        self._last[record] = self._rank[leading[-1]] if leading else -1
        for word in leading:
            reached = self._reached.setdefault(word, array("q"))
            if len(reached) < _REACH:
                reached.append(record)
        return found

    def _leading(self, words: frozenset[str], mass: int) -> tuple[list[str], int]:
        rest, leading = mass, []
        for word in sorted(words, key=self._rank.__getitem__):
            if _REST * rest <= mass:
                break
            leading.append(word)
            rest -= self._rarity[word]
        return leading, rest

    def _closest(self, words: frozenset[str], mass: int, rest: int, leading: list[str]) -> Pair:
        lists = [(self._reached[word], self._rarity[word]) for word in leading if word in self._reached]
        if not lists:
            return NONE, NONE
        full = sum(rarity for reached, rarity in lists if len(reached) == _REACH)
        records, shared = self._shares(lists)
        # Ranks are one order for all. Whose leading words end first leads with all that the other leads with up to
        # there, so beside what is counted only his rest can be shared; and what full lists do not lead to any more.
        first = self._rank[leading[-1]] <= self._last[records]
        most = shared + full + np.where(first, rest, self._rest[records])
        light, heavy = np.minimum(mass, self._mass[records]), np.maximum(mass, self._mass[records])
        most = np.minimum(most, light)
        like = self._best(words, records, most, light + heavy, 2)
        near = _TIMES * light >= heavy
        return like, self._best(words, records[near], most[near], light[near], 1)

    def _best(
        self,
        words: frozenset[str],
        records: NDArray[np.int64],
        most: NDArray[np.int64],
        mass: NDArray[np.int64],
        by: int,
    ) -> Likeness:
        """The largest `by` * shared / mass, the oldest on a tie; `most` bounds what is shared."""
        kept = np.flatnonzero(2 * by * most > mass)
        order = kept[np.argsort(-(by * most[kept] / mass[kept]), kind="stable")]
        return self._exact(words, records[order], by * most[order], mass[order], by)

    def _shares(self, lists: list[tuple[array[int], int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The records that these words lead to, ascending, and the mass of the words that are not full."""
        reached = np.concatenate([np.frombuffer(records, np.int64) for records, _ in lists])
        counted = [0 if len(records) == _REACH else rarity for records, rarity in lists]
        shares = np.repeat(counted, [len(records) for records, _ in lists])
        if _DENSE * len(reached) < len(self._sets):
            records, place = np.unique(reached, return_inverse=True)
            return records, np.bincount(place, shares).astype(np.int64)
        records = np.flatnonzero(np.bincount(reached, minlength=len(self._sets)))
        return records, np.bincount(reached, shares, len(self._sets)).astype(np.int64)[records]

    def _exact(
        self,
        words: frozenset[str],
        records: NDArray[np.int64],
        most: NDArray[np.int64],
        masses: NDArray[np.int64],
        by: int,
    ) -> Likeness:
        best = NONE
        for record, bound, mass in zip(records.tolist(), most.tolist(), masses.tolist(), strict=True):
            if bound * best.mass < best.common * mass:
                break
            common = by * sum(self._rarity[word] for word in words & self._sets[record])
            here, least = common * best.mass, best.common * mass
            older = here == least and best.source is not None and record < best.source
            if 2 * common > mass and (here > least or older):
                best = Likeness(common, mass, record)
        return best


def likeness_of(
    sequences: Sequence[Sequence[str]], trusted: Sequence[bool], progress: Progress | None = None
) -> list[Pair]:
    """Of each text (its words, in the order of commitments) to the older ones. Raises Cancelled."""
    progress = progress or silent()
    sets = [frozenset(sequence) for sequence in sequences]
    older = _Older(len(sets), rarities(sets, trusted))
    found = []
    for record, words in enumerate(sets):
        progress.step("novelty", record, len(sets))
        found.append(older.add(words))
    return found
