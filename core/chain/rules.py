"""What is never handed to the signer, and never taken from it: our own validator, whatever the libraries accept.

eth-account signs a value of 2^256, a tip above the fee, no gas, an unprotected legacy transaction; and accepts 55 of
160 invalid ones of the public tests.
"""

from __future__ import annotations

from dataclasses import fields

from core.chain.network import WALLET, Network
from core.errors import BadEncoding, FeeTooHigh, RefusedToSign
from core.eth import validity
from core.eth.transaction import DYNAMIC_FEE, Transaction
from core.units import ZERO_ADDRESS, Address

MAX_DATA = 128 * 1024  # bytes; nodes take no more in one transaction
_SIGNATURE = {"y_parity", "r", "s"}


def check_unsigned(transaction: Transaction, network: Network, *, block_gas: int, max_fee: int) -> None:
    """Before the signer sees it. `max_fee` (wei) is the most that gas may cost in all.

    Raises RefusedToSign(reason, field), or FeeTooHigh(fee, limit).
    """
    if WALLET not in network.uses:
        raise RefusedToSign(reason="network is for reading only", field="chain_id")
    if transaction.kind != DYNAMIC_FEE:
        raise RefusedToSign(reason="type", field="kind")
    if transaction.r or transaction.s:
        raise RefusedToSign(reason="signed already", field="r")
    if transaction.gas * transaction.max_fee > max_fee:
        raise FeeTooHigh(fee=transaction.gas * transaction.max_fee, limit=max_fee)
    if transaction.max_fee > network.max_fee_per_gas:
        raise FeeTooHigh(fee=transaction.max_fee, limit=network.max_fee_per_gas)
    try:
        validity.check_fields(transaction, network.chain_id)
    except BadEncoding as error:
        raise RefusedToSign(reason=str(error.reason), field="transaction") from error
    if transaction.gas > block_gas:
        raise RefusedToSign(reason="more gas than a block has", field="gas")
    if transaction.to == ZERO_ADDRESS.raw:
        raise RefusedToSign(reason="zero address", field="to")
    if transaction.to is None and not transaction.data:
        raise RefusedToSign(reason="no recipient", field="to")
    if len(transaction.data) > MAX_DATA:
        raise RefusedToSign(reason="too much data", field="data")
    if transaction.access_list or transaction.blob_hashes or transaction.authorizations:
        raise RefusedToSign(reason="more than was asked", field="access_list")


def check_signed(raw: bytes, asked: Transaction, sender: Address, network: Network) -> Transaction:
    """Whether the signer gave back what was asked, field by field, by the account asked. Raises RefusedToSign."""
    try:
        signed = Transaction.decode(raw)
        for field in fields(Transaction):
            if field.name not in _SIGNATURE and getattr(signed, field.name) != getattr(asked, field.name):
                raise RefusedToSign(reason="signed something else", field=field.name)
        validity.check(signed, network.chain_id)
        found = signed.sender
    except BadEncoding as error:
        raise RefusedToSign(reason=str(error.reason), field="signature") from error
    if found != sender.raw:
        raise RefusedToSign(reason="signed by another account", field="sender")
    return signed
