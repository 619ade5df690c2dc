"""minilm-w4: all-MiniLM-L6-v2 with 4-bit weights. Better where words are not enough; about 40 times slower.

Its floats differ in the last bits between machines, so the integers committed in a release are the authority and
re-encoding is audited with a tolerance. Texts run one at a time: padding never touches a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.encoders.base import FEATURE_SCALE, Encoder


class MiniLM(Encoder):
    name = "minilm-w4"
    dimensions = 384
    limit = 256
    specials = True
    rule = "unit float32*2047, half to even"
    norm_class = 2  # a unit vector and the bias make 2; the rest is room for rounding
    exact = False

    @cached_property
    def _session(self) -> Any:
        from core.models.session import open_session

        return open_session(self.onnx)

    def rows(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        rows = np.zeros((len(tokens), self.dimensions), np.int64)
        for row, one in enumerate(tokens):
            ids = np.array([one], np.int64)
            (embedding,) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            rows[row] = quantise(embedding)[0]
        return rows


def quantise(embedding: NDArray[np.float32]) -> NDArray[np.int64]:
    """Unit vectors float32 [n, d] -> integers within +-2047. The product is exact in double: 24 + 11 bits."""
    scaled = np.rint(embedding.astype(np.float64) * FEATURE_SCALE)
    return np.clip(scaled, -FEATURE_SCALE, FEATURE_SCALE).astype(np.int64)
