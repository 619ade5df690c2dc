"""Blocks and transactions by every name that callers use for them, and as the bytes that were hashed."""

from __future__ import annotations

from typing import Any

import pytest
import rlp

from core.errors import RpcError
from core.keccak import keccak256
from tests.contracts.network import OPEN, Network, person

ANN, BEN = person("ann"), person("ben")
NOWHERE = "0x" + "11" * 32


def octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


@pytest.fixture
def block(network: Network) -> dict[str, Any]:
    """Block 2 of 3; block 1 deploys a contract."""
    network.deploy(ANN, "Datanets")
    network.send(ANN, to=BEN.address, value=1)
    found = network.rpc("eth_getBlockByNumber", "0x2")
    network.send(BEN, to=ANN.address, value=2)
    return found


def test_a_block_is_found_by_number_hash_and_the_objects_of_eip_1898(network: Network, block: dict[str, Any]) -> None:
    names = ["0x2", block["hash"], {"blockNumber": "0x2"}, {"blockHash": block["hash"], "requireCanonical": True}]
    for name in names:
        assert network.rpc("eth_getBalance", BEN.address, name) == hex(1_000 * OPEN + 1)
        assert network.rpc("eth_getBlockReceipts", name)[0]["blockHash"] == block["hash"]
        assert network.rpc("eth_getProof", BEN.address, [], name)["balance"] == hex(1_000 * OPEN + 1)
    assert network.rpc("eth_getBlockByHash", block["hash"]) == block
    for tag in ("latest", "safe", "finalized", "pending"):
        assert network.rpc("eth_getBlockByNumber", tag)["number"] == "0x3"
    assert network.rpc("eth_getBlockByNumber", "earliest")["number"] == "0x0"


@pytest.mark.parametrize(
    "name",
    [
        {},
        {"blockNumber": "0x1", "blockHash": NOWHERE},
        {"blockNumber": {"blockNumber": "0x1"}},
        {"blockHash": "0x11"},
        ["0x1"],
        "2",
        "Latest",
        True,
    ],
)
def test_a_name_that_names_no_block_is_refused(network: Network, name: object) -> None:
    with pytest.raises(RpcError) as caught:
        network.rpc("eth_getBalance", ANN.address, name)
    assert caught.value.code == -32602


def test_the_state_of_an_unknown_block_is_refused_and_the_block_itself_is_null(network: Network) -> None:
    for name in ("0x99", NOWHERE, {"blockHash": NOWHERE}):
        with pytest.raises(RpcError, match="header not found"):
            network.rpc("eth_getBalance", ANN.address, name)
        assert network.rpc("eth_getBlockReceipts", name) is None
    assert network.rpc("eth_getBlockByNumber", "0x99") is None
    assert network.rpc("eth_getBlockByHash", NOWHERE) is None
    assert network.rpc("eth_getBlockTransactionCountByHash", NOWHERE) is None
    assert network.rpc("eth_getTransactionByBlockNumberAndIndex", "0x99", "0x0") is None


def test_transactions_are_found_by_their_place(network: Network, block: dict[str, Any]) -> None:
    (digest,) = block["transactions"]
    found = network.rpc("eth_getTransactionByHash", digest)
    assert network.rpc("eth_getTransactionByBlockNumberAndIndex", "0x2", "0x0") == found
    assert network.rpc("eth_getTransactionByBlockHashAndIndex", block["hash"], "0x0") == found
    assert network.rpc("eth_getTransactionByBlockNumberAndIndex", "0x2", "0x1") is None
    assert network.rpc("eth_getBlockTransactionCountByNumber", "0x2") == "0x1"
    assert network.rpc("eth_getBlockTransactionCountByHash", block["hash"]) == "0x1"
    assert network.rpc("eth_getBlockTransactionCountByNumber", "0x0") == "0x0"
    assert network.rpc("eth_getUncleCountByBlockNumber", "0x2") == "0x0"
    assert network.rpc("eth_getUncleCountByBlockHash", block["hash"]) == "0x0"


