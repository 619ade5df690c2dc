"""Measured influence is leaving out: by definition, by a second implementation, and by real retraining."""

from __future__ import annotations

import numpy as np
import pytest

from core.attribution import contributors, influence
from core.attribution.credit import credit_of
from core.errors import AttributionError, BadInput, Cancelled
from core.jobs import Progress
from core.models.ridge import Head, Statistics, train
from core.models.ridge.head import weights_of
from tests.doubles import poa

K = 3


def made(n: int, d: int, seed: int = 5, lightest: int = 0):
    X, y = poa.records(n, d, K, seed)
    w = np.random.default_rng(seed).integers(lightest, 65, n)
    return np.array(X, np.int16), np.array(y), w


@pytest.fixture(scope="module")
def model():
    X, y, w = made(240, 17, lightest=1)
    head, statistics = train(X, y, K, w, j=5)
    calls = made(20, 17, seed=6)[0]
    return head, statistics, credit_of(head, X, y, w), X, y, w, calls


def leave_out_change(head: Head, statistics: Statistics, gone: Statistics, x: np.ndarray, label: int) -> float:
    """The answered score over the mean of all labels, with and without `gone`, by training again."""
    change = x.astype(object) @ (head.W - weights_of(statistics - gone, head.j)).astype(object)
    return float(change[label] - sum(change) / K) / 2.0**head.t


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(float)


@pytest.mark.parametrize(("j", "seed"), [(0, 1), (6, 2), (16, 3)])
def test_every_integer_equals_the_second_implementation(j: int, seed: int) -> None:
    X, y, w = made(18, 4, seed)
    w[4] = 0
    head, _ = train(X, y, K, w, j=j)
    V, W = poa.head(X.tolist(), y.tolist(), w.tolist(), K, j, 2)
    expected = poa.credit(V, W, X.tolist(), y.tolist(), w.tolist(), j, 2)
    credit = credit_of(head, X, y, w)
    assert (credit.c.tolist(), credit.z) == (expected["c"], expected["z"])

    rng = np.random.default_rng(seed)
    for fee in (1, 10**9, 3 * 10**21):
        S = [[int(v) * fee for v in row] for row in rng.integers(-(2**20), 2**20, (K, 4))]
        found = influence.of_sums(head, credit, X, np.array(S, object))
        second = poa.influence(V, X.tolist(), S, expected["c"], expected["z"], 2)
        assert (found.q.tolist(), found.u.tolist()) == (second["q"], second["u"])
        assert (found.e, found.v) == (second["e"], second["v"])
        assert max(abs(v) for row in second["a"] for v in row) <= second["M"]


def test_record_influence_is_the_change_by_real_retraining(model) -> None:
    head, statistics, credit, X, y, w, calls = model
    label = int(head.answers(calls[:1])[0])
    found = influence.of_answer(head, credit, X, calls[0], label).real()
    picked = np.arange(0, 240, 3)
    true = np.array(
        [
            leave_out_change(
                head, statistics, Statistics.of(X[i : i + 1], y[i : i + 1], K, w[i : i + 1]), calls[0], label
            )
            for i in picked
        ]
    )
    assert np.corrcoef(ranks(found[picked]), ranks(true))[0, 1] >= 0.9999
    assert np.abs(found[picked] - true).max() <= 1e-6 * np.abs(true).max()
    assert (true < 0).any()  # opposing records are seen, not cut


def test_contributor_influence_is_retraining_and_equals_the_group_formula(model) -> None:
    head, statistics, _, X, y, w, calls = model
    who = np.arange(240) % 6
    heads = contributors.left_out(head, statistics, X, y, w, who, 6)
    H = statistics.G + np.eye(17) * head.lambda_
    inverse = np.linalg.inv(H)
    W = inverse @ statistics.B
    answers = head.answers(calls)
    found = np.array(contributors.of_answers(head, heads, calls, answers), object) / (K * 2**head.t)
    for c in range(6):
        own = who == c
        Xc, D = X[own].astype(float), np.diag(w[own].astype(float))
        residual = np.eye(K)[y[own]] - Xc @ W
        change = inverse @ Xc.T @ D @ np.linalg.solve(np.eye(own.sum()) - Xc @ inverse @ Xc.T @ D, residual)
        expected = calls.astype(float) @ change
        expected = expected[np.arange(len(calls)), answers] - expected.mean(axis=1)
        assert np.linalg.norm(found[:, c].astype(float) - expected) <= 1e-9 * np.linalg.norm(expected)


