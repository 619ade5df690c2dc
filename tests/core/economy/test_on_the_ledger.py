"""What is computed here is what the real contract takes: one settlement, its claims and its end on a real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.economy import settlement, voucher
from core.economy.body import Body
from core.economy.channel import Channel
from core.economy.split import Split
from core.models import families
from core.storage import Database
from core.units import Address, Amount
from tests.contracts.market import ANN, BUILDER, HASH, OUTSIDER, PAYER, SPLIT, TREASURY, Market
from tests.contracts.network import OPEN, Network
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


def body_of(event: dict[str, Any]) -> Body:
    kinds = {"Address": Address.parse, "Amount": Amount}
    fields = zip(Body.__dataclass_fields__.values(), event["body"], strict=True)
    return Body(**{field.name: kinds.get(str(field.type), lambda same: same)(value) for field, value in fields})


@pytest.mark.parametrize("family", families.FAMILIES)
def test_a_settlement_is_taken_and_paid_to_the_wei(network: Network, kept: Database, family: str) -> None:
    market, made = Market(network), small_case.model(n=30, family=family)
    roots = small_case.model_roots(made)
    arguments = (1, 1, made.tables.package, HASH, roots.contract_argument, 1, SPLIT)
    registered = network.act(BUILDER, market.models, "register", *arguments)
    model = dict(market.models.events(registered))["ModelRegistered"]["modelId"]
    assert network.read(market.models, "rootsOf", model, made.tables.package) == roots.hash
    contract, payer = Address.parse(market.settlement.address), Address.parse(PAYER.address)
    where = Channel(network.chain_id, contract, payer, model)
    small_case.call(kept, made, 7, fee=Amount(10**15 + 3), where=where)
    signed, done = small_case.settle(kept, made, where=where, key=bytes(PAYER.key), split=Split(*SPLIT))
    assert network.read(market.settlement, "voucherDigest", signed.voucher.contract_argument) == voucher.digest(
        signed.voucher
    )
    sent = settlement.settle_arguments(done, signed)
    receipt = network.act(ANN, market.settlement, "settle", *sent, value=OPEN)
    event = dict(market.settlement.events(receipt))["Settled"]
    body = body_of(event)
    assert (body.pool, body.builder_part, body.model_roots) == (done.parts.pool, done.parts.builder, roots.hash)
    assert body.payout_root(event["payoutHash"]) == done.payout_root
    assert event["id"] == body.id(done.payout_root)
    assert network.read(market.settlement, "idOf", body.contract_argument, done.payout_root) == event["id"]

    leaves = small_case.claims_of(done, body)
    name, values = network.refused(OUTSIDER, market.settlement, "claim", *leaves[0].contract_argument)
    assert (name, values) == ("NotFinal", (body.claimable_at,))
    network.time = body.claimable_at
    data = leaves[0]
    before = network.balance(str(data.account))
    network.act(OUTSIDER, market.settlement, "claim", *data.contract_argument)
    assert network.balance(str(data.account)) - before == data.amount.wei
    network.act(OUTSIDER, market.settlement, "claimMany", [one.contract_argument for one in leaves[1:]])
    assert [network.balance(str(one.account)) for one in leaves[1:]] == [one.amount.wei for one in leaves[1:]]
    network.act(OUTSIDER, market.settlement, "finish", body.contract_argument, done.payout_root)
    earned = [network.read(market.settlement, "earned", who.address) for who in (ANN, BUILDER, TREASURY)]
    assert earned == [OPEN, done.parts.builder.wei, done.parts.treasury.wei]

    small_case.call(kept, made, 2, seed=5, where=where)
    signed, done = small_case.settle(
        kept, made, after=7, settled=done.amount, where=where, key=bytes(PAYER.key), split=Split(*SPLIT)
    )
    network.act(BUILDER, market.settlement, "settle", *settlement.settle_arguments(done, signed), value=OPEN)
    found = network.read(market.settlement, "channels", PAYER.address, model)
    assert found[:2] == (signed.voucher.total_fee.wei, 9)
