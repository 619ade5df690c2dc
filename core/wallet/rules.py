"""What the signer signs, and what it refuses: eth-account would sign a value of 2^256, a tip above the fee, no gas, a
transaction for every chain, and more. Stricter than the protocol where the protocol allows nonsense.

Fields carry the names of JSON-RPC. Numbers are integers or 0x quantities, bytes 0x data; anything else is refused, and
so is any field that is not known: what is not understood is not signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.errors import BadAddress, BadEncoding, RefusedToSign
from core.eth import validity
from core.eth.transaction import DYNAMIC_FEE, LEGACY, AccessList, Transaction
from core.units import ZERO_ADDRESS, Address

MAX_GAS = 30_000_000  # a whole block's
MAX_DATA = 128 * 1024  # bytes; nodes take no larger transactions
MAX_FEE = 10 * 10**18  # wei for the gas in all, whatever the caller says: ten OPEN
MAX_ACCESS = 1_000  # addresses and slots in an access list

_COMMON = {"type", "chainId", "nonce", "value", "data", "gas"}
_FEES = {DYNAMIC_FEE: {"maxFeePerGas", "maxPriorityFeePerGas"}, LEGACY: {"gasPrice"}}
_OPTIONAL = {DYNAMIC_FEE: {"to", "from", "accessList"}, LEGACY: {"to", "from"}}
_QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_DATA = re.compile(r"0x([0-9a-fA-F]{2})*")


def _refuse(reason: str, field: str = "") -> RefusedToSign:
    return RefusedToSign(reason=reason, field=field)


def check(fields: Mapping[str, object], chain_ids: frozenset[int], sender: Address) -> Transaction:
    """The transaction that may be signed for `sender`, unsigned. Raises RefusedToSign(reason, field)."""
    kind = _number(fields, "type")
    if kind not in _FEES:
        raise _refuse("type", "type")
    needed = _COMMON | _FEES[kind]
    for name in sorted(needed - fields.keys()):
        raise _refuse("missing", name)
    for name in sorted(map(str, fields.keys() - needed - _OPTIONAL[kind])):
        raise _refuse("unknown field", name)
    if _number(fields, "chainId") not in chain_ids:
        raise _refuse("chain id", "chainId")
    if fields.get("from") is not None and _address(fields["from"], "from") != sender:
        raise _refuse("another account", "from")
    fee, tip = ("maxFeePerGas", "maxPriorityFeePerGas") if kind == DYNAMIC_FEE else ("gasPrice", "gasPrice")
    transaction = Transaction(
        kind=kind,
        chain_id=_number(fields, "chainId"),
        nonce=_number(fields, "nonce"),
        max_tip=_number(fields, tip),
        max_fee=_number(fields, fee),
        gas=_number(fields, "gas"),
        to=_recipient(fields.get("to")),
        value=_number(fields, "value"),
        data=_bytes(fields["data"], "data", MAX_DATA),
        access_list=_access_list(fields.get("accessList") or []),
    )
    _check_sense(transaction)
    try:
        validity.check_fields(transaction, _number(fields, "chainId"), prague=False)
    except BadEncoding as error:
        raise _refuse(str(error.reason)) from error
    return transaction


def _check_sense(transaction: Transaction) -> None:
    if transaction.gas > MAX_GAS:
        raise _refuse("more than a block", "gas")
    if transaction.gas * transaction.max_fee > MAX_FEE:
        raise _refuse("fee above the limit", "gas")
    if transaction.value + transaction.gas * transaction.max_fee > validity.MAX_WORD:
        raise _refuse("range", "value")
    if transaction.to is None and not transaction.data:
        raise _refuse("nothing to deploy", "data")
    if transaction.to == ZERO_ADDRESS.raw:
        raise _refuse("zero address", "to")


def unsigned(transaction: Transaction) -> Transaction:
    """Without the signature, to be compared with what was asked for."""
    return replace(transaction, y_parity=0, r=0, s=0)


def for_eth_account(transaction: Transaction) -> dict[str, Any]:
    """As eth-account takes it; every field is set by us, nothing is left to a default."""
    fields: dict[str, Any] = {
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "gas": transaction.gas,
        "to": b"" if transaction.to is None else transaction.to,
        "value": transaction.value,
        "data": transaction.data,
    }
    if transaction.kind == LEGACY:
        return {**fields, "gasPrice": transaction.max_fee}
    listed = [
        {"address": "0x" + address.hex(), "storageKeys": ["0x" + key.hex() for key in keys]}
        for address, keys in transaction.access_list
    ]
    return {
        **fields,
        "type": transaction.kind,
        "maxFeePerGas": transaction.max_fee,
        "maxPriorityFeePerGas": transaction.max_tip,
        "accessList": listed,
    }


def _number(fields: Mapping[str, object], name: str) -> int:
    value = fields.get(name)
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        value = int(value, 16)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refuse("missing" if value is None else "not a number", name)
    if not 0 <= value <= validity.MAX_WORD:
        raise _refuse("range", name)
    return value


def _bytes(value: object, name: str, limit: int) -> bytes:
    if not isinstance(value, str) or len(value) > 2 + 2 * limit:
        raise _refuse("too large" if isinstance(value, str) else "not bytes", name)
    if not _DATA.fullmatch(value):
        raise _refuse("not bytes", name)
    return bytes.fromhex(value[2:])


def _address(value: object, name: str) -> Address:
    try:
        return Address.parse(value) if isinstance(value, str) else Address(b"")
    except BadAddress as error:
        raise _refuse(str(error.reason), name) from error


def _recipient(value: object) -> bytes | None:
    return None if value is None else _address(value, "to").raw


def _access_list(value: object) -> AccessList:
    if not isinstance(value, list):
        raise _refuse("form", "accessList")
    entries = []
    for entry in value:
        if not isinstance(entry, dict) or entry.keys() != {"address", "storageKeys"}:
            raise _refuse("form", "accessList")
        keys = entry["storageKeys"]
        if not isinstance(keys, list):
            raise _refuse("form", "accessList")
        slots = tuple(_bytes(key, "accessList", 32) for key in keys)
        if any(len(slot) != 32 for slot in slots):
            raise _refuse("form", "accessList")
        entries.append((_address(entry["address"], "accessList").raw, slots))
    if sum(1 + len(slots) for _, slots in entries) > MAX_ACCESS:
        raise _refuse("too large", "accessList")
    return tuple(entries)
