"""Which runs of words of each record stand in older ones, for all records at once (PoA-1, section 7).

The same as looking every shingle up in a table of those before it; in sorted integers it takes a tenth of the memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.jobs import Progress

RUN = 3  # words in a shingle
_PORTION = 1 << 22  # shingles sorted together
_LIMIT = 1 << 62

Ints = NDArray[np.int64]


def runs_of(sequences: Sequence[Sequence[str]], progress: Progress) -> tuple[Ints, Ints, Ints]:
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
        own = np.flatnonzero(keys % parts == part)
        who, source = _first(keys[own], record[own])
        total += np.bincount(who, minlength=count)
        older = source < who
        shared += np.bincount(who[older], minlength=count)
        found.append(who[older] * count + source[older])
    return total, shared, _most(np.concatenate(found), count)


def _shingles(sequences: Sequence[Sequence[str]]) -> tuple[Ints, NDArray[np.int32]]:
    """A number for each shingle, equal for equal ones, and its record. Shorter texts have one, all of their words."""
    number: dict[str, int] = {}
    flat, starts = array("i"), array("q", [0])
    for sequence in sequences:
        flat.extend(number.setdefault(word, len(number) + 1) for word in sequence)  # 0 is no word
        flat.extend([0] * ((RUN - len(sequence)) % RUN if 0 < len(sequence) < RUN else 0))
        starts.append(len(flat))
    words, begins = np.frombuffer(flat, np.int32).astype(np.int64), np.frombuffer(starts, np.int64)
    lengths = np.diff(begins)
    record = np.repeat(np.arange(len(sequences), dtype=np.int32), lengths)
    if not len(words):
        return np.zeros(0, np.int64), record
    inside = np.arange(len(words)) + RUN <= begins[1:][record]
    at = np.flatnonzero(inside)
    keys, base = words[at], len(number) + 1
    for step in range(1, RUN):
        if base * (int(keys.max(initial=0)) + 1) > _LIMIT:  # millions of words: number the beginnings anew
            keys = np.unique(keys, return_inverse=True)[1]
        keys = keys * base + words[at + step]
    return keys, record[at]


def _first(keys: Ints, record: NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Each distinct (shingle, record): the record, and the oldest one with that shingle."""
    order = np.lexsort((record, keys))
    keys, record = keys[order], record[order]
    new = np.ones(len(keys), bool)
    new[1:] = keys[1:] != keys[:-1]
    distinct = new.copy()
    distinct[1:] |= record[1:] != record[:-1]
    oldest = record[np.flatnonzero(new)][np.cumsum(new) - 1]
    return record[distinct].astype(np.int64), oldest[distinct].astype(np.int64)


def _most(pairs: Ints, count: int) -> Ints:
    """From record * count + source for every shared shingle: each record's most frequent source."""
    best = np.full(count, -1, np.int64)
    codes, times = np.unique(pairs, return_counts=True)
    record, source = codes // max(1, count), codes % max(1, count)
    order = np.lexsort((source, -times, record))
    who, first = np.unique(record[order], return_index=True)
    best[who] = source[order][first]
    return best
