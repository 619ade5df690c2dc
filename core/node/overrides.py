"""What a call supposes of the state and of its block, beside what they are (execution-apis: eth_call's third and fourth
parameter, as go-ethereum defined them).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.node import params
from core.node.params import BadParams
from core.node.values import Header

MAX_ACCOUNTS, MAX_SLOTS = 256, 4_096  # in one call


@dataclass(frozen=True)
class Override:
    """None leaves things as they are. `storage` stands in place of all that an account has, `slots` of single words."""

    balance: int | None = None
    nonce: int | None = None
    code: bytes | None = None
    storage: Mapping[int, int] | None = None
    slots: Mapping[int, int] = field(default_factory=dict)


Overrides = Mapping[bytes, Override]
_ACCOUNT_FIELDS = {"balance", "nonce", "code", "state", "stateDiff"}


def read(value: object) -> Overrides:
    """Raises BadParams."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > MAX_ACCOUNTS:
        raise BadParams(f"state overrides: object of at most {MAX_ACCOUNTS} accounts expected")
    found = {params.address(address, "state overrides"): _account(entry) for address, entry in value.items()}
    if sum(len(one.slots) + len(one.storage or ()) for one in found.values()) > MAX_SLOTS:
        raise BadParams(f"state overrides: at most {MAX_SLOTS} slots expected")
    return found


def _account(entry: object) -> Override:
    if not isinstance(entry, Mapping):
        raise BadParams("state overrides: object expected")
    if not set(entry) <= _ACCOUNT_FIELDS:
        unknown = ", ".join(sorted(map(str, set(entry) - _ACCOUNT_FIELDS)))[:100]
        raise BadParams(f"state overrides: {unknown} not supported")
    if entry.get("state") is not None and entry.get("stateDiff") is not None:
        raise BadParams("state overrides: both state and stateDiff given")
    return Override(
        balance=_optional(entry.get("balance"), "balance", 2**256),
        nonce=_optional(entry.get("nonce"), "nonce", 2**64 - 1),
        code=None if entry.get("code") is None else params.data(entry["code"], "code"),
        storage=None if entry.get("state") is None else _slots(entry["state"], "state"),
        slots={} if entry.get("stateDiff") is None else _slots(entry["stateDiff"], "stateDiff"),
    )


def _optional(value: object, what: str, limit: int) -> int | None:
    return None if value is None else params.quantity(value, what, limit)


def _slots(value: object, what: str) -> dict[int, int]:
    if not isinstance(value, Mapping):
        raise BadParams(f"{what}: object expected")
    return {params.slot(slot, what): params.slot(word, what) for slot, word in value.items()}


def read_block(header: Header, value: object) -> Header:
    """The header with what `value` supposes of the block. Raises BadParams."""
    if value is None:
        return header
    if not isinstance(value, Mapping):
        raise BadParams("block overrides: object expected")
    changes: dict[str, Any] = {}
    for name, given in value.items():
        if name not in _BLOCK_FIELDS:
            raise BadParams(f"block overrides: {str(name)[:100]} not supported")
        field_name, limit = _BLOCK_FIELDS[name]
        if given is not None:
            size = {"coinbase": 20, "mix_hash": 32}.get(field_name)
            changes[field_name] = params.data(given, name, size) if size else params.quantity(given, name, limit)
    return replace(header, **changes)


_BLOCK_FIELDS = {
    "number": ("number", 2**63),
    "time": ("timestamp", 2**63),
    "gasLimit": ("gas_limit", 2**63),
    "feeRecipient": ("coinbase", 0),
    "prevRandao": ("mix_hash", 0),
}
