"""Challenges: an honest settlement survives all that can be opened; each lie falls to the kind that is for it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

import pytest

from tests.contracts import game as g
from tests.contracts.game import NINE, PEOPLE, POOL, Game, Release, payout_leaves, small, sums_of
from tests.contracts.judge import Judge
from tests.contracts.lies import (
    LIES,
    SOFT_LIES,
    deep_scores,
    emptied_record,
    fine_v,
    huge_sum,
    long_score,
    long_u,
    payout_of_two_words,
    payout_out_of_place,
    tagless_u,
)  # fmt: skip
from tests.contracts.network import Network
from tests.doubles import poa


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """One for all tests: it keeps nothing, and nothing but calls is made."""
    network = Network(tmp_path_factory.mktemp("judge") / "ledger.db")
    yield Judge(network)
    network.close()


@pytest.mark.parametrize(
    ("seed", "d", "K", "people", "pool"),
    [
        (1, 5, 2, None, POOL),
        (2, 7, 3, None, 3),  # a pool that rounding eats
        (8, 9, 2, NINE[:5], POOL),
        (7, 17, 2, None, POOL),
        (3, 6, 2, [PEOPLE[2]], POOL),  # one record: trees of one leaf
        (5, 5, 3, NINE[:8], 10**27),  # scores fill their tree
    ],
)
def test_an_honest_settlement_survives_every_challenge(
    judge: Judge, seed: int, d: int, K: int, people: list[str] | None, pool: int
) -> None:
    game = small(seed, d, K, people, pool)
    answers = [judge(game, kind, one) for kind, one in game.every_challenge()]
    assert True not in answers
    assert answers.count(False) > len(answers) // 4  # the others open what shows nothing


@pytest.mark.parametrize(("seed", "d", "K", "pool"), [(7, 5, 2, POOL), (2, 3, 3, 3)])
def test_an_honest_settlement_of_a_softmax_head_survives_too(
    judge: Judge, seed: int, d: int, K: int, pool: int
) -> None:
    game = small(seed, d, K, pool=pool, soft=True)
    answers = [judge(game, kind, one) for kind, one in game.every_challenge()]
    assert True not in answers
    assert answers.count(False) > len(answers) // 4
    entries = [judge(game, g.ENTRY, game.entry(k, j)) for k in range(K) for j in range(d)]
    assert entries == [False] * (K * d)  # each was looked at, none refused


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: f"{lie.__name__}")
def test_a_lie_falls_to_its_challenge(judge: Judge, lie: Callable[[Game], tuple[int, bytes]]) -> None:
    game = small()
    kind, shown = lie(game)
    assert judge(game, kind, shown) is True


@pytest.mark.parametrize("lie", SOFT_LIES, ids=lambda lie: f"{lie.__name__}")
def test_a_lie_about_a_softmax_head_falls_to_its_challenge(
    judge: Judge, lie: Callable[[Game], tuple[int, bytes]]
) -> None:
    game = small(7, soft=True)
    kind, shown = lie(game)
    assert judge(game, kind, shown) is True


def test_a_row_of_another_label_shows_nothing_of_a_softmax_entry(judge: Judge) -> None:
    """Row k d + j of V is entry j of label k and of no other; one leaf has the sums of all labels."""
    game = small(7, soft=True)
    game.u[1][3] += 1
    game.u_payloads = [game.u_payload(k) for k in range(2)]
    game.close()
    sums, u = game.sums.leaf(0), game.u_tree.leaf(1)
    shown = [judge(game, g.ENTRY, g.evidence(g.ENTRY, (game.release.inverse.leaf(row), sums, u))) for row in range(10)]
    assert shown == ["Malformed"] * 5 + [False, False, False, True, False]


def test_a_scale_too_fine_for_the_longest_row_falls_to_that_row(judge: Judge) -> None:
    release = Release(NINE, 5, 2)
    sums = sums_of(release, [10**15, 10**9])  # the second label's row is far shorter
    game = Game(release, sums, POOL)
    kind, shown = fine_v(game)
    assert judge(game, kind, shown) is True
    assert judge(game, kind, game.scale_v(game.norm_label)) is True  # nor is it that of the row named


def test_an_account_before_all_others_without_a_leaf_is_missed(judge: Judge) -> None:
    game = small()
    parts = [(who, amount) for _, who, amount in game.leaves][1:]
    parts[-1] = parts[-1][0], game.pool - sum(amount for _, amount in parts[:-1])
    game.payouts = payout_leaves(parts)
    game.close()
    assert judge(game, g.UNPAID, game.unpaid(*game.range_of(PEOPLE[0]), [0])) is True


def test_a_pool_that_nobody_earned_cannot_be_given_away(judge: Judge) -> None:
    game = small()
    game.q = [-1] * len(game.q)
    game.score_leaves = [game.score_leaf(i) for i in game.order]
    game.close()
    assert game.scores.top[1] == 0
    assert judge(game, g.UNPAID, game.unpaid(0, 0, [])) is True
    game.pool, game.payouts = 0, []
    game.close()
    assert judge(game, g.UNPAID, game.unpaid(0, 0, [])) is False


def test_the_wei_that_rounding_leaves_may_go_to_anybody(judge: Judge) -> None:
    game = small()
    total = game.scores.top[1]
    ranges = {who: game.range_of(next(one for one in PEOPLE if one.lower() == who)) for _, who, _ in game.leaves}
    floors = {
        who: game.pool * sum(max(0, game.q[game.order[p]]) for p in range(first, last + 1)) // total
        for who, (first, last) in ranges.items()
    }
    left = game.pool - sum(floors.values())
    assert 0 <= left < len(floors)
    game.payouts = payout_leaves([(who, floor + left * (i == 2)) for i, (who, floor) in enumerate(floors.items())])
    game.close()
    assert True not in [judge(game, kind, one) for kind, one in game.every_challenge() if kind in (g.ORDER, g.UNPAID)]


def test_evidence_for_one_settlement_shows_nothing_of_another(judge: Judge) -> None:
    """Whether it is of another model, of other sums, or of a false posting of the same voucher."""
    honest, other_model, other_sums = small(), small(seed=2), small()
    other_sums.S = sums_of(other_sums.release, [3 * 10**15] * 5)
    other_sums.solve()
    for other in (other_model, other_sums):
        assert True not in [judge(honest, kind, one) for kind, one in other.every_challenge()]
    for lie in LIES:
        false = small()
        kind, shown = lie(false)
        if shown != honest.out_of_range():
            assert judge(honest, kind, shown) is not True, lie.__name__


def test_changed_evidence_shows_nothing(judge: Judge) -> None:
    dice = random.Random(5)
    game = small()
    every = list(game.every_challenge())
    for _ in range(150):
        kind, one = dice.choice(every)
        shown = bytearray(one)
        for _ in range(dice.choice((1, 1, 2, 8))):
            shown[dice.randrange(len(shown))] ^= 1 << dice.randrange(8)
        assert judge(game, kind, bytes(shown)) is not True
        assert judge(game, kind, one[: dice.randrange(len(one))]) is not True
        assert judge(game, dice.randrange(1, 9), one) is not True


def test_evidence_for_other_roots_of_the_model_is_refused(judge: Judge) -> None:
    game, other = small(), small(seed=2)
    body = judge.body(game)
    data = judge.contract.data("proves", body, game.payout_root, other.release.roots, g.SCALE, game.scale_e())
    assert judge(game, 0, b"") == judge(game, 9, b"") == "BadKind"
    with pytest.raises(Exception, match="revert") as caught:
        judge.network.rpc("eth_call", {"to": judge.contract.address, "data": data}, "latest")
    assert judge.contract.error(str(caught.value.data)) == ("BadRoots", ())


def test_every_leaf_can_be_answered_and_nothing_else_answers(judge: Judge) -> None:
    for soft in (False, True):
        game, other = small(7, soft=soft), small(seed=2, soft=soft)
        places = [(g.SUMS, 1 if soft else 2), (g.U_ROW, 2), (g.SCORE_LEAF, 9), (g.PAYOUT_LEAF, 4)]
        for kind, count in places:
            assert [judge.demandable(game, kind, index) for index in (count - 1, count)] == [True, False]
            for index in range(count):
                right = game.answer(kind, index)
                assert judge.answers(game, kind, index, right) is True
                assert judge.answers(game, kind, index + 1, right) is not True
                assert judge.answers(other, kind, index, right) is not True
    for lie, kind, index in (
        (long_u, g.U_ROW, 0), (tagless_u, g.U_ROW, 0), (long_score, g.SCORE_LEAF, 1),
        (emptied_record, g.SCORE_LEAF, 2), (deep_scores, g.SCORE_LEAF, 0), (huge_sum, g.SCORE_LEAF, 0),
        (payout_of_two_words, g.PAYOUT_LEAF, 1), (payout_out_of_place, g.PAYOUT_LEAF, 1),
    ):  # fmt: skip
        false = small()
        lie(false)
        assert judge.answers(false, kind, index, false.answer(kind, index)) is not True, lie.__name__


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17])
def test_rows_of_any_length_with_the_largest_entries_are_multiplied_exactly(judge: Judge, d: int) -> None:
    dice = random.Random(d)
    game = small()
    release = game.release
    release.d = d
    V = [[dice.choice((-(2**63), 2**63 - 1, -1, dice.randrange(-(2**63), 2**63))) for _ in range(d)]]
    S = [[dice.choice((-(2**127), 2**127 - 1, -1, dice.randrange(-(2**127), 2**127))) for _ in range(d)]]
    x = [dice.choice((-(2**15), 2**15 - 1, dice.randrange(-(2**15), 2**15))) for _ in range(d)]
    u = [dice.choice((-(2**31), 2**31 - 1, dice.randrange(-(2**31), 2**31))) for _ in range(d)]
    product = poa.dot(V[0], S[0])
    game.e = max(0, abs(product).bit_length() - 30)
    u[0] = poa.shift(product, game.e)
    game.S, game.u = S, [u, u]
    game.sums = g.PlainTree([game._row("PoA1.sums", 0) + g.le(S[0], 16)])
    release.inverse = g.PlainTree([g.tag("PoA1.inverse") + g.u32(0) + g.u32(63) + g.le(V[0], 8)])
    feature = release.features.payloads[game.order[0]]
    release.features.payloads[game.order[0]] = feature[:112] + g.le(x, 2)
    release.features = g.PlainTree(release.features.payloads)
    game.u_payloads = [game.u_payload(k) for k in range(2)]
    game.v, game.max_label, game.max_feature, game.norm_label = 40, 0, 0, 0
    i = game.order[0]
    game.terms[i] = [dice.randrange(-(2**63), 2**63), poa.shift(poa.dot(x, u), 40)]
    release.c[i] = [dice.choice((-(2**63), 2**63 - 1)) for _ in range(2)]
    credit = release.credits.payloads[i]
    release.credits.payloads[i] = credit[:52] + g.le(release.c[i], 8)
    release.credits = g.PlainTree(release.credits.payloads)
    game.score_leaves[0] = game.score_payload(i), 0
    game.close()
    assert judge(game, g.ENTRY, game.entry(0, 0)) is False
    assert judge(game, g.SCALE, game.scale_e()) is False
    assert judge(game, g.TERM, game.term(0, 1)) is False
    assert judge(game, g.TERM, game.term(0, 0)) is (game.terms[i][0] != game.terms[i][1])
    most = poa.dot(u, u)
    bound = math.isqrt(2**release.b * 2047**2 * most) + 1
    game.v = max(0, bound.bit_length() + release.z - 62)
    assert judge(game, g.SCALE, game.scale_v(0)) is False
    game.v += 1
    assert judge(game, g.SCALE, game.scale_v(0)) is True
    u[0] += -1 if u[0] > 0 else 1
    game.u_payloads = [game.u_payload(k) for k in range(2)]
    game.close()
    assert judge(game, g.ENTRY, game.entry(0, 0)) is True
