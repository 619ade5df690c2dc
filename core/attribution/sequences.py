"""Texts as numbers of words, for comparing many of them (PoA-1, section 7): 4 bytes a word, whatever its length."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class _Solid(dict[int, int]):
    """Letters and digits stay, everything else becomes a space. Filled as characters are met."""

    def __missing__(self, code: int) -> int:
        self[code] = found = code if chr(code).isalnum() else 0x20
        return found


_SOLID = _Solid()


def words(text: str) -> tuple[str, ...]:
    """NFKC, casefold, runs of letters and digits."""
    return tuple(unicodedata.normalize("NFKC", text).casefold().translate(_SOLID).split())


@dataclass(frozen=True)
class Sequences:
    """`words` int32: those of text i stand at `starts[i]`..`starts[i + 1]` (int64 [n + 1]), numbered from 1 in order of
    first sight; `names[number - 1]` is the word. `hashes` int64 [n] are equal for equal texts.
    """

    words: NDArray[np.int32]
    starts: Ints
    names: list[str]
    hashes: Ints

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> Sequences:
        """Each text is given as its words."""
        number: dict[str, int] = {}
        flat, starts, hashes = array("i"), array("q", [0]), array("q")
        for text in texts:
            own = array("i", [number.setdefault(word, len(number) + 1) for word in text])
            flat += own
            starts.append(len(flat))
            hashes.append(hash(own.tobytes()))
        return cls(
            np.frombuffer(flat, np.int32),
            np.frombuffer(starts, np.int64),
            list(number),
            np.frombuffer(hashes, np.int64),
        )

    def __len__(self) -> int:
        return len(self.hashes)

    def originals(self) -> Ints:
        """Of each text: the first one of the same words in the same order; itself where it has no words."""
        found = np.arange(len(self))
        order = np.argsort(self.hashes, kind="stable")
        same = self.hashes[order][1:] == self.hashes[order][:-1]
        alike = np.zeros(len(self), bool)
        alike[order[1:][same]] = alike[order[:-1][same]] = True
        first: dict[bytes, int] = {}  # a hash may be equal by chance, or by intent: words decide
        for text in np.flatnonzero(alike).tolist():
            own = self.words[self.starts[text] : self.starts[text + 1]].tobytes()
            if own:
                found[text] = first.setdefault(own, text)
        return found
