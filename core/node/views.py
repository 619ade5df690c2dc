"""The ledger's values as JSON-RPC shows them. Numbers are 0x and no leading zero, bytes 0x and two digits a byte.

Every field of a header, a transaction and a receipt is there, so that a light client can hash them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import rlp

from core.keccak import keccak256
from core.node.store import StoredLog
from core.node.values import AccessList, AccountProof, Block, Header, Log, Receipt, Transaction, Withdrawal

Json = dict[str, Any]
BLOB_GAS = 2**17  # a blob's (EIP-4844)


def number(value: int) -> str:
    return hex(value)


def octets(value: bytes) -> str:
    return "0x" + value.hex()


def word(value: int) -> str:
    return octets(value.to_bytes(32, "big"))


def header(block: Header) -> Json:
    """The fields that the block's fork has (EIP-1559, EIP-4895, EIP-4844, EIP-4788, EIP-7685)."""
    shown: Json = {
        "number": number(block.number),
        "hash": octets(block.hash),
        "parentHash": octets(block.parent_hash),
        "sha3Uncles": octets(block.uncles_hash),
        "miner": octets(block.coinbase),
        "stateRoot": octets(block.state_root),
        "transactionsRoot": octets(block.transactions_root),
        "receiptsRoot": octets(block.receipts_root),
        "logsBloom": octets(block.bloom),
        "difficulty": number(block.difficulty),
        "gasLimit": number(block.gas_limit),
        "gasUsed": number(block.gas_used),
        "timestamp": number(block.timestamp),
        "extraData": octets(block.extra_data),
        "mixHash": octets(block.mix_hash),
        "nonce": octets(block.nonce),
    }
    later: list[tuple[str, str, str]] = [
        ("base_fee", "baseFeePerGas", number(block.base_fee)),
        ("withdrawals_root", "withdrawalsRoot", octets(block.withdrawals_root)),
        ("blob_gas_used", "blobGasUsed", number(block.blob_gas_used)),
        ("excess_blob_gas", "excessBlobGas", number(block.excess_blob_gas)),
        ("parent_beacon_block_root", "parentBeaconBlockRoot", octets(block.parent_beacon_block_root)),
        ("requests_hash", "requestsHash", octets(block.requests_hash)),
    ]
    return shown | {name: value for field, name, value in later if block.has(field)}


def block(found: Block, transactions: Sequence[object]) -> Json:
    """`transactions` as they are to be shown: hashes or whole."""
    shown: Json = {
        **header(found.header),
        "size": number(len(found.encode())),
        "uncles": [octets(uncle.hash) for uncle in found.uncles],
        "transactions": list(transactions),
    }
    if found.withdrawals is not None:
        shown["withdrawals"] = [_withdrawal(one) for one in found.withdrawals]
    return shown


def _withdrawal(one: Withdrawal) -> Json:
    return {
        "index": number(one.index),
        "validatorIndex": number(one.validator),
        "address": octets(one.address),
        "amount": number(one.amount),
    }


def transaction(tx: Transaction, head: Header | None = None, position: int = 0) -> Json:
    """One in a block; without `head` one that waits for a block, which has null for its place."""
    price = tx.price(head.base_fee) if head else tx.max_fee
    return {
        **_place(head, position),
        **_signed(tx),
        "gasPrice": number(price),
    }


def _place(head: Header | None, position: int) -> Json:
    if head is None:
        return {"blockHash": None, "blockNumber": None, "blockTimestamp": None, "transactionIndex": None}
    return {
        "blockHash": octets(head.hash),
        "blockNumber": number(head.number),
        "blockTimestamp": number(head.timestamp),
        "transactionIndex": number(position),
    }


