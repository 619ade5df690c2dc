"""static-256: a table of 30,522 int8 vectors, summed. The default, because its features are integers throughout.

Made from all-MiniLM-L6-v2 by Model2Vec's recipe (packaging/rebuild_encoders.py). Special tokens have zero rows, so
none are added; a text without known tokens gives zeros, and the bias.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.models.encoders.base import FEATURE_SCALE, Encoder
from core.models.onnx_wire import parse_model, tensor_array


class Static256(Encoder):
    name = "static-256"
    dimensions = 256
    limit = 2048
    specials = False
    rule = "isum*2047/isqrt, half to even"
    norm_class = 2  # worst: three sums of 1, their root cut to 1, so three entries of 2047, and the bias
    exact = True

    @cached_property
    def table(self) -> NDArray[np.int8]:
        """int8 [30522, 256], read from the ONNX file itself, so there is one copy of the truth."""
        for tensor in parse_model(self.onnx)["graph"]["initializer"]:
            if tensor["name"] == "table":
                return tensor_array(tensor).astype(np.int8)
        raise AssertionError("the pinned file holds a table")  # its digest was checked

    def isum(self, tokens: Sequence[int]) -> NDArray[np.int64]:
        """Sum of the tokens' rows, [256]. At most 2048 * 127 in size."""
        total: NDArray[np.int64] = self.table[list(tokens)].sum(axis=0, dtype=np.int64)
        return total

    def rows(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        sums = np.zeros((len(tokens), self.dimensions), np.int64)
        for row, ids in enumerate(tokens):
            if ids:
                sums[row] = self.isum(ids)
        return normalise(sums)


def normalise(sums: NDArray[np.int64]) -> NDArray[np.int64]:
    """round_half_even(s * 2047 / isqrt(sum of s^2)) by row, in integers alone; a row of zeros stays zeros.

    Within +-2047: |s_j|^2 <= sum s^2 and s_j is an integer, so |s_j| <= isqrt(sum s^2).
    """
    squares = (sums * sums).sum(axis=1)
    roots = np.array([max(1, math.isqrt(int(square))) for square in squares], np.int64).reshape(-1, 1)
    quotient, rest = np.divmod(sums * FEATURE_SCALE, roots)  # floor, so 0 <= rest < root
    up = (2 * rest > roots) | ((2 * rest == roots) & (quotient % 2 == 1))
    rounded: NDArray[np.int64] = quotient + up
    return rounded
