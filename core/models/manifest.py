"""The form of a package's manifest: which keys, which types, which numbers belong together.

    format       "openledger-model/3"
    name         as given by the builder (foreign text to everybody else)
    encoder      name, hash, limit and specials of the tokens
    labels       in order: index k of the scores
    head         family; d, K, j, b (norm class), s, t, z, feature; lambda = 2^j * 2047^2 as text; hash (PoA-1 headHash)
    release      datanet, version, root; records used, and excluded by the consent rule; root of the features
    inverseRoot  PoA-1, over the rows of V
    creditRoot   PoA-1, over the records' credits
    admission    what fixed the weights, or null; integers and text as the caller gives them
    metrics      counts on the held-out records (`Evaluation.canonical`), or null
    licence      SPDX identifiers: data, encoder
    choice       how the encoder was chosen, or null: `way`, and by encoder the weight of the records answered wrongly
                 without them (null: not tried), `of` the whole weight, and under `NAME miss` what decided: the squared
                 error (PoA-1, section 3); likewise by family of head, where both were tried, the weight answered
                 wrongly: `ridge` and `softmax`, of `weighed`
    lineage      null, or what it was retrained from; integers and text as the caller gives them
    files        name -> SHA-256

Hashes are 64 hex digits. Others read these numbers as facts, so everything is checked, not only what is used here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from core.errors import PackageRefused
from core.models.encoders.base import FEATURE_SCALE
from core.models.evaluation import SCORE_BITS
from core.models.families import FAMILIES, RIDGE, SOFTMAX, fits
from core.models.ridge.base import scale

FORMAT = "openledger-model/3"
MAX_LABELS = 64
_HASH = re.compile(r"[0-9a-f]{64}")
MISS = " miss"  # after an encoder's name
_COUNT = 2**31  # records, calls, ids: nothing counted here is larger


def _integer(value: object, most: int = _COUNT, least: int = 0) -> bool:
    return type(value) is int and least <= value <= most


def _text(value: object, most: int = 200) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _encoder(value: Any) -> bool:
    return (
        _keys(value, "hash limit name specials")
        and _hash(value["hash"])
        and _integer(value["limit"])
        and _text(value["name"])
        and isinstance(value["specials"], bool)
    )


def _labels(value: Any) -> bool:
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_LABELS or not all(_text(label) for label in value):
        return False
    return len(set(value)) == len(value)


def _head(value: Any) -> bool:
    if not _keys(value, "K b d family feature hash j lambda s t z") or not _hash(value["hash"]):
        return False
    limits = {"K": MAX_LABELS, "b": 12, "d": 4096, "feature": FEATURE_SCALE, "j": 16, "s": 78, "t": SCORE_BITS, "z": 64}
    if not all(_integer(value[name], most) for name, most in limits.items()):
        return False
    if value["family"] not in FAMILIES or (value["family"] == SOFTMAX and not fits(value["d"], value["K"])):
        return False
    fixed = (FEATURE_SCALE, SCORE_BITS, scale(value["j"], value["b"]), str(FEATURE_SCALE**2 << value["j"]))
    return (value["feature"], value["t"], value["s"], value["lambda"]) == fixed


def _release(value: Any) -> bool:
    return (
        _keys(value, "datanet excluded features records root version")
        and all(_integer(value[name]) for name in ("datanet", "excluded", "records", "version"))
        and _hash(value["features"])
        and _hash(value["root"])
    )


def _metrics(value: Any) -> bool:
    if value is None:
        return True
    if not _keys(value, "calibration confusion correct majority records tfidf"):
        return False
    records = value["records"]
    if not _integer(records, least=1) or not all(_integer(value[n], records) for n in ("correct", "majority", "tfidf")):
        return False
    rows, bins = value["confusion"], value["calibration"]
    if not isinstance(rows, list) or not _table(rows, len(rows), records) or sum(map(sum, rows)) != records:
        return False
    return _table(bins, 3, 2**52) and len(bins) <= 100 and sum(item[1] for item in bins) == records


def _table(rows: Any, width: int, most: int) -> bool:
    if not isinstance(rows, list) or len(rows) > 100:
        return False
    return all(
        isinstance(row, list) and len(row) == width and all(_integer(cell, most) for cell in row) for row in rows
    )


def _licence(value: Any) -> bool:
    return _keys(value, "data encoder") and _text(value["data"], 100) and _text(value["encoder"], 100)


def _facts(value: Any) -> bool:
    """A flat table of the caller's: text and integers."""
    if value is None:
        return True
    if not isinstance(value, dict) or len(value) > 20:
        return False
    return all(item is None or _integer(item) or _text(item) for item in value.values())


def _choice(value: Any) -> bool:
    """Facts; a miss belongs to an encoder that was tried, and nothing is wrong more often than there are records."""
    if value is None or not _facts(value):
        return value is None
    missed = [name.removesuffix(MISS) for name in value if name.endswith(MISS)]
    for name in missed:
        if not _integer(value.get(name), value.get("of") or 0) or not _integer(value[name + MISS]):
            return False
    whole = value.get("weighed")
    return whole is None or (_integer(whole) and all(_integer(value.get(family), whole) for family in (RIDGE, SOFTMAX)))


def _files(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(name) and _hash(digest) for name, digest in value.items())


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "admission": _facts,
    "choice": _choice,
    "creditRoot": _hash,
    "encoder": _encoder,
    "files": _files,
    "format": lambda value: value == FORMAT,
    "head": _head,
    "inverseRoot": _hash,
    "labels": _labels,
    "licence": _licence,
    "lineage": _facts,
    "metrics": _metrics,
    "name": _text,
    "release": _release,
}


def _keys(value: object, names: str) -> bool:
    return isinstance(value, dict) and set(value) == set(names.split())


def check(value: object) -> dict[str, Any]:
    """The manifest, if it has the form above. Raises PackageRefused with the field that has not."""
    if not isinstance(value, dict) or set(value) != set(_FIELDS):
        raise PackageRefused(reason="manifest form", field="keys")
    for name, holds in _FIELDS.items():
        if not holds(value[name]):
            raise PackageRefused(reason="manifest form", field=name)
    metrics = value["metrics"]
    if value["head"]["K"] != len(value["labels"]) or (metrics and len(metrics["confusion"]) != len(value["labels"])):
        raise PackageRefused(reason="manifest form", field="labels")
    return value
