"""Features that need not be in memory: rows that are read where they are asked for, a few thousand at a time.

All that trains a model, measures with it or hashes it goes through its records in blocks, and takes `Many`: an array,
or `Rows` of a file. Nothing holds all features of a large release: what is in memory at once is a block.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.artefacts import Content

Features = NDArray[np.int16]
BLOCK = 2048  # rows read together
RESIDENT = 64 << 20  # bytes of features up to which a set of records is simply kept in memory


class Rows(ABC):
    """int16 [n, d]: `len`, `shape`, slices and lists of places like an array; what is taken out is one."""

    ndim = 2
    dtype = np.dtype(np.int16)

    def __init__(self, count: int, width: int) -> None:
        self.shape = (count, width)

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def read(self, start: int, stop: int) -> Features:
        """Rows start..stop-1, 0 <= start <= stop <= n; not to be written to. Raises BadFile, DatabaseCorrupt."""

    def __getitem__(self, index: Any) -> Features:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step == 1:
                return self.read(start, max(start, stop))
            index = np.arange(start, stop, step)
        if isinstance(index, int | np.integer):
            place = int(index) + (len(self) if index < 0 else 0)
            if not 0 <= place < len(self):
                raise IndexError(index)
            row: Features = self.read(place, place + 1)[0]
            return row
        return self._gathered(places(index))

    def _gathered(self, index: NDArray[np.int64]) -> Features:
        """In any order; each block that holds some of them is read once."""
        found = np.empty((len(index), self.shape[1]), np.int16)
        order = np.argsort(index, kind="stable")
        ascending = index[order]
        if len(index) and not 0 <= ascending[0] <= ascending[-1] < len(self):
            raise IndexError(int(ascending[0]), int(ascending[-1]))
        at = 0
        while at < len(ascending):
            start = int(ascending[at])
            end = int(np.searchsorted(ascending, (start // BLOCK + 1) * BLOCK))
            part = ascending[at:end]
            found[order[at:end]] = self.read(start, int(part[-1]) + 1)[part - start]
            at = end
        return found

    def __iter__(self) -> Iterator[Features]:
        """Row by row, read in blocks."""
        for start in range(0, len(self), BLOCK):
            yield from self.read(start, min(start + BLOCK, len(self)))

    def whole(self) -> Features:
        """All of it as an array, copied block by block: where it is known to be little."""
        found = np.empty(self.shape, np.int16)
        for start, block in blocks(self):
            found[start : start + len(block)] = block
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """For files that hold it all, never on the road of a large release."""
        return self.whole() if dtype is None else self.whole().astype(dtype)


Many = Features | Rows


class FileRows(Rows):
    """Rows that stand one after the other in sealed content, little-endian."""

    def __init__(self, content: Content, offset: int, count: int, width: int) -> None:
        super().__init__(count, width)
        self._content, self._offset = content, offset

    def read(self, start: int, stop: int) -> Features:
        size = 2 * self.shape[1]
        found = self._content.read(self._offset + start * size, (stop - start) * size)
        return np.frombuffer(found, "<i2").reshape(stop - start, self.shape[1])


def places(index: Any) -> NDArray[np.int64]:
    """Of a mask or a list of places."""
    found = np.asarray(index)
    return np.flatnonzero(found) if found.dtype == bool else found.astype(np.int64)


class _Taken(Rows):
    """Some rows of others, in another order perhaps."""

    def __init__(self, rows: Rows, index: NDArray[np.int64]) -> None:
        super().__init__(len(index), rows.shape[1])
        self._rows, self._index = rows, index

    def read(self, start: int, stop: int) -> Features:
        return self._rows[self._index[start:stop]]


class _Joined(Rows):
    """Rows of one, then of another."""

    def __init__(self, first: Many, second: Many) -> None:
        super().__init__(len(first) + len(second), first.shape[1])
        self._first, self._second = first, second

    def read(self, start: int, stop: int) -> Features:
        n = len(self._first)
        parts = [self._first[min(start, n) : min(stop, n)], self._second[max(0, start - n) : max(0, stop - n)]]
        return np.concatenate(parts)


def taken(X: Many, index: Any) -> Many:
    """Rows of a mask or of places: of a file they stay there."""
    return _Taken(X, places(index)) if isinstance(X, Rows) else X[places(index)]


def joined(first: Many, second: Many) -> Many:
    """Those of an array are an array."""
    if isinstance(first, Rows) or isinstance(second, Rows):
        return _Joined(first, second)
    return np.concatenate([first, second])


def blocks(X: Many) -> Iterator[tuple[int, Features]]:
    """(place of the first, rows) for all of them in order."""
    for start in range(0, len(X), BLOCK):
        yield start, X[start : start + BLOCK]
