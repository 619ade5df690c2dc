"""Texts to integer features, in chunks, with progress, a stop, and no text encoded twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, MutableMapping, Sequence

import numpy as np

from core.errors import ModelError
from core.jobs import Progress
from core.models.encoders.base import FEATURE_SCALE, Encoder, Features

CHUNK = {True: 256, False: 8}  # exact encoders take 0.06 ms a text, others about 10
Cache = MutableMapping[bytes, bytes]  # key of a text -> its row, int16 little-endian; the caller keeps it
EncodeChunk = Callable[[Sequence[str]], Features]


def key(encoder: Encoder, text: str) -> bytes:
    """SHA-256 over encoder hash and text: what a cached row stands under."""
    return hashlib.sha256(encoder.hash + text.encode("utf-8", "surrogatepass")).digest()


def compute(
    encoder: Encoder,
    texts: Sequence[str],
    progress: Progress,
    *,
    cache: Cache | None = None,
    encode: EncodeChunk | None = None,
) -> Features:
    """int16 [len(texts), encoder.width]; row i belongs to text i. Raises Cancelled between chunks.

    `encode` computes a chunk elsewhere (`ModelRuntime.encoding`); None does it here. Rows found in `cache` are
    not computed again, new ones are added to it.
    """
    known: Cache = {} if cache is None else cache
    keys = [key(encoder, text) for text in texts]
    missing = {k: text for k, text in zip(keys, texts, strict=True) if k not in known}
    todo, size = list(missing.items()), CHUNK[encoder.exact]
    for start in range(0, len(todo), size):
        progress.step("encode", start, len(todo))
        part = todo[start : start + size]
        rows = (encode or encoder.features)([text for _, text in part])
        check(encoder, rows, len(part))
        keep(known, encoder, [text for _, text in part], rows)
    progress.step("encode", 1, 1)
    joined = b"".join(known[k] for k in keys)
    return np.frombuffer(joined, "<i2").reshape(len(texts), encoder.width).astype(np.int16)


def keep(cache: Cache, encoder: Encoder, texts: Sequence[str], rows: Features) -> None:
    """Remember what these texts give: `compute` will not ask again."""
    cache.update((key(encoder, text), row.astype("<i2").tobytes()) for text, row in zip(texts, rows, strict=True))


def check(encoder: Encoder, rows: Features, count: int) -> None:
    """Raises ModelError unless these are features of that encoder's family (PoA-1, section 1)."""
    if rows.dtype != np.int16 or rows.shape != (count, encoder.width):
        raise ModelError(reason="feature shape", found=f"{rows.dtype}{list(rows.shape)}")
    wide = rows.astype(np.int64)
    if (wide[:, -1] != FEATURE_SCALE).any():
        raise ModelError(reason="feature bias")
    if (abs(wide) > FEATURE_SCALE).any() or ((wide * wide).sum(axis=1) > FEATURE_SCALE**2 << encoder.norm_class).any():
        raise ModelError(reason="feature range")
