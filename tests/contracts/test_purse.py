"""Purse: what payers put in, and how and when they get it back."""

from __future__ import annotations

import pytest

from tests.contracts.commons import DAY
from tests.contracts.market import ANN, DEPOSIT, PAYER, Market, payout
from tests.contracts.network import ZERO, Network, again


@pytest.fixture
def market(network: Network) -> Market:
    return again(Market, network)


def spent(receipt: dict[str, str]) -> int:
    return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_a_deposit_counts_for_the_payer_whoever_pays_it_in(network: Network, market: Market) -> None:
    receipt = network.act(ANN, market.settlement, "deposit", PAYER.address, value=5)
    payer, ann = PAYER.address.lower(), ANN.address.lower()
    assert market.settlement.events(receipt) == [("Deposited", {"payer": payer, "from": ann, "amount": 5})]
    assert network.read(market.settlement, "deposits", PAYER.address) == (DEPOSIT + 5, 0)
    assert network.refused(PAYER, market.settlement, "deposit", PAYER.address) == ("ZeroAmount", ())
    assert network.refused(PAYER, market.settlement, "deposit", ZERO, value=1) == ("ZeroAddress", ())


def test_money_sent_without_a_purpose_is_refused(network: Network, market: Market) -> None:
    receipt = network.send(PAYER, to=market.settlement.address, value=1, gas=100_000)
    assert receipt["status"] == "0x0"


def test_a_refund_waits_so_that_a_signed_voucher_can_still_be_settled(network: Network, market: Market) -> None:
    network.act(PAYER, market.settlement, "requestRefund", DEPOSIT)
    ready = network.read(market.settlement, "refundRequests", PAYER.address)[1]
    assert ready == int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16) + DAY
    network.time = ready - 100
    assert network.refused(PAYER, market.settlement, "refund") == ("NoRefund", (ready,))
    posted = market.settle(1, 100, payout((ANN.address, 75))[0], 100)
    network.time = ready  # the deposit is held until a day after the settlement's end
    assert network.refused(PAYER, market.settlement, "refund") == ("NoRefund", (posted.end + DAY,))
    network.time = posted.end + DAY
    before = network.balance(PAYER.address)
    receipt = network.act(PAYER, market.settlement, "refund")
    assert network.balance(PAYER.address) - before == DEPOSIT - 100 - spent(receipt)
    assert network.refused(PAYER, market.settlement, "refund") == ("NoRefund", (0,))


def test_a_refund_is_not_kept_ready_for_ever(network: Network, market: Market) -> None:
    network.act(PAYER, market.settlement, "requestRefund", 7)
    network.time += 8 * DAY + 100
    assert network.refused(PAYER, market.settlement, "refund")[0] == "NoRefund"
    network.act(PAYER, market.settlement, "requestRefund", 7)
    network.time += DAY + 100
    network.act(PAYER, market.settlement, "refund")
    assert network.read(market.settlement, "deposits", PAYER.address)[0] == DEPOSIT - 7


def test_a_refund_can_be_called_off_and_never_exceeds_the_deposit(network: Network, market: Market) -> None:
    assert network.refused(PAYER, market.settlement, "requestRefund", DEPOSIT + 1) == (
        "InsufficientDeposit",
        (DEPOSIT + 1, DEPOSIT),
    )
    network.act(PAYER, market.settlement, "requestRefund", 7)
    network.act(PAYER, market.settlement, "requestRefund", 0)
    network.time += 2 * DAY
    assert network.refused(PAYER, market.settlement, "refund") == ("NoRefund", (0,))
