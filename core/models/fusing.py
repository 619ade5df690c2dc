"""Which graph belongs to which encoder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.models.encoders.base import Encoder
from core.models.encoders.columns import Columns
from core.models.encoders.effnet import EffNet
from core.models.fuse import fuse as fuse_text
from core.models.fuse_columns import fuse_columns
from core.models.fuse_effnet import fuse_effnet


def fuse(encoder: Encoder, head: NDArray[np.int64]) -> bytes:
    """The fused model of an encoder and W int64 [encoder.width, K]. Same inputs, same bytes. Raises ModelError."""
    if isinstance(encoder, Columns):
        return fuse_columns(encoder, head)
    if isinstance(encoder, EffNet):
        return fuse_effnet(encoder, head)
    return fuse_text(encoder, head)
