"""Gas of every operation of models and settlements, as receipts say it. By itself it prints the rows of GAS.md."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contracts import game as g
from tests.contracts.commons import ANN, BEN, BUILDER, DAY, OUTSIDER, PAYER
from tests.contracts.market import HASH, PACKAGE, ROOTS, SPLIT, Market, payout
from tests.contracts.network import OPEN, Network, again
from tests.contracts.wide import Wide

AMOUNT = OPEN // 10
FEE = OPEN // 100
KINDS = ("NODE", "ENTRY", "SCALE", "TERM", "SCORE", "LEAF", "ORDER", "UNPAID")
SIZES = ((257, 26, 1), (1300, 64, 1), (50, 26, 26))  # d, K, blocks: the last a softmax head


def used(receipt: dict[str, Any]) -> int:
    assert receipt["status"] == "0x1"
    return int(receipt["gasUsed"], 16)


def contributors(count: int, pool: int) -> list[tuple[str, int]]:
    """Ann, Ben and others that have never been paid anything."""
    people = [ANN.address, BEN.address]
    people += ["0x" + hashlib.sha256(b"%d" % i).hexdigest()[:40] for i in range(2, count)]
    share = pool // count
    return [(who, share) for who in people[:-1]] + [(people[-1], pool - share * (count - 1))]


def money(network: Network) -> Iterator[tuple[str, int]]:
    """Everything that a settlement without a quarrel costs. Supporters stand behind the model."""
    market = again(Market, network)
    contract = market.settlement
    network.act(OUTSIDER, market.support, "stake", 1, value=OPEN)
    yield "deposit, first of a payer", used(network.act(BEN, contract, "deposit", BEN.address, value=1))
    yield "deposit, later", used(network.act(PAYER, contract, "deposit", PAYER.address, value=1))
    yield "contribute", used(network.act(OUTSIDER, market.datanets, "contribute", 1, HASH, 10, HASH))
    package = bytes([77]) * 32
    registration = (1, 1, package, HASH, ROOTS, 1, SPLIT)
    yield "register a model", used(network.act(BUILDER, market.models, "register", *registration))
    version = (1, 1, package, HASH, ROOTS)
    yield "new version of a model", used(network.act(BUILDER, market.models, "newVersion", *version))
    network.act(BUILDER, market.models, "newVersion", 1, 1, PACKAGE, HASH, ROOTS)

    pool = market.pool_of(AMOUNT, backed=True)
    played = []
    for nonce, count in enumerate((16, 16, 1_000, 16, 16), 1):
        tree, leaves = payout(*contributors(count, pool))
        arguments = market.arguments(market.voucher(nonce, nonce * AMOUNT, first=nonce), tree, AMOUNT)
        receipt = network.act(ANN, contract, "settle", *arguments, value=OPEN)
        if nonce in {1, 2, 3}:
            yield f"settle, {('first in its channel', 'later', 'later, 1,000 contributors')[nonce - 1]}", used(receipt)
        played.append((market.posted(receipt), tree, leaves))
        market.pass_window(played[-1][0])

    def claim(at: int, leaf: int) -> tuple[Any, ...]:
        posted, tree, leaves = played[at]
        return market.claim_of(posted, tree, leaves[leaf])

    yield "claim, first of an account, 16 contributors", used(network.act(BUILDER, contract, "claim", *claim(0, 0)))
    yield "claim, later, 16 contributors", used(network.act(BUILDER, contract, "claim", *claim(1, 0)))
    yield "claim, first of an account, 1,000 contributors", used(network.act(BUILDER, contract, "claim", *claim(2, 1)))
    yield "claim, later, 1,000 contributors", used(network.act(BUILDER, contract, "claim", *claim(2, 0)))
    yield "claim for an account that was never used", used(network.act(BUILDER, contract, "claim", *claim(2, 7)))
    one = used(network.act(BUILDER, contract, "claimMany", [claim(0, 1)]))
    more = used(network.act(BUILDER, contract, "claimMany", [claim(3, 0), claim(4, 0)]))
    yield "claimMany, one claim", one
    yield "claimMany, each further one of the account", more - one
    yield "finish, first of poster, builder, treasury", used(network.act(BEN, contract, "finish", *played[0][0].name))
    yield "finish, later", used(network.act(BEN, contract, "finish", *played[1][0].name))
    yield "withdrawEarned", used(network.act(BUILDER, contract, "withdrawEarned"))
    yield "requestRefund", used(network.act(PAYER, contract, "requestRefund", 5))
    network.time += 2 * DAY
    yield "refund", used(network.act(PAYER, contract, "refund"))


def name_of(d: int, labels: int, blocks: int) -> str:
    return f"{'softmax, ' if blocks > 1 else ''}d = {d}, K = {labels}"


def quarrel(network: Network, d: int, labels: int, blocks: int) -> Iterator[tuple[str, int]]:
    """Every challenge for a model of this size, and the largest answer; none is a refund of anything."""
    wide = Wide(d, labels, Market.pool_of(AMOUNT), blocks)
    market = again(Market, network)
    contract, size = market.settlement, name_of(d, labels, blocks)
    package = bytes([78]) * 32
    network.act(BUILDER, market.models, "newVersion", 1, 1, package, HASH, wide.roots)
    voucher = list(market.voucher(1, AMOUNT, sums=wide.sums.root))
    voucher[2] = package
    signed = market.signature(tuple(voucher))
    for kind, scores, shown in wide.every_kind():
        posted = market.post(tuple(voucher), signed, wide.posting(scores), AMOUNT)
        market.announce(BEN, posted, kind, shown)
        data = contract.data("challenge", *posted.name, wide.roots, kind, shown, HASH)
        receipt = network.send(BEN, to=contract.address, data=data, gas=25_000_000)
        yield f"challenge {KINDS[kind - 1]}, {size}", used(receipt)
        network.time = network.read(contract, "barredUntil", ANN.address)
    posted = market.post(tuple(voucher), signed, wide.posting(wide.straight), AMOUNT)
    demand = (*posted.name, wide.roots, g.SUMS, 0)
    first = used(network.act(BEN, contract, "demand", *demand, value=FEE))
    if d == SIZES[0][0]:
        yield "demand, first of a settlement", first
    data = contract.data("answer", *demand, wide.answer())
    yield f"answer with sums, {size}", used(network.send(ANN, to=contract.address, data=data, gas=25_000_000))
    network.act(BEN, contract, "demand", *posted.name, wide.roots, g.U_ROW, 0, value=FEE)
    if d == SIZES[0][0]:
        yield "announce", used(network.act(BEN, contract, "announce", HASH))
        network.time = posted["settledAt"] + DAY // 2 + 100
        yield "expire", used(network.act(BEN, contract, "expire", *posted.name, g.U_ROW, 0))


def figures(folder: Path) -> dict[str, int]:
    """Operation -> gas."""
    found: dict[str, int] = {}
    for name, run in {"money": None, **{str(size): size for size in SIZES}}.items():
        network = Network(folder / f"{name}.db")
        try:
            found |= dict(money(network) if run is None else quarrel(network, *run))
        finally:
            network.close()
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        for operation, gas in figures(Path(place)).items():
            print(f"| {operation} | {gas:,} |")
