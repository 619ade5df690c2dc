"""Texts to integer features, in chunks, with progress, a stop, and no text encoded twice.

`compute` is for what fits in memory; a `Shelf` takes the records of a whole release, whatever their number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, MutableMapping, Sequence

import numpy as np

from core.artefacts import Scratch
from core.errors import ModelError
from core.jobs import Progress
from core.models import rows as row_files
from core.models.encoders.base import FEATURE_SCALE, Encoder, Features, with_bias
from core.models.rows import BLOCK, FileRows, Many

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
    span: tuple[int, int] | None = None,
) -> Features:
    """int16 [len(texts), encoder.width]; row i belongs to text i. Raises Cancelled between chunks.

    `encode` computes a chunk elsewhere (`ModelRuntime.encoding`); None does it here. Rows found in `cache` are
    not computed again, new ones are added to it. `span`: these texts begin at such a place of so many in all.
    """
    first, total = span or (0, len(texts))
    known: Cache = {} if cache is None else cache
    keys = [key(encoder, text) for text in texts]
    missing = {k: text for k, text in zip(keys, texts, strict=True) if k not in known}
    todo, size = list(missing.items()), CHUNK[encoder.exact]
    for start in range(0, len(todo), size):
        progress.step("encode", first + start, max(total, len(todo)))
        part = todo[start : start + size]
        rows = (encode or encoder.features)([text for _, text in part])
        check(encoder, rows, len(part))
        keep(known, encoder, [text for _, text in part], rows)
    progress.step("encode", first + len(texts), total)
    joined = b"".join(known[k] for k in keys)
    return np.frombuffer(joined, "<i2").reshape(len(texts), encoder.width).astype(np.int16)


class Shelf:
    """Rows of lists of texts, each list encoded once by each encoder: in memory, or sealed in files of a scratch room
    where all together would take more than `rows.RESIDENT`. `cache` as for `compute`, where there is one.
    """

    def __init__(self, room: Scratch | None = None, cache: Cache | None = None) -> None:
        self._room, self._cache, self._held = room, cache, 0
        self._known: dict[tuple[bytes, bytes], Many] = {}

    def rows(
        self, encoder: Encoder, texts: Sequence[str], progress: Progress, encode: EncodeChunk | None = None
    ) -> Many:
        """int16 [len(texts), encoder.width]; `encode` as for `compute`. Raises ModelError, DiskFull, Cancelled."""
        name = _fingerprint(texts)
        found = self._known.get((encoder.hash, name))
        if found is None:
            first = self._known.get((encoder.parts[0].hash, name)) if len(encoder.parts) > 1 else None
            made = (
                self._encoded(encoder, texts, progress, encode)
                if first is None
                else _beside(encoder, first, texts, progress)
            )
            found = self._kept(made, len(texts), encoder.width)
            self._known[encoder.hash, name] = found
        return found

    def _encoded(
        self, encoder: Encoder, texts: Sequence[str], progress: Progress, encode: EncodeChunk | None
    ) -> Iterator[Features]:
        for start in range(0, len(texts), BLOCK):
            span = (start, len(texts))
            yield compute(encoder, texts[start : start + BLOCK], progress, cache=self._cache, encode=encode, span=span)

    def _kept(self, made: Iterator[Features], count: int, width: int) -> Many:
        if self._room is not None and self._held + 2 * count * width > row_files.RESIDENT:
            return FileRows(self._room.keep(block.astype("<i2").tobytes() for block in made), 0, count, width)
        self._held += 2 * count * width
        whole, start = np.empty((count, width), np.int16), 0
        for block in made:
            whole[start : start + len(block)] = block
            start += len(block)
        return whole


def _beside(encoder: Encoder, first: Many, texts: Sequence[str], progress: Progress) -> Iterator[Features]:
    """Of a joined encoder whose first block was made before: a language model runs once."""
    for start in range(0, len(texts), BLOCK):
        progress.step("encode", start, len(texts))
        tokens = [encoder.tokens(text) for text in texts[start : start + BLOCK]]
        known = first[start : start + BLOCK][:, :-1].astype(np.int64)
        yield with_bias(np.concatenate([known, *(part.rows(tokens) for part in encoder.parts[1:])], axis=1))


def _fingerprint(texts: Sequence[str]) -> bytes:
    found = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        found.update(len(content).to_bytes(4, "little") + content)
    return found.digest()


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
