"""The two kinds of hex text in JSON-RPC (execution-apis: QUANTITY and DATA), read strictly."""

from __future__ import annotations

from typing import Any

from core.errors import BadEncoding

_HEX = frozenset("0123456789abcdefABCDEF")
MAX_DATA = 4 * 1024 * 1024  # bytes of one field


def quantity(value: object, what: str, *, bits: int = 256) -> int:
    """A number as "0x1f": no leading zeros, at most `bits` wide. Raises BadEncoding."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) > 2 + bits // 4:
        raise BadEncoding(what=what, reason="quantity")
    digits = value[2:]
    if not digits or not _HEX.issuperset(digits) or (digits[0] == "0" and digits != "0"):
        raise BadEncoding(what=what, reason="quantity")
    return int(digits, 16)


def data(value: object, what: str, length: int | None = None, *, limit: int = MAX_DATA) -> bytes:
    """Bytes as "0x00ff": two digits a byte, `length` of them when given. Raises BadEncoding."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) % 2 or len(value) > 2 + 2 * limit:
        raise BadEncoding(what=what, reason="data")
    try:
        raw = bytes.fromhex(value[2:])
    except ValueError:
        raise BadEncoding(what=what, reason="data") from None
    if 2 * len(raw) != len(value) - 2:  # white space, which fromhex passes over
        raise BadEncoding(what=what, reason="data")
    if length is not None and len(raw) != length:
        raise BadEncoding(what=what, reason="length")
    return raw


def mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadEncoding(what=what, reason="not an object")
    return value


def sequence(value: object, what: str, *, limit: int = 100_000) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise BadEncoding(what=what, reason="not a list" if not isinstance(value, list) else "too long")
    return value


def to_quantity(number: int) -> str:
    return hex(number)


def to_data(raw: bytes) -> str:
    return "0x" + raw.hex()
