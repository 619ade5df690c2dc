"""WOpen: as WETH9, one token for one wei."""

from __future__ import annotations

import pytest

from tests.contracts.commons import ANN, BEN, OUTSIDER
from tests.contracts.network import OPEN, ZERO, Contract, Network, again


def deployed(network: Network) -> Contract:
    return network.deploy(OUTSIDER, "WOpen")


@pytest.fixture
def wopen(network: Network) -> Contract:
    return again(deployed, network)


def test_it_says_what_it_is(network: Network, wopen: Contract) -> None:
    found = [network.read(wopen, name) for name in ("name", "symbol", "decimals", "totalSupply")]
    assert found == ["Wrapped OPEN", "WOPEN", 18, 0]


def test_depositing_and_a_plain_payment_wrap_one_to_one(network: Network, wopen: Contract) -> None:
    events = wopen.events(network.act(ANN, wopen, "deposit", value=3))
    ann = ANN.address.lower()
    assert events == [
        ("Transfer", {"from": ZERO, "to": ann, "value": 3}),
        ("Deposit", {"dst": ann, "wad": 3}),
    ]
    receipt = network.send(BEN, to=wopen.address, value=5, gas=100_000)
    assert wopen.events(receipt)[1] == ("Deposit", {"dst": BEN.address.lower(), "wad": 5})
    assert network.read(wopen, "totalSupply") == network.balance(wopen.address) == 8


def test_withdrawing_unwraps_one_to_one_and_only_ones_own(network: Network, wopen: Contract) -> None:
    network.act(ANN, wopen, "deposit", value=OPEN)
    assert network.refused(BEN, wopen, "withdraw", 1)[0] == "ERC20InsufficientBalance"
    before = network.balance(ANN.address)
    receipt = network.act(ANN, wopen, "withdraw", OPEN)
    fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert wopen.events(receipt)[1] == ("Withdrawal", {"src": ANN.address.lower(), "wad": OPEN})
    assert network.balance(ANN.address) == before + OPEN - fee
    assert network.read(wopen, "totalSupply") == network.balance(wopen.address) == 0


def test_it_moves_by_transfer_and_by_allowance_only(network: Network, wopen: Contract) -> None:
    network.act(ANN, wopen, "deposit", value=10)
    network.act(ANN, wopen, "transfer", BEN.address, 4)
    assert network.refused(BEN, wopen, "transferFrom", ANN.address, BEN.address, 1)[0] == "ERC20InsufficientAllowance"
    network.act(ANN, wopen, "approve", BEN.address, 2**256 - 1)
    network.act(BEN, wopen, "transferFrom", ANN.address, OUTSIDER.address, 6)
    balances = [network.read(wopen, "balanceOf", who.address) for who in (ANN, BEN, OUTSIDER)]
    assert balances == [0, 4, 6]
    assert network.read(wopen, "allowance", ANN.address, BEN.address) == 2**256 - 1  # as WETH9: endless stays endless
