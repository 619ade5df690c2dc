"""How much of a text stands in an earlier one: containment of word shingles, found through an inverted index.

A shingle is three words in a row (fewer when the text has fewer). Containment of a in b = |a's shingles in b| / |a|,
computed exactly, not estimated. To find every earlier text that holds at least the share t of a, it is enough to look
up a's |a| - ceil(t |a|) + 1 rarest shingles: a text that had none of them would miss too many (prefix filtering, as in
Chaudhuri, Ganti and Kaushik, "A Primitive Operator for Similarity Joins", ICDE 2006).

A shingle is a number, and of each text only those are kept that stand in another text too: most texts have too few of
them to be near anything, and cost nothing but their numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.datanets.text import words

SIZE = 3  # words
THRESHOLD = 0.8
_TRIED = 256  # candidates compared for one text, oldest first; bounds templates with thousands of near copies
_HELD = 2_048  # earlier texts looked at together

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Near:
    """Text `later` holds `shared` of its `total` shingles in common with text `earlier` (positions)."""

    later: int
    earlier: int
    shared: int
    total: int


class _Pile:
    """Texts as numbers of words, one after the other: 4 bytes a word."""

    def __init__(self) -> None:
        self._words, self._ends = array("i"), array("q", [0])

    def add(self, numbers: Iterable[int]) -> None:
        """A text of fewer words than a shingle gets zeros in front, which are no word."""
        before = len(self._words)
        self._words.extend(numbers)
        count = len(self._words) - before
        if 0 < count < SIZE:
            self._words[before:before] = array("i", [0] * (SIZE - count))
        self._ends.append(len(self._words))

    def runs(self) -> tuple[Ints, tuple[Ints, ...]]:
        """The text of each run of three words, and its words in three columns."""
        flat, ends = np.frombuffer(self._words, np.int32), np.frombuffer(self._ends, np.int64)
        text = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        at = np.flatnonzero(np.arange(SIZE, SIZE + len(flat)) <= ends[1:][text])
        return text[at], tuple(flat[at + step].astype(np.int64) for step in range(SIZE))


class NearCopies:
    """Texts that are judged, in the order in which they were committed, and earlier ones that they are held against.

    `judge` all of the first, then `hold` the earlier ones, then `search`. A text is counted from 0: first the earlier
    ones that were held, then the judged ones.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}  # of words, in order of first sight, from 1
        self._pile = _Pile()
        self._table: _Table | None = None

    def judge(self, text: str) -> None:
        number = self._numbers
        self._pile.add([number.setdefault(word, len(number) + 1) for word in words(text)])

    def hold(self, texts: Sequence[str]) -> list[bool]:
        """Earlier texts, oldest first: which of them share a shingle with a judged one. The others are not kept."""
        pile, known = _Pile(), self._numbers.get
        for text in texts:
            pile.add([known(word, -1) for word in words(text)])
        return self._judged().hold(pile, len(texts))

    def search(self, threshold: float = THRESHOLD) -> Iterator[Near | None]:
        """For each judged text, in order: the oldest earlier text that holds at least `threshold` of it, or None."""
        return self._judged().search(threshold)

    def _judged(self) -> _Table:
        if self._table is None:
            self._table = _Table(self._pile, len(self._numbers) + 1)
        return self._table


