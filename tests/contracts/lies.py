"""Lies: each changes one thing of an honest game and lets all that hangs on it follow.

A lie returns the kind and the evidence that it falls to.
"""

from __future__ import annotations

from collections.abc import Callable

from eth_abi import encode

from tests.contracts import game as g
from tests.contracts.game import PEOPLE, Game, evidence, payout_leaves
from tests.doubles import poa


def follow(game: Game) -> None:
    """Terms and scores from u as told, leaves and payouts from those."""
    release = game.release
    a = [[poa.dot(x, row) for row in game.u] for x in release.X]
    game.terms = [[poa.shift(one, game.v) for one in row] for row in a]
    game.q = [poa.dot(terms, c) for terms, c in zip(game.terms, release.c, strict=True)]
    pay(game)


def pay(game: Game) -> None:
    game.u_payloads = [game.u_payload(k) for k in range(len(game.u))]
    game.score_leaves = [game.score_leaf(i) for i in game.order]
    game.payouts = game.honest_payouts()
    game.close()


def rescale(game: Game, by: int) -> None:
    """Another e, and u by it."""
    game.e += by
    game.u = [[poa.shift(one, game.e) for one in row] for row in game.U]
    follow(game)


def one_entry(game: Game) -> tuple[int, bytes]:
    game.u[1][3] += 1
    follow(game)
    return g.ENTRY, game.entry(1, 3)


def coarse_e(game: Game) -> tuple[int, bytes]:
    rescale(game, 1)
    return g.SCALE, game.scale_e()


def fine_e(game: Game) -> tuple[int, bytes]:
    game.max_feature = min(range(game.release.d), key=lambda j: abs(game.U[0][j]))
    game.max_label = 0
    rescale(game, -1)
    true = game.release.influence(game.S)
    return g.ENTRY, game.entry(true["maxLabel"], true["maxFeature"])


def other_e_in_a_leaf(game: Game) -> tuple[int, bytes]:
    game.e += 1
    payload = game.u_payload(1)
    game.e -= 1
    game.u_payloads[1] = payload
    game.close()
    return g.ENTRY, game.malformed_u(1)


def long_u(game: Game) -> tuple[int, bytes]:
    game.u_payloads[0] += bytes(4)
    game.close()
    return g.ENTRY, game.malformed_u(0)


def tagless_u(game: Game) -> tuple[int, bytes]:
    game.u_payloads[0] = g.tag("PoA1.sums") + game.u_payloads[0][16:]
    game.close()
    return g.ENTRY, game.malformed_u(0)


def label_too_many(game: Game) -> tuple[int, bytes]:
    payload = game.u_payloads[0]
    game.u_payloads.append(payload[:16] + g.u32(game.release.K) + payload[20:])
    game.close()
    return g.ENTRY, game.malformed_u(game.release.K)


def second_u_of_a_label(game: Game) -> tuple[int, bytes]:
    payload = game.u_payloads[0]
    game.u_payloads.append(payload[:56] + g.le([game.u[0][0] + 9], 4) + payload[60:])
    game.close()
    leaf = game.u_tree.leaf(game.release.K)
    return g.ENTRY, evidence(g.ENTRY, (game.release.inverse.leaf(0), game.sums.leaf(0), leaf))


def coarse_v(game: Game) -> tuple[int, bytes]:
    game.v += 1
    follow(game)
    return g.SCALE, game.scale_v(game.norm_label)


def fine_v(game: Game) -> tuple[int, bytes]:
    game.v -= 1
    game.norm_label = 1 - game.norm_label
    follow(game)
    return g.SCALE, game.scale_v(1 - game.norm_label)


def out_of_range(name: str, place: int) -> Callable[[Game], tuple[int, bytes]]:
    def lie(game: Game) -> tuple[int, bytes]:
        setattr(game, name, place)
        return g.SCALE, game.out_of_range()

    return lie


def one_term(game: Game) -> tuple[int, bytes]:
    i = game.order[2]
    game.terms[i][1] -= 10**6
    game.q = [poa.dot(terms, c) for terms, c in zip(game.terms, game.release.c, strict=True)]
    pay(game)
    return g.TERM, game.term(2, 1)


def one_score(game: Game) -> tuple[int, bytes]:
    game.q[game.order[4]] += 1
    pay(game)
    return g.SCORE, game.score(4)


def stolen_record(game: Game) -> tuple[int, bytes]:
    """The last record of the first account under the second's name, its place kept in order."""
    p = game.range_of(PEOPLE[0])[1]
    payload, value = game.score_leaves[p]
    game.score_leaves[p] = payload[:84] + bytes.fromhex(PEOPLE[1][2:]) + payload[104:], value
    game.close()
    return g.LEAF, game.leaf(p)


def other_record_id(game: Game) -> tuple[int, bytes]:
    payload, value = game.score_leaves[3]
    game.score_leaves[3] = payload[:52] + bytes(32) + payload[84:], value
    game.close()
    return g.LEAF, game.leaf(3)


def sum_beside_the_score(game: Game) -> tuple[int, bytes]:
    payload, value = game.score_leaves[0]
    game.score_leaves[0] = payload, value + 1
    game.close()
    return g.LEAF, game.leaf(0)


