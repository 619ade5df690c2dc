"""A trained model as bytes and back: what it was trained on, and its exact head. For the sealed artefacts of a profile.

Attribution, withdrawal and audits need V, X and the weights again long after training. The content is features, so
it is as private as the texts; the texts themselves are not in it. Layout: the magic, length of the head (u32 LE), the
head as canonical JSON (values, and for each array its type and shape), then the arrays, little-endian, one after the
other. No pickle, nothing executable; reading checks every length first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile, BadInput
from core.models import canonical, evaluation, families
from core.models.training import HeldOut, TrainedModel, TrainingSet

_MAGIC = b"OLTM1\n"
_TYPES = {"i2": "<i2", "i8": "<i8", "u1": "u1"}
_KEYS = {"arrays", "encoder", "excluded", "family", "j", "labels", "majority", "norm_class", "tfidf"}


def dump(trained: TrainedModel) -> bytes:
    """Equal models give equal bytes."""
    data, head, apart = trained.data, trained.head, trained.data.held_out
    arrays: dict[str, NDArray[Any]] = {"V": head.V, "W": head.W, "w": data.w, "x": data.x, "y": data.y}
    arrays["accounts"] = np.frombuffer(b"".join(data.accounts), np.uint8).reshape(len(data), 20)
    arrays["record_ids"] = np.frombuffer(b"".join(data.record_ids), np.uint8).reshape(len(data), 32)
    if apart is not None:
        arrays |= {"held_x": apart.x, "held_y": apart.y}
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
    bodies = [array.astype(_TYPES[array.dtype.str[1:]]).tobytes() for _, array in sorted(arrays.items())]
    return b"".join([_MAGIC, len(head_text).to_bytes(4, "little"), head_text, *bodies])


def load(content: bytes) -> TrainedModel:
    """Raises BadFile when the bytes are not what `dump` writes."""
    try:
        values, arrays = _parse(content)
        return _rebuild(values, arrays)
    except (BadInput, KeyError, TypeError, ValueError, IndexError) as error:
        raise BadFile(path="", reason="not a trained model") from error


def _parse(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    start = len(_MAGIC) + 4
    size = int.from_bytes(content[len(_MAGIC) : start], "little")
    if not content.startswith(_MAGIC) or start + size > len(content):
        raise ValueError("start")
    values = canonical.decode(content[start : start + size])
    if not isinstance(values, dict) or set(values) != _KEYS:
        raise ValueError("keys")
    at = start + size
    arrays: dict[str, NDArray[Any]] = {}
    for name, kind, shape in values["arrays"]:
        dtype = np.dtype(_TYPES[kind])
        end = at + math.prod(shape) * dtype.itemsize
        if min(shape) < 0 or end > len(content):
            raise ValueError("length")
        arrays[name] = np.frombuffer(content[at:end], dtype).reshape(shape).astype(dtype.newbyteorder("="))
        at = end
    if at != len(content):
        raise ValueError("length")
    return values, arrays


def _rebuild(values: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> TrainedModel:
    apart = None
    if "held_x" in arrays:
        apart = HeldOut(arrays["held_x"], arrays["held_y"], values["majority"], values["tfidf"])
    data = TrainingSet(
        values["encoder"],
        tuple(values["labels"]),
        arrays["x"],
        arrays["y"],
        arrays["w"],
        tuple(row.tobytes() for row in arrays["record_ids"]),
        tuple(row.tobytes() for row in arrays["accounts"]),
        values["excluded"],
        apart,
    )
    head = families.kind(values["family"])(arrays["V"], arrays["W"], values["j"], values["norm_class"])
    found = None
    if apart is not None:
        found = evaluation.evaluate(head.W, apart.x, apart.y, majority=apart.majority, tfidf=apart.tfidf)
    return TrainedModel(data, head, found)
