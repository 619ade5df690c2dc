"""Reading JSON-RPC parameters. Every function raises BadParams with words for the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from core.node.values import ZERO_ADDRESS, AccessList, Message

MAX_AUTHORIZATIONS = 256
_HEX = re.compile(r"0x[0-9a-fA-F]+")


class BadParams(ValueError):
    """Becomes RpcError -32602."""


def data(value: object, what: str, size: int | None = None) -> bytes:
    """0x and an even number of hex digits; of `size` bytes if given."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise BadParams(f"{what}: hex string with 0x expected")
    try:
        found = bytes.fromhex(value[2:])
    except ValueError:
        raise BadParams(f"{what}: not hex") from None
    if size is not None and len(found) != size:
        raise BadParams(f"{what}: {size} bytes expected, {len(found)} found")
    return found


def quantity(value: object, what: str, limit: int = 2**256) -> int:
    """0x and hex digits without a leading zero."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) < 3:
        raise BadParams(f"{what}: hex number with 0x expected")
    try:
        found = int(value, 16)
    except ValueError:
        raise BadParams(f"{what}: not a hex number") from None
    if value.lower() != hex(found):  # a leading zero, a sign or an underscore
        raise BadParams(f"{what}: not a plain hex number")
    if found >= limit:
        raise BadParams(f"{what}: too large")
    return found


def address(value: object, what: str = "address") -> bytes:
    return data(value, what, 20)


def digest(value: object, what: str = "hash") -> bytes:
    return data(value, what, 32)


def slot(value: object, what: str = "storage slot") -> int:
    """Up to 32 bytes, or a number; both are in use for slots, with and without leading zeros."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise BadParams(f"{what}: hex string with 0x expected")
    if len(value) > 66:
        raise BadParams(f"storage key too long (want at most 32 bytes): {json.dumps(value[:100])}")
    return int(value, 16)


def flag(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        raise BadParams(f"{what}: true or false expected")
    return value


def access_list(value: object) -> AccessList:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadParams("accessList: list expected")
    entries = []
    for entry in value:
        if not isinstance(entry, Mapping):
            raise BadParams("accessList: object expected")
        keys = entry.get("storageKeys", [])
        if not isinstance(keys, list):
            raise BadParams("storageKeys: list expected")
        entries.append((address(entry.get("address")), tuple(slot(key) for key in keys)))
    return tuple(entries)


def message(value: object, gas_cap: int) -> tuple[Message, bool]:
    """A call object; and whether it offers a price, so that the sender's funds limit its gas."""
    if not isinstance(value, Mapping):
        raise BadParams("call: object expected")
    payload: Any = value.get("input", value.get("data"))
    if "input" in value and "data" in value and value["input"] != value["data"]:
        raise BadParams("call: input and data differ")
    price = value.get("maxFeePerGas", value.get("gasPrice"))
    gas = value.get("gas")
    found = Message(
        sender=address(value["from"], "from") if value.get("from") else ZERO_ADDRESS,
        to=address(value["to"], "to") if value.get("to") else None,
        value=quantity(value["value"], "value") if value.get("value") else 0,
        data=data(payload, "input") if payload else b"",
        gas=min(quantity(gas, "gas", 2**64), gas_cap) if gas else gas_cap,
        gas_price=quantity(price, "gas price") if price else 0,
        access_list=access_list(value.get("accessList")),
    )
    return found, found.gas_price > 0


def authorizations(call: object) -> int:
    """How many a call object carries (EIP-7702)."""
    found = call.get("authorizationList") if isinstance(call, Mapping) else None
    if found is None:
        return 0
    if not isinstance(found, list) or len(found) > MAX_AUTHORIZATIONS:
        raise BadParams(f"authorizationList: list of at most {MAX_AUTHORIZATIONS} expected")
    return len(found)
