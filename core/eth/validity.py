"""The rules that a transaction must meet by itself, whatever the state (Cancun; Prague adds the calldata floor)."""

from __future__ import annotations

from core.errors import BadEncoding
from core.eth.signature import CURVE_ORDER
from core.eth.transaction import BLOB, LEGACY, SET_CODE, Transaction

MAX_NONCE = 2**64 - 2  # EIP-2681
MAX_INIT_CODE = 49_152  # bytes, EIP-3860
MAX_WORD = 2**256 - 1


def intrinsic_gas(transaction: Transaction, *, prague: bool = True) -> int:
    """Gas that the transaction uses before any code runs (Yellow Paper 6.2; EIP-2028, 2930, 3860, 7702, 7623)."""
    zeros = transaction.data.count(0)
    others = len(transaction.data) - zeros
    gas = 21_000 + 4 * zeros + 16 * others
    if transaction.to is None:
        gas += 32_000 + 2 * ((len(transaction.data) + 31) // 32)
    for _, keys in transaction.access_list:
        gas += 2_400 + 1_900 * len(keys)
    gas += 25_000 * len(transaction.authorizations)
    return max(gas, 21_000 + 10 * zeros + 40 * others) if prague else gas


def _refuse(reason: str) -> BadEncoding:
    return BadEncoding(what="transaction", reason=reason)


def check(transaction: Transaction, chain_id: int, *, prague: bool = True) -> None:
    """Raises BadEncoding(reason=the rule) for a transaction that no block of chain `chain_id` may hold.

    The signature's form is checked; that it gives a sender is `Transaction.sender`'s word.
    """
    check_fields(transaction, chain_id, prague=prague)
    if transaction.y_parity > 1 or not 0 < transaction.r < CURVE_ORDER:
        raise _refuse("signature")
    if not 0 < transaction.s <= CURVE_ORDER // 2:  # EIP-2
        raise _refuse("signature")


def check_fields(transaction: Transaction, chain_id: int, *, prague: bool = True) -> None:
    """The same for one that is not signed yet."""
    unprotected = transaction.kind == LEGACY and transaction.chain_id is None
    if transaction.chain_id != chain_id and not unprotected:
        raise _refuse("chain id")
    if not 0 <= transaction.nonce <= MAX_NONCE:
        raise _refuse("nonce")
    if not 0 <= transaction.value <= MAX_WORD:
        raise _refuse("value")
    _check_fees(transaction)
    if transaction.gas < intrinsic_gas(transaction, prague=prague):
        raise _refuse("intrinsic gas")
    if transaction.to is None and len(transaction.data) > MAX_INIT_CODE:
        raise _refuse("init code size")
    if transaction.kind == BLOB:
        _check_blobs(transaction)
    if transaction.kind == SET_CODE and (transaction.to is None or not transaction.authorizations):
        raise _refuse("authorizations")


def _check_fees(transaction: Transaction) -> None:
    if not 0 <= transaction.max_tip <= MAX_WORD or not 0 <= transaction.max_fee <= MAX_WORD:
        raise _refuse("fee")
    if transaction.max_tip > transaction.max_fee:
        raise _refuse("tip above fee")
    if not 0 <= transaction.gas < 2**64 or transaction.gas * transaction.max_fee > MAX_WORD:
        raise _refuse("fee overflow")


def _check_blobs(transaction: Transaction) -> None:
    hashes = transaction.blob_hashes
    if transaction.to is None or not hashes or any(entry[0] != 1 for entry in hashes):
        raise _refuse("blobs")
