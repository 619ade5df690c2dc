"""Who brings what older records cover far oftener than trusted contributors do: he copies (PoA-1, section 7).

Where honest texts are short or made after a pattern, many are covered by older ones, and no single record tells a copy
from honest work. All records of a contributor do: nearly all of a copier's are covered, of others' as of trusted ones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

FULL = 8
GRAIN = 64  # levels of coverage
BLIND = 32  # that many times as many are allowed: all of them, so nothing is seen any more
_ONE = 1 << 16
_LEAST = 32  # one record in so many is allowed to everybody, times what follows
_TIMES = 3  # covered records, for each of the trusted ones' share: later records find more older ones
_GROWTH = 4
_OWN, _POOL = 30, 20  # pseudo-records: at the newcomers' share, and of theirs at what is allowed
_NEW = 100  # who has fewer records is a newcomer

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Repeats:
    """Of the records with words that are no exact copies: whose each is, and at what level an older one covers it.

    `core` int64 [65] and `shares` {contributor: int64 [65]} count the trusted and his records of a level or more; index
    0 counts all of them. `new` counts those of all newcomers.
    """

    core: Ints
    shares: dict[int, Ints]
    new: Ints

    @classmethod
    def of(cls, levels: Sequence[int], contributors: Sequence[int], trusted: Collection[int]) -> Repeats:
        """Levels 0..64, of the counted records only."""
        counts: dict[int, Ints] = {}
        for level, who in zip(levels, contributors, strict=True):
            counts.setdefault(who, np.zeros(GRAIN + 1, np.int64))[level] += 1
        shares = {who: one[::-1].cumsum()[::-1] for who, one in counts.items()}
        none = np.zeros(GRAIN + 1, np.int64)
        core = sum((one for who, one in shares.items() if who in trusted), none)
        new = sum((one for who, one in shares.items() if who not in trusted and one[0] < _NEW), none)
        return cls(core, shares, new)

    @property
    def least(self) -> int:
        """The least that is tried for `times`: 3, or twice the root of all records to a trusted one."""
        everybody = sum(int(one[0]) for one in self.shares.values())
        return min(BLIND, max(_TIMES, isqrt(_GROWTH * everybody // int(self.core[0])))) if self.core[0] else BLIND

    def weight(self, who: int, level: int, times: int) -> int:
        """0..8: full while his records of this level or more are `times` the trusted ones' share; a half more: none."""
        if not level or times >= BLIND:
            return FULL
        every, found = int(self.core[0]), int(self.core[level])
        allowed = min(_ONE, _ONE * times * max(_LEAST * found, every) // (_LEAST * every))
        pool = (_ONE * int(self.new[level]) + _POOL * allowed) // (int(self.new[0]) + _POOL)
        own = self.shares[who]
        share = (_ONE * int(own[level]) + _OWN * pool) // (int(own[0]) + _OWN)
        return FULL if share <= allowed else max(0, FULL * (3 * allowed - 2 * share) // allowed)
