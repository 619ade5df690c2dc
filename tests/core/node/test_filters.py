"""Filters tell what is new since the last question, once, and are forgotten when nobody asks."""

from __future__ import annotations

import pytest

from core.errors import RpcError
from core.node import filters, rpc_logs
from core.node.filters import LIFE, Filters
from tests.contracts.network import Contract, Network, person

ANN, BEN = person("ann"), person("ben")
HASH = b"\x03" * 32


@pytest.fixture
def datanets(network: Network) -> Contract:
    return network.deploy(ANN, "Datanets")


def test_a_block_filter_tells_every_block_once(network: Network) -> None:
    name = network.rpc("eth_newBlockFilter")
    assert network.rpc("eth_getFilterChanges", name) == []
    for _ in range(3):
        network.send(ANN, to=BEN.address)
    hashes = [network.rpc("eth_getBlockByNumber", hex(n))["hash"] for n in (1, 2, 3)]
    assert network.rpc("eth_getFilterChanges", name) == hashes
    assert network.rpc("eth_getFilterChanges", name) == []


def test_a_filter_of_transactions_tells_every_hash_once(network: Network) -> None:
    network.send(ANN, to=BEN.address)
    name = network.rpc("eth_newPendingTransactionFilter")
    sent = [network.send(ANN, to=BEN.address)["transactionHash"] for _ in range(2)]
    assert network.rpc("eth_getFilterChanges", name) == sent
    assert network.rpc("eth_getFilterChanges", name) == []


def test_a_log_filter_tells_its_logs_once_and_all_of_them_when_asked(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "createDatanet", "Before", HASH, [])
    mine = network.rpc("eth_newFilter", {"address": datanets.address, "fromBlock": "0x0"})
    others = network.rpc("eth_newFilter", {"address": BEN.address})
    receipt = network.act(ANN, datanets, "createDatanet", "After", HASH, [])
    assert network.rpc("eth_getFilterChanges", mine) == receipt["logs"]
    assert network.rpc("eth_getFilterChanges", mine) == []
    assert network.rpc("eth_getFilterChanges", others) == []
    everything = network.rpc("eth_getLogs", {"address": datanets.address, "fromBlock": "0x0"})
    assert network.rpc("eth_getFilterLogs", mine) == everything
    assert len(everything) > len(receipt["logs"])


def test_a_log_filter_keeps_to_its_range(network: Network, datanets: Contract) -> None:
    name = network.rpc("eth_newFilter", {"fromBlock": "0x3", "toBlock": "0x3"})
    for number in range(2, 5):
        network.act(ANN, datanets, "createDatanet", f"In block {number}", HASH, [])
    logs = network.rpc("eth_getFilterChanges", name)
    assert {log["blockNumber"] for log in logs} == {"0x3"}
    assert logs == network.rpc("eth_getFilterLogs", name)


def test_a_filter_is_gone_when_it_is_taken_away_or_nobody_asked(network: Network) -> None:
    name = network.rpc("eth_newBlockFilter")
    assert network.rpc("eth_uninstallFilter", name) is True
    assert network.rpc("eth_uninstallFilter", name) is False
    assert network.rpc("eth_uninstallFilter", 7) is False
    for method in ("eth_getFilterChanges", "eth_getFilterLogs"):
        with pytest.raises(RpcError, match="filter not found") as caught:
            network.rpc(method, name)
        assert caught.value.code == -32000
    blocks = network.rpc("eth_newBlockFilter")
    with pytest.raises(RpcError, match="filter not found"):
        network.rpc("eth_getFilterLogs", blocks)


def test_questions_keep_a_filter_and_silence_ends_it() -> None:
    now = [0.0]
    kept = Filters(clock=lambda: now[0])
    asked, silent = kept.add("blocks", 0), kept.add("blocks", 0)
    now[0] = LIFE - 1
    assert kept.get(asked) is not None
    now[0] = LIFE + 1
    assert kept.get(asked) is not None
    assert kept.get(silent) is None


def test_filters_are_limited_in_number(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "LIMIT", 2)
    for _ in range(2):
        network.rpc("eth_newBlockFilter")
    with pytest.raises(RpcError, match="more than 2 filters") as caught:
        network.rpc("eth_newBlockFilter")
    assert caught.value.code == -32005


def test_names_of_filters_are_hex_numbers_that_nobody_guesses() -> None:
    kept = Filters()
    names = {kept.add("blocks", 0) for _ in range(100)}
    assert len(names) == 100
    assert all(name == hex(int(name, 16)) for name in names)
    assert min(int(name, 16) for name in names) > 2**64


def test_hashes_beyond_what_is_remembered_are_left_out() -> None:
    kept = Filters()
    kept._hashes = type(kept._hashes)(maxlen=3)
    for number in range(5):
        kept.note(bytes([number]))
    assert kept.since(0) == ([b"\x02", b"\x03", b"\x04"], 5)
    assert kept.since(4) == ([b"\x04"], 5)
    assert kept.since(5) == ([], 5)


def test_a_question_for_too_much_says_the_limit(
    network: Network, datanets: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        network.act(ANN, datanets, "createDatanet", f"Number {number}", HASH, [])
    monkeypatch.setattr(rpc_logs, "MAX_LOGS", 2)
    with pytest.raises(RpcError, match="more than 2 results") as caught:
        network.rpc("eth_getLogs", {"fromBlock": "0x0"})
    assert caught.value.code == -32005
    monkeypatch.setattr(rpc_logs, "MAX_RANGE", 3)
    with pytest.raises(RpcError, match="block range of 5 blocks, at most 3") as caught:
        network.rpc("eth_getLogs", {"fromBlock": "0x0"})
    assert caught.value.code == -32005


@pytest.mark.parametrize(
    "wish",
    [
        None,
        [],
        {"topics": [["0x11"]]},
        {"topics": [None] * 5},
        {"address": ["0x12"]},
        {"address": ["0x" + "11" * 20] * 1_001},
        {"fromBlock": "0x5", "toBlock": "0x1"},
        {"blockHash": "0x" + "11" * 32},
    ],
)
def test_a_filter_that_asks_for_nothing_sensible_is_refused(network: Network, wish: object) -> None:
    with pytest.raises(RpcError) as caught:
        network.rpc("eth_newFilter", wish)
    assert caught.value.code == -32602
