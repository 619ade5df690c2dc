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

    `core` and `new` int64 [65] count the trusted records, and those of newcomers, of a level or more: all of them at
    0. `places` numbers the contributors, and `keys` int64 [n] are `65 place + level` of each record, ascending.
    """

    core: Ints
    new: Ints
    places: dict[int, int]
    keys: Ints

    @classmethod
    def of(cls, levels: Sequence[int], contributors: Sequence[int], trusted: Collection[int]) -> Repeats:
        """Levels 0..64, of the counted records only."""
        places = {who: place for place, who in enumerate(dict.fromkeys(contributors))}
        owner = np.array([places[who] for who in contributors], np.int64)
        level = np.array(levels, np.int64)
        known = np.array([who in trusted for who in places], bool)
        few = np.bincount(owner, minlength=len(places)) < _NEW
        core, new = _at_least(level[known[owner]]), _at_least(level[(few & ~known)[owner]])
        return cls(core, new, places, np.sort((GRAIN + 1) * owner + level))

    def of_his(self, who: int, level: int) -> int:
        """His records of this level or more."""
        first = (GRAIN + 1) * self.places[who]
        ends = np.searchsorted(self.keys, [first + level, first + GRAIN + 1])
        return int(ends[1] - ends[0])

    @property
    def least(self) -> int:
        """The least that is tried for `times`: 3, or twice the root of all records to a trusted one."""
        core = int(self.core[0])
        return min(BLIND, max(_TIMES, isqrt(_GROWTH * len(self.keys) // core))) if core else BLIND

    def weight(self, who: int, level: int, times: int) -> int:
        """0..8: full while his records of this level or more are `times` the trusted ones' share; a half more: none."""
        if not level or times >= BLIND:
            return FULL
        every, found = int(self.core[0]), int(self.core[level])
        allowed = min(_ONE, _ONE * times * max(_LEAST * found, every) // (_LEAST * every))
        pool = (_ONE * int(self.new[level]) + _POOL * allowed) // (int(self.new[0]) + _POOL)
        share = (_ONE * self.of_his(who, level) + _OWN * pool) // (self.of_his(who, 0) + _OWN)
        return FULL if share <= allowed else max(0, FULL * (3 * allowed - 2 * share) // allowed)


def _at_least(levels: Ints) -> Ints:
    """How many are of each level or more, int64 [65]."""
    counts: Ints = np.bincount(levels, minlength=GRAIN + 1)[::-1].cumsum()[::-1].astype(np.int64)
    return counts