def _signed(tx: Transaction) -> Json:
    shown: Json = {
        "hash": octets(tx.hash),
        "type": number(tx.type),
        "from": octets(tx.sender),
        "to": octets(tx.to) if tx.to else None,
        "nonce": number(tx.nonce),
        "value": number(tx.value),
        "input": octets(tx.data),
        "gas": number(tx.gas),
        "v": number(tx.v),
        "r": number(tx.r),
        "s": number(tx.s),
    }
    if tx.chain_id is not None:
        shown["chainId"] = number(tx.chain_id)
    if tx.type:
        shown["yParity"] = number(tx.y_parity)
        shown["accessList"] = access_list(tx.access_list)
    if tx.type >= 2:
        shown["maxFeePerGas"] = number(tx.max_fee)
        shown["maxPriorityFeePerGas"] = number(tx.max_priority_fee)
    if tx.type == 3:
        shown["maxFeePerBlobGas"] = number(tx.max_blob_fee)
        shown["blobVersionedHashes"] = [octets(one) for one in tx.blob_hashes]
    if tx.type == 4:
        shown["authorizationList"] = [
            {
                "chainId": number(one.chain_id),
                "address": octets(one.address),
                "nonce": number(one.nonce),
                "yParity": number(one.y_parity),
                "r": number(one.r),
                "s": number(one.s),
            }
            for one in tx.authorizations
        ]
    return shown


def _log(entry: Log, head: Header, tx_hash: bytes, tx_position: int, position: int) -> Json:
    return {
        "address": octets(entry.address),
        "topics": [octets(topic) for topic in entry.topics],
        "data": octets(entry.data),
        "blockHash": octets(head.hash),
        "blockNumber": number(head.number),
        "blockTimestamp": number(head.timestamp),
        "transactionHash": octets(tx_hash),
        "transactionIndex": number(tx_position),
        "logIndex": number(position),
        "removed": False,
    }


def log(entry: StoredLog, head: Header) -> Json:
    return _log(entry.log, head, entry.tx_hash, entry.tx_position, entry.position)


def receipts(
    head: Header, transactions: Sequence[Transaction], found: Sequence[Receipt], blob_price: int = 1
) -> list[Json]:
    """Of a whole block, in order. `blob_price` is the block's, in wei per blob gas."""
    shown, gas_before, logs_before = [], 0, 0
    for position, (tx, receipt) in enumerate(zip(transactions, found, strict=True)):
        outcome = {"status": number(receipt.status)} if receipt.root is None else {"root": octets(receipt.root)}
        one: Json = {
            "transactionHash": octets(tx.hash),
            "transactionIndex": number(position),
            "blockHash": octets(head.hash),
            "blockNumber": number(head.number),
            "from": octets(tx.sender),
            "to": octets(tx.to) if tx.to else None,
            "type": number(tx.type),
            **outcome,
            "cumulativeGasUsed": number(receipt.cumulative_gas),
            "gasUsed": number(receipt.cumulative_gas - gas_before),
            "effectiveGasPrice": number(tx.price(head.base_fee)),
            "contractAddress": octets(created_address(tx)) if tx.to is None else None,
            "logsBloom": octets(receipt.bloom),
            "logs": [_log(entry, head, tx.hash, position, logs_before + i) for i, entry in enumerate(receipt.logs)],
        }
        if tx.type == 3:
            one["blobGasUsed"] = number(len(tx.blob_hashes) * BLOB_GAS)
            one["blobGasPrice"] = number(blob_price)
        shown.append(one)
        gas_before = receipt.cumulative_gas
        logs_before += len(receipt.logs)
    return shown


def access_list(found: AccessList) -> list[Json]:
    return [{"address": octets(address), "storageKeys": [word(slot) for slot in slots]} for address, slots in found]


def created_address(tx: Transaction) -> bytes:
    """Where a creating transaction puts its contract."""
    return created_address_of(tx.sender, tx.nonce)


def created_address_of(sender: bytes, nonce: int) -> bytes:
    return keccak256(bytes(rlp.encode([sender, nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")])))[12:]


def proof(address: bytes, found: AccountProof) -> Json:
    """EIP-1186; slots as 32 bytes."""
    return {
        "address": octets(address),
        "accountProof": [octets(node) for node in found.proof],
        "balance": number(found.account.balance),
        "nonce": number(found.account.nonce),
        "codeHash": octets(found.account.code_hash),
        "storageHash": octets(found.account.storage_root),
        "storageProof": [
            {"key": word(one.slot), "value": number(one.value), "proof": [octets(node) for node in one.proof]}
            for one in found.storage
        ],
    }
