"""Typed data (EIP-712): read strictly, shown as a tree, hashed by our own code beside eth-account's.

Strict, because libraries are lenient in different ways: eth-account takes "x" for true and text for bytes32, others
take null or drop unknown fields, and then what is shown is not what is signed. Here every value must be exactly of its
type, every field known and present, and every type reached from the primary one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import BadAddress, RefusedToSign
from core.keccak import keccak256
from core.units import ZERO_ADDRESS, Address

DOMAIN = "EIP712Domain"
_DOMAIN_TYPES = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}
_MOST_VALUES = 10_000
_DEEPEST = 32
_LONGEST = 64 * 1024  # characters of one text
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,99}")
_ARRAY = re.compile(r"(.+)\[([0-9]{0,6})\]")
_SIZED = re.compile(r"(u?int|bytes)([1-9][0-9]{0,2})")
_DATA = re.compile(r"0x([0-9a-fA-F]{2})*")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,77})|0x[0-9a-fA-F]{1,64}")

Types = Mapping[str, tuple[tuple[str, str], ...]]  # struct -> (field name, type)


def _refuse(reason: str, field: str) -> RefusedToSign:
    return RefusedToSign(reason=reason, field=field[:200])


@dataclass(frozen=True)
class Node:
    """One line of the tree for a screen: `text` for a value, `children` for a struct or an array. Foreign text."""

    name: str
    type: str
    text: str = ""
    children: tuple[Node, ...] = ()


@dataclass(frozen=True)
class TypedData:
    """Checked and in one form: integers as int, bytes as bytes, addresses as Address, structs as dict."""

    types: Types
    primary: str
    domain: Mapping[str, Any]
    message: Mapping[str, Any]

    @classmethod
    def parse(cls, data: object) -> TypedData:
        """From the JSON of eth_signTypedData_v4. Raises RefusedToSign(reason, field)."""
        if not isinstance(data, dict) or data.keys() != {"types", "primaryType", "domain", "message"}:
            raise _refuse("form", "")
        types = _parse_types(data["types"])
        primary = data["primaryType"]
        if not isinstance(primary, str) or primary not in types or primary == DOMAIN:
            raise _refuse("primary type", "primaryType")
        _check_reached(types, primary)
        reader = _Reader(types)
        domain = reader.value(DOMAIN, data["domain"], "domain", 0)
        return cls(types, primary, domain, reader.value(primary, data["message"], "message", 0))

    def check_domain(self, chain_id: int) -> None:
        """The domain must bind the signature to this chain and to one contract. Raises RefusedToSign."""
        if self.domain.get("chainId") != chain_id:
            raise _refuse("chain id", "domain.chainId")
        if self.domain.get("verifyingContract") in {None, ZERO_ADDRESS}:
            raise _refuse("no contract", "domain.verifyingContract")

    def digest(self) -> bytes:
        """keccak256(0x19 0x01 || domain separator || hash of the message)."""
        return keccak256(b"\x19\x01" + self._struct(DOMAIN, self.domain) + self._struct(self.primary, self.message))

    def tree(self) -> tuple[Node, Node]:
        """Domain and message, every value in full."""
        return self._node("domain", DOMAIN, self.domain), self._node("message", self.primary, self.message)

    def plain(self) -> dict[str, Any]:
        """Back as JSON-like values, in one form, for another library."""
        return {
            "types": {name: [{"name": n, "type": t} for n, t in fields] for name, fields in self.types.items()},
            "primaryType": self.primary,
            "domain": _plain(self.domain),
            "message": _plain(self.message),
        }

    def _encode_type(self, name: str) -> bytes:
        others = sorted(_reached(self.types, name) - {name})
        return "".join(
            f"{struct}({','.join(f'{kind} {field}' for field, kind in self.types[struct])})"
            for struct in (name, *others)
        ).encode()

    def _struct(self, name: str, value: Mapping[str, Any]) -> bytes:
        words = [keccak256(self._encode_type(name))]
        words += [self._word(kind, value[field]) for field, kind in self.types[name]]
        return keccak256(b"".join(words))

    def _word(self, kind: str, value: Any) -> bytes:
        if array := _ARRAY.fullmatch(kind):
            return keccak256(b"".join(self._word(array[1], item) for item in value))
        if kind in self.types:
            return self._struct(kind, value)
        if isinstance(value, Address):
            return value.raw.rjust(32, b"\0")
        if isinstance(value, str):
            return keccak256(value.encode())
        if isinstance(value, bytes):
            return keccak256(value) if kind == "bytes" else value.ljust(32, b"\0")
        return int(value).to_bytes(32, "big", signed=not kind.startswith("u") and kind != "bool")

    def _node(self, name: str, kind: str, value: Any) -> Node:
        if array := _ARRAY.fullmatch(kind):
            items = tuple(self._node(str(i), array[1], item) for i, item in enumerate(value))
            return Node(name, kind, children=items)
        if kind in self.types:
            return Node(name, kind, children=tuple(self._node(n, t, value[n]) for n, t in self.types[kind]))
        if isinstance(value, bytes):
            return Node(name, kind, "0x" + value.hex())
        return Node(name, kind, str(value).lower() if isinstance(value, bool) else str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value) if isinstance(value, Address) else value


def _parse_types(value: object) -> Types:
    if not isinstance(value, dict) or not 2 <= len(value) <= 100:
        raise _refuse("form", "types")
    types: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, fields in value.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name) or _atomic(name) or not isinstance(fields, list):
            raise _refuse("type", f"types.{name}")
        types[name] = tuple(_parse_field(field, f"types.{name}") for field in fields)
        if len({field for field, _ in types[name]}) != len(fields) or len(fields) > 200:
            raise _refuse("fields", f"types.{name}")
    for name, members in types.items():
        for field, kind in members:
            if not _atomic(_core(kind)) and (_core(kind) not in types or _core(kind) == DOMAIN):
                raise _refuse("unknown type", f"types.{name}.{field}")
    domain = types.get(DOMAIN, ())
    if not domain or any(_DOMAIN_TYPES.get(field) != kind for field, kind in domain):
        raise _refuse("domain", f"types.{DOMAIN}")
    return types


def _parse_field(field: object, where: str) -> tuple[str, str]:
    if not isinstance(field, dict) or field.keys() != {"name", "type"}:
        raise _refuse("form", where)
    name, kind = field["name"], field["type"]
    if not isinstance(name, str) or not isinstance(kind, str) or len(kind) > 200 or not _NAME.fullmatch(name):
        raise _refuse("form", where)
    return name, kind


def _core(kind: str) -> str:
    while array := _ARRAY.fullmatch(kind):
        kind = array[1]
    return kind


def _atomic(kind: str) -> bool:
    if kind in {"address", "bool", "string", "bytes"}:
        return True
    sized = _SIZED.fullmatch(kind)
    if sized is None:
        return False
    size = int(sized[2])
    return size <= 32 if sized[1] == "bytes" else size <= 256 and size % 8 == 0


def _reached(types: Types, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [_core(kind) for _, kind in types[name] if _core(kind) in types]
    return found


def _check_reached(types: Types, primary: str) -> None:
    """A type nobody uses would be shown and not signed."""
    for name in sorted(types.keys() - _reached(types, primary) - {DOMAIN}):
        raise _refuse("unused type", f"types.{name}")


class _Reader:
    """Values by their types, with a bound on how many and how deep."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._left = _MOST_VALUES

    def value(self, kind: str, value: object, where: str, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise _refuse("too large", where)
        if array := _ARRAY.fullmatch(kind):
            if not isinstance(value, list) or (array[2] and len(value) != int(array[2])):
                raise _refuse("array", where)
            return [self.value(array[1], item, f"{where}.{i}", depth + 1) for i, item in enumerate(value)]
        if kind in self._types:
            fields = self._types[kind]
            if not isinstance(value, dict) or value.keys() != {name for name, _ in fields}:
                raise _refuse("fields", where)
            return {name: self.value(type_, value[name], f"{where}.{name}", depth + 1) for name, type_ in fields}
        return _atom(kind, value, where)


def _atom(kind: str, value: object, where: str) -> Any:
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "string" and isinstance(value, str) and len(value) <= _LONGEST and _is_utf8(value):
        return value
    if kind == "address" and isinstance(value, str):
        try:
            return Address.parse(value)
        except BadAddress as error:
            raise _refuse(str(error.reason), where) from error
    if kind.startswith("bytes") and isinstance(value, str) and len(value) <= _LONGEST and _DATA.fullmatch(value):
        found = bytes.fromhex(value[2:])
        if kind == "bytes" or len(found) == int(kind.removeprefix("bytes")):
            return found
    if "int" in kind:
        return _integer(kind, value, where)
    raise _refuse("value", where)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(kind: str, value: object, where: str) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value, 16 if value.startswith("0x") else 10)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refuse("value", where)
    bits = int(kind.removeprefix("u").removeprefix("int"))
    low, high = (0, 2**bits) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= value < high:
        raise _refuse("range", where)
    return value
