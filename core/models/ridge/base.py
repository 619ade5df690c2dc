"""What every head has: integers V and W, lambda, and scores that are x W (PoA-1, sections 3 and 14).

A family (`core.models.ridge`, `core.models.softmax`) says what V and W are of; everything that runs a model, measures
influence or hashes it asks the head, not the family.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.jobs import Progress
from core.models.ridge.exact import Floats, Ints, Wide, rows_times, split
from core.models.ridge.statistics import LIMIT, Features, check_features
from core.models.rows import Many

T = 52  # scale of W: 2^52 * score fits int64 with room for any features (checked), and residuals keep 2^-38
_SCALE = 62  # s = 62 - norm_class + j: then x V x < 2^62 for every x of the family


def scale(j: int, norm_class: int) -> int:
    """s, the scale of V."""
    return _SCALE - norm_class + j


@dataclass(frozen=True)
class Head(ABC):
    """V at scale 2^s (int64 [d, d], or [K d, K d] by label, then feature), W int64 [d, K] at scale 2^t.

    lambda = 2^j * 2047^2.
    """

    family: ClassVar[str]

    V: Ints
    W: Ints
    j: int
    norm_class: int

    @property
    def s(self) -> int:
        return scale(self.j, self.norm_class)

    @property
    def t(self) -> int:
        return T

    @cached_property
    def inverse_limbs(self) -> list[Floats]:
        """V in float64 limbs, for exact products with wide sums (|V| < 2^41)."""
        return [limb.astype(np.float64) for limb in split(self.V, 3)]

    @property
    def lambda_(self) -> int:
        return LIMIT**2 << self.j

    @property
    def d(self) -> int:
        return int(self.W.shape[0])

    @property
    def K(self) -> int:  # noqa: N802
        return int(self.W.shape[1])

    @property
    def blocks(self) -> int:
        """How many labels share a row of V and a leaf of sums: 1, or K (PoA-1, sections 9 and 14)."""
        return len(self.V) // self.d

    def scores(self, X: Many) -> Ints:
        """Of each row: x W, int64 [n, K] at scale 2^t."""
        check_features(X, self.norm_class)
        return rows_times(X, self.W)

    def answers(self, X: Many) -> Ints:
        """The label of the largest score, the smaller label on a tie: int64 [n]."""
        answers: Ints = np.argmax(self.scores(X), axis=1).astype(np.int64)
        return answers

    def same(self, other: Head) -> bool:
        return (
            (self.family, self.j, self.norm_class) == (other.family, other.j, other.norm_class)
            and self.V.tobytes() == other.V.tobytes()
            and self.W.tobytes() == other.W.tobytes()
        )

    @abstractmethod
    def directions(self, sums: NDArray[Any]) -> Wide:
        """U of PoA-1, sections 5 and 14, for integer sums [K, d]: normalised limbs, each [d, K]."""

    @abstractmethod
    def concerned(self, labels: Ints) -> Ints:
        """The labels whose rows of U an answer can fill: int64 [m, 1 or K] for answers int64 [m]."""

    @abstractmethod
    def of_calls(self, xs: Features, labels: Ints) -> Wide:
        """The rows of U that `concerned` names, of m answers at once: normalised limbs, each [d, m * (1 or K)]."""

    @abstractmethod
    def direction(self, sums: NDArray[Any], label: int, feature: int) -> int:
        """One entry of U, exactly."""

    @abstractmethod
    def left_out(self, X: Features, labels: Ints, weights: Ints) -> Floats:
        """Of each record of this head: its scores without it, float64 [n, K]. For choices and reading orders."""

    @abstractmethod
    def weights_of(self, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None = None) -> Ints:
        """W of other records with everything else pinned, int64 [d, K]. Raises Uncertified, AttributionError."""

    @abstractmethod
    def again(self, X: Many, labels: ArrayLike, weights: ArrayLike, progress: Progress | None = None) -> Self:
        """The head of other records with everything else pinned. Raises as `weights_of`, TooFewRecords."""
