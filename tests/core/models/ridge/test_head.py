"""The head equals its definition, its withdrawal equals scratch, and its choice of lambda can be checked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.errors import AttributionError, BadInput, TooFewRecords
from core.models.ridge import Head, Statistics, choose, fit, train
from core.models.ridge.head import check
from tests.doubles import poa


def made(n: int = 80, d: int = 5, K: int = 3, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y = poa.records(n, d, K, seed)
    return np.array(X, np.int16), np.array(y), np.random.default_rng(seed).integers(0, 65, n)


@pytest.mark.parametrize("j", [0, 5, 16])
def test_head_equals_the_second_implementation(j: int) -> None:
    X, y, w = made(n=20, d=4)
    head, _ = train(X, y, 3, w, j=j)
    V, W = poa.head(X.tolist(), y.tolist(), w.tolist(), 3, j, 2)
    assert head.V.tolist() == V
    assert head.W.tolist() == W
    assert head.scores(X).tolist() == [[poa.dot(x, poa.column(W, k)) for k in range(3)] for x in X.tolist()]
    assert head.s == 60 + j
    assert np.array_equal(head.V, head.V.T)


def test_withdrawal_equals_scratch_byte_for_byte() -> None:
    X, y, w = made(n=300, d=33, K=4)
    head, statistics = train(X, y, 4, w)
    gone = np.array([0, 17, 18, 250])
    left = np.setdiff1d(np.arange(300), gone)
    subtracted = fit(statistics - Statistics.of(X[gone], y[gone], 4, w[gone]), head.j)
    scratch, _ = train(X[left], y[left], 4, w[left], j=head.j)
    assert subtracted.same(scratch)
    assert not subtracted.same(head)
    assert fit(statistics, head.j).same(head)


def test_checking_needs_no_solver_and_refuses_changed_heads() -> None:
    X, y, w = made(d=20)
    head, statistics = train(X, y, 3, w)
    assert check(head, statistics)
    W, V = head.W.copy(), head.V.copy()
    W[4, 1] += 1
    V[0, 3] -= 1
    assert not check(dataclasses.replace(head, W=W), statistics)
    assert not check(dataclasses.replace(head, V=V), statistics)
    assert not check(dataclasses.replace(head, j=head.j + 1), statistics)
    assert not check(head, statistics - Statistics.of(X[:1], y[:1], 3, np.array([1])))


def test_closed_form_error_equals_leaving_each_record_out() -> None:
    X, y, w = made(n=40, d=6)
    w = np.maximum(w, 1)
    _, statistics = train(X, y, 3, w, j=3)
    found = choose.errors(statistics, X, y, w, [3])[0]
    expected = 0.0
    for i in range(40):
        rest, _ = train(np.delete(X, i, 0), np.delete(y, i), 3, np.delete(w, i), j=3)
        expected += float(w[i]) * float(((rest.residuals(X[i : i + 1], y[i : i + 1]) * 2.0**-52) ** 2).sum())
    assert found == pytest.approx(expected, rel=1e-8)


def test_the_chosen_lambda_passes_the_check_and_a_worse_one_fails() -> None:
    X, y, w = made(n=120, d=12)
    head, statistics = train(X, y, 3, w)
    found = choose.errors(statistics, X, y, w)
    assert head.j == int(np.argmin(found))
    assert choose.acceptable(head.j, found)
    assert not choose.acceptable(int(np.argmax(found)), found)
    assert not choose.acceptable(17, found)


def test_of_equal_errors_the_larger_lambda_is_taken() -> None:
    assert choose.choose(np.array([5.0, 3.0, 3.0 * (1 + 2.0**-22), 3.1]), (0, 1, 2, 3)) == 2


def test_answers_take_the_smaller_label_on_a_tie() -> None:
    head = Head(np.eye(2, dtype=np.int64), np.array([[1, 1, 0], [0, 0, 0]]), 0, 2)
    assert head.answers(np.array([[5, 2047], [-5, 2047]], np.int16)).tolist() == [0, 2]


def test_leverage_is_the_quadratic_form() -> None:
    X, y, w = made(n=30, d=7)
    head, _ = train(X, y, 3, w)
    exact = [int(x.astype(object) @ head.V.astype(object) @ x.astype(object)) for x in X]
    assert head.leverage(X).tolist() == exact


@pytest.mark.parametrize("labels", [[0, 0, 0], [2, 2, 2]])
def test_one_label_alone_is_no_model(labels: list[int]) -> None:
    X = made(n=3)[0]
    with pytest.raises(TooFewRecords):
        train(X, labels, 3, [1, 1, 1])


def test_no_records_or_no_weight_is_no_model() -> None:
    X, y, _ = made(n=6)
    with pytest.raises(TooFewRecords):
        train(X[:0], y[:0], 3, np.zeros(0, np.int64))
    with pytest.raises(TooFewRecords):
        train(X, y, 3, np.zeros(6, np.int64))


def test_a_label_without_records_never_gets_a_score() -> None:
    X, y, w = made(n=60)
    head, _ = train(X, y % 2, 3, np.maximum(w, 1))
    assert not head.W[:, 2].any()


def test_identical_records_and_a_lone_feature_still_certify() -> None:
    X = np.array([[0, 0, 2047]] * 4, np.int16)
    head, statistics = train(X, [0, 1, 0, 1], 2, [64, 1, 64, 1], j=2)
    assert check(head, statistics)
    assert head.answers(X).tolist() == [0, 0, 0, 0]


def test_lambda_off_the_grid_is_refused() -> None:
    X, y, w = made()
    with pytest.raises(BadInput):
        train(X, y, 3, w, j=17)


def test_a_head_too_large_for_its_scale_is_refused() -> None:
    statistics = Statistics(np.zeros((2, 2), np.int64), np.full((2, 2), 1 << 50), np.array([1, 1]))
    with pytest.raises(AttributionError):
        fit(statistics, 0)
