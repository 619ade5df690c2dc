"""What is computed here is what the real contract takes: one settlement and all its claims on a real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.economy import settlement, voucher
from core.economy.channel import Channel
from core.economy.split import Split
from core.storage import Database
from core.units import Address, Amount
from tests.contracts.market import ANN, BUILDER, OUTSIDER, PAYER, SPLIT, TREASURY, Market
from tests.contracts.network import Network
from tests.core.economy import small_case


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    found = Network(tmp_path / "ledger.db")
    yield found
    found.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    found = small_case.database(tmp_path)
    yield found
    found.close()


def test_a_settlement_is_taken_and_paid_to_the_wei(network: Network, kept: Database) -> None:
    market, made = Market(network), small_case.model(n=30)
    contract, payer = Address.parse(market.settlement.address), Address.parse(PAYER.address)
    where = Channel(network.chain_id, contract, payer, 1)
    small_case.call(kept, made, 7, fee=Amount(10**15 + 3), where=where)
    signed, done = small_case.settle(kept, made, where=where, key=bytes(PAYER.key), split=Split(*SPLIT))
    assert network.read(market.settlement, "voucherDigest", signed.voucher.contract_argument) == voucher.digest(
        signed.voucher
    )
    receipt = network.act(ANN, market.settlement, "settle", *settlement.settle_arguments(done, signed))
    event = dict(market.settlement.events(receipt))["Settled"]
    assert (event["settlementId"], event["pool"]) == (done.id, done.parts.pool.wei)
    posted = network.read(market.settlement, "settlements", done.id)
    assert posted[-2:] == (done.commitment.payout_root, done.commitment.hash)
    earned = [network.read(market.settlement, "earned", who.address) for who in (BUILDER, TREASURY)]
    assert earned == [done.parts.builder.wei, done.parts.treasury.wei]

    for data in settlement.claims_of(done):
        before = network.balance(str(data.account))
        network.act(OUTSIDER, market.settlement, "claim", *data.contract_argument)
        assert network.balance(str(data.account)) - before == data.amount.wei
    posted = network.read(market.settlement, "settlements", done.id)
    assert posted[3] == done.parts.pool.wei

    small_case.call(kept, made, 2, seed=5, where=where)
    signed, done = small_case.settle(
        kept, made, after=7, settled=done.amount, where=where, key=bytes(PAYER.key), split=Split(*SPLIT)
    )
    network.act(BUILDER, market.settlement, "settle", *settlement.settle_arguments(done, signed))
    assert network.read(market.settlement, "channels", PAYER.address, 1) == (9, signed.voucher.total_fee.wei)
    network.act(OUTSIDER, market.settlement, "claimMany", [one.contract_argument for one in settlement.claims_of(done)])
