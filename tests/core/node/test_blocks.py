"""Blocks: what a light client is given is enough to hash everything again, and the rules of Prague hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rlp
from trie import HexaryTrie

from core.errors import BadInput, TooLarge
from core.keccak import keccak256
from core.node.genesis import FIRST_CHAIN_ID, LAST_CHAIN_ID, SYSTEM_CONTRACTS, Genesis, new_chain_id, parse
from core.node.ledger import Ledger
from core.node.values import Header, next_base_fee
from tests.contracts.network import KEY, OPEN, START, Network, artefact, person

ANN, BEN = person("ann"), person("ben")
VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors"
BEACON_ROOTS = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"
HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"
FIELDS = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash"),
)
NUMBERS = {
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp"),
    *("baseFeePerGas", "blobGasUsed", "excessBlobGas"),
}


def number(text: str) -> bytes:
    value = int(text, 16)
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def header_hash(block: dict[str, Any]) -> str:
    parts = [number(block[name]) if name in NUMBERS else octets(block[name]) for name in FIELDS]
    return "0x" + keccak256(rlp.encode(parts)).hex()


def root_of(items: list[bytes]) -> str:
    trie = HexaryTrie({})
    for index, item in enumerate(items):
        trie[rlp.encode(index)] = item
    return "0x" + trie.root_hash.hex()


def some_blocks(network: Network) -> list[dict[str, Any]]:
    network.deploy(ANN, "Datanets")
    network.send(ANN, to=BEN.address, value=5)
    network.send(BEN, to=ANN.address, value=6)
    return [network.rpc("eth_getBlockByNumber", hex(n), True) for n in range(4)]


def test_a_header_hashes_to_its_blocks_hash_from_the_fields_shown(network: Network) -> None:
    blocks = some_blocks(network)
    assert [header_hash(block) for block in blocks] == [block["hash"] for block in blocks]
    assert [block["parentHash"] for block in blocks[1:]] == [block["hash"] for block in blocks[:-1]]


def test_a_mainnet_header_of_prague_hashes_as_it_does_there() -> None:
    path = VECTORS / "nimbus-verified-proxy" / "Prague.json"
    if not path.exists():
        pytest.skip("the public vectors are not beside this checkout")
    block = json.loads(path.read_text())
    block = block.get("result", block)
    parts = [number(block[name]) if name in NUMBERS else octets(block[name]) for name in FIELDS]
    assert "0x" + Header.decode(rlp.encode(parts)).hash.hex() == block["hash"]


def test_a_header_that_is_not_canonical_is_not_read(network: Network) -> None:
    encoded = network.ledger.head.encode()
    assert Header.decode(encoded) == network.ledger.head
    parts = rlp.decode(encoded)
    for wrong in (parts[:-2], [*parts, b""], [*parts[:8], b"\x00", *parts[9:]]):
        with pytest.raises(ValueError, match=r"header|canonical"):
            Header.decode(rlp.encode(wrong))
    with pytest.raises(ValueError, match="RLP"):
        Header.decode(encoded[:-1])


def test_transactions_and_receipts_rebuild_their_roots(network: Network) -> None:
    for block in some_blocks(network)[1:]:
        raw = [network.ledger.store.transaction(octets(tx["hash"])).raw for tx in block["transactions"]]
        assert root_of(raw) == block["transactionsRoot"]
        receipts = []
        for receipt in network.rpc("eth_getBlockReceipts", block["hash"] and block["number"]):
            logs = [
                [octets(log["address"]), [octets(t) for t in log["topics"]], octets(log["data"])]
                for log in receipt["logs"]
            ]
            body = [number(receipt["status"]), number(receipt["cumulativeGasUsed"]), octets(receipt["logsBloom"]), logs]
            receipts.append(octets("0x02") + rlp.encode(body))
        assert root_of(receipts) == block["receiptsRoot"]


def test_a_block_is_found_by_number_hash_and_tag(network: Network) -> None:
    blocks = some_blocks(network)
    for block in blocks:
        assert network.rpc("eth_getBlockByHash", block["hash"], True) == block
        assert network.rpc("eth_getBlockByNumber", {"blockHash": block["hash"]}, True) == block
    for tag in ("latest", "safe", "finalized", "pending"):
        assert network.rpc("eth_getBlockByNumber", tag, True) == blocks[-1]
    assert network.rpc("eth_getBlockByNumber", "earliest", True) == blocks[0]
    hashes = network.rpc("eth_getBlockByNumber", "latest")["transactions"]
    assert hashes == [tx["hash"] for tx in blocks[-1]["transactions"]]
    assert network.rpc("eth_getBlockByNumber", "0x99") is None
    assert network.rpc("eth_getBlockByHash", "0x" + "11" * 32) is None
    assert network.rpc("eth_getBlockReceipts", "0x99") is None


def test_every_block_does_the_systems_work_of_prague(network: Network) -> None:
    """EIP-4788: the time at time % 8191. EIP-2935: the parent's hash at its number % 8191."""
    for block in some_blocks(network)[1:]:
        time = int(block["timestamp"], 16)
        assert network.rpc("eth_getStorageAt", BEACON_ROOTS, hex(time % 8191), block["number"]) == f"0x{time:064x}"
        parent = (int(block["number"], 16) - 1) % 8191
        assert network.rpc("eth_getStorageAt", HISTORY, hex(parent), block["number"]) == block["parentHash"]
    latest = network.rpc("eth_getBlockByNumber", "latest")
    asked = "0x" + (int(latest["number"], 16) - 1).to_bytes(32, "big").hex()
    assert network.rpc("eth_call", {"to": HISTORY, "data": asked}, "latest") == latest["parentHash"]


