"""What the toy chain is made of: tries and blooms by their libraries, names, and the shapes of JSON-RPC."""

from __future__ import annotations

from typing import Any

import rlp
from trie import HexaryTrie

from core.keccak import keccak256

EMPTY_ROOT = keccak256(b"\x80")
EMPTY_UNCLES = keccak256(b"\xc0")
GAS_LIMIT = 30_000_000
HEADER_NAMES = (
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
)


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def hexed(raw: bytes) -> str:
    return "0x" + bytes(raw).hex()


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def bloom(logs: list[Any]) -> bytes:
    """Of entries (address, topics, data), by the eth-bloom library."""
    from eth_bloom import BloomFilter

    found = BloomFilter()
    for who, topics, _ in logs:
        found.add(bytes(who))
        for topic in topics:
            found.add(topic)
    return int(found).to_bytes(256, "big")


def trie_of(pairs: dict[bytes, bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for key, value in pairs.items():
        trie[key] = value
    return trie


def proof(trie: HexaryTrie, key: bytes) -> list[str]:
    nodes = [rlp.encode(node) for node in trie.get_proof(key)]
    return [hexed(node) for at, node in enumerate(nodes) if at == 0 or len(node) >= 32]


def receipt_bytes(entry: dict[str, Any]) -> bytes:
    logs = [[who, topics, data] for who, topics, data in entry["logs"]]
    return b"\x02" + rlp.encode([number(int(entry["ok"])), number(entry["gas"]), bloom(entry["logs"]), logs])


def receipt_json(entry: dict[str, Any]) -> dict[str, Any]:
    logs = [
        {"address": hexed(who), "topics": [*map(hexed, topics)], "data": hexed(data)}
        for who, topics, data in entry["logs"]
    ]
    return {
        "type": "0x2",
        "transactionHash": hexed(entry["hash"]),
        "status": hex(int(entry["ok"])),
        "cumulativeGasUsed": hex(entry["gas"]),
        "gasUsed": hex(entry["gas"]),
        "logsBloom": hexed(bloom(entry["logs"])),
        "logs": logs,
    }


def tx_json(sent: Any) -> dict[str, Any]:
    return {
        "type": "0x2",
        "hash": hexed(sent.hash),
        "chainId": hex(sent.chain_id),
        "nonce": hex(sent.nonce),
        "maxPriorityFeePerGas": hex(sent.tip),
        "maxFeePerGas": hex(sent.max_fee),
        "gas": hex(sent.gas),
        "to": hexed(sent.to) if sent.to else None,
        "value": hex(sent.value),
        "input": hexed(sent.data),
        "accessList": [],
        "yParity": hex(sent.parity),
        "v": hex(sent.parity),
        "r": hex(sent.r),
        "s": hex(sent.s),
        "from": hexed(sent.sender),
    }
