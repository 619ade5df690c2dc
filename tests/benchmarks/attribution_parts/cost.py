"""What training, an answer, a settlement and a withdrawal cost: 3,600 WordNet glosses of 12 topics, d = 257."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from core.attribution import influence, payout
from core.attribution.credit import credit_of
from core.models import encoders
from core.models.ridge import Head, Statistics, fit, train
from tests.benchmarks.attacks_parts import data
from tests.benchmarks.harness import Row, median_seconds

_FEE = 10**15
_RECORDS, _QUERIES = 3600, 500


def rows() -> list[Row]:
    found = data.wordnet(5, even=False)
    if found is None:
        return []
    pairs = random.Random(5).sample(found.pairs, _RECORDS + _QUERIES)
    features = encoders.get("static-256").features([text for text, _ in pairs])
    y = np.array([label for _, label in pairs[:_RECORDS]])
    return [*_settling(features, y, found.K), *_changing(features[:_RECORDS], y, found.K)]


def _sums(queries: NDArray[np.int16], answers: NDArray[np.int64], K: int, calls: int) -> NDArray[np.object_]:
    """As if the queries had been asked again and again until there were so many calls."""
    total = np.zeros((K, queries.shape[1]), object)
    for x, k in zip(queries.astype(object), answers, strict=True):
        total[k] += x * (calls // len(queries) * _FEE)
    return total


def _settling(features: NDArray[np.int16], y: NDArray[np.int64], K: int) -> list[Row]:
    X, queries, w = features[:_RECORDS], features[_RECORDS:], np.full(_RECORDS, 36)
    head, _ = train(X, y, K, w)
    credit, answers, who = credit_of(head, X, y, w), head.answers(queries), np.arange(_RECORDS) % 10
    first = [int(np.flatnonzero(answers == k)[0]) for k in np.unique(answers)]
    sums = {
        "one": _sums(queries[:1], answers[:1], K, 1),
        "one a label": _sums(queries[first], answers[first], K, len(first)),
        "1,000": _sums(queries[:500], answers[:500], K, 1000),
        "1,000,000": _sums(queries[:500], answers[:500], K, 1_000_000),
    }

    def settle(S: NDArray[np.object_]) -> float:
        return median_seconds(lambda: payout.pay(_FEE, influence.of_sums(head, credit, X, S).q, who, 10), 15)

    times = {name: settle(S) for name, S in sums.items()}
    single = median_seconds(lambda: influence.of_answer(head, credit, X, queries[0], int(answers[0])), 15)
    return [
        Row("train: sums, lambda, certified solve", median_seconds(lambda: train(X, y, K, w), 3), "s", 2.0),
        Row("credit of 3,600 records", median_seconds(lambda: credit_of(head, X, y, w), 3), "s"),
        Row("one answer over 3,600 records", single * 1000, "ms"),
        Row(
            "settling 1,000,000 calls, sums given",
            times["1,000,000"] * 1000,
            "ms",
            rivals={f"{name} calls" if name[0] == "1" else name: t * 1000 for name, t in list(times.items())[:3]},
        ),
        Row(
            "settling 1,000,000 calls against one for each label",
            times["1,000,000"] / times["one a label"],
            "x",
            1.2,
            rivals={"against a single call": times["1,000,000"] / times["one"]},
        ),
    ]


def _changing(X: NDArray[np.int16], y: NDArray[np.int64], K: int) -> list[Row]:
    w = np.full(len(X), 36)
    head, statistics = train(X, y, K, w)

    def withdraw() -> Head:
        return fit(statistics - Statistics.of(X[7:8], y[7:8], K, w[7:8]), head.j)

    scratch, _ = train(np.delete(X, 7, 0), np.delete(y, 7), K, np.delete(w, 7), j=head.j)
    order = np.random.default_rng(4).permutation(len(X))
    mixed = fit(Statistics.of(X[order], y[order], K, w[order], chunk=97), head.j)
    differing = int((mixed.V != head.V).sum() + (mixed.W != head.W).sum())
    return [
        Row("withdraw one record", median_seconds(withdraw, 3), "s", 1.0),
        Row("withdrawal equals scratch, byte for byte", float(withdraw().same(scratch)), "", 1.0, at_most=False),
        Row("integers that differ over row orders and chunks", differing, "", 0),
    ]
