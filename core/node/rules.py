"""What makes a transaction unfit for the next block, in the words that wallets know from other nodes.

py-evm 0.12.1b1 leaves out EIP-3607 (sender with code), the floor of EIP-7623 and the size of EIP-3860 as rules of
validity, and checks funds against the price paid, not the maximum (EIP-1559): so the checks stand here, before it.
"""

from __future__ import annotations

from core.node.engine import Invalid
from core.node.values import EMPTY_CODE_HASH, AccessList, Account, Header, Transaction, next_base_fee

TX_GAS = 21_000
CREATE_GAS = 32_000
ZERO_BYTE_GAS, BYTE_GAS = 4, 16  # EIP-2028
FLOOR_ZERO_BYTE_GAS, FLOOR_BYTE_GAS = 10, 40  # EIP-7623
INITCODE_WORD_GAS = 2  # EIP-3860
MAX_INITCODE = 49_152  # EIP-3860
ACCESS_ADDRESS_GAS, ACCESS_SLOT_GAS = 2_400, 1_900  # EIP-2930
AUTHORIZATION_GAS = 25_000  # EIP-7702
MAX_NONCE = 2**64 - 1  # EIP-2681
DELEGATION = b"\xef\x01\x00"  # EIP-7702
MAX_RAW = 128 * 1024  # bytes of one transaction, as other nodes take them


def intrinsic_gas(to: bytes | None, data: bytes, access_list: AccessList, authorizations: int = 0) -> int:
    """Gas that a transaction needs before it executes anything."""
    zeros = data.count(0)
    gas = TX_GAS + zeros * ZERO_BYTE_GAS + (len(data) - zeros) * BYTE_GAS + authorizations * AUTHORIZATION_GAS
    gas += sum(ACCESS_ADDRESS_GAS + len(slots) * ACCESS_SLOT_GAS for _, slots in access_list)
    if to is None:
        gas += CREATE_GAS + (len(data) + 31) // 32 * INITCODE_WORD_GAS
    return gas


def floor_gas(data: bytes) -> int:
    """Least gas that a transaction with this data pays (EIP-7623)."""
    zeros = data.count(0)
    return TX_GAS + zeros * FLOOR_ZERO_BYTE_GAS + (len(data) - zeros) * FLOOR_BYTE_GAS


def _check_form(tx: Transaction, chain_id: int) -> None:
    if tx.chain_id is None:
        raise Invalid("only replay-protected (EIP-155) transactions allowed over RPC")
    if tx.chain_id != chain_id:
        raise Invalid(f"invalid chain id for signer: have {tx.chain_id} want {chain_id}")
    if tx.max_priority_fee > tx.max_fee:
        raise Invalid(
            f"max priority fee per gas higher than max fee per gas: tip {tx.max_priority_fee} cap {tx.max_fee}"
        )
    if max(tx.max_fee, tx.value) >= 2**256 or tx.gas >= 2**64 or tx.nonce >= MAX_NONCE:
        raise Invalid("value out of range")
    if tx.to is None and len(tx.data) > MAX_INITCODE:
        raise Invalid(f"max initcode size exceeded: code size {len(tx.data)} limit {MAX_INITCODE}")


def _check_gas(tx: Transaction, parent: Header) -> None:
    if tx.gas > parent.gas_limit:
        raise Invalid(f"exceeds block gas limit: have {tx.gas} limit {parent.gas_limit}")
    needed = intrinsic_gas(tx.to, tx.data, tx.access_list, len(tx.authorizations))
    if tx.gas < needed:
        raise Invalid(f"intrinsic gas too low: have {tx.gas} want {needed}")
    if tx.gas < floor_gas(tx.data):
        raise Invalid(f"insufficient gas for floor data gas cost: have {tx.gas} want {floor_gas(tx.data)}")
    base_fee = next_base_fee(parent)
    if tx.max_fee < base_fee:
        raise Invalid(f"max fee per gas less than block base fee: maxFeePerGas {tx.max_fee} baseFee {base_fee}")


def check(tx: Transaction, chain_id: int, parent: Header, account: Account | None, code: bytes) -> None:
    """Raises Invalid. `account` and `code` are the sender's after `parent`."""
    _check_form(tx, chain_id)
    nonce = account.nonce if account else 0
    sender = "0x" + tx.sender.hex()
    if tx.nonce < nonce:
        raise Invalid(f"nonce too low: address {sender}, tx: {tx.nonce} state: {nonce}")
    if tx.nonce > nonce:
        raise Invalid(f"nonce too high: address {sender}, tx: {tx.nonce} state: {nonce}")
    if account and account.code_hash != EMPTY_CODE_HASH and not code.startswith(DELEGATION):
        raise Invalid(f"sender not an eoa: address {sender}")
    _check_gas(tx, parent)
    cost = tx.gas * tx.max_fee + tx.value
    balance = account.balance if account else 0
    if balance < cost:
        raise Invalid(f"insufficient funds for gas * price + value: address {sender} have {balance} want {cost}")
