"""What makes a transaction unfit for the next block, in the words that wallets know from other nodes.

py-evm 0.12.1b1 leaves out EIP-3607 (sender with code), the chain id, the floor of EIP-7623 and the size of EIP-3860
as rules of validity, and checks funds against the price paid, not the maximum (EIP-1559): so the checks stand here,
before it.
"""

from __future__ import annotations

from core.node.engine import Invalid
from core.node.forks import since
from core.node.values import AccessList, Account, Transaction

TX_GAS = 21_000
CREATE_GAS = 32_000
ZERO_BYTE_GAS, BYTE_GAS = 4, 16  # EIP-2028
FLOOR_ZERO_BYTE_GAS, FLOOR_BYTE_GAS = 10, 40  # EIP-7623
INITCODE_WORD_GAS = 2  # EIP-3860
MAX_INITCODE = 49_152  # EIP-3860
ACCESS_ADDRESS_GAS, ACCESS_SLOT_GAS = 2_400, 1_900  # EIP-2930
AUTHORIZATION_GAS = 25_000  # EIP-7702
MAX_NONCE = 2**64 - 1  # EIP-2681
BLOBS, SET_CODE = 3, 4  # EIP-4844, EIP-7702
BLOB_GAS = 2**17  # a blob's (EIP-4844)
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


def check_form(tx: Transaction, chain_id: int, fork: str) -> None:
    """What holds whatever the state is. Raises Invalid."""
    if tx.chain_id is not None and tx.chain_id != chain_id:
        raise Invalid(f"invalid chain id for signer: have {tx.chain_id} want {chain_id}")
    if tx.max_priority_fee > tx.max_fee:
        raise Invalid(
            f"max priority fee per gas higher than max fee per gas: tip {tx.max_priority_fee} cap {tx.max_fee}"
        )
    if max(tx.max_fee, tx.value) >= 2**256 or tx.gas >= 2**64 or tx.nonce >= MAX_NONCE:
        raise Invalid("value out of range")
    if tx.type == SET_CODE and not tx.authorizations:
        raise Invalid("set code transaction with empty auth list")
    if not since(fork, "shanghai"):
        return
    if tx.to is None and len(tx.data) > MAX_INITCODE:
        raise Invalid(f"max initcode size exceeded: code size {len(tx.data)} limit {MAX_INITCODE}")
    needed = intrinsic_gas(tx.to, tx.data, tx.access_list, len(tx.authorizations))
    if tx.gas < needed:
        raise Invalid(f"intrinsic gas too low: have {tx.gas} want {needed}")
    if since(fork, "prague") and tx.gas < floor_gas(tx.data):
        raise Invalid(f"insufficient gas for floor data gas cost: have {tx.gas} want {floor_gas(tx.data)}")


def check_offer(tx: Transaction, chain_id: int, fork: str, gas_limit: int) -> None:
    """What people may send to a node, which is less than what a block may hold. Raises Invalid."""
    if tx.type == BLOBS:
        raise Invalid("transaction type not supported")  # blobs need a consensus client beside the node
    if tx.chain_id is None:
        raise Invalid("only replay-protected (EIP-155) transactions allowed over RPC")
    check_form(tx, chain_id, fork)
    if tx.gas > gas_limit:
        raise Invalid(f"exceeds block gas limit: have {tx.gas} limit {gas_limit}")


def cost(tx: Transaction) -> int:
    """The most wei that a transaction can take from its sender."""
    return tx.gas * tx.max_fee + tx.value + len(tx.blob_hashes) * BLOB_GAS * tx.max_blob_fee


def short(tx: Transaction, have: int, want: int) -> Invalid:
    sender = "0x" + tx.sender.hex()
    return Invalid(f"insufficient funds for gas * price + value: address {sender} have {have} want {want}")


def too_cheap(tx: Transaction, base_fee: int) -> Invalid:
    return Invalid(f"max fee per gas less than block base fee: maxFeePerGas {tx.max_fee} baseFee {base_fee}")


def check_sender(tx: Transaction, nonce: int, code: bytes) -> None:
    """The sender's nonce is not above the transaction's, and it is a person's. Raises Invalid."""
    sender = "0x" + tx.sender.hex()
    if tx.nonce < nonce:
        raise Invalid(f"nonce too low: address {sender}, tx: {tx.nonce} state: {nonce}")
    if code and not code.startswith(DELEGATION):
        raise Invalid(f"sender not an eoa: address {sender}")


def check(tx: Transaction, chain_id: int, fork: str, base_fee: int, account: Account | None, code: bytes) -> None:
    """Whether it can run now. `account` and `code` are the sender's on the state before it. Raises Invalid."""
    check_form(tx, chain_id, fork)
    nonce, balance = (account.nonce, account.balance) if account else (0, 0)
    check_sender(tx, nonce, code)
    if tx.nonce > nonce:
        raise Invalid(f"nonce too high: address 0x{tx.sender.hex()}, tx: {tx.nonce} state: {nonce}")
    if tx.max_fee < base_fee:
        raise too_cheap(tx, base_fee)
    if balance < cost(tx):
        raise short(tx, balance, cost(tx))