def negative_counted(game: Game) -> tuple[int, bytes]:
    p = next(p for p, i in enumerate(game.order) if game.q[i] < 0)
    game.score_leaves[p] = game.score_leaves[p][0], 5
    game.close()
    return g.LEAF, game.leaf(p)


def left_out_record(game: Game) -> tuple[int, bytes]:
    del game.score_leaves[2]
    game.close()
    return g.LEAF, game.leaf(8, 0)


def emptied_record(game: Game) -> tuple[int, bytes]:
    game.score_leaves[2] = b"", 0
    game.close()
    return g.LEAF, game.leaf(2)


def invented_record(game: Game) -> tuple[int, bytes]:
    payload, value = game.score_leaves[8]
    game.score_leaves.append((payload[:16] + g.u32(9) + payload[20:], value))
    game.close()
    return g.LEAF, game.leaf(9, 0)


def record_beyond_the_release(game: Game) -> tuple[int, bytes]:
    payload, value = game.score_leaves[8]
    game.score_leaves[8] = payload[:16] + g.u32(9) + payload[20:], value
    game.close()
    return g.LEAF, game.leaf(8, 0)


def sum_without_a_record(game: Game) -> tuple[int, bytes]:
    game.score_leaves += [(b"", 7)]
    game.close()
    return g.LEAF, game.leaf(9)


def long_score(game: Game) -> tuple[int, bytes]:
    payload, value = game.score_leaves[1]
    game.score_leaves[1] = payload + bytes(8), value
    game.close()
    return g.LEAF, game.leaf(1)


def tagless_score(game: Game) -> tuple[int, bytes]:
    payload, value = game.score_leaves[1]
    game.score_leaves[1] = bytes(16) + payload[16:], value
    game.close()
    return g.LEAF, game.leaf(1)


def deep_scores(game: Game) -> tuple[int, bytes]:
    game.score_depth += 1
    game.close()
    return g.LEAF, game.leaf(0)


def flat_scores(game: Game) -> tuple[int, bytes]:
    """Half a tree, so that half of the records have no place."""
    game.score_depth -= 1
    game.score_leaves = game.score_leaves[:8]
    game.close()
    return g.NODE, game.node(g.SCORES, 1, 0)


def records_swapped(game: Game) -> tuple[int, bytes]:
    game.score_leaves[0], game.score_leaves[1] = game.score_leaves[1], game.score_leaves[0]
    game.close()
    return g.ORDER, game.order_of(g.SCORES, 0, 1)


def record_twice(game: Game) -> tuple[int, bytes]:
    """The better record of an account in the place of the worse."""
    game.score_leaves[1] = game.score_leaves[2]
    game.close()
    return g.ORDER, game.order_of(g.SCORES, 1, 2)


def accounts_swapped(game: Game) -> tuple[int, bytes]:
    game.score_leaves = game.score_leaves[4:] + game.score_leaves[:4]
    game.close()
    return g.ORDER, game.order_of(g.SCORES, 0, 8)


def false_scores_sum(game: Game) -> tuple[int, bytes]:
    game.score_lies = {(2, 0): (None, game.scores.rows[2][0][1] + 1)}
    game.close()
    return g.NODE, game.node(g.SCORES, 2, 0)


def false_scores_total(game: Game) -> tuple[int, bytes]:
    game.score_lies = {(4, 0): (None, game.scores.top[1] * 2)}
    game.close()
    return g.NODE, game.node(g.SCORES, 4, 0)


def huge_sum(game: Game) -> tuple[int, bytes]:
    game.score_lies = {(3, 1): (None, 1 << 128), (4, 0): (None, game.scores.top[1])}
    game.close()
    return g.NODE, game.node(g.SCORES, 4, 0)


def sums_around_the_clock(game: Game) -> tuple[int, bytes]:
    """Two children whose sum is right modulo 2^256."""
    left, right = game.scores.rows[3]
    game.score_lies = {
        (3, 0): (None, left[1] + right[1] + 5),
        (3, 1): (None, 2**256 - 5),
        (4, 0): (None, game.scores.top[1]),
    }
    game.close()
    return g.NODE, game.node(g.SCORES, 4, 0)


def more_than_the_pool(game: Game) -> tuple[int, bytes]:
    """Everybody twice, under the pool's name."""
    game.payouts = payout_leaves([(who, 2 * amount) for _, who, amount in game.leaves])
    game.payout_lies = {(2, 0): (None, game.pool)}
    game.close()
    return g.NODE, game.node(g.PAYOUTS, 2, 0)


def less_than_the_pool(game: Game) -> tuple[int, bytes]:
    game.payouts = payout_leaves([(who, amount - 1) for _, who, amount in game.leaves])
    game.payout_lies = {(2, 0): (None, game.pool)}
    game.close()
    return g.NODE, game.node(g.PAYOUTS, 2, 0)


