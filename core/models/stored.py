"""A trained model as bytes and back: what it was trained on, and its exact head. For the sealed artefacts of a profile.

Attribution, withdrawal and audits need V, X and the weights again long after training. The content is features, so
it is as private as the texts; the texts themselves are not in it. Layout: the magic, length of the head (u32 LE), the
head as canonical JSON (values, and for each array its type and shape), then the arrays, little-endian, one after the
other. held_ids and held_right say which records were held out, and what the baselines made of each: so they can leave,
too. G and B are the sums of a ridge head, so that a record leaves at the price of a solve. No pickle, nothing
executable; reading checks every length first. Features stay in the file where they are many (core/models/rows.py).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.artefacts import Artefacts, Content
from core.errors import BadFile, BadInput
from core.jobs import Progress, silent
from core.models import canonical, evaluation, families, ridge
from core.models import rows as row_files
from core.models.ridge.statistics import LIMIT
from core.models.rows import FileRows, Many, blocks
from core.models.training import HeldOut, TrainedModel, TrainingSet

_MAGIC = b"OLTM2\n"
_OLD = b"OLTM1\n"  # without ids of the records that were held out: those cannot leave one by one
_TYPES = {"i2": "<i2", "i8": "<i8", "u1": "u1"}
_KEYS = {"arrays", "encoder", "excluded", "family", "j", "labels", "majority", "norm_class", "tfidf"}
_MOST_HEAD = 1 << 20  # bytes: 64 labels of 4 kB and a fitted encoder's constants
_ROWS = ("x", "held_x")


def keep(artefacts: Artefacts, trained: TrainedModel, progress: Progress | None = None) -> str:
    """The digest it stands under. Raises DiskFull, Cancelled; then nothing half-written stays."""
    progress = progress or silent()
    with artefacts.writing() as file:
        for part in parts(trained, progress):
            file.write(part)
        progress.check()  # stopped during the last portion
    return file.digest


def parts(trained: TrainedModel, progress: Progress | None = None) -> Iterator[bytes]:
    """The bytes in portions; equal models give equal bytes."""
    progress = progress or silent()
    data, head, apart = trained.data, trained.head, trained.data.held_out
    arrays: dict[str, Many | NDArray[Any]] = {"V": head.V, "W": head.W, "w": data.w, "x": data.x, "y": data.y}
    arrays["accounts"] = np.frombuffer(b"".join(data.accounts), np.uint8).reshape(len(data), 20)
    arrays["record_ids"] = np.frombuffer(b"".join(data.record_ids), np.uint8).reshape(len(data), 32)
    if trained.statistics is not None:
        arrays |= {"B": trained.statistics.B, "G": trained.statistics.G}
    if apart is not None:
        arrays |= {"held_x": apart.x, "held_y": apart.y}
    if apart is not None and apart.right is not None:
        ids = np.frombuffer(b"".join(apart.record_ids), np.uint8).reshape(len(apart.y), 32)
        arrays |= {"held_ids": ids, "held_right": apart.right}
    head_text = canonical.encode(
        {
            "arrays": [[name, array.dtype.str[1:], list(array.shape)] for name, array in sorted(arrays.items())],
            "encoder": data.encoder,
            "excluded": data.excluded,
            "family": head.family,
            "j": head.j,
            "labels": list(data.labels),
            "majority": 0 if apart is None else apart.majority,
            "norm_class": head.norm_class,
            "tfidf": 0 if apart is None else apart.tfidf,
        }
    )
    yield _MAGIC + len(head_text).to_bytes(4, "little") + head_text
    for name, array in sorted(arrays.items()):
        if name not in _ROWS:
            yield array[:].astype(_TYPES[array.dtype.str[1:]]).tobytes()
            continue
        for start, block in blocks(array):
            progress.step("keep", start, len(array))
            yield block.astype("<i2").tobytes()


def record_ids(content: Content, *, held_out: bool = False) -> list[bytes]:
    """Of the records it was trained on, and `held_out` after them; nothing else of it. Raises BadFile."""
    try:
        _, arrays = _parse(content, {"record_ids", "held_ids"})
        names = ("record_ids", "held_ids") if held_out else ("record_ids",)
        return [row.tobytes() for name in names for row in arrays.get(name, ())]
    except (BadInput, KeyError, TypeError, ValueError, IndexError) as error:
        raise BadFile(path="", reason="not a trained model") from error


def load(content: Content) -> TrainedModel:
    """Raises BadFile when it is not what `parts` gives."""
    try:
        values, arrays = _parse(content)
        return _rebuild(values, arrays)
    except (BadInput, KeyError, TypeError, ValueError, IndexError) as error:
        raise BadFile(path="", reason="not a trained model") from error


def _parse(content: Content, only: Collection[str] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    start = len(_MAGIC) + 4
    first = content.read(0, start)
    size = int.from_bytes(first[len(_MAGIC) :], "little")
    if not first.startswith((_MAGIC, _OLD)) or size > _MOST_HEAD or start + size > content.size:
        raise ValueError("start")
    values = canonical.decode(content.read(start, size))
    if not isinstance(values, dict) or set(values) != _KEYS:
        raise ValueError("keys")
    at = start + size
    arrays: dict[str, Any] = {}
    for name, kind, shape in values["arrays"]:
        dtype = np.dtype(_TYPES[kind])
        length = math.prod(shape) * dtype.itemsize
        if min(shape) < 0 or at + length > content.size:
            raise ValueError("length")
        if only and name not in only:
            pass
        elif name in _ROWS:
            if kind != "i2":
                raise ValueError("type")
            count, width = shape
            rows = FileRows(content, at, count, width)
            arrays[name] = rows if length > row_files.RESIDENT else rows.whole()
        else:
            flat = np.frombuffer(content.read(at, length), dtype)
            arrays[name] = flat.reshape(shape).astype(dtype.newbyteorder("="))
        at += length
    if at != content.size:
        raise ValueError("length")
    return values, arrays


def _rebuild(values: dict[str, Any], arrays: dict[str, Any]) -> TrainedModel:
    apart = None
    if "held_x" in arrays:
        apart = _held_out(values, arrays)
    known: dict[bytes, bytes] = {}  # a person gave many records: one object for his account
    data = TrainingSet(
        values["encoder"],
        tuple(values["labels"]),
        arrays["x"],
        arrays["y"],
        arrays["w"],
        tuple(row.tobytes() for row in arrays["record_ids"]),
        tuple(known.setdefault(one, one) for one in (row.tobytes() for row in arrays["accounts"])),
        values["excluded"],
        apart,
    )
    head = families.kind(values["family"])(arrays["V"], arrays["W"], values["j"], values["norm_class"])
    found = None
    if apart is not None:
        found = evaluation.evaluate(head.W, apart.x, apart.y, majority=apart.majority, tfidf=apart.tfidf)
    return TrainedModel(data, head, found, statistics=_statistics(arrays))


def _held_out(values: dict[str, Any], arrays: dict[str, Any]) -> HeldOut:
    x, y, right = arrays["held_x"], arrays["held_y"], arrays.get("held_right")
    if right is None:
        return HeldOut(x, y, values["majority"], values["tfidf"])
    ids = tuple(row.tobytes() for row in arrays["held_ids"])
    if not len(x) == len(y) == len(ids) == len(right):
        raise ValueError("held out")
    found = HeldOut.of(x, y, ids, right & 1 == 1, right & 2 == 2)
    if (found.majority, found.tfidf) != (values["majority"], values["tfidf"]):
        raise ValueError("baselines")
    return found


def _statistics(arrays: dict[str, Any]) -> ridge.Statistics | None:
    if "G" not in arrays:
        return None
    G, B, W = arrays["G"], arrays["B"], arrays["W"]
    if B.shape != W.shape or G.shape != (len(W), len(W)):
        raise ValueError("sums")
    return ridge.Statistics(G, B, B[-1] // LIMIT)