class _Table:
    """The distinct shingles of each text, numbered in the order of their words."""

    def __init__(self, judged: _Pile, base: int) -> None:
        self._base = base
        text, (first, second, third) = judged.runs()
        pair = first * base + second
        self._pairs = _set(pair)  # two steps: three numbers of words together may not fit into 64 bits
        key = np.searchsorted(self._pairs, pair) * base + third
        self._keys = _set(key)
        shingle = np.searchsorted(self._keys, key)
        self._count = len(judged._ends) - 1  # noqa: SLF001 - one thing with the pile
        text, shingle = _distinct(text, shingle, len(self._keys))
        self._times = np.bincount(shingle, minlength=len(self._keys))
        self._texts, self._shingles = text, shingle.astype(np.int32)
        self._lengths = np.bincount(text, minlength=self._count)
        self._held: list[tuple[Ints, NDArray[np.int32]]] = []  # by page: how many of each text, and those
        self._before = 0

    def hold(self, pile: _Pile, count: int) -> list[bool]:
        text, (first, second, third) = pile.runs()
        fits = np.minimum(np.minimum(first, second), third) >= 0
        text, pair, third = text[fits], (first * self._base + second)[fits], third[fits]
        place, known = _places(self._pairs, pair)
        shingle, here = _places(self._keys, place * self._base + third)
        known &= here
        text, shingle = _distinct(text[known], shingle[known], len(self._keys))
        self._times += np.bincount(shingle, minlength=len(self._keys))
        lengths = np.bincount(text, minlength=count)
        self._held.append((lengths[lengths > 0], shingle.astype(np.int32)))
        self._before += int(np.count_nonzero(lengths))
        return (lengths > 0).tolist()  # type: ignore[no-any-return]

    def search(self, threshold: float) -> Iterator[Near | None]:
        needed = np.ceil(threshold * self._lengths).astype(np.int64)
        shared = self._times[self._shingles] > 1
        common = np.bincount(self._texts[shared], minlength=self._count)
        near = (common >= needed) & (needed > 0)  # only these can have enough in one other text
        text, shingle = self._texts[shared], self._shingles[shared]
        lengths = np.concatenate([*(each for each, _ in self._held), common]).astype(np.int64)
        index = _Index(
            np.concatenate([[0], np.cumsum(lengths)]),
            np.concatenate([*(each for _, each in self._held), shingle]),
            self._asked(text, shingle, common - needed + 1, near),
            len(self._keys),
        )
        for place in range(self._before):
            index.add(place)
        totals, least = self._lengths.tolist(), needed.tolist()
        for own, judged in enumerate(near.tolist()):
            found = index.oldest(self._before + own, least[own], totals[own]) if judged else None
            if found is None or found.shared < found.total:  # one wholly contained can prove nothing more
                index.add(self._before + own)
            yield found

    def _asked(
        self, text: Ints, shingle: NDArray[np.int32], first: Ints, near: NDArray[np.bool]
    ) -> dict[int, tuple[int, ...]]:
        """Of each text that may be near one: its rarest shingles, as many as must be looked up."""
        judged = near[text]
        text, shingle = text[judged], shingle[judged]
        order = np.lexsort((shingle, self._times[shingle], text))
        text, shingle = text[order], shingle[order]
        begins = np.searchsorted(text, text)
        looked = np.arange(len(text)) - begins < first[text]
        asked: dict[int, list[int]] = {}
        for who, what in zip((text[looked] + self._before).tolist(), shingle[looked].tolist(), strict=True):
            asked.setdefault(who, []).append(what)
        return {who: tuple(what) for who, what in asked.items()}


class _Index:
    """Which texts hold a shingle that some text asks for. Texts are added one by one, in order."""

    def __init__(
        self, starts: Ints, shingles: NDArray[np.int32], asked: dict[int, tuple[int, ...]], count: int
    ) -> None:
        self._starts: list[int] = starts.tolist()
        self._shingles, self._asked = array("i", shingles.tobytes()), asked
        wanted = np.zeros(count, bool)
        wanted[[what for each in asked.values() for what in each]] = True
        kept = np.flatnonzero(wanted[shingles])
        self._kept: list[int] = shingles[kept].tolist()
        self._ends: list[int] = np.searchsorted(kept, starts).tolist()
        self._places: dict[int, list[int]] = {}

    def add(self, place: int) -> None:
        for shingle in self._kept[self._ends[place] : self._ends[place + 1]]:
            self._places.setdefault(shingle, []).append(place)

    def oldest(self, place: int, needed: int, total: int) -> Near | None:
        found = sorted({at for shingle in self._asked[place] for at in self._places.get(shingle, ())[:_TRIED]})
        own = set(self._of(place)) if found else set()
        for other in found[:_TRIED]:
            if self._starts[other + 1] - self._starts[other] >= needed:
                shared = len(own.intersection(self._of(other)))
                if shared >= needed:
                    return Near(place, other, shared, total)
        return None

    def _of(self, place: int) -> array[int]:
        return self._shingles[self._starts[place] : self._starts[place + 1]]


def _distinct(text: Ints, shingle: Ints, count: int) -> tuple[Ints, Ints]:
    """Each shingle of a text once: by text, then shingle."""
    return divmod(_set(text * max(1, count) + shingle), max(1, count))


def _set(values: Ints) -> Ints:
    """Ascending, each once. `numpy.unique` hashes where it could sort, and takes ten times as long."""
    values = np.sort(values)
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    return values[new]


def _places(ordered: Ints, values: Ints) -> tuple[Ints, NDArray[np.bool]]:
    """Where each value stands in them, and whether it does."""
    places = np.searchsorted(ordered, values)
    places[places == len(ordered)] = 0
    return places, ordered[places] == values if len(ordered) else np.zeros(len(values), bool)


def near_copies(earlier: Iterable[str], texts: Iterable[str], threshold: float = THRESHOLD) -> list[Near | None]:
    """For each of `texts`, the oldest text before it (first `earlier`, then `texts` themselves) that holds it."""
    copies = NearCopies()
    for text in texts:
        copies.judge(text)
    page: list[str] = []
    held: list[bool] = []
    for text in earlier:
        page.append(text)
        if len(page) == _HELD:
            held += copies.hold(page)
            page = []
    held += copies.hold(page)
    origins = [place for place, kept in enumerate(held) if kept]
    moved = len(held) - len(origins)  # those that were not kept

    def place(at: int) -> int:
        return origins[at] if at < len(origins) else at + moved

    found = copies.search(threshold)
    return [each and Near(place(each.later), place(each.earlier), each.shared, each.total) for each in found]