def moved_wei(game: Game) -> tuple[int, bytes]:
    parts = [(who, amount) for _, who, amount in game.leaves]
    parts[0], parts[1] = (parts[0][0], parts[0][1] - 2), (parts[1][0], parts[1][1] + 2)
    game.payouts = payout_leaves(parts)
    game.close()
    return g.UNPAID, game.unpaid(*game.range_of(parts[0][0]), [0])


def everything_to_one(at: int) -> Callable[[Game], tuple[int, bytes]]:
    def lie(game: Game) -> tuple[int, bytes]:
        """One account's part goes to another; it has no leaf at all."""
        parts = [(who, amount) for _, who, amount in game.leaves]
        lost = parts.pop(at)
        parts[0] = parts[0][0], parts[0][1] + lost[1]
        game.payouts = payout_leaves(parts)
        game.close()
        who = "0x" + lost[0][2:]
        account = next(one for one in PEOPLE if one.lower() == who)
        return g.UNPAID, game.unpaid(*game.range_of(account), game.around(account))

    return lie


def nobody_but_a_stranger(game: Game) -> tuple[int, bytes]:
    game.payouts = payout_leaves([("0x" + "ff" * 20, game.pool)])
    game.close()
    return g.UNPAID, game.unpaid(0, 0, [0])


def one_of_a_range(game: Game) -> tuple[int, bytes]:
    """A part of an account's records is enough where the harm is great."""
    moved = everything_to_one(1)(game)
    assert moved[0] == g.UNPAID
    paid = {who for _, who, _ in game.leaves}
    account = next(one for one in PEOPLE[:3] if one.lower() not in paid)
    first, last = game.range_of(account)
    p = max(range(first, last + 1), key=lambda place: game.q[game.order[place]])
    return g.UNPAID, game.unpaid(p, p, game.around(account))


def payouts_swapped(game: Game) -> tuple[int, bytes]:
    game.payouts = payout_leaves([(who, amount) for _, who, amount in reversed(game.leaves)])
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 0, 2)


def paid_twice(game: Game) -> tuple[int, bytes]:
    parts = [(who, amount) for _, who, amount in game.leaves]
    half = parts[0][1] // 2
    game.payouts = payout_leaves([(parts[0][0], half), (parts[0][0], parts[0][1] - half), *parts[1:]])
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 0, 1)


def hole_among_payouts(game: Game) -> tuple[int, bytes]:
    leaves = payout_leaves([(who, amount) for _, who, amount in game.leaves])
    payload = encode(["uint256", "address", "uint256"], [3, game.leaves[2][1], leaves[2][1]])
    game.payouts = [leaves[0], leaves[1], (b"", 0), (payload, leaves[2][1])]
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 2, 3)


def payout_out_of_place(game: Game) -> tuple[int, bytes]:
    _, who, amount = game.leaves[1]
    game.payouts[1] = encode(["uint256", "address", "uint256"], [2, who, amount]), amount
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 1)


def payout_beside_its_sum(game: Game) -> tuple[int, bytes]:
    _, who, amount = game.leaves[1]
    game.payouts[1] = encode(["uint256", "address", "uint256"], [1, who, amount + 1]), amount
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 1)


def payout_to_no_address(game: Game) -> tuple[int, bytes]:
    _, who, amount = game.leaves[1]
    game.payouts[1] = encode(["uint256"] * 3, [1, int(who, 16) | 1 << 200, amount]), amount
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 1)


def payout_of_two_words(game: Game) -> tuple[int, bytes]:
    payload, amount = game.payouts[1]
    game.payouts[1] = payload[:64], amount
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 1)


def empty_payout_with_a_sum(game: Game) -> tuple[int, bytes]:
    _, who, amount = game.leaves[2]
    game.payouts[2] = encode(["uint256", "address", "uint256"], [2, who, amount - 9]), amount - 9
    game.payouts.append((b"", 9))
    game.close()
    return g.ORDER, game.order_of(g.PAYOUTS, 3)


LIES = [
    one_entry, coarse_e, fine_e, other_e_in_a_leaf, long_u, tagless_u, label_too_many, second_u_of_a_label,
    out_of_range("max_label", 2), out_of_range("max_feature", 5), out_of_range("norm_label", 255),
    coarse_v, one_term, one_score, stolen_record, other_record_id,
    sum_beside_the_score, negative_counted, left_out_record, emptied_record, invented_record,
    record_beyond_the_release, sum_without_a_record, long_score, tagless_score, deep_scores, flat_scores,
    records_swapped, record_twice, accounts_swapped, false_scores_sum, false_scores_total, huge_sum,
    sums_around_the_clock, more_than_the_pool, less_than_the_pool, moved_wei, everything_to_one(1),
    everything_to_one(2), nobody_but_a_stranger, one_of_a_range, payouts_swapped, paid_twice, hole_among_payouts,
    payout_out_of_place, payout_beside_its_sum, payout_to_no_address, payout_of_two_words, empty_payout_with_a_sum,
]  # fmt: skip

# Of each kind, with all that looks at u: what stands in the trees is the same for every family of head
SOFT_LIES = [
    *LIES[:16], sum_beside_the_score, left_out_record, records_swapped, false_scores_sum, more_than_the_pool, moved_wei,
]  # fmt: skip
