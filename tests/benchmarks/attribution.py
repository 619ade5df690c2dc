"""Attribution on WordNet glosses by topic: is it leaving out, what does it cost, what do cheats earn.

True retraining is the certified head of the remaining records. Rivals here need nothing installed: the gradient dot
product of the ridge loss, and the cosine of the features; both see the same features, labels and answers.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from functools import cache

import numpy as np

from core.attribution import contributors, influence, payout
from core.attribution.credit import credit_of
from core.attribution.doubt import doubt
from core.attribution.weights import admit
from core.datanets import sample
from core.datanets.importers import Options, inspect, read
from core.jobs import silent
from core.models import encoders
from core.models.ridge import Head, Statistics, fit, train
from core.models.ridge.head import regularised, weights_of
from tests.benchmarks.harness import ROOT, Row, median_seconds

K = 12
WORDNET = ROOT.parent / "shared/data/wordnet_nouns.json"  # all of it, where it stands beside the project
EACH = 300 if WORDNET.exists() else 240  # training texts a topic; the bundled sample has fewer


@cache
def topics() -> dict[str, list[str]]:
    """Glosses by topic, each text once: topics of at least 400, or the bundled sample's twelve."""
    by, seen = defaultdict(list), set()
    for text, label in _pairs():
        if text not in seen:
            seen.add(text)
            by[label].append(text)
    return {label: texts for label, texts in sorted(by.items()) if len(texts) >= EACH + 100}


def _pairs() -> list[tuple[str, str]]:
    if WORDNET.exists():
        return [(entry["text"], entry["label"]) for entry in json.loads(WORDNET.read_text(encoding="utf-8"))]
    bundled = sample.load(ROOT / "resources" / "samples" / "wordnet_topics")
    rows = bundled.held_out()
    for who in bundled.contributors:
        if who.role == "honest":
            options = inspect(who.path, Options(), silent(), bundled.rules.labels).options
            rows += [(row.text, row.label) for row in read(who.path, options, silent())]
    return rows


