"""Calls that suppose another state or another block; nothing of it stays."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import RpcError
from tests.contracts.network import OPEN, Network, person

ANN, BEN = person("ann"), person("ben")
EMPTY = "0x" + "77" * 20
RETURN = "60005260206000f3"  # what is on the stack, as a word
SLOT_0, SLOT_1 = "600054" + RETURN, "600154" + RETURN


def word(value: int) -> str:
    return f"0x{value:064x}"


def program(network: Network, code: str, store: int = 0) -> str:
    init = f"60{store:02x}600055" if store else ""
    size = len(code) // 2
    start = len(init) // 2 + 12
    data = f"0x{init}60{size:02x}60{start:02x}60003960{size:02x}6000f3{code}"
    return network.send(ANN, data=data, gas=300_000)["contractAddress"]


def call(network: Network, to: str, *rest: Any, **fields: Any) -> str:
    return network.rpc("eth_call", {"to": to, **fields}, "latest", *rest)


def test_code_storage_and_single_words_are_supposed(network: Network) -> None:
    where = program(network, SLOT_0, store=5)
    assert call(network, where) == word(5)
    assert call(network, where, {where: {"stateDiff": {"0x0": "0x9"}}}) == word(9)
    assert call(network, where, {where: {"code": "0x" + SLOT_1, "stateDiff": {word(1): word(8)}}}) == word(8)
    assert call(network, where, {where: {"state": {"0x1": "0x2"}}}) == word(0)
    assert call(network, where, {where: {"code": "0x" + SLOT_1, "state": {"0x1": "0x2"}}}) == word(2)
    assert call(network, EMPTY, {EMPTY: {"code": "0x602a" + RETURN}}) == word(42)
    assert call(network, where) == word(5)


def test_balances_and_nonces_are_supposed(network: Network) -> None:
    poor = "0x" + "66" * 20
    assert call(
        network, EMPTY, {EMPTY: {"code": "0x3331" + RETURN}, poor: {"balance": "0x7"}}, **{"from": poor}
    ) == word(7)
    with pytest.raises(RpcError, match="insufficient funds"):
        call(network, EMPTY, **{"from": poor, "value": "0x1"})
    assert call(network, EMPTY, {poor: {"balance": hex(OPEN)}}, **{"from": poor, "value": "0x1"}) == "0x"
    created = network.rpc("eth_call", {"from": poor, "data": "0x30" + RETURN}, "latest", {poor: {"nonce": "0x5"}})
    assert created != network.rpc("eth_call", {"from": poor, "data": "0x30" + RETURN}, "latest")
    assert network.balance(poor) == 0


def test_a_store_costs_by_what_is_supposed_to_have_been_there(network: Network) -> None:
    """EIP-2200: writing over zero is dearer than over something."""
    where = program(network, "6001600055")
    request = {"from": ANN.address, "to": where}
    first = int(network.rpc("eth_estimateGas", request, "latest"), 16)
    later = int(network.rpc("eth_estimateGas", request, "latest", {where: {"stateDiff": {"0x0": "0x2"}}}), 16)
    same = int(network.rpc("eth_estimateGas", request, "latest", {where: {"stateDiff": {"0x0": "0x1"}}}), 16)
    assert first - later == 17_100
    assert later > same


def test_an_estimate_for_a_sender_supposed_to_be_rich(network: Network) -> None:
    poor = "0x" + "66" * 20
    request = {"from": poor, "to": BEN.address, "value": "0x1", "gasPrice": hex(10**10)}
    with pytest.raises(RpcError, match=r"insufficient funds|intrinsic gas"):
        network.rpc("eth_estimateGas", request)
    assert network.rpc("eth_estimateGas", request, "latest", {poor: {"balance": hex(OPEN)}}) == "0x5208"


def test_the_block_is_supposed(network: Network) -> None:
    for code, name, given, shown in (
        ("43", "number", "0x1234", word(0x1234)),
        ("42", "time", "0xffffffff", word(0xFFFFFFFF)),
        ("45", "gasLimit", "0x989680", word(10_000_000)),
        ("41", "feeRecipient", BEN.address, word(int(BEN.address, 16))),
        ("44", "prevRandao", word(77), word(77)),
    ):
        supposed = {EMPTY: {"code": "0x" + code + RETURN}}
        assert call(network, EMPTY, supposed, {name: given}) == shown
        assert call(network, EMPTY, supposed) != shown


@pytest.mark.parametrize(
    ("state", "block", "words"),
    [
        ([], None, "state overrides"),
        ({"0x12": {}}, None, "20 bytes"),
        ({EMPTY: []}, None, "object expected"),
        ({EMPTY: {"balance": "7"}}, None, "balance"),
        ({EMPTY: {"nonce": hex(2**64)}}, None, "nonce: too large"),
        ({EMPTY: {"code": "0x1"}}, None, "code: not hex"),
        ({EMPTY: {"state": {}, "stateDiff": {}}}, None, "both state and stateDiff"),
        ({EMPTY: {"state": []}}, None, "state: object"),
        ({EMPTY: {"stateDiff": {"0x0": 1}}}, None, "stateDiff"),
        ({EMPTY: {"movePrecompileToAddress": EMPTY}}, None, "movePrecompileToAddress not supported"),
        ({f"0x{n:040x}": {} for n in range(257)}, None, "at most 256"),
        ({EMPTY: {"state": {hex(n): "0x1" for n in range(4_097)}}}, None, "at most 4096 slots"),
        (None, [], "block overrides"),
        (None, {"withdrawals": []}, "withdrawals not supported"),
        (None, {"number": "12"}, "number"),
        (None, {"feeRecipient": "0x12"}, "20 bytes"),
    ],
)
def test_what_makes_no_sense_is_refused(network: Network, state: Any, block: Any, words: str) -> None:
    with pytest.raises(RpcError, match=words) as caught:
        call(network, EMPTY, state, block)
    assert caught.value.code == -32602
