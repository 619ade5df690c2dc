"""The solve gives the nearest integers, proves it, and cannot be lied to."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from core.errors import AttributionError, Uncertified
from core.models.ridge.exact import bits, carry, product, rows_times, shifted, shifted_down, split, split_float, whole
from core.models.ridge.solve import nearest, plausible, verify
from tests.doubles import poa

LAMBDA = 2047**2


def matrix(d: int, seed: int, top: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.integers(-2047, 2048, (3 * d, d)).astype(np.int64)
    w = rng.integers(0, top, 3 * d)
    return (X * w[:, None]).T @ X + LAMBDA * np.eye(d, dtype=np.int64)


@pytest.mark.parametrize(("d", "seed"), [(2, 1), (3, 2), (4, 3), (6, 4)])
def test_results_are_the_nearest_integers_by_exact_fractions(d: int, seed: int) -> None:
    H = matrix(d, seed)
    C = np.random.default_rng(seed).integers(-(10**9), 10**9, (d, 3))
    assert nearest(H, LAMBDA, C, 52).tolist() == poa.nearest(poa.solve(H.tolist(), C.tolist()), 52)
    eye = np.eye(d, dtype=np.int64)
    assert nearest(H, LAMBDA, eye, 61).tolist() == poa.nearest(poa.solve(H.tolist(), eye.tolist()), 61)


def test_any_start_and_any_precision_give_the_same_integers() -> None:
    H, eye = matrix(40, 5), np.eye(40, dtype=np.int64)
    expected = nearest(H, LAMBDA, eye, 64)
    rough = np.linalg.inv(H.astype(np.float64)).astype(np.float32).astype(np.float64)
    assert np.array_equal(nearest(H, LAMBDA, eye, 64, inverse=rough), expected)
    for fraction in (4, 5, 6):
        assert np.array_equal(nearest(H, LAMBDA, eye, 64, fraction=fraction), expected)


def test_columns_stand_alone() -> None:
    H, eye = matrix(30, 6), np.eye(30, dtype=np.int64)
    assert np.array_equal(nearest(H, LAMBDA, eye[:, [3, 17]], 64), nearest(H, LAMBDA, eye, 64)[:, [3, 17]])


def test_worst_permitted_condition_is_still_proven() -> None:
    d = 12
    x = np.full(d, 2047, np.int64)
    H = (1 << 30) // d * np.outer(x, x) + LAMBDA * np.eye(d, dtype=np.int64)
    V = nearest(H, LAMBDA, np.eye(d, dtype=np.int64), 60)
    assert V.tolist() == poa.nearest(poa.solve(H.tolist(), np.eye(d, dtype=np.int64).tolist()), 60)


def test_verifying_accepts_the_true_inverse_and_refuses_one_entry_changed_by_one() -> None:
    d = 30
    H, eye = matrix(d, 7), np.eye(d, dtype=np.int64)
    V = nearest(H, LAMBDA, eye, 62)
    assert plausible(H, V, 62)
    assert verify(H, LAMBDA, eye, 62, V, V, 62)
    for row, column, by in ((0, 0, 1), (3, 7, -1), (29, 29, 1)):
        wrong = V.copy()
        wrong[row, column] += by
        assert not verify(H, LAMBDA, eye, 62, wrong, wrong, 62)
        spot = [column]
        assert not verify(H, LAMBDA, eye[:, spot], 62, wrong[:, spot], wrong, 62)


def test_verifying_refuses_garbage_without_an_exception() -> None:
    H, eye = matrix(10, 8), np.eye(10, dtype=np.int64)
    for garbage in (np.zeros((10, 10), np.int64), np.full((10, 10), 1 << 38, np.int64)):
        assert not verify(H, LAMBDA, eye, 62, garbage, garbage, 62)
        assert not plausible(H, garbage, 62)


def test_an_entry_half_way_between_two_integers_is_refused() -> None:
    H = np.array([[1 << 30, 0], [0, 1 << 30]], np.int64)
    with pytest.raises(Uncertified):
        nearest(H, 1 << 30, np.array([[1], [0]], np.int64), 29)
    assert nearest(H, 1 << 30, np.array([[1], [0]], np.int64), 30).tolist() == [[1], [0]]


def test_numbers_past_the_stated_range_are_refused() -> None:
    eye = np.eye(2, dtype=np.int64)
    with pytest.raises(AttributionError):
        nearest(eye * (1 << 53), 1, eye, 10)
    with pytest.raises(AttributionError):
        nearest(eye * 8, 8, eye * (1 << 40), 40)


def test_limb_arithmetic_agrees_with_pythons_integers() -> None:
    rng = np.random.default_rng(9)
    A = rng.integers(-(2**52), 2**52, (5, 5))
    big = [[int(a) * 2**70 + int(b) for a, b in zip(r, s, strict=True)] for r, s in zip(A, A[::-1], strict=True)]
    right = carry(split(np.array(big, object), 7))
    made = product([limb.astype(np.float64) for limb in split(A, 3)], right, 11)
    assert whole(made).tolist() == (A.astype(object) @ np.array(big, object)).tolist()
    assert whole(shifted(A, 33, 6)).tolist() == (A.astype(object) << 33).tolist()
    floats = np.array([[-1.0, 2.0**90, -(2.0**90) * 3, 0.0, 1e20]])
    assert whole(carry(split_float(floats, 6))).tolist() == [[int(Fraction(float(v))) for v in floats[0]]]


@pytest.mark.parametrize("top", [1, 2**20, 2**31, 2**45, 2**50 - 1])
def test_rows_times_is_exact_for_small_and_large_entries_of_both_signs(top: int) -> None:
    rng = np.random.default_rng(10)
    X = rng.integers(-2047, 2048, (9, 7)).astype(np.int16)
    M = rng.integers(-top, top + 1, (7, 4))
    assert rows_times(X, M).tolist() == (X.astype(object) @ M.astype(object)).tolist()


@pytest.mark.parametrize("places", [0, 1, 19, 20, 21, 40, 75])
def test_shifting_limbs_down_rounds_halves_upward(places: int) -> None:
    rng = np.random.default_rng(11)
    values = [int(v) << max(0, places - 4) for v in rng.integers(-(2**40), 2**40, 50)] + [0, -1, 1]
    values += [(1 << places) // 2, -((1 << places) // 2)]
    limbs = carry(split(np.array([values], object), 8))
    assert shifted_down(limbs, places).tolist() == [[poa.shift(v, places) for v in values]]
    assert bits(limbs) == max(abs(v) for v in values).bit_length()
