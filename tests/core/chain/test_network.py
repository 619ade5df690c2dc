"""Networks are declared, one file each; ours is pinned by its genesis."""

from __future__ import annotations

import json

import pytest

from core.chain.network import CONTRACTS, READ, WALLET, load_networks, local_network, parse_network
from core.errors import BadFile
from core.units import Address

GOOD = {"name": "N", "chainId": 5, "symbol": "OPEN", "endpoints": ["https://x.example"], "uses": ["read"]}


def test_the_public_networks_are_for_reading_and_the_wallet_only():
    networks = load_networks()
    assert {network.chain_id: network.symbol for network in networks.values()} == {1612: "OPEN", 161201: "OPN"}
    for network in networks.values():
        assert network.uses == {READ, WALLET}
        assert not network.contracts
        assert not network.local
        assert network.genesis_hash is None, "no genesis that we could not check ourselves"
        assert network.endpoints == (), "whom to ask is the person's choice"
        assert network.rollup
        assert network.max_age
        assert network.reorg_depth


def test_a_local_network_is_pinned_and_gets_its_contracts_later():
    network = local_network(77, b"\x01" * 32)
    assert network.local
    assert network.uses == {READ, WALLET, CONTRACTS}
    bell = Address(b"\xbe" * 20)
    assert network.with_contracts({"Bell": bell}).contracts["Bell"] == bell
    assert not network.contracts


def test_a_network_with_a_genesis_and_contracts_is_read():
    text = json.dumps({**GOOD, "genesisHash": "0x" + "ab" * 32, "contracts": {"Bell": "0x" + "be" * 20}, "maxFee": 9})
    network = parse_network("n", text)
    assert network.genesis_hash == b"\xab" * 32
    assert network.contracts == {"Bell": Address(b"\xbe" * 20)}
    assert network.max_fee == 9


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({**GOOD, "chainId": "x"}),
        json.dumps({**GOOD, "genesisHash": "zz"}),
        json.dumps({**GOOD, "uses": 5}),
        json.dumps({**GOOD, "stack": "other"}),
    ],
)
def test_a_file_that_is_no_network_is_refused(text):
    with pytest.raises(BadFile):
        parse_network("n", text)