def test_contributor_influence_equals_the_second_implementation() -> None:
    X, y, w = made(15, 4, 8)
    who = np.arange(15) % 4
    w[who == 3] = 0
    head, statistics = train(X, y, K, w, j=4)
    heads = contributors.left_out(head, statistics, X, y, w, who, 4)
    x = made(1, 4, 9)[0][0]
    expected = poa.contributor_influence(X.tolist(), y.tolist(), w.tolist(), who.tolist(), K, 4, 2, x.tolist(), 1)
    assert contributors.of_answer(head, heads, x, 1) == expected
    assert expected[3] == 0
    assert contributors.shares(expected) == poa.apportion(1_000_000, [max(0, v) for v in expected])


def test_shares_of_an_answer_sum_to_a_million_or_nothing() -> None:
    assert contributors.shares([1, 1, -5, 1]) == [333_334, 333_333, 0, 333_333]
    assert contributors.shares([-1, 0]) == [0, 0]


def test_a_settlement_nets_what_its_calls_add(model) -> None:
    head, _, credit, X, _, _, calls = model
    answers = head.answers(calls)
    sums = np.zeros((K, 17), np.int64)
    singly = np.zeros(240)
    for x, label in zip(calls, answers, strict=True):
        sums[label] += x
        singly += influence.of_answer(head, credit, X, x, int(label)).real()
    together = influence.of_sums(head, credit, X, sums).real()
    assert np.abs(together - singly).max() <= 1e-6 * np.abs(singly).max()


def test_fees_weigh_calls_and_only_ratios_of_fees_matter(model) -> None:
    head, _, credit, X, _, _, calls = model
    labels = head.answers(calls).tolist()
    plain, paid = (np.zeros((K, 17), object) for _ in range(2))
    for i, (x, label) in enumerate(zip(calls.astype(object), labels, strict=True)):
        plain[label] += x * (1 + i % 3)
        paid[label] += x * ((1 + i % 3) << 60)
    one = influence.of_sums(head, credit, X, plain)
    other = influence.of_sums(head, credit, X, paid)
    assert one.q.tolist() == other.q.tolist()
    assert other.exponent - one.exponent == 60


def test_the_first_records_are_listed_by_size_then_age() -> None:
    q = np.array([5, -7, 9, 5, 0, -7, 1])
    found = influence.Influence(q, 0, np.zeros((2, 1), np.int32), 0, 0)
    assert found.supporting(3) == [(2, 9), (0, 5), (3, 5)]
    assert found.supporting(9) == [(2, 9), (0, 5), (3, 5), (6, 1)]
    assert found.supporting(2) == [(2, 9), (0, 5)]
    assert found.opposing(1) == [(1, -7)]
    assert found.opposing(5) == [(1, -7), (5, -7)]
    assert found.supporting(0) == []


def test_records_of_no_weight_have_no_influence() -> None:
    X, y, w = made(60, 8)
    w[::2] = 0
    head, _ = train(X, y, K, w)
    found = influence.of_answer(head, credit_of(head, X, y, w), X, X[0], 0)
    assert not found.q[::2].any()
    assert found.q[1::2].any()


def test_an_empty_settlement_moves_nothing(model) -> None:
    head, _, credit, X, *_ = model
    assert not influence.of_sums(head, credit, X, np.zeros((K, 17), np.int64)).q.any()


def test_inputs_outside_their_ranges_are_refused(model) -> None:
    head, statistics, credit, X, y, w, calls = model
    with pytest.raises(BadInput):
        influence.of_answer(head, credit, X, calls[0], K)
    with pytest.raises(BadInput):
        influence.of_answer(head, credit, X, calls[0][:-1], 0)
    with pytest.raises(BadInput):
        influence.of_sums(head, credit, X[:-1], np.zeros((K, 17), np.int64))
    with pytest.raises(AttributionError):
        influence.of_sums(head, credit, X, np.full((K, 17), 1 << 126, object))
    with pytest.raises(BadInput):
        contributors.left_out(head, statistics, X, y, w, np.full(240, 6), 6)


def test_credit_of_records_that_were_not_trained_on_is_refused() -> None:
    X, y, w = made(40, 6)
    head, _ = train(X[:4], y[:4], K, w[:4], j=0)
    lone = np.zeros((1, 6), np.int16)
    lone[0, 0], lone[0, -1] = 2047, 2047
    with pytest.raises(AttributionError):
        credit_of(head, lone, [0], [64])


def test_long_passes_can_be_stopped(model) -> None:
    head, statistics, credit, X, y, w, _ = model
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        influence.of_sums(head, credit, X, np.zeros((K, 17), np.int64), stopped)
    with pytest.raises(Cancelled):
        contributors.left_out(head, statistics, X, y, w, np.zeros(240, np.int64), 1, stopped)
    with pytest.raises(Cancelled):
        credit_of(head, X, y, w, stopped)
