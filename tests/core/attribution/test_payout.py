"""A payout moves exactly its pool, by integers, and cannot be gained on by splitting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribution.payout import largest_remainder, pay
from core.errors import BadInput
from tests.doubles import poa

pools = st.integers(0, 2**90)
scores = st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=30)


def owners(n: int, count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, count, n)


@given(pools, scores, st.integers(1, 8), st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_amounts_and_the_unassigned_rest_are_the_pool(pool: int, q: list[int], count: int, seed: int) -> None:
    made = pay(pool, np.array(q), owners(len(q), count, seed), count)
    assert sum(made.amounts) + made.unassigned == pool
    assert min(made.amounts) >= 0
    assert made.unassigned in {0, pool}


@given(pools, scores, st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_payout_equals_the_second_implementation(pool: int, q: list[int], seed: int) -> None:
    who = np.sort(owners(len(q), 4, seed))  # contributors numbered by age
    made = pay(pool, np.array(q), who, 4)
    points, amounts = poa.payout(pool, q, who.tolist(), 4)
    assert (list(made.points), list(made.amounts)) == (points, amounts)


@given(pools, scores, st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_one_owner_per_record_gains_no_more_than_rounding(pool: int, q: list[int], seed: int) -> None:
    who = owners(len(q), 3, seed)
    who[0] = 0
    whole = pay(pool, np.array(q), who, 3).amounts[0]
    split = who.copy()
    own = np.flatnonzero(who == 0)
    split[own] = 3 + np.arange(len(own))
    parts = sum(pay(pool, np.array(q), split, 3 + len(own)).amounts[3:])
    assert abs(parts - whole) <= len(own)


@given(pools.filter(bool), scores)
@settings(max_examples=100, deadline=None)
def test_the_positive_part_is_taken_by_record_and_negative_ones_cost_no_one(pool: int, q: list[int]) -> None:
    who = np.zeros(len(q), np.int64)
    made = pay(pool, np.array(q), who, 1)
    assert made.points == (sum(v for v in q if v > 0),)


def test_ties_go_to_the_older_commitment_whatever_the_numbers() -> None:
    q = np.array([1, 1, 1])
    assert pay(100, q, np.array([2, 0, 1]), 3).amounts == (33, 33, 34)
    assert pay(101, q, np.array([2, 0, 1]), 3).amounts == (34, 33, 34)


def test_nothing_positive_pays_nobody() -> None:
    made = pay(10**18, np.array([-4, 0, -1]), np.array([0, 1, 1]), 2)
    assert (made.amounts, made.unassigned) == ((0, 0), 10**18)
    assert pay(7, np.zeros(0, np.int64), np.zeros(0, np.int64), 2).unassigned == 7


def test_sums_past_64_bits_stay_exact() -> None:
    q = np.full(1000, (1 << 62) - 1)
    assert pay(1, q, np.zeros(1000, np.int64), 1).points == (1000 * ((1 << 62) - 1),)


@pytest.mark.parametrize(("total", "claims"), [(-1, [1]), (1, [0, 0]), (1, [2, -1]), (1, [])])
def test_claims_that_cannot_be_shared_are_refused(total: int, claims: list[int]) -> None:
    with pytest.raises(BadInput):
        largest_remainder(total, claims)


def test_bad_pools_and_owners_are_refused() -> None:
    q = np.array([1, 2])
    for pool, who, count in ((-1, [0, 0], 1), (1, [0], 1), (1, [0, 1], 1), (1, [-1, 0], 1)):
        with pytest.raises(BadInput):
            pay(pool, q, np.array(who), count)
