"""Verbatim spans: which parts of a text stand word for word in records, and who registered them first (PoA-1, 12).

This is memorisation, not influence: it says that the same characters were there before, not why a model wrote them.

Texts are folded, joined with a byte that no text holds, and indexed by suffix arrays (Manber and Myers 1993) made by
divsufsort, 4 bytes a byte. Records are taken some megabytes at a time: what one lot finds does not depend on the
others, so memory stays bounded, and between two of them the work can be stopped.
"""

from __future__ import annotations

import itertools
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, TooLarge
from core.jobs import Progress

LEAST, SHORTEST, LONGEST = 32, 16, 256  # characters of a span at least: by default, and between which it may be chosen
MOST_TEXT = 200_000  # characters of a text to check
MOST_SPANS = 10_000
LOT = 4 << 20  # bytes of folded text in one suffix array: about a second to make
_APART = b"\xff"  # in no UTF-8 text
_WORD = 8  # bytes compared at once
_OWN_WORDS = "\u0e00"  # from Thai on, most scripts write words without spaces

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Folded:
    """`text` as it is compared; character i of it came from the characters starts[i]..ends[i] of `source` (NFC)."""

    source: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True)
class Span:
    """Characters start..end of the folded text; `record` is the oldest that holds them, of `times` places in all."""

    start: int
    end: int
    record: int
    times: int

    @property
    def length(self) -> int:
        return self.end - self.start


def fold(text: str) -> str:
    """NFC, casefold, each run of white space one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def folded(text: str) -> Folded:
    """As `fold`, and where each character came from. Raises TooLarge."""
    if len(text) > MOST_TEXT:
        raise TooLarge(what="text", found=len(text), limit=MOST_TEXT)
    source = unicodedata.normalize("NFC", text)
    kept: list[tuple[str, int, int]] = []
    for at, char in enumerate(source):
        if not char.isspace():
            kept += [(one, at, at + 1) for one in char.casefold()]
        elif kept and kept[-1][0] == " ":
            kept[-1] = (" ", kept[-1][1], at + 1)
        elif kept:
            kept.append((" ", at, at + 1))
    if kept and kept[-1][0] == " ":
        kept.pop()
    return Folded(
        source, "".join(one for one, _, _ in kept), tuple(one for _, one, _ in kept), tuple(one for _, _, one in kept)
    )


@dataclass(frozen=True)
class _Asked:
    """A folded text: its bytes, the byte each character begins at (and the end), where spans may start and end."""

    data: bytes
    borders: list[int]
    starts: list[int]
    ends: list[int]

    @staticmethod
    def of(text: str) -> _Asked:
        letters = [char.encode("utf-8", "surrogatepass") for char in text]
        borders = list(itertools.accumulate((len(letter) for letter in letters), initial=0))
        solid = [char.isalnum() for char in text]
        apart = [
            not (0 < at < len(text) and _joined(text[at - 1]) and _joined(text[at])) for at in range(len(text) + 1)
        ]
        starts = [at for at in range(len(text)) if solid[at] and apart[at]]
        ends = [at for at in range(1, len(text) + 1) if solid[at - 1] and apart[at]]
        return _Asked(b"".join(letters), borders, starts, ends)

    def part(self, start: int, end: int) -> bytes:
        return self.data[self.borders[start] : self.borders[end]]


def _joined(char: str) -> bool:
    """Of a script that keeps words apart, so that a span neither starts nor ends within one."""
    return char < _OWN_WORDS and char.isalnum()


class Lot:
    """The suffix array of some records in their order; `first` is the number of the first of them."""

    def __init__(self, texts: Sequence[str], first: int) -> None:
        from pydivsufsort import divsufsort  # type: ignore[import-untyped]

        parts = [fold(text).encode("utf-8", "surrogatepass") + _APART for text in texts]
        self.first = first
        self._data = b"".join(parts)
        self._starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
        self._longest = max(len(part) for part in parts)
        self._order: NDArray[np.int32] = divsufsort(self._data)
        self._padded = self._data + bytes(_WORD)
        # Eight bytes from any place on, as one number that orders as they do.
        self._words = np.ndarray((len(self._data),), ">u8", self._padded, strides=(1,))

    @property
    def size(self) -> int:
        return len(self._data)

    def spans(self, text: str, least: int, progress: Progress) -> list[Span]:
        """The maximal spans among these records, by start. Raises TooLarge, Cancelled."""
        asked = _Asked.of(text)
        likely = self._likely(asked, least, progress)
        found: list[Span] = []
        at = 0  # of likely
        while at < len(likely):
            progress.check()
            start = likely[at]
            end = self._reach(asked, start)
            if end - start >= least:
                found.append(self._span(asked.part(start, end), start, end))
                if len(found) > MOST_SPANS:
                    raise TooLarge(what="passages", found=len(found), limit=MOST_SPANS)
                at = self._next(asked, likely, at, end, least)
            else:
                at += 1
        return found

    def _likely(self, asked: _Asked, least: int, progress: Progress) -> list[int]:
        """Starts from which the next bytes, whole words of them within `least`, stand somewhere here."""
        begins = [start for start in asked.starts if start + least <= len(asked.borders) - 1]
        starts = np.array([asked.borders[start] for start in begins], np.int64)
        alive = np.arange(len(starts))
        low, high = np.zeros(len(starts), np.int64), np.full(len(starts), len(self._order), np.int64)
        words = np.ndarray((len(asked.data),), ">u8", asked.data + bytes(_WORD), strides=(1,))
        for depth in range(0, least - _WORD + 1, _WORD):
            progress.check()
            keys = words[starts[alive] + depth].astype(np.uint64)
            below = self._bound(keys, low, high, depth, strict=True)
            above = self._bound(keys, below, high, depth, strict=False)
            kept = np.flatnonzero(below < above)
            alive, low, high = alive[kept], below[kept], above[kept]
        return [begins[place] for place in alive.tolist()]

    def _bound(self, keys: NDArray[np.uint64], low: Places, high: Places, depth: int, *, strict: bool) -> Places:
        """For each key the first place in low..high whose word at `depth` is not below it (or above it).

        Suffixes in low..high agree in `depth` bytes, none of them the mark between records: so one follows them.
        """
        low, high = low.copy(), high.copy()
        while len(open_ := np.flatnonzero(low < high)):
            middle = (low[open_] + high[open_]) // 2
            found = self._words[self._order[middle].astype(np.int64) + depth].astype(np.uint64)
            right = found < keys[open_] if strict else found <= keys[open_]
            low[open_[right]] = middle[right] + 1
            high[open_[~right]] = middle[~right]
        return low

    def _reach(self, asked: _Asked, start: int) -> int:
        """The last end of a match from `start` on; `start` where there is none."""
        wanted = asked.data[asked.borders[start] : asked.borders[start] + self._longest]
        place = bisect_left(self._order, wanted, key=lambda at: self._data[at : at + len(wanted)])
        near = (int(self._order[one]) for one in (place - 1, place) if 0 <= one < len(self._order))
        longest = max(_common(self._data[at : at + len(wanted)], wanted) for at in near)
        character = bisect_right(asked.borders, asked.borders[start] + longest) - 1
        last = bisect_right(asked.ends, character) - 1
        return max(start, asked.ends[last]) if last >= 0 else start

    def _next(self, asked: _Asked, likely: list[int], at: int, end: int, least: int) -> int:
        """Among `likely`, the next start of a match that goes past `end`: the later the start, the less has to fit, so
        once it fits it goes on doing so.
        """
        following = bisect_right(asked.ends, end)
        if following == len(asked.ends):
            return len(likely)
        further = asked.ends[following]
        low, high = at + 1, bisect_right(likely, further - least)
        while low < high:
            middle = (low + high) // 2
            if self._range(asked.part(likely[middle], further)):
                high = middle
            else:
                low = middle + 1
        return low

    def _range(self, wanted: bytes) -> range:
        """Places in the order of suffixes that begin with these bytes."""

        def start(at: int) -> bytes:
            return self._data[at : at + len(wanted)]

        low = bisect_left(self._order, wanted, key=start)
        return range(low, bisect_right(self._order, wanted, lo=low, key=start))

    def _span(self, wanted: bytes, start: int, end: int) -> Span:
        places = self._range(wanted)
        oldest = int(self._order[places.start : places.stop].min())
        record = int(np.searchsorted(self._starts, oldest, "right")) - 1
        return Span(start, end, self.first + record, len(places))


def _common(a: bytes, b: bytes) -> int:
    """How many bytes two strings share at their beginning."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def lots(texts: Iterable[str], most: int = LOT) -> Iterator[tuple[int, list[str]]]:
    """(number of the first, texts): records in order, as many as stay within `most` characters, one at least."""
    kept: list[str] = []
    first = size = 0
    for number, text in enumerate(texts):
        if kept and size + len(text) > most:
            yield first, kept
            kept, first, size = [], number, 0
        kept.append(text)
        size += len(text) + 1
    if kept:
        yield first, kept


