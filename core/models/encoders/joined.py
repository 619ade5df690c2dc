"""NAME+words: another encoder's features with those of words-1024 beside them, which know what the meaning blurs.

Both blocks are about as long as the bias, so neither drowns the other; the tokens are those the other encoder takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.models.encoders.base import Encoder, Features
from core.models.encoders.words import Words


class Joined(Encoder):
    has_graph = True

    def __init__(self, dense: Encoder, words: Words) -> None:
        self._parts: tuple[Encoder, ...] = (dense, words)
        self.name = f"{dense.name}+words"
        self.dimensions = dense.dimensions + words.dimensions
        self.limit, self.specials = dense.limit, dense.specials
        self.rule = f"[{dense.rule}] [{words.rule}]"
        self.norm_class = 3  # worst: 3 of static-256, 1 of words, and the bias: 5
        self.exact = dense.exact

    @property
    def parts(self) -> tuple[Encoder, ...]:
        return self._parts

    @cached_property
    def onnx(self) -> bytes:
        return self._parts[0].onnx

    def rows(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        return np.concatenate([part.rows(tokens) for part in self._parts], axis=1)

    def alike(self, a: Features, b: Features) -> bool:
        return all(part.alike(a[where], b[where]) for part, where in self._blocks())

    def agrees(self, ids: Sequence[int], x: Features) -> bool:
        return all(np.array_equal(x[where], part.rows([ids])[0]) for part, where in self._blocks() if part.exact)

    def _blocks(self) -> list[tuple[Encoder, slice]]:
        """Each part and where its columns stand."""
        ends = np.cumsum([part.dimensions for part in self._parts]).tolist()
        return [(part, slice(end - part.dimensions, end)) for part, end in zip(self._parts, ends, strict=True)]