def draw(seed: int, each: int, held: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    rng = random.Random(seed)
    training, test = [], []
    for k, label in enumerate(rng.sample(sorted(topics()), K)):
        texts = rng.sample(topics()[label], each + held)
        training += [(text, k) for text in texts[:each]]
        test += [(text, k) for text in texts[each:]]
    rng.shuffle(training)
    rng.shuffle(test)
    return training, test


def encode(pairs: list[tuple[str, int]]) -> tuple[np.ndarray, np.ndarray]:
    return encoders.get("static-256").features([text for text, _ in pairs]), np.array([k for _, k in pairs])


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Mean over columns."""
    ranks = [np.argsort(np.argsort(values, axis=0), axis=0).astype(float) for values in (a, b)]
    return float(np.mean([np.corrcoef(x, y)[0, 1] for x, y in zip(*(r.T for r in ranks), strict=True)]))


def answered(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Integer scores [m, K] -> the answered one over the mean of all labels, real."""
    wide = scores.astype(object)
    return ((wide[np.arange(len(labels)), labels] * K - wide.sum(axis=1)) / (K * 2**52)).astype(float)


class Scene:
    """1,200 records, 100 queries, every weight 1."""

    def __init__(self, seed: int) -> None:
        training, test = draw(seed, 100, 9)
        self.X, self.y = encode(training)
        self.queries = encode(test[:100])[0]
        self.w = np.ones(len(self.X), np.int64)
        self.head, self.statistics = train(self.X, self.y, K, self.w)
        self.labels = self.head.answers(self.queries)
        self.base = answered(self.head.scores(self.queries), self.labels)
        credit = credit_of(self.head, self.X, self.y, self.w)
        pairs = zip(self.queries, self.labels.tolist(), strict=True)
        self.ours = np.stack([influence.of_answer(self.head, credit, self.X, x, k).real() for x, k in pairs], axis=1)
        X, Q = self.X.astype(float), self.queries.astype(float)
        self.dots = X @ Q.T
        residual = self.head.residuals(self.X, self.y) * 2.0**-52
        self.gradient = self.dots * (residual - residual.mean(axis=1)[:, None])[:, self.labels]
        same = np.where(self.y[:, None] == self.labels[None, :], 1.0, -1.0 / K)
        norms = np.linalg.norm(X, axis=1)[:, None] * np.linalg.norm(Q, axis=1)[None, :]
        self.cosine = self.dots / norms * same

    def part(self, index: np.ndarray) -> Statistics:
        return Statistics.of(self.X[index], self.y[index], K, self.w[index])

    def after(self, statistics: Statistics) -> np.ndarray:
        return answered(self.queries.astype(np.int64) @ weights_of(statistics, self.head.j), self.labels)


def leave_one_out(scene: Scene) -> list[Row]:
    picked = np.random.default_rng(1).choice(len(scene.X), 150, replace=False)
    true = np.stack([scene.base - scene.after(scene.statistics - scene.part(picked[i : i + 1])) for i in range(150)])
    rivals = {"gradient dot": scene.gradient, "cosine": scene.cosine}
    error = np.linalg.norm(scene.ours[picked] - true) / np.linalg.norm(true)
    return [
        Row(
            "record leave-one-out, Spearman with retraining",
            spearman(scene.ours[picked], true),
            "",
            0.999,
            at_most=False,
            rivals={name: spearman(values[picked], true) for name, values in rivals.items()},
        ),
        Row("record leave-one-out, relative error", float(error), "", 1e-5),
    ]


def datamodel(scene: Scene) -> Row:
    """LDS: does the sum of influences predict what a half of the records makes of an answer."""
    rng = np.random.default_rng(2)
    masks = np.stack([rng.permutation(len(scene.X)) < len(scene.X) // 2 for _ in range(40)])
    true = np.stack([scene.after(scene.part(np.flatnonzero(mask))) for mask in masks])
    rivals = {"gradient dot": scene.gradient, "cosine": scene.cosine}
    return Row(
        "linear datamodel score, halves",
        spearman(masks @ scene.ours, true),
        "",
        0.95,
        at_most=False,
        rivals={name: spearman(masks @ values, true) for name, values in rivals.items()},
    )


def whole_contributors(scene: Scene) -> Row:
    """Against the group formula in floats, which is exact retraining up to rounding; ten contributors."""
    who = np.arange(len(scene.X)) % 10
    heads = contributors.left_out(scene.head, scene.statistics, scene.X, scene.y, scene.w, who, 10)
    found = contributors.of_answers(scene.head, heads, scene.queries, scene.labels)
    ours = (np.array(found, object) / (K * 2**52)).astype(float).T
    inverse = np.linalg.inv(regularised(scene.statistics, scene.head.j).astype(float))
    residual = np.eye(K)[scene.y] - scene.X @ (inverse @ scene.statistics.B)
    true = np.empty_like(ours)
    for c in range(10):
        X = scene.X[who == c].astype(float)
        change = inverse @ X.T @ np.linalg.solve(np.eye(len(X)) - X @ inverse @ X.T, residual[who == c])
        moved = scene.queries @ change
        true[c] = moved[np.arange(len(moved)), scene.labels] - moved.mean(axis=1)
    summed = np.stack([scene.ours[who == c].sum(axis=0) for c in range(10)])

    def error(values: np.ndarray) -> float:
        return float(np.linalg.norm(values - true) / np.linalg.norm(true))

    return Row("contributor leave-out, relative error", error(ours), "", 1e-9, rivals={"sum of records": error(summed)})


def mislabelled(scene: Scene) -> Row:
    rng = np.random.default_rng(3)
    flipped = rng.permutation(len(scene.X)) < len(scene.X) // 10
    labels = np.where(flipped, (scene.y + rng.integers(1, K, len(scene.y))) % K, scene.y)
    head, _ = train(scene.X, labels, K, scene.w)

    def area(score: np.ndarray) -> float:
        ranks = np.argsort(np.argsort(score)) + 1
        hits = int(flipped.sum())
        return float((ranks[flipped].sum() - hits * (hits + 1) / 2) / (hits * (~flipped).sum()))

    loss = head.residuals(scene.X, labels)[np.arange(len(labels)), labels].astype(float)
    return Row(
        "mislabelled records found, 10 % flipped, AUC",
        area(doubt(head, scene.X, labels, scene.w)),
        "",
        0.95,
        at_most=False,
        rivals={"training loss": area(loss)},
    )


def cost() -> list[Row]:
    """3,600 records, d = 257, 12 labels."""
    training, test = draw(5, EACH, 50)
    X, y = encode(training)
    queries = encode(test)[0]
    w = np.full(len(X), 36)
    head, statistics = train(X, y, K, w)
    credit = credit_of(head, X, y, w)
    answers = head.answers(queries)
    fee = 10**15
    one, each, million = (np.zeros((K, head.d), object) for _ in range(3))
    for k in range(K):
        each[k] = queries[np.flatnonzero(answers == k)[0]].astype(object) * fee
    one[0] = each[0]
    for x, k in zip(queries.astype(object), answers, strict=True):
        million[k] += x * (1_000_000 // len(queries) * fee)  # each query stands for as many calls

    def settle(sums: np.ndarray) -> float:
        who = np.arange(len(X)) % 10
        return median_seconds(lambda: payout.pay(fee, influence.of_sums(head, credit, X, sums).q, who, 10), 15)

    single = median_seconds(lambda: influence.of_answer(head, credit, X, queries[0], int(answers[0])), 15)
    many = settle(million)

    def withdraw() -> Head:
        return fit(statistics - Statistics.of(X[7:8], y[7:8], K, w[7:8]), head.j)

    scratch, _ = train(np.delete(X, 7, 0), np.delete(y, 7), K, np.delete(w, 7), j=head.j)
    order = np.random.default_rng(4).permutation(len(X))
    mixed = fit(Statistics.of(X[order], y[order], K, w[order], chunk=97), head.j)
    differing = int((mixed.V != head.V).sum() + (mixed.W != head.W).sum())
    return [
        Row("train: sums, lambda, certified solve", median_seconds(lambda: train(X, y, K, w), 3), "s", 2.0),
        Row("credit of 3,600 records", median_seconds(lambda: credit_of(head, X, y, w), 3), "s"),
        Row("one answer over 3,600 records", single * 1000, "ms"),
        Row(
            "settling 1,000,000 calls against one for each label",
            many / settle(each),
            "x",
            1.2,
            rivals={"against a single call": many / settle(one)},
        ),
        Row("settling 1,000,000 calls, sums given, no hashing", many * 1000, "ms"),
        Row("withdraw one record", median_seconds(withdraw, 3), "s", 1.0),
        Row("withdrawal equals scratch, byte for byte", float(withdraw().same(scratch)), "", 1.0, at_most=False),
        Row("integers that differ over row orders and chunks", differing, "", 0),
    ]


def pay(seed: int) -> np.ndarray:
    """Ten equal contributors, 600 calls: the ninth labels at random, the tenth copies the fifth, three are trusted."""
    training, test = draw(seed, EACH, 100)
    rng = random.Random(seed)
    own = len(training) // 10
    parts = [training[own * c : own * (c + 1)] for c in range(10)]
    parts[8] = [(text, rng.randrange(K)) for text, _ in parts[8]]
    parts[9] = list(parts[4])
    records = [pair for part in parts for pair in part]
    X, y = encode(records)
    who = np.repeat(np.arange(10), own)
    admission = admit([text for text, _ in records], X, y, K, who, {0, 1, 2})
    head, _ = train(X, y, K, admission.weights)
    queries = encode(rng.sample(test, 600))[0]
    sums = np.zeros((K, head.d), np.int64)
    np.add.at(sums, head.answers(queries), queries.astype(np.int64))
    found = influence.of_sums(head, credit_of(head, X, y, admission.weights), X, sums)
    amounts = np.array(payout.pay(10**18, found.q, who, 10).amounts, float)
    return amounts / amounts[:8].mean()


def attacks(seeds: range) -> list[Row]:
    paid = np.stack([pay(seed) for seed in seeds])
    return [
        Row("pay per record, honest, lowest", float(paid[:, :8].min()), "", 0.8, at_most=False),
        Row("pay per record, honest, highest", float(paid[:, :8].max()), "", 1.3),
        Row("pay per record, random labels, highest", float(paid[:, 8].max()), "", 0.05),
        Row("pay per record, exact copy, highest", float(paid[:, 9].max()), "", 0.01),
    ]


def run() -> list[Row]:
    scene = Scene(11)
    rows = [*leave_one_out(scene), datamodel(scene), whole_contributors(scene), mislabelled(scene)]
    return [*rows, *cost(), *attacks(range(21, 24))]