def test_the_raw_bytes_hash_to_what_the_objects_say(network: Network, block: dict[str, Any]) -> None:
    header = octets(network.rpc("debug_getRawHeader", "0x2"))
    assert keccak256(header) == octets(block["hash"])
    whole = octets(network.rpc("debug_getRawBlock", block["hash"]))
    assert len(whole) == int(block["size"], 16)
    parts = rlp.decode(whole)
    assert rlp.encode(parts[0]) == header
    assert (parts[2], parts[3]) == ([], [])
    raw = octets(network.rpc("debug_getRawTransaction", block["transactions"][0]))
    assert keccak256(raw) == octets(block["transactions"][0])
    assert parts[1] == [raw]
    (receipt,) = network.rpc("debug_getRawReceipts", "0x2")
    assert octets(receipt)[:1] == b"\x02"
    assert rlp.decode(octets(receipt)[1:])[0] == b"\x01"
    assert network.rpc("eth_getRawTransactionByHash", block["transactions"][0]) == "0x" + raw.hex()
    assert network.rpc("eth_getRawTransactionByBlockNumberAndIndex", "0x2", "0x0") == "0x" + raw.hex()
    assert network.rpc("debug_getRawTransaction", NOWHERE) is None
    with pytest.raises(RpcError, match="block not found"):
        network.rpc("debug_getRawHeader", "0x99")


def test_many_slots_of_many_accounts_come_in_one_answer(network: Network, block: dict[str, Any]) -> None:
    where = network.rpc("eth_getTransactionReceipt", network.rpc("eth_getBlockByNumber", "0x1")["transactions"][0])
    address = where["contractAddress"]
    answer = network.rpc("eth_getStorageValues", {address: ["0x0", "0x1"], BEN.address: ["0x5"]}, "latest")
    assert list(answer) == [address, BEN.address]
    assert answer[address] == [network.rpc("eth_getStorageAt", address, slot) for slot in ("0x0", "0x1")]
    assert answer[BEN.address] == ["0x" + "00" * 32]
    for wrong in ({}, {address: "0x0"}, {"0x12": ["0x0"]}, {address: ["0x0"] * 2_000}, [address]):
        with pytest.raises(RpcError) as caught:
            network.rpc("eth_getStorageValues", wrong)
        assert caught.value.code == -32602


def test_a_refusal_with_words_is_told_in_words(network: Network) -> None:
    """Error(string) and Panic(uint256) of Solidity; the data comes along as well."""
    words = b"user error"
    data = (
        bytes.fromhex("08c379a0") + (32).to_bytes(32, "big") + len(words).to_bytes(32, "big") + words.ljust(32, b"\0")
    )
    panic = bytes.fromhex("4e487b71") + (17).to_bytes(32, "big")
    broken = data[:36] + (2**255).to_bytes(32, "big") + data[68:]
    seen = []
    for payload in (data, panic, broken, b"\x01"):
        size = len(payload)
        code = bytes.fromhex(f"60{size:02x}600c60003960{size:02x}6000fd") + payload  # revert(payload), as init code
        with pytest.raises(RpcError) as caught:
            network.rpc("eth_call", {"data": "0x" + code.hex()})
        assert (caught.value.code, caught.value.data) == (3, "0x" + payload.hex())
        seen.append(caught.value.message)
    assert seen == [
        "execution reverted: user error",
        "execution reverted: panic code 0x11",
        "execution reverted",
        "execution reverted",
    ]


def test_the_node_says_what_it_can_be_asked(network: Network, block: dict[str, Any]) -> None:
    told = network.rpc("eth_capabilities")
    assert told["head"]["number"] == "0x3"
    assert all(part == {"disabled": False, "oldestBlock": "0x0"} for name, part in told.items() if name != "head")
    assert network.rpc("net_peerCount") == "0x0"
    assert set(network.rpc("rpc_modules")) >= {"eth", "net", "web3", "txpool"}
    assert network.rpc("eth_blobBaseFee") == "0x1"
    upcoming = network.rpc("eth_feeHistory", "0x1", "latest")["baseFeePerGas"][1]
    assert network.rpc("eth_baseFee") == upcoming


def test_nobody_signs_here(network: Network) -> None:
    for method in ("eth_sendTransaction", "eth_sign", "eth_signTransaction", "personal_unlockAccount", "debug_setHead"):
        with pytest.raises(RpcError) as caught:
            network.rpc(method, {})
        assert caught.value.code == -32601
