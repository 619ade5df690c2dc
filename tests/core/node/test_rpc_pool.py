"""What waits for its turn can be looked at, and counts for the nonce to use next."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import RpcError
from tests.contracts.network import Network, person

ANN, BEN = person("ann"), person("ben")
MINE = "0x" + ANN.address[2:].lower()


def send(network: Network, nonce: int, **fields: Any) -> str:
    return network.rpc("eth_sendRawTransaction", network.sign(ANN, to=BEN.address, value=1, nonce=nonce, **fields))


def test_a_transaction_with_a_gap_before_it_waits_and_is_shown_without_a_place(network: Network) -> None:
    digest = send(network, 1)
    assert network.rpc("eth_blockNumber") == "0x0"
    assert network.rpc("eth_getTransactionReceipt", digest) is None
    shown = network.rpc("eth_getTransactionByHash", digest)
    assert (shown["hash"], shown["nonce"], shown["gasPrice"]) == (digest, "0x1", shown["maxFeePerGas"])
    assert {shown[name] for name in ("blockHash", "blockNumber", "transactionIndex")} == {None}
    assert network.rpc("txpool_status") == {"pending": "0x0", "queued": "0x1"}
    assert network.rpc("txpool_content") == {"pending": {}, "queued": {MINE: {"1": shown}}}
    assert network.rpc("txpool_contentFrom", ANN.address) == {"pending": {}, "queued": {"1": shown}}
    assert network.rpc("txpool_contentFrom", BEN.address) == {"pending": {}, "queued": {}}
    assert "21000 gas" in network.rpc("txpool_inspect")["queued"][MINE]["1"]


def test_what_fills_the_gap_takes_all_that_waited_along_and_every_block_is_told(network: Network) -> None:
    late = [send(network, nonce) for nonce in (2, 1)]
    assert network.rpc("eth_getTransactionCount", ANN.address, "pending") == "0x0"
    first = send(network, 0)
    blocks = [network.rpc("eth_getTransactionReceipt", digest)["blockNumber"] for digest in (first, *late)]
    assert all(int(block, 16) > 0 for block in blocks)
    assert [head["number"] for head in network.heads] == [
        hex(number + 1) for number in range(int(network.rpc("eth_blockNumber"), 16))
    ]
    assert network.rpc("eth_getTransactionCount", ANN.address, "pending") == "0x3"
    assert network.rpc("eth_getTransactionCount", ANN.address, "latest") == "0x3"
    assert network.rpc("txpool_status") == {"pending": "0x0", "queued": "0x0"}


def test_a_pending_filter_tells_of_what_waits_too(network: Network) -> None:
    name = network.rpc("eth_newPendingTransactionFilter")
    sent = [send(network, 1), send(network, 0)]
    assert network.rpc("eth_getFilterChanges", name) == sent
    with pytest.raises(RpcError, match="already known"):
        network.rpc("eth_sendRawTransaction", network.rpc("eth_getRawTransactionByHash", sent[1]))
    assert network.rpc("eth_getFilterChanges", name) == []
