"""Which runs of words of each record stand in older ones, for all records at once (PoA-1, section 7).

The same as looking every shingle up in a table of those before it; in sorted integers, so many at a time that what is
held besides the shingles stays small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.attribution.sequences import Sequences
from core.jobs import Progress

RUN = 3  # words in a shingle
_PORTION = 1 << 18  # shingles sorted together
_LIMIT = 1 << 62

Ints = NDArray[np.int64]


def runs_of(sequences: Sequences, progress: Progress) -> tuple[Ints, Ints, Ints]:
    """Of each record: how many shingles it has, how many of them stand in older records, and the record that most of
    those came from first (the older on a tie; -1: none). Raises Cancelled.
    """
    count = len(sequences)
    keys, record = _shingles(sequences)
    total, shared = np.zeros(count, np.int64), np.zeros(count, np.int64)
    found: list[Ints] = []
    parts = max(1, len(keys) // _PORTION)
    for part in range(parts):
        progress.check()
        own = np.flatnonzero(keys % parts == part) if parts > 1 else np.arange(len(keys))
        who, source = _first(keys[own], record[own])
        total += np.bincount(who, minlength=count)
        older = source < who
        shared += np.bincount(who[older], minlength=count)
        found.append(who[older].astype(np.int64) * count + source[older])
    return total, shared, _most(np.concatenate(found), count)


def _shingles(sequences: Sequences) -> tuple[Ints, NDArray[np.int32]]:
    """A number for each shingle, equal for equal ones, and its record. Shorter texts have one, all of their words."""
    words, lengths = sequences.words, np.diff(sequences.starts)
    number = np.where(lengths > RUN, lengths - RUN + 1, np.minimum(lengths, 1))
    record = np.repeat(np.arange(len(lengths), dtype=np.int32), number)
    shift, ends = sequences.starts[:-1] - (np.cumsum(number) - number), sequences.starts[1:]
    base = len(sequences.names) + 1
    keys = np.zeros(len(record), np.int64)
    for step in range(RUN):
        if base * (int(keys.max(initial=0)) + 1) > _LIMIT:  # millions of words: number the beginnings anew
            keys = _numbered(keys)
        for first in range(0, len(record), _PORTION):
            own = record[first : first + _PORTION]
            at = np.arange(first + step, first + step + len(own)) + shift[own]
            following = np.where(at < ends[own], words[np.minimum(at, len(words) - 1)], 0)  # 0 is no word
            keys[first : first + _PORTION] *= base
            keys[first : first + _PORTION] += following
    return keys, record


def _numbered(keys: Ints) -> Ints:
    ordered = np.sort(keys)
    return np.searchsorted(ordered[_new(ordered)], keys)


def _new(ordered: NDArray[np.integer]) -> NDArray[np.bool]:
    """Where another value begins."""
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return new


def _first(keys: Ints, record: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Each distinct (shingle, record): the record, and the oldest one with that shingle. Records are ascending."""
    order = np.argsort(keys, kind="stable")
    record = record[order]
    new = _new(keys[order])
    distinct = new | _new(record)
    oldest = record[new][np.cumsum(new) - 1]
    return record[distinct], oldest[distinct]


def _most(pairs: Ints, count: int) -> Ints:
    """From record * count + source for every shared shingle: each record's most frequent source."""
    best = np.full(count, -1, np.int64)
    pairs = np.sort(pairs)
    at = np.flatnonzero(_new(pairs))
    times = np.diff(np.append(at, len(pairs)))
    record, source = np.divmod(pairs[at], max(1, count))
    order = np.lexsort((source, -times, record))
    first = _new(record[order])
    best[record[order][first]] = source[order][first]
    return best
