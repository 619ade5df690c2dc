"""How like a text is to one older text, as sets of words of which the rare ones count most (PoA-1, section 7).

Order does not matter, so a copy with words changed or all of them shuffled stays like its original; and where one of
two texts is nearly all in the other, it does not matter either what was left out or put around it. What is rare is told
by the trusted records alone: nobody else can make a word common.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from core.jobs import Progress, silent

_REACH = 1024  # records a leading word leads to: the oldest, so that nobody younger can push them out
_DENSE = 16  # from such a part of all records on, counting over all of them is faster than sorting
_REST = 8  # leading words leave at most an eighth of the mass: nothing more than half like or covered is missed
_TIMES = 4  # a text of more than so many times the mass is another text, whatever it covers


@dataclass(frozen=True, slots=True)
class Likeness:
    """`common` of `mass`, more than half, or 0 of 1; `source` is the older record.

    Like: twice what is shared, of the rarity of both. Covered: what is shared, of that of the lighter one.
    """

    common: int
    mass: int
    source: int | None


NONE = Likeness(0, 1, None)
Pair = tuple[Likeness, Likeness]  # like, covered
Ints = NDArray[np.int64]


class _Sets:
    """The distinct words of each record, numbered in their order: the rarest first, then by code points.

    words int32: of record i at places starts[i]..starts[i + 1], ascending; `rarity` int64 by number.
    """

    def __init__(self, sequences: Sequence[Sequence[str]], trusted: Sequence[bool]) -> None:
        number: dict[str, int] = {}
        flat, starts = array("i"), array("q", [0])
        for sequence in sequences:
            flat.extend({number.setdefault(word, len(number)) for word in sequence})
            starts.append(len(flat))
        words, self.starts = np.frombuffer(flat, np.int32), np.frombuffer(starts, np.int64)
        self.record = np.repeat(np.arange(len(sequences), dtype=np.int32), np.diff(self.starts))
        sure = np.asarray(trusted, bool)
        known = np.bincount(words[sure[self.record]], minlength=len(number))
        rarity = int(sure.sum()).bit_length() - np.array([int(count).bit_length() for count in known], np.int64)
        names = list(number)
        order = np.array(sorted(number.values(), key=lambda one: (-rarity[one], names[one])), np.int64)
        self.rarity = rarity[order]
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        ranked = rank[words]
        self.words = ranked[np.lexsort((ranked, self.record))]

    def masses(self) -> tuple[Ints, Ints, Ints]:
        """Of each record: the mass of its words, of those that do not lead, and how many lead."""
        count = len(self.starts) - 1
        mine = self.rarity[self.words]
        upto = np.concatenate([[0], np.cumsum(mine)])
        mass = upto[self.starts[1:]] - upto[self.starts[:-1]]
        before = upto[:-1] - np.repeat(upto[self.starts[:-1]], np.diff(self.starts))
        whole = np.repeat(mass, np.diff(self.starts))
        leads = _REST * (whole - before) > whole
        led = np.bincount(self.record[leads], minlength=count)
        rest = mass - np.bincount(self.record[leads], mine[leads], count).astype(np.int64)
        return mass, rest, led


class _Older:
    """The records so far: sets of words with their masses, reached through their leading words."""

    def __init__(self, sets: _Sets) -> None:
        self._words, self._starts = sets.words, array("q", sets.starts.tobytes())
        self._rarity: list[int] = sets.rarity.tolist()
        self._mass, self._rest, self._led = sets.masses()
        last = np.maximum(sets.starts[:-1] + self._led - 1, 0)
        self._last = np.where(self._led > 0, sets.words[last] if len(sets.words) else -1, -1)  # rank of the last one
        self._count = 0
        self._reached: dict[int, array[int]] = {}

    def add(self) -> Pair:
        """The next record, held against those before it."""
        record, self._count = self._count, self._count + 1
        words = self._words[self._starts[record] : self._starts[record + 1]].tolist()
        mass, leading = int(self._mass[record]), words[: self._led[record]]
        found = self._closest(record, words, mass, leading) if mass else (NONE, NONE)
        for word in leading:
            reached = self._reached.setdefault(word, array("q"))
            if len(reached) < _REACH:
                reached.append(record)
        return found

    def _closest(self, record: int, words: list[int], mass: int, leading: list[int]) -> Pair:
        lists = [(self._reached[word], self._rarity[word]) for word in leading if word in self._reached]
        if not lists:
            return NONE, NONE
        full = sum(rarity for reached, rarity in lists if len(reached) == _REACH)
        records, shared = self._shares(lists, record)
        # Ranks are one order for all. Whose leading words end first leads with all that the other leads with up to
        # there, so beside what is counted only his rest can be shared; and what full lists do not lead to any more.
        first = leading[-1] <= self._last[records]
        most = shared + full + np.where(first, self._rest[record], self._rest[records])
        light, heavy = np.minimum(mass, self._mass[records]), np.maximum(mass, self._mass[records])
        most = np.minimum(most, light)
        own = {word: self._rarity[word] for word in words}
        like = self._best(own, records, most, light + heavy, 2)
        near = _TIMES * light >= heavy
        return like, self._best(own, records[near], most[near], light[near], 1)

    def _best(
        self,
        own: dict[int, int],
        records: Ints,
        most: Ints,
        mass: Ints,
        by: int,
    ) -> Likeness:
        """The largest `by` * shared / mass, the oldest on a tie; `most` bounds what is shared."""
        kept = np.flatnonzero(2 * by * most > mass)
        order = kept[np.argsort(-(by * most[kept] / mass[kept]), kind="stable")]
        return self._exact(own, records[order], by * most[order], mass[order], by)

    def _shares(self, lists: list[tuple[array[int], int]], before: int) -> tuple[Ints, Ints]:
        """The records that these words lead to, ascending, and the mass of the words that are not full."""
        reached = np.concatenate([np.frombuffer(records, np.int64) for records, _ in lists])
        counted = [0 if len(records) == _REACH else rarity for records, rarity in lists]
        shares = np.repeat(counted, [len(records) for records, _ in lists])
        if _DENSE * len(reached) < before:
            records, place = np.unique(reached, return_inverse=True)
            return records, np.bincount(place, shares).astype(np.int64)
        records = np.flatnonzero(np.bincount(reached, minlength=before))
        return records, np.bincount(reached, shares, before).astype(np.int64)[records]

    def _exact(
        self,
        own: dict[int, int],
        records: Ints,
        most: Ints,
        masses: Ints,
        by: int,
    ) -> Likeness:
        best = NONE
        for record, bound, mass in zip(records.tolist(), most.tolist(), masses.tolist(), strict=True):
            if bound * best.mass < best.common * mass:
                break
            theirs = self._words[self._starts[record] : self._starts[record + 1]].tolist()
            common = by * sum(map(own.get, theirs, repeat(0)))
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
    progress.step("novelty")
    older = _Older(_Sets(sequences, trusted))
    found = []
    for record in range(len(sequences)):
        progress.step("novelty", record, len(sequences))
        found.append(older.add())
    return found
