"""Recursive Length Prefix, strict (Yellow Paper, appendix B): one value has one encoding, all else is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from core.errors import BadEncoding

Item: TypeAlias = "bytes | list[Item]"
Encodable: TypeAlias = "bytes | int | Sequence[Encodable]"

MAX_BYTES = 4 * 1024 * 1024  # a block's largest part; an item of one byte costs about 60 bytes of memory
MAX_DEPTH = 8  # a transaction with an access list nests four deep


def _refuse(reason: str) -> BadEncoding:
    return BadEncoding(what="rlp", reason=reason)


def encode_int(number: int) -> bytes:
    """Big-endian without leading zeros; zero is the empty string."""
    if number < 0:
        raise _refuse("negative")
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _prefix(length: int, short: int) -> bytes:
    if length < 56:
        return bytes((short + length,))
    size = encode_int(length)
    return bytes((short + 55 + len(size),)) + size


def encode(item: Encodable) -> bytes:
    """Bytes, unsigned integers and nested sequences of them."""
    if isinstance(item, int):
        item = encode_int(item)
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    payload = b"".join([encode(part) for part in item])
    return _prefix(len(payload), 0xC0) + payload


def decode(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Item:
    """The one item that `data` holds. Raises BadEncoding for anything not canonical, cut off or left over.

    Time and memory grow with `len(data)`, which `max_bytes` bounds; recursion with `max_depth`.
    """
    if len(data) > max_bytes:
        raise _refuse("too long")
    item, end = _item(data, 0, len(data), max_depth)
    if end != len(data):
        raise _refuse("trailing bytes")
    return item


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    if at >= end:
        raise _refuse("cut off")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    if first < 0xC0:
        start, stop = _span(data, at, end, first - 0x80)
        if stop - start == 1 and data[start] < 0x80:
            raise _refuse("not canonical")
        return data[start:stop], stop
    if depth == 0:
        raise _refuse("too deep")
    start, stop = _span(data, at, end, first - 0xC0)
    items: list[Item] = []
    while start < stop:
        item, start = _item(data, start, stop, depth - 1)
        items.append(item)
    return items, stop


def _span(data: bytes, at: int, end: int, length: int) -> tuple[int, int]:
    """Where the payload starts and stops, from what the first byte says about its length."""
    start = at + 1
    if length > 55:
        size = length - 55
        if start + size > end:
            raise _refuse("cut off")
        if data[start] == 0:
            raise _refuse("not canonical")
        length = int.from_bytes(data[start : start + size], "big")
        if length < 56:
            raise _refuse("not canonical")
        start += size
    if start + length > end:
        raise _refuse("cut off")
    return start, start + length


def as_bytes(item: Item, length: int | None = None, *, what: str = "field") -> bytes:
    if not isinstance(item, bytes):
        raise BadEncoding(what=what, reason="list")
    if length is not None and len(item) != length:
        raise BadEncoding(what=what, reason="length")
    return item


def as_int(item: Item, max_bytes: int = 32, *, what: str = "field") -> int:
    if not isinstance(item, bytes):
        raise BadEncoding(what=what, reason="list")
    if len(item) > max_bytes:
        raise BadEncoding(what=what, reason="too large")
    if item[:1] == b"\x00":
        raise BadEncoding(what=what, reason="leading zero")
    return int.from_bytes(item, "big")


def as_list(item: Item, length: int | None = None, *, what: str = "field") -> list[Item]:
    if not isinstance(item, list):
        raise BadEncoding(what=what, reason="not a list")
    if length is not None and len(item) != length:
        raise BadEncoding(what=what, reason="length")
    return item
