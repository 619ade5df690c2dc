"""words-1024: which word pieces a text holds, by 1,024 buckets. Exact everywhere; knows spellings, no meanings.

A rare word says more than its neighbours do where senders repeat themselves (mail, commands); where every text has
words of its own it says little. Presence, not number: a piece counts once however often it stands in the text.
Two pieces may share a bucket. Multiplicative hashing after Knuth (The Art of Computer Programming, 6.4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.models.encoders.base import FEATURE_SCALE, Encoder

BITS = 10
MULTIPLIER = 2654435761  # the prime next to 2^32 / golden ratio: neighbouring ids land far apart
SPECIAL = 104  # ids below are [PAD], [UNK], [CLS], [SEP], [MASK] and unused ones: no words
NOWHERE = -1


class Words(Encoder):
    name = "words-1024"
    dimensions = 1 << BITS
    limit = 512
    specials = False
    rule = "presence of id>=104 in bucket id*2654435761 mod 2^32 >> 22, 2047/isqrt, half to even"
    norm_class = 2  # worst: three buckets, their root cut to 1, so three entries of 2047, and the bias
    exact = True
    has_graph = False

    def rows(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        found = np.zeros((len(tokens), self.dimensions), np.int64)
        for row, ids in enumerate(tokens):
            places = buckets(np.array(ids, np.int64))
            found[row, places[places != NOWHERE]] = 1
        return found * np.array([height(int(held)) for held in found.sum(axis=1)], np.int64).reshape(-1, 1)


def buckets(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bucket of each token id (below 2^17), NOWHERE for special ones."""
    found: NDArray[np.int64] = ((ids * MULTIPLIER) % (1 << 32)) >> (32 - BITS)
    return np.where(ids < SPECIAL, NOWHERE, found)


def height(held: int) -> int:
    """What each of `held` occupied buckets holds: round_half_even(2047 / isqrt(held)); at most 2047."""
    quotient, rest = divmod(FEATURE_SCALE, max(1, math.isqrt(held)))
    twice, root = 2 * rest, max(1, math.isqrt(held))
    return quotient + int(twice > root or (twice == root and quotient % 2 == 1))
