"""One byte form for everything that is hashed: JSON with sorted keys, no spaces, UTF-8, integers only."""

from __future__ import annotations

import json
from typing import Any

from core.errors import BadInput
from core.keccak import keccak256


def encode(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def decode(data: bytes, *, field: str, limit: int) -> Any:
    """The value, if `data` is exactly what `encode` makes of it. Raises BadInput with `field`.

    One value has one byte form, so a hash has one meaning: spaces, other key orders, doubled keys and floats with
    two spellings are refused.
    """
    value = read(data, field=field, limit=limit)
    try:
        same = encode(value) == data
    except (ValueError, UnicodeEncodeError) as error:
        raise BadInput(field=field, reason="not canonical") from error
    if not same:
        raise BadInput(field=field, reason="not canonical")
    return value


def read(data: bytes, *, field: str, limit: int) -> Any:
    """As `decode`, for a caller that compares with its own encoding of what it understood. Raises BadInput."""
    if len(data) > limit:
        raise BadInput(field=field, reason="too large", value=len(data))
    try:
        return json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadInput(field=field, reason="not JSON") from error


def _refuse(text: str) -> None:
    raise ValueError(text)


def digest(value: object) -> bytes:
    """Keccak-256 of the canonical bytes."""
    return keccak256(encode(value))
