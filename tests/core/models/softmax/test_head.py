"""The softmax head equals its definition on any road to it, and its choice of lambda can be checked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.errors import AttributionError, BadInput, TooFewRecords
from core.models import softmax
from core.models.ridge.statistics import LIMIT
from core.models.softmax import choose, head, newton, solve
from core.models.softmax.head import check, fit, problem_of
from tests.doubles import poa


def made(n: int = 60, d: int = 5, K: int = 3, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y = poa.records(n, d, K, seed)
    return np.array(X, np.int16), np.array(y), np.random.default_rng(seed).integers(0, 65, n)


@pytest.mark.parametrize("j", [0, 5, 16])
def test_the_head_equals_the_second_implementation(j: int) -> None:
    X, y, w = made(n=14, d=3)
    found = softmax.train(X, y, 3, w, j=j)
    W, p, _, V = poa.softmax_head(X.tolist(), y.tolist(), w.tolist(), 3, j, 2)
    assert found.W.tolist() == W
    assert found.V.tolist() == V
    assert found.probabilities(X).tolist() == p
    assert found.scores(X).tolist() == [[poa.dot(x, poa.column(W, k)) for k in range(3)] for x in X.tolist()]
    assert np.array_equal(found.V, found.V.T)


def test_every_start_and_every_inverse_lead_to_the_same_integers() -> None:
    X, y, w = made()
    found = softmax.train(X, y, 3, w, j=2)
    problem, rng = problem_of(X, y, 3, w, 2), np.random.default_rng(0)
    near = np.ldexp(found.W.astype(np.float64), -52)
    inverse = np.ldexp(found.V.astype(np.float64), -found.s)
    far = near * (1 + 1e-4 * rng.normal(size=near.shape))
    assert np.array_equal(solve.rounded(problem, 2, 2, far, inverse), found.W)
    rough = inverse * (1 + 1e-5 * rng.normal(size=inverse.shape))
    assert np.array_equal(solve.rounded(problem, 2, 2, near, rough), found.W)


def test_the_order_of_records_does_not_matter_and_those_without_weight_neither() -> None:
    X, y, w = made()
    found = softmax.train(X, y, 3, w, j=4)
    order = np.random.default_rng(2).permutation(len(X))
    assert softmax.train(X[order], y[order], 3, w[order], j=4).same(found)
    assert softmax.train(X[w > 0], y[w > 0], 3, w[w > 0], j=4).same(found)
    assert found.again(X, y, w).same(found)
    assert np.array_equal(found.weights_of(X, y, w), found.W)


def test_no_step_of_the_optimum_lowers_the_loss() -> None:
    X, y, w = made(d=4)
    found = softmax.train(X, y, 3, w, j=1)
    problem = problem_of(X, y, 3, w, 2)
    theta = np.ldexp(found.W.astype(np.float64), -52) * LIMIT
    here = problem.loss(theta, 2.0)
    for step in np.eye(theta.size).reshape(-1, *theta.shape):
        assert min(problem.loss(theta + 1e-3 * step, 2.0), problem.loss(theta - 1e-3 * step, 2.0)) > here


def test_checking_needs_no_solver_and_refuses_changed_heads() -> None:
    X, y, w = made()
    found = softmax.train(X, y, 3, w, j=3)
    assert check(found, X, y, w)
    W, V = found.W.copy(), found.V.copy()
    W[2, 1] += 1
    V[0, 3] -= 1
    assert not check(dataclasses.replace(found, W=W), X, y, w)
    assert not check(dataclasses.replace(found, V=V), X, y, w)
    assert not check(dataclasses.replace(found, j=4), X, y, w)
    assert not check(found, X, y, np.where(np.arange(len(X)) == 0, (w + 1) % 65, w))
    assert not check(dataclasses.replace(found, V=V[:-1, :-1]), X, y, w)


def test_one_newton_step_is_close_to_leaving_each_record_out() -> None:
    X, y, w = made(n=80)
    w = np.maximum(w, 1)
    found = softmax.train(X, y, 3, w, j=6)
    estimated = found.left_out(X, y, w)
    problem = problem_of(X, y, 3, w, 2)
    for i in range(0, 80, 9):
        kept = np.arange(80) != i
        rest = newton.minimise(newton.Problem(X[kept], y[kept], w[kept], 3), 64.0)
        true, before = problem.Z[i] @ rest.theta, np.ldexp(found.scores(X[i : i + 1])[0].astype(np.float64), -52)
        assert np.linalg.norm(estimated[i] - true) < 0.1 * np.linalg.norm(before - true) + 1e-9


def test_lambda_is_a_least_of_its_neighbours_and_can_be_checked() -> None:
    X, y, w = made(n=90, K=4)
    problem = problem_of(X, y, 4, w, 2)
    found = choose.choose(problem)
    assert softmax.train(X, y, 4, w).j == found.j
    assert [j for j in choose.GRID if choose.acceptable(j, problem)] == [found.j]
    assert not choose.acceptable(17, problem)
    pinned = fit(problem, found.j, 2)
    answers = pinned.left_out(X, y, w).argmax(axis=1)
    assert found.right == int(w[answers == y].sum())
    assert choose.choose(problem, (9,)).j == 9


def test_steep_data_is_trained_as_well() -> None:
    """Separable labels, the least lambda, full weights: plain Newton steps would overshoot."""
    X = np.array([[2047, 0, 2047], [-2047, 0, 2047], [0, 2047, 2047], [0, -2047, 2047]] * 20, np.int16)
    y, w = np.array([0, 1, 2, 2] * 20), np.full(80, 64)
    found = softmax.train(X, y, 3, w, j=0)
    assert np.array_equal(found.answers(X), y)
    assert check(found, X, y, w)


def test_what_does_not_fit_is_refused() -> None:
    X, y, w = made()
    with pytest.raises(BadInput):
        softmax.train(X, y, 3, w, j=17)
    with pytest.raises(TooFewRecords):
        softmax.train(X, y, 3, np.where(y == 1, w, 0), j=3)
    with pytest.raises(AttributionError):
        softmax.train(np.full((2, 651), 2047, np.int16), [0, 1], 2, [1, 1], j=3, norm_class=10)
    many = -(-(head.MAX_TOTAL + 1) // 64)
    with pytest.raises(AttributionError):
        softmax.train(np.full((many, 2), 2047, np.int16), np.arange(many) % 2, 2, np.full(many, 64), j=3)
