"""py-evm's values and encodings as ours, and the other way round."""

from __future__ import annotations

import contextlib
from typing import Any

import rlp
from eth.db.header import HeaderSedes
from eth.exceptions import Revert

from core.keccak import keccak256
from core.node.paths import content, split
from core.node.values import REVERTED, Account, Authorization, Header, Log, Receipt, Transaction


def to_py(header: Header) -> Any:
    return rlp.decode(header.encode(), HeaderSedes)


def decoded_account(encoded: bytes) -> Account | None:
    if not encoded:
        return None
    nonce, balance, storage, code = map(content, split(encoded))
    return Account(int.from_bytes(nonce, "big"), int.from_bytes(balance, "big"), storage, code)


def slot_key(slot: int) -> bytes:
    return keccak256(slot.to_bytes(32, "big"))


def word(encoded: bytes) -> int:
    return int.from_bytes(content(encoded), "big") if encoded else 0


def of_transaction(raw: bytes, tx: Any) -> Transaction:
    kind = raw[0] if raw[0] < 0x80 else 0
    return Transaction(
        raw=raw,
        hash=keccak256(raw),
        type=kind,
        chain_id=tx.chain_id,
        sender=bytes(tx.sender),
        nonce=tx.nonce,
        to=bytes(tx.to) or None,
        value=tx.value,
        data=bytes(tx.data),
        gas=tx.gas,
        max_fee=tx.gas_price if kind < 2 else tx.max_fee_per_gas,
        max_priority_fee=tx.gas_price if kind < 2 else tx.max_priority_fee_per_gas,
        access_list=tuple((bytes(address), tuple(slots)) for address, slots in tx.access_list),
        authorizations=tuple(
            Authorization(a.chain_id, bytes(a.address), a.nonce, a.y_parity, a.r, a.s)
            for a in (tx.authorization_list if kind == 4 else ())
        ),
        y_parity=tx.y_parity,
        v=tx.v if kind == 0 else tx.y_parity,
        r=tx.r,
        s=tx.s,
        max_blob_fee=tx.max_fee_per_blob_gas if kind == 3 else 0,
        blob_hashes=tuple(bytes(one) for one in tx.blob_versioned_hashes) if kind == 3 else (),
    )


def of_receipt(receipt: Any) -> Receipt:
    root = bytes(receipt.state_root)
    return Receipt(
        status=int.from_bytes(root, "big") if len(root) < 32 else 1,
        cumulative_gas=receipt.gas_used,
        bloom=receipt.bloom.to_bytes(256, "big"),
        logs=tuple(
            Log(bytes(log.address), tuple(topic.to_bytes(32, "big") for topic in log.topics), bytes(log.data))
            for log in receipt.logs
        ),
        root=root if len(root) == 32 else None,
    )


def shown(value: bytes | int) -> str:
    return str(value) if isinstance(value, int) else "0x" + value.hex()[:80]


def failure(computation: Any) -> str | None:
    if not computation.is_error:
        return None
    error = computation.error
    if isinstance(error, Revert):
        return REVERTED
    with contextlib.suppress(Exception):
        return f"{type(error).__name__}: {error}"[:300]
    return type(error).__name__
