"""Canonical JSON: one value, one text, so that a hash over it means the value.

Keys sorted, no spaces, UTF-8 unescaped. Integers must fit 53 bits, because other languages read JSON numbers as
doubles; larger ones travel as decimal text. Floats are refused for the same reason: their text differs by writer.
"""

from __future__ import annotations

import json

from core.errors import BadInput

_SAFE = 2**53


def encode(value: object) -> bytes:
    """Raises BadInput for a float, a key that is not text, or an integer past 2^53."""
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def decode(data: bytes) -> object:
    """The value, only when `data` is exactly its canonical form. Raises BadInput."""
    try:
        value: object = json.loads(data)
        again = encode(value)
    except (ValueError, RecursionError, UnicodeError) as error:
        raise BadInput(field="json", reason="malformed") from error
    if again != data:
        raise BadInput(field="json", reason="not canonical")
    return value


def _check(value: object) -> None:
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, int):
        if abs(value) > _SAFE:
            raise BadInput(field="json", reason="integer past 2^53", value=str(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise BadInput(field="json", reason="key is not text", value=repr(key))
            _check(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item)
    else:
        raise BadInput(field="json", reason="type", value=type(value).__name__)
