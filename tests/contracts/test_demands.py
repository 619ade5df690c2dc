"""Withheld data: what is demanded is shown or the settlement falls, and demanding is no cheap way to delay."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from tests.contracts import game as g
from tests.contracts import lies
from tests.contracts.commons import ANN, BEN, DAY, OUTSIDER, PAYER, TREASURY
from tests.contracts.game import Game, small
from tests.contracts.market import DEPOSIT, HASH, Market, Posted, small_market
from tests.contracts.network import OPEN, Network, again

AMOUNT = 10**18 + 11
POOL = Market.pool_of(AMOUNT)
FEE = OPEN // 100


@pytest.fixture
def market(network: Network) -> Market:
    return again(small_market, network)


@pytest.fixture
def game() -> Game:
    return small(pool=POOL)


@pytest.fixture
def posted(market: Market, game: Game) -> Posted:
    return market.play(game, AMOUNT)


def demand(market: Market, posted: Posted, kind: int, index: int, who: LocalAccount = BEN) -> dict[str, Any]:
    return market.network.act(who, market.settlement, "demand", *posted.name, market.roots, kind, index, value=FEE)


def give(market: Market, posted: Posted, game: Game, kind: int, index: int) -> tuple[Any, ...]:
    return (*posted.name, market.roots, kind, index, game.answer(kind, index))


def earned(market: Market, who: LocalAccount) -> int:
    return int(market.network.read(market.settlement, "earned", who.address))


def now(network: Network) -> int:
    return int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)


@pytest.mark.parametrize(("kind", "index"), [(g.SUMS, 1), (g.U_ROW, 0), (g.SCORE_LEAF, 8), (g.PAYOUT_LEAF, 3)])
def test_a_leaf_demanded_is_shown_to_all_and_paid_for(
    network: Network, market: Market, posted: Posted, game: Game, kind: int, index: int
) -> None:
    receipt = demand(market, posted, kind, index)
    deadline = now(network) + DAY // 2
    ben = BEN.address.lower()
    told = {"id": posted.id, "demander": ben, "kind": kind, "index": index, "deadline": deadline}
    assert market.settlement.events(receipt) == [("Demanded", told)]
    receipt = network.act(OUTSIDER, market.settlement, "answer", *give(market, posted, game, kind, index))
    (answered, _) = market.settlement.events(receipt)
    shown = {"id": posted.id, "kind": kind, "index": index, "answer": game.answer(kind, index)}
    assert answered == ("Answered", shown)
    assert earned(market, ANN) == FEE
    again = give(market, posted, game, kind, index)
    assert network.refused(ANN, market.settlement, "answer", *again)[0] == "NoDemand"
    network.time = deadline
    assert network.refused(BEN, market.settlement, "expire", *posted.name, kind, index)[0] == "NoDemand"


def test_what_is_withheld_brings_the_settlement_down(network: Network, market: Market, posted: Posted) -> None:
    demand(market, posted, g.U_ROW, 1)
    deadline = now(network) + DAY // 2
    refused = network.refused(OUTSIDER, market.settlement, "expire", *posted.name, g.U_ROW, 1)
    assert refused == ("DeadlineAhead", (deadline,))
    network.time = deadline
    receipt = network.act(OUTSIDER, market.settlement, "expire", *posted.name, g.U_ROW, 1)
    ben = BEN.address.lower()
    events = market.settlement.events(receipt)
    assert events[0] == ("FeeReturned", {"id": posted.id, "demander": ben, "amount": FEE})
    assert ("Voided", {"id": posted.id, "challenger": ben, "kind": 0}) in events
    assert (earned(market, BEN), earned(market, TREASURY)) == (FEE + OPEN // 2, OPEN // 2)
    assert network.read(market.settlement, "deposits", PAYER.address)[0] == DEPOSIT
    assert market.balance() == DEPOSIT + OPEN + FEE


def test_an_answer_comes_in_time_or_not_at_all(network: Network, market: Market, posted: Posted, game: Game) -> None:
    demand(market, posted, g.SUMS, 0)
    deadline = now(network) + DAY // 2
    answer = give(market, posted, game, g.SUMS, 0)
    wrong = (*answer[:5], game.answer(g.SUMS, 1))
    assert network.refused(ANN, market.settlement, "answer", *wrong) == ("WrongAnswer", ())
    network.time = deadline
    assert network.refused(ANN, market.settlement, "answer", *answer) == ("DeadlinePassed", (deadline,))


def test_only_leaves_that_there_are_can_be_demanded(network: Network, market: Market, posted: Posted) -> None:
    for kind, index in ((g.SUMS, 2), (g.U_ROW, 2), (g.SCORE_LEAF, 9), (g.PAYOUT_LEAF, 4), (0, 0), (5, 0)):
        arguments = (*posted.name, market.roots, kind, index)
        refused = network.refused(BEN, market.settlement, "demand", *arguments, value=FEE)
        assert refused == ("NotDemandable", (kind, index))
    for value in (0, FEE - 1, FEE + 1):
        arguments = (*posted.name, market.roots, g.SUMS, 0)
        refused = network.refused(BEN, market.settlement, "demand", *arguments, value=value)
        assert refused == ("WrongValue", (value, FEE))
    demand(market, posted, g.SUMS, 0)
    refused = network.refused(OUTSIDER, market.settlement, "demand", *arguments, value=FEE)
    assert refused[0] == "AlreadyDemanded"


def test_demands_delay_by_one_window_at_most_and_pay_the_poster(
    network: Network, market: Market, posted: Posted, game: Game
) -> None:
    every = [(g.SUMS, 0), (g.SUMS, 1), (g.U_ROW, 0), (g.SCORE_LEAF, 0), (g.PAYOUT_LEAF, 0)]
    for kind, index in every[:3]:
        demand(market, posted, kind, index)
    end = posted.end + DAY
    network.time = posted.end - 5
    for kind, index in every[3:]:
        demand(market, posted, kind, index)
    assert network.read(market.settlement, "settlements", posted.id)[0] == end
    assert network.read(market.settlement, "channels", PAYER.address, 1)[2] == end
    assert network.read(market.settlement, "deposits", PAYER.address)[1] == end
    network.time = posted.end
    late = (*posted.name, market.roots, g.U_ROW, 1)
    refused = network.refused(BEN, market.settlement, "demand", *late, value=FEE)
    assert refused == ("DeadlinePassed", (posted.end,))
    for kind, index in every[3:]:
        network.act(ANN, market.settlement, "answer", *give(market, posted, game, kind, index))
    assert earned(market, ANN) == 2 * FEE
    claim = market.claim_of(posted, game.payout_tree, game.leaves[0])
    assert network.refused(ANN, market.settlement, "claim", *claim) == ("NotFinal", (end,))


def test_half_a_window_is_left_to_show_what_the_last_answer_revealed(network: Network, market: Market) -> None:
    game = small(pool=POOL)
    kind, shown = lies.one_score(game)
    posted = market.play(game, AMOUNT)
    network.time = posted.end - 2
    demand(market, posted, g.SCORE_LEAF, 4)
    network.time = now(network) + DAY // 2 - 1
    network.act(ANN, market.settlement, "answer", *give(market, posted, game, g.SCORE_LEAF, 4))
    market.announce(BEN, posted, kind, shown)
    network.time = posted.end + DAY - 1
    network.act(BEN, market.settlement, "challenge", *posted.name, market.roots, kind, shown, HASH)


def test_a_leaf_that_nobody_can_open_is_a_leaf_withheld(network: Network, market: Market) -> None:
    """A tree whose node does not add up, or a hash of nothing: there is no answer to give."""
    game = small(pool=POOL)
    lies.false_scores_sum(game)
    posted = market.play(game, AMOUNT)
    demand(market, posted, g.SCORE_LEAF, 0)
    with pytest.raises(AssertionError, match="no error of this contract"):  # Challenges' own: NotUnderRoot
        network.refused(ANN, market.settlement, "answer", *give(market, posted, game, g.SCORE_LEAF, 0))
    network.time = now(network) + DAY // 2
    network.act(BEN, market.settlement, "expire", *posted.name, g.SCORE_LEAF, 0)
    assert network.read(market.settlement, "settlements", posted.id)[2] == 3


def test_a_fee_comes_back_when_the_settlement_falls_otherwise_or_the_demand_is_forgotten(
    network: Network, market: Market, posted: Posted
) -> None:
    demand(market, posted, g.SUMS, 0)
    network.time = posted.end + DAY
    receipt = network.act(OUTSIDER, market.settlement, "expire", *posted.name, g.SUMS, 0)
    assert [name for name, _ in market.settlement.events(receipt)] == ["FeeReturned", "Earned"]
    assert earned(market, BEN) == FEE
    network.act(OUTSIDER, market.settlement, "finish", *posted.name)  # nobody ended it in time: it stands

    other = small(pool=POOL)
    kind, shown = lies.one_entry(other)
    second = market.play(other, AMOUNT, nonce=9, total=2 * AMOUNT, first=8)
    demand(market, second, g.SUMS, 0)
    market.challenge(OUTSIDER, second, kind, shown)
    network.act(OUTSIDER, market.settlement, "expire", *second.name, g.SUMS, 0)
    assert (earned(market, BEN), earned(market, OUTSIDER)) == (2 * FEE, OPEN // 2)
