"""What carried an answer of passages: leaving a document, or all of a contributor's, out of the index (PoA-1, 11).

The answer's score is the sum of its k best scores. Without one of them the next moves up, so a document's credit is
what it leads that next one by; a contributor's takes all his documents away at once, and is at least their sum.
Exact for every k: nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.attribution.payout import largest_remainder
from core.attribution.sequences import Sequences, words
from core.errors import BadInput
from core.jobs import Progress
from core.models.retrieval.index import MOST, ranking

Ints = NDArray[np.int64]
PARTS = 1_000_000  # shares of an answer are out of this many


@dataclass(frozen=True)
class Carried:
    """`documents` (position, score, credit) by rank; `next_score` of the one that would move up, 0 where none would.

    `contributors` (number, credit) of those with a credit, largest first, the older on a tie; `score` of the answer.
    """

    score: int
    next_score: int
    documents: tuple[tuple[int, int, int], ...]
    contributors: tuple[tuple[int, int], ...]

    def shares(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Millionths of the documents' credits, by rank, and of the contributors', in their order."""
        return _shares([(place, credit) for place, _, credit in self.documents]), _shares(self.contributors)


def _shares(earned: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Of (age, credit): what division leaves goes to the older on a tie, whatever the order they are given in."""
    ages, credits_ = [age for age, _ in earned], [credit for _, credit in earned]
    return tuple(largest_remainder(PARTS, credits_, ages)) if any(credits_) else (0,) * len(earned)


def score_of(scores: Ints, k: int) -> int:
    """A: the sum of the k best positive scores. Raises BadInput unless 1 <= k <= 8."""
    if not 1 <= k <= MOST:
        raise BadInput(field="k", reason="range", value=k)
    return sum(int(scores[place]) for place in ranking(scores, k))


def carried(scores: Ints, owner: NDArray[np.integer], k: int) -> Carried:
    """Of an answer of k documents; scores int64 [n], `owner` [n] numbers each document's contributor, oldest first.

    Raises BadInput.
    """
    if owner.shape != scores.shape:
        raise BadInput(field="contributors", reason="shape", value=str(owner.shape))
    whole = score_of(scores, k)
    ranked = ranking(scores, k + 1)
    following = int(scores[ranked[k]]) if len(ranked) > k else 0
    documents = tuple((place, int(scores[place]), int(scores[place]) - following) for place in ranked[:k])
    people = {int(owner[place]) for place in ranked[:k]}  # without anybody else the answer is the same
    left = [(who, whole - score_of(scores[owner != who], k)) for who in people]
    ordered = sorted((one for one in left if one[1] > 0), key=lambda one: (-one[1], one[0]))
    return Carried(whole, following, documents, tuple(ordered))


def originals(texts: Sequence[str], progress: Progress | None = None) -> list[bool]:
    """Which texts, in order of commitment, have words and do not repeat those of an older one. Raises Cancelled."""
    found = []

    def each() -> Iterator[tuple[str, ...]]:
        for place, text in enumerate(texts):
            if progress is not None:
                progress.step("novelty", place, len(texts))
            sequence = words(text)
            found.append(bool(sequence))
            yield sequence

    first = Sequences.of(each()).originals().tolist()
    return [whole and original == place for place, (whole, original) in enumerate(zip(found, first, strict=True))]
