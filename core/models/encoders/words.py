"""words-1024: which word pieces a text holds, by 1,024 buckets. Exact everywhere; knows spellings, no meanings.

A rare word says more than its neighbours do where senders repeat themselves (mail, commands); where every text has
words of its own it says little. A bucket holds the root of its share of the pieces, so a word said nine times counts
three times as much as one said once, and every row has the same length: the square roots of a distribution, whose
distances are Hellinger's (1909). Of short texts that is as good as presence; of long ones, where most buckets hold
something, it is better (mails of 1,200 pieces: .967 beside .957; core/models/ACCURACY.md).
Two pieces may share a bucket. Multiplicative hashing after Knuth (The Art of Computer Programming, 6.4).
"""

from __future__ import annotations

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
    limit = 2048  # a long letter
    specials = False
    rule = "isqrt of 2047^2*count/all, ids>=104 in bucket id*2654435761 mod 2^32 >> 22"
    norm_class = 2  # shares add up to 1 at most, and the bias
    exact = True
    has_graph = False

    def rows(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        found = np.zeros((len(tokens), self.dimensions), np.int64)
        for row, ids in enumerate(tokens):
            places = buckets(np.array(ids, np.int64))
            found[row] = np.bincount(places[places != NOWHERE], minlength=self.dimensions)
        return roots_of_shares(found)


def buckets(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bucket of each token id (below 2^17), NOWHERE for special ones."""
    found: NDArray[np.int64] = ((ids * MULTIPLIER) % (1 << 32)) >> (32 - BITS)
    return np.where(ids < SPECIAL, NOWHERE, found)


def roots_of_shares(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """isqrt(floor(2047^2 count / sum of counts)) by row, for counts below 2^31; a row of zeros stays zeros.

    A floor of the root in double is exact here: what it is taken of is an integer of at most 2047^2.
    """
    shares = counts * FEATURE_SCALE**2 // np.maximum(counts.sum(axis=1, keepdims=True), 1)
    found: NDArray[np.int64] = np.floor(np.sqrt(shares.astype(np.float64))).astype(np.int64)
    return found
