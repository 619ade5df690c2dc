"""Contract ABI (Solidity's specification): eth_abi encodes and decodes; this bounds it and speaks our values.

A pointer of the ABI may point anywhere, also at what another one points at: 396 kB of data became 895 MB of values.
So every decoding is walked first, and refused when its values would be more than a limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from core.errors import BadEncoding, BadInput
from core.keccak import keccak256
from core.units import Address, Amount

MAX_DATA = 1024 * 1024  # bytes of input
MAX_VALUES = 1024 * 1024  # bytes of all values together, each at least 32
_ARRAY = re.compile(r"^(.*)\[(\d*)\]$")

Parameter = Mapping[str, Any]  # an entry of an ABI's `inputs`, `outputs` or `components`


def type_name(parameter: Parameter) -> str:
    """The canonical type: a tuple is spelled out, "(uint256,address)[2]"."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(map(type_name, parameter["components"])) + ")" + kind.removeprefix("tuple")


def signature(entry: Mapping[str, Any]) -> str:
    """`name(types)` of a function, event or error."""
    return f"{entry['name']}({','.join(map(type_name, entry.get('inputs', [])))})"


def selector(entry: Mapping[str, Any]) -> bytes:
    return keccak256(signature(entry).encode())[:4]


def encode(parameters: Sequence[Parameter], values: Sequence[object]) -> bytes:
    """Arguments as the contract reads them. Address and Amount are taken, tuples also as mappings. Raises BadInput."""
    if len(parameters) != len(values):
        raise BadInput(field="arguments", reason="count", value=len(values))
    import eth_abi
    from eth_abi.exceptions import EncodingError

    plain = [_lower(parameter, value) for parameter, value in zip(parameters, values, strict=True)]
    try:
        return bytes(eth_abi.encode([type_name(parameter) for parameter in parameters], plain))
    except (EncodingError, ValueError, TypeError, OverflowError) as error:
        raise BadInput(field="arguments", reason=type(error).__name__, value=str(error)[:200]) from error


def decode(parameters: Sequence[Parameter], data: bytes) -> tuple[Any, ...]:
    """Values in the order of the parameters; addresses as Address, tuples as dicts by name. Raises BadEncoding."""
    if len(data) > MAX_DATA:
        raise BadEncoding(what="abi", reason="too long")
    _Walk(data).tuple(list(parameters), 0)
    import eth_abi
    from eth_abi.exceptions import DecodingError

    try:
        values = eth_abi.decode([type_name(parameter) for parameter in parameters], data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise BadEncoding(what="abi", reason=type(error).__name__) from error
    return tuple(_lift(parameter, value) for parameter, value in zip(parameters, values, strict=True))


def _element(parameter: Parameter) -> tuple[Parameter, int | None] | None:
    """Of an array: what it holds, and how many when that is fixed."""
    found = _ARRAY.match(str(parameter["type"]))
    if found is None:
        return None
    return {**parameter, "type": found[1]}, int(found[2]) if found[2] else None


def _lower(parameter: Parameter, value: object) -> object:
    array = _element(parameter)
    if array is not None and isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_lower(array[0], entry) for entry in value]
    if parameter["type"] == "tuple" and isinstance(value, Mapping):
        parts = parameter["components"]
        if value.keys() != {part["name"] for part in parts}:
            raise BadInput(field="arguments", reason="fields", value=sorted(map(str, value)))
        return tuple(_lower(part, value[part["name"]]) for part in parts)
    if parameter["type"] == "tuple" and isinstance(value, Sequence):
        return tuple(_lower(part, entry) for part, entry in zip(parameter["components"], value, strict=False))
    if isinstance(value, Address):
        return str(value)
    return value.wei if isinstance(value, Amount) else value


def _lift(parameter: Parameter, value: Any) -> Any:
    array = _element(parameter)
    if array is not None:
        return tuple(_lift(array[0], entry) for entry in value)
    if parameter["type"] == "tuple":
        parts = parameter["components"]
        return {part["name"]: _lift(part, entry) for part, entry in zip(parts, value, strict=True)}
    return Address.parse(value) if parameter["type"] == "address" else value


class _Walk:
    """Follows every pointer and counts what would come out of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = MAX_VALUES

    def tuple(self, parts: list[Parameter], base: int) -> None:
        at = base
        for part in parts:
            if _dynamic(type_name(part)):
                self._one(part, base + self._word(at))
                at += 32
            else:
                self._one(part, at)
                at += _head_size(type_name(part), part)

    def _one(self, parameter: Parameter, at: int) -> None:
        self._spend(32)
        array = _element(parameter)
        kind = parameter["type"]
        if array is not None:
            self._array(array[0], array[1], at)
        elif kind == "tuple":
            self.tuple(parameter["components"], at)
        elif kind in {"bytes", "string"}:
            self._spend(self._word(at))
        else:
            self._word(at)

    def _array(self, element: Parameter, count: int | None, at: int) -> None:
        if count is None:
            count, at = self._word(at), at + 32
        self._spend(32 * count)  # before the loop, which it bounds
        dynamic = _dynamic(type_name(element))
        size = 32 if dynamic else _head_size(type_name(element), element)
        for number in range(count):
            place = at + number * size
            self._one(element, at + self._word(place) if dynamic else place)

    def _word(self, at: int) -> int:
        if at + 32 > len(self._data):
            raise BadEncoding(what="abi", reason="cut off")
        return int.from_bytes(self._data[at : at + 32], "big")

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise BadEncoding(what="abi", reason="too large")


@lru_cache(maxsize=256)
def _dynamic(name: str) -> bool:
    """Whether a value of this type stands behind a pointer."""
    return "bytes" in re.split(r"[(),\[]", name) or "string" in name or "[]" in name


def _head_size(name: str, parameter: Parameter) -> int:
    """Bytes of a static value."""
    array = _ARRAY.match(name)
    if array is not None:
        inner = {**parameter, "type": _ARRAY.match(str(parameter["type"]))[1]}  # type: ignore[index]  # it matched as `name` did
        return int(array[2]) * _head_size(array[1], inner)
    if parameter["type"] == "tuple":
        return sum(_head_size(type_name(part), part) for part in parameter["components"])
    return 32
