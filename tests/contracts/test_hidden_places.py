"""What nobody can open cannot hold anything: padding, long paths, answers in odd forms, a pool that moved."""

from __future__ import annotations

import pytest
from eth_abi import encode

from core.units import WEI_PER_OPEN as OPEN
from tests.contracts import game as g
from tests.contracts.game import PLAIN, SUMMED, SumTree, depth_of, payout_leaves, small
from tests.contracts.judge import Judge
from tests.contracts.market import BUILDER, OUTSIDER, Market
from tests.contracts.network import Network, again, person


@pytest.fixture
def judge(network: Network) -> Judge:
    return Judge(network)


@pytest.fixture
def market(network: Network) -> Market:
    return again(Market, network)


def test_a_sum_beside_the_last_record_is_a_fault_though_nobody_can_open_it(judge: Judge) -> None:
    game = small()
    count = len(game.order)
    game.score_lies = {(0, count): (b"\x77" * 32, 1 << 127)}
    game.payouts = payout_leaves([(person("creator").address, game.pool)])
    game.close()
    last = game.scores.leaf(count - 1)
    features = game.release.features.leaf(0)
    assert judge(game, g.LEAF, g.evidence(g.LEAF, (last, features))) is True
    true = small()
    assert judge(true, g.LEAF, g.evidence(g.LEAF, (true.scores.leaf(count - 1), features))) is not True


def test_a_payout_tree_has_no_more_places_than_there_are_records(judge: Judge) -> None:
    game = small()
    deep = depth_of(len(game.order)) + 1
    game.payout_tree = SumTree(game.payouts, deep, {})
    empty = g.NO_SUM_LEAF
    assert judge(game, g.ORDER, g.evidence(g.ORDER, (g.PAYOUTS, empty, empty))) is True
    assert judge(small(), g.ORDER, g.evidence(g.ORDER, (g.PAYOUTS, empty, empty))) is not True


def test_an_answer_has_one_form_and_no_longer_path_than_its_tree(judge: Judge) -> None:
    game = small()
    payload, path = game.u_tree.leaf(0)
    good = encode([PLAIN], [(payload, path)])
    assert judge.answers(game, 2, 0, good) is True
    assert judge.answers(game, 2, 0, good + bytes(32)) == "Malformed"
    words = len(path).to_bytes(32, "big") + b"".join(path)
    body = len(payload).to_bytes(32, "big") + payload + bytes(-len(payload) % 32)
    at = 32 + len(body) + len(words)
    back = [((where - at) % (1 << 256)).to_bytes(32, "big") for where in (32, 32 + len(body))]
    assert judge.answers(game, 2, 0, at.to_bytes(32, "big") + body + words + b"".join(back)) == "Malformed"

    node, long = g.leaf_hash(payload), []
    for i in range(200):
        long.append(g.keccak256(i.to_bytes(4, "big")))
        node = g.keccak256(b"".join(sorted((node, long[-1]))))
    game.u_tree = g.PlainTree(game.u_payloads)
    game.u_tree.rows[-1:] = [[node]]
    assert judge.answers(game, 2, 0, encode([PLAIN], [(payload, long)])) == "Malformed"


def test_a_score_is_answered_in_its_one_form(judge: Judge) -> None:
    game = small()
    good = encode([SUMMED], [game.scores.leaf(0)])
    assert judge.answers(game, 3, 0, good) is True
    assert judge.answers(game, 3, 0, good + b"\1") == "Malformed"


def test_a_stake_that_comes_in_between_does_not_make_a_true_settlement_false(network: Network, market: Market) -> None:
    tree = SumTree(payout_leaves([(person("ann").address, market.pool_of(100 * OPEN))]), 0)
    arguments = market.arguments(market.voucher(1, 100 * OPEN), tree, 100 * OPEN)
    network.act(OUTSIDER, market.support, "stake", 1, value=OPEN)
    refused = network.refused(BUILDER, market.settlement, "settle", *arguments, value=market.bond(100 * OPEN))
    assert refused[0] == "WrongPool"