def merged(found: Iterable[Span]) -> tuple[Span, ...]:
    """The maximal ones of the spans of several lots, by start; equal ones become one. Raises TooLarge."""
    same: dict[tuple[int, int], Span] = {}
    for one in found:
        known = same.get((one.start, -one.end))
        record, times = (one.record, one.times)
        if known is not None:
            record, times = min(record, known.record), times + known.times
        same[one.start, -one.end] = Span(one.start, one.end, record, times)
    kept: list[Span] = []
    for _, one in sorted(same.items()):
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    if len(kept) > MOST_SPANS:
        raise TooLarge(what="passages", found=len(kept), limit=MOST_SPANS)
    return tuple(kept)


def credited(spans: Sequence[Span], length: int) -> NDArray[np.int64]:
    """For each of `length` characters the record it is credited to, -1 for none: that of the longest span over it, of
    the older one where two are as long.
    """
    owner = np.full(length, -1, np.int64)
    for one in sorted(spans, key=lambda span: (span.length, -span.record)):
        owner[one.start : one.end] = one.record
    return owner


def check_least(least: int) -> None:
    """Raises BadInput."""
    if not SHORTEST <= least <= LONGEST:
        raise BadInput(field="least", reason="range", value=least)


def find(
    texts: Sequence[str], text: str, progress: Progress, *, least: int = LEAST, lot: int = LOT
) -> tuple[Span, ...]:
    """Maximal spans of `text` (folded) in `texts`, oldest record first. Raises BadInput, TooLarge, Cancelled."""
    check_least(least)
    found: list[Span] = []
    for first, part in lots(texts, lot):
        progress.step("passages", first, len(texts))
        found += Lot(part, first).spans(text, least, progress)
    return merged(found)
