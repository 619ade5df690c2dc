"""Influence through a softmax head: exact to its definition, near real retraining, one road for calls and sums."""

from __future__ import annotations

import numpy as np
import pytest

from core.attribution import contributors, influence, newton
from core.attribution.credit import Credit, credit_of
from core.attribution.doubt import doubt
from core.models import softmax
from core.models.softmax import Head
from tests.doubles import poa

K = 3


class Case:
    def __init__(self) -> None:
        X, y = poa.records(60, 4, K, 8)
        self.X, self.y = np.array(X, np.int16), np.array(y)
        self.w = np.random.default_rng(4).integers(0, 65, 60)
        self.head: Head = softmax.train(self.X, self.y, K, self.w, j=7)
        self.credit: Credit = credit_of(self.head, self.X, self.y, self.w)


@pytest.fixture(scope="module")
def case() -> Case:
    return Case()


def test_credit_and_influence_equal_the_second_implementation(case: Case) -> None:
    X, y, w, V = case.X.tolist(), case.y.tolist(), case.w.tolist(), case.head.V.tolist()
    second = poa.softmax_credit(V, case.head.probabilities(case.X).tolist(), X, y, w, 7, 2)
    assert case.head.own_blocks(case.X).tolist() == second["blocks"]
    assert case.credit.c.tolist() == second["c"]
    assert case.credit.z == second["z"]
    S = [[10**21 * v for v in X[0]], [0] * 4, [-(10**25) * v for v in X[7]]]
    found = influence.of_sums(case.head, case.credit, case.X, np.array(S, object))
    expected = poa.softmax_influence(V, X, S, second["c"], second["z"], 2)
    assert found.q.tolist() == expected["q"]
    assert found.u.tolist() == expected["u"]
    scale = (found.e, found.v, found.max_label, found.max_feature, found.norm_label)
    assert scale == tuple(expected[name] for name in ("e", "v", "maxLabel", "maxFeature", "normLabel"))


def test_a_coefficient_that_floats_cannot_prove_is_solved_in_fractions(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = newton._proposed
    asked = []

    def unsure(head, N, r):
        rounded, proven = real(head, N, r)
        asked.append(int(proven.sum()))
        return rounded * 0, proven & False

    monkeypatch.setattr(newton, "_proposed", unsure)
    assert np.array_equal(credit_of(case.head, case.X, case.y, case.w).c, case.credit.c)
    assert asked == [int((case.w > 0).sum())], "and floats would have proven them all"


def test_influence_follows_real_retraining(case: Case) -> None:
    x, label = case.X[5], 1
    found = influence.of_answer(case.head, case.credit, case.X, x, label).real()
    true = np.zeros(60)
    before = case.head.scores(x[None])[0]
    for i in range(60):
        kept = np.arange(60) != i
        after = x.astype(object) @ case.head.weights_of(case.X[kept], case.y[kept], case.w[kept]).astype(object)
        change = [int(a) - int(b) for a, b in zip(before, after, strict=True)]
        true[i] = float(K * change[label] - sum(change)) / K / 2.0**52
    assert np.linalg.norm(found - true) < 0.05 * np.linalg.norm(true)
    assert np.corrcoef(found.argsort().argsort(), true.argsort().argsort())[0, 1] > 0.99
    assert (found[case.w == 0] == 0).all()


def test_calls_add_up_to_their_sums(case: Case) -> None:
    calls = [(case.X[i], int(case.y[i])) for i in range(12)]
    S = np.zeros((K, 4), np.int64)
    for x, label in calls:
        S[label] += x
    whole = influence.of_sums(case.head, case.credit, case.X, S).real()
    each = sum(influence.of_answer(case.head, case.credit, case.X, x, k).real() for x, k in calls)
    assert np.allclose(whole, each, atol=1e-6 * np.abs(whole).max())


def test_a_contributor_is_the_head_trained_without_him(case: Case) -> None:
    who = np.arange(60) % 4
    heads = contributors.left_out(case.head, None, case.X, case.y, case.w, who, 5)
    for c in range(4):
        kept = who != c
        assert np.array_equal(heads[c], softmax.train(case.X[kept], case.y[kept], K, case.w[kept], j=7).W)
    assert np.array_equal(heads[4], case.head.W), "somebody without records changes nothing"
    Q = contributors.of_answer(case.head, heads, case.X[0], 0)
    assert Q[4] == 0
    assert sum(contributors.shares(Q)) in (0, contributors.PARTS)


def test_whoever_gave_all_records_or_all_of_a_label_can_be_left_out(case: Case) -> None:
    everything = contributors.left_out(case.head, None, case.X, case.y, case.w, np.zeros(60, np.int64), 1)
    assert not everything.any()
    most = contributors.left_out(case.head, None, case.X, case.y, case.w, (case.y == 1).astype(np.int64), 2)
    assert most[0].any(), "one label is left, and wins"
    assert (case.X.astype(object) @ most[0].astype(object)).argmax(axis=1).tolist() == [1] * 60


def test_a_wrong_label_stands_out(case: Case) -> None:
    y = case.y.copy()
    given = int(np.flatnonzero(case.w > 8)[3])
    y[given] = (y[given] + 1) % K
    found = doubt(softmax.train(case.X, y, K, case.w, j=7), case.X, y, case.w)
    assert found[given] > 0
    assert int((found > found[given]).sum()) < 6
