"""How like a text is to one older text, as sets of words of which the rare ones count most (PoA-1, section 7).

Order does not matter, so a copy with words changed or all of them shuffled stays like its original; and where one of
two texts is nearly all in the other, it does not matter either what was left out or put around it. What is rare is told
by the trusted records alone: nobody else can make a word common.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.attribution.sequences import Sequences
from core.jobs import Progress, silent

_REACH = 1024  # records a leading word leads to: the oldest, so that nobody younger can push them out
_REST = 8  # leading words leave at most an eighth of the mass: nothing more than half like or covered is missed
_TIMES = 4  # a text of more than so many times the mass is another text, whatever it covers
_CHUNK = 1 << 16  # words sorted, or compared, together
_FEW = 4  # records that are compared one by one faster than together


@dataclass(frozen=True, slots=True)
class Likeness:
    """`common` of `mass`, more than half, or 0 of 1; `source` is the older record.

    Like: twice what is shared, of the rarity of both. Covered: what is shared, of that of the lighter one.
    """

    common: int
    mass: int
    source: int | None

    @property
    def of_mass(self) -> tuple[int, int]:
        return self.common, self.mass


NONE = Likeness(0, 1, None)
Pair = tuple[Likeness, Likeness]  # like, covered
_NOTHING: Pair = (NONE, NONE)
Ints = NDArray[np.int64]
Small = NDArray[np.int32]


class _Sets:
    """The distinct words of each record, numbered in their order: the rarest first, then by code points.

    words int32: of record i at places starts[i]..starts[i + 1], ascending; `rarity` int32 by number. Of each record:
    `mass` of its words, `rest` of those that do not lead, and how many lead (`led`). Masses stay below 2^31: a text of
    200,000 characters has fewer than 2^17 words, and a word's rarity is at most 21.
    """

    def __init__(self, sequences: Sequences, trusted: NDArray[np.bool]) -> None:
        size = len(sequences.names) + 1
        chunks = _chunks(sequences.starts)
        known = np.zeros(size, np.int64)
        lengths = np.zeros(len(sequences), np.int64)
        once = []
        for first, last in chunks:
            at = sequences.starts[first : last + 1]
            record, word = _sorted(first, at, sequences.words[at[0] : at[-1]], size)
            known += np.bincount(word[trusted[record]], minlength=size)
            lengths[first:last] = np.bincount(record - first, minlength=last - first)
            once.append(word.astype(np.int32))
        words = np.concatenate([*once, np.zeros(0, np.int32)])
        del once
        rarity = int(trusted.sum()).bit_length() - np.frexp(known.astype(np.float64))[1]  # bits of a number
        names = sequences.names
        order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64) + 1
        order = order[np.argsort(-rarity[order], kind="stable")]
        rank = np.zeros(size, np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        self.rarity = rarity[order].astype(np.int32)
        self.starts = np.concatenate([[0], np.cumsum(lengths)])
        self.words = words
        self.mass, self.rest, self.led = (np.zeros(len(sequences), np.int32) for _ in range(3))
        for first, last in chunks:
            at = self.starts[first : last + 1]
            record, word = _sorted(first, at, rank[words[at[0] : at[-1]]], max(1, len(order)))
            words[at[0] : at[-1]] = word
            self._weigh(first, last, record - first, self.rarity[word].astype(np.int64))

    def _weigh(self, first: int, last: int, record: Ints, mine: Ints) -> None:
        """Masses of the records of a chunk; `mine` is the rarity of each word of each."""
        starts = self.starts[first : last + 1] - self.starts[first]
        upto = np.concatenate([[0], np.cumsum(mine)])
        mass = upto[starts[1:]] - upto[starts[:-1]]
        before = upto[:-1] - upto[starts[:-1]][record]
        whole = mass[record]
        leads = _REST * (whole - before) > whole
        self.mass[first:last] = mass
        self.led[first:last] = np.bincount(record[leads], minlength=last - first)
        leading = np.bincount(record[leads], mine[leads], last - first).astype(np.int64)
        self.rest[first:last] = mass - leading

    def leaders(self) -> tuple[Ints, Ints]:
        """By word: where its records begin, and the first of those that it leads to, ascending."""
        lengths = self.led.astype(np.int64)
        record = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        at = np.arange(len(record)) + np.repeat(self.starts[:-1] - (np.cumsum(lengths) - lengths), lengths)
        word = self.words[at]
        order = np.argsort(word, kind="stable")
        begins = np.searchsorted(word[order], np.arange(len(self.rarity) + 1))
        return begins, record[order].astype(np.int64)  # as numpy counts places: it would turn them each time


class _Older:
    """The records so far: sets of words with their masses, reached through their leading words.

    Shares are counted record by record in one array over all of them, `_shared`, which is nothing but zeros in between;
    `_own` is the rarity of the words of the record that is looked at, by number, else zero.
    """

    def __init__(self, sets: _Sets) -> None:
        self._sets, self._words = sets, sets.words
        self._starts: list[int] = sets.starts.tolist()
        self._rarity: list[int] = sets.rarity.tolist()
        self._led: list[int] = sets.led.tolist()
        self._sizes = np.diff(sets.starts)
        last = np.maximum(sets.starts[:-1] + sets.led - 1, 0)
        self._last = np.where(sets.led > 0, sets.words[last] if len(sets.words) else -1, -1).astype(np.int32)
        begins, self._reached = sets.leaders()
        self._begins: list[int] = begins.tolist()
        self._ends: list[int] = begins[:-1].tolist()
        self._shared = np.zeros(len(sets.mass), np.int32)
        self._own = np.zeros(len(sets.rarity), np.int32)
        self._count = 0

    def add(self) -> Pair:
        """The next record, held against those before it."""
        record, self._count = self._count, self._count + 1
        start = self._starts[record]
        leading: list[int] = self._words[start : start + self._led[record]].tolist()
        found = self._closest(record, leading) if leading else _NOTHING
        begins, ends = self._begins, self._ends
        for word in leading:
            if ends[word] - begins[word] < _REACH:
                ends[word] += 1
        return found

    def _closest(self, record: int, leading: list[int]) -> Pair:
        begins, ends, rarity, shared = self._begins, self._ends, self._rarity, self._shared
        lists = []
        full = 0
        for word in leading:
            begin, end = begins[word], ends[word]
            if end - begin == _REACH:
                full += rarity[word]
                lists.append(self._reached[begin:end])
            elif end > begin:
                reached = self._reached[begin:end]
                shared[reached] += np.int32(rarity[word])  # no record twice in one list
                lists.append(reached)
        if not lists:
            return _NOTHING
        records = np.concatenate(lists) if len(lists) > 1 else lists[0]
        likely = self._likely(record, leading[-1], records, full)
        shared[records] = 0
        return self._compared(record, likely) if len(likely) else _NOTHING

    def _likely(self, record: int, last: int, records: Ints, full: int) -> Ints:
        """Those that may share more than half of the lighter one, ascending.

        Ranks are one order for all. Whose leading words end first leads with all that the other leads with up to
        there, so beside what is counted only his rest can be shared; and what full lists do not lead to any more.
        Who is more than half like is more than half covered, and has not four times the mass.
        """
        sets, own, rest = self._sets, int(self._sets.mass[record]), int(self._sets.rest[record])
        most = self._shared[records]
        mass = sets.mass[records]
        # Rests are at most an eighth: first what needs no more than this, for nearly all end here.
        most += np.int32(full)
        most *= 2
        kept = most + np.maximum(mass >> 2, 2 * rest) > np.minimum(mass, own)
        records, mass, most = records[kept], mass[kept], most[kept]
        most += 2 * np.where(last <= self._last[records], np.int32(rest), sets.rest[records])
        kept = (most > np.minimum(mass, own)) & (_TIMES * mass >= own) & (mass <= _TIMES * own)
        likely = np.sort(records[kept])
        new = np.ones(len(likely), bool)
        new[1:] = likely[1:] != likely[:-1]
        return likely[new]

    def _compared(self, record: int, others: Ints) -> Pair:
        words, starts = self._words, self._starts
        mine = words[starts[record] : starts[record + 1]]
        self._own[mine] = self._sets.rarity[mine]
        common = self._common(others)
        self._own[mine] = 0
        own, mass = int(self._sets.mass[record]), self._sets.mass[others].astype(np.int64)
        like = _best(2 * common, mass + own, others)
        return like, _best(common, np.minimum(mass, own), others)

    def _common(self, others: Ints) -> Ints:
        """The mass that each shares with the record whose words stand in `_own`."""
        words, starts = self._words, self._starts
        if len(others) <= _FEW:
            parts = [words[starts[other] : starts[other + 1]] for other in others.tolist()]
            return np.array([self._own[theirs].sum() for theirs in parts], np.int64)
        sizes = self._sizes[others]
        ends = np.cumsum(sizes)
        if ends[-1] > _CHUNK:  # long texts: a few at a time
            half = len(others) // 2
            return np.concatenate([self._common(others[:half]), self._common(others[half:])])
        at = np.arange(int(ends[-1])) + np.repeat(self._sets.starts[others] - (ends - sizes), sizes)
        return np.add.reduceat(self._own[words[at]], ends - sizes, dtype=np.int64)


def _best(common: Ints, mass: Ints, others: Ints) -> Likeness:
    """The largest of `common / mass` that is more than half, the oldest on a tie. Masses are below 2^26, so that
    quotients are equal in floats only where they are equal.
    """
    share = common / mass
    place = int(share.argmax())
    if 2 * common[place] <= mass[place]:
        return NONE
    return Likeness(int(common[place]), int(mass[place]), int(others[place]))


def _chunks(starts: Ints) -> list[tuple[int, int]]:
    """Records from..to, of about so many words together."""
    ends = np.searchsorted(starts, np.arange(_CHUNK, int(starts[-1]) + _CHUNK, _CHUNK), side="left").tolist()
    cuts = sorted({0, *(min(end, len(starts) - 1) for end in ends), len(starts) - 1})
    return list(itertools.pairwise(cuts))


def _sorted(first: int, starts: Ints, words: Small, size: int) -> tuple[Ints, Ints]:
    """Each word of each record once, by record, then number: (record, word). `starts` are those of records from
    `first` on, in all words.
    """
    record = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    codes = np.sort(record * size + words)
    new = np.ones(len(codes), bool)
    new[1:] = codes[1:] != codes[:-1]
    record, word = np.divmod(codes[new], size)
    return record + first, word


def likeness_of(sequences: Sequences, trusted: Sequence[bool], progress: Progress | None = None) -> list[Pair]:
    """Of each text (in the order of commitments) to the older ones. Raises Cancelled."""
    progress = progress or silent()
    progress.step("novelty")
    older = _Older(_Sets(sequences, np.asarray(trusted, bool)))
    found = []
    for record in range(len(sequences)):
        if not record % 64:
            progress.step("novelty", record, len(sequences))
        found.append(older.add())
    return found