def test_time_never_stands_still_and_follows_the_clock(network: Network) -> None:
    times = []
    for step in (0, 0, 100, -1000, 0):
        network.time += step
        network.send(ANN, to=BEN.address)
        times.append(int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16) - START)
    assert times == [0, 1, 100, 101, 102]


def test_the_base_fee_falls_after_empty_blocks_and_rises_after_full_ones(network: Network) -> None:
    limit = network.ledger.head.gas_limit
    fees = [network.ledger.head.base_fee]
    for gas in (limit, limit // 2, 60_000):
        network.send(ANN, gas=gas, data="0xfe")  # an invalid instruction burns all the gas it is given
        fees.append(network.ledger.head.base_fee)
    fees.append(next_base_fee(network.ledger.head))
    genesis, first = 10**9, 875_000_000  # the genesis used nothing: an eighth less
    assert fees[:4] == [genesis, first, first + first // 8, first + first // 8]
    used, target, last = 60_000, limit // 2, fees[3]
    assert fees[4] == last - last * (target - used) // target // 8


def test_the_coin_base_gets_the_tip_and_the_base_fee_is_burnt(network: Network) -> None:
    before = sum(network.balance(who.address) for who in (ANN, BEN))
    receipt = network.send(ANN, to=BEN.address, value=7)
    fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert before - sum(network.balance(who.address) for who in (ANN, BEN)) == fee
    assert network.balance("0x" + "00" * 20) == 21_000 * 10**6


def test_a_genesis_is_the_same_for_the_same_and_another_for_another(tmp_path: Path) -> None:
    def first(name: str, chain_id: int, balance: int) -> bytes:
        ledger = Ledger(tmp_path / name, KEY, Genesis(chain_id, START, {bytes(19) + b"\x09": balance}))
        ledger.close()
        return ledger.genesis_hash

    assert first("a", 7, OPEN) == first("b", 7, OPEN)
    assert first("c", 7, OPEN + 1) != first("a", 7, OPEN)


def test_the_system_contracts_stand_in_the_genesis(network: Network) -> None:
    for address, code in SYSTEM_CONTRACTS.items():
        assert network.rpc("eth_getCode", "0x" + address.hex(), "earliest") == "0x" + code.hex()
        assert network.rpc("eth_getTransactionCount", "0x" + address.hex(), "earliest") == "0x1"


def test_every_new_network_has_a_chain_id_of_its_own(network: Network) -> None:
    found = {new_chain_id() for _ in range(1000)}
    assert len(found) == 1000
    assert all(FIRST_CHAIN_ID <= one <= LAST_CHAIN_ID for one in found)
    assert network.rpc("eth_chainId") == hex(network.chain_id)
    assert network.rpc("net_version") == str(network.chain_id)


@pytest.mark.parametrize(
    "data",
    [
        {"timestamp": 1, "alloc": {}},
        {"chainId": 0, "timestamp": 1},
        {"chainId": 1, "timestamp": -1},
        {"chainId": 1, "timestamp": 1, "alloc": []},
        {"chainId": 1, "timestamp": 1, "alloc": {"0x12": {"balance": "0x1"}}},
        {"chainId": 1, "timestamp": 1, "alloc": {"0x" + "11" * 20: {"balance": "-1"}}},
        {"chainId": 1, "timestamp": 1, "alloc": {"0x" + "11" * 20: {}}},
        {"chainId": 1, "timestamp": 1, "alloc": {HISTORY: {"balance": "0x1"}}},
    ],
)
def test_a_genesis_that_makes_no_sense_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        parse(data)


def test_a_genesis_is_small() -> None:
    alloc = {f"0x{n:040x}": {"balance": "0x1"} for n in range(1_001)}
    with pytest.raises(TooLarge):
        parse({"chainId": 1, "timestamp": 1, "alloc": alloc})


def test_a_contract_lands_where_its_receipt_says(network: Network) -> None:
    contract = network.deploy(ANN, "Datanets")
    assert network.rpc("eth_getCode", contract.address, "latest") == artefact("Datanets")["deployedBytecode"]
    assert network.rpc("eth_getCode", contract.address, "earliest") == "0x"
