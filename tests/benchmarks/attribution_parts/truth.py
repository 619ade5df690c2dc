"""What really happens to answers without some records (certified retraining), and how well a method foretells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.attribution import contributors
from core.attribution.doubt import doubt
from core.models.ridge import Statistics, train
from core.models.ridge.head import regularised, weights_of
from tests.benchmarks.attribution_parts.scenes import Scene

Floats = NDArray[np.float64]
_MASKS = 60
_SINGLES = 150


def spearman(a: Floats, b: Floats) -> float:
    """Rank correlation of each column, their mean; equal values share a rank."""
    found = []
    for x, y in zip(a.T, b.T, strict=True):
        one, two = _ranks(x), _ranks(y)
        flat = one.std() == 0 or two.std() == 0
        found.append(0.0 if flat else float(np.corrcoef(one, two)[0, 1]))
    return float(np.mean(found))


def _ranks(values: Floats) -> Floats:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]


def _answered(scene: Scene, scores: NDArray[np.int64]) -> Floats:
    """The answered label's score over the mean of all, real."""
    wide = scores.astype(object)
    own = wide[np.arange(len(scores)), scene.labels] * scene.K
    return ((own - wide.sum(axis=1)) / (scene.K * 2**52)).astype(float)


def after(scene: Scene, statistics: Statistics) -> Floats:
    """The queries' answers by the head of these sums, lambda pinned: [queries]."""
    W = weights_of(statistics, scene.trained[0].j)
    return _answered(scene, scene.queries.astype(np.int64) @ W)


@dataclass(frozen=True)
class Truth:
    """masks bool [m, n] of the records that stay, by share of those that go; answers [m, queries]; single records."""

    masks: Mapping[int, NDArray[np.bool_]]
    answers: Mapping[int, Floats]
    singles: NDArray[np.int64]
    effects: Floats


def truth(scene: Scene) -> Truth:
    """Certified retraining: 60 halves, 60 times without a tenth, 150 single records."""
    head, statistics = scene.trained
    n, rng = len(scene.X), np.random.default_rng(2)
    masks = {gone: np.stack([rng.permutation(n) >= n * gone // 100 for _ in range(_MASKS)]) for gone in (50, 10)}
    answers = {
        gone: np.stack([after(scene, scene.statistics(np.flatnonzero(mask))) for mask in chosen])
        for gone, chosen in masks.items()
    }
    singles = rng.choice(n, _SINGLES, replace=False)
    base = _answered(scene, head.scores(scene.queries))
    left = [after(scene, statistics - scene.statistics(singles[i : i + 1])) for i in range(_SINGLES)]
    return Truth(masks, answers, singles, base - np.stack(left))


@dataclass(frozen=True)
class Score:
    """Of one method on one data set."""

    lds_half: float
    lds_tenth: float
    single: float


def judge(found: Floats, true: Truth) -> Score:
    """`found` [n, queries]: how much an answer loses without a record."""
    half, tenth = (spearman(true.masks[gone] @ found, true.answers[gone]) for gone in (50, 10))
    return Score(half, tenth, spearman(found[true.singles], true.effects))


def relative_error(found: Floats, true: Truth) -> float:
    return float(np.linalg.norm(found[true.singles] - true.effects) / np.linalg.norm(true.effects))


def contributor_errors(scene: Scene, records: Floats) -> tuple[float, float]:
    """Relative errors, against the group formula in floats: by retraining (ours), by the sum over records."""
    head, statistics = scene.trained
    heads = contributors.left_out(head, statistics, scene.X, scene.y, scene.weights, scene.who, 10)
    parts = contributors.of_answers(head, heads, scene.queries, scene.labels)
    ours = (np.array(parts, object) / (scene.K * 2**52)).astype(float).T
    inverse = np.linalg.inv(regularised(statistics, head.j).astype(float))
    residual = np.eye(scene.K)[scene.y] - scene.X @ (inverse @ statistics.B)
    true = np.empty_like(ours)
    for c in range(10):
        X = scene.X[scene.who == c].astype(float)
        change = inverse @ X.T @ np.linalg.solve(np.eye(len(X)) - X @ inverse @ X.T, residual[scene.who == c])
        moved = scene.queries @ change
        true[c] = moved[np.arange(len(moved)), scene.labels] - moved.mean(axis=1)
    summed = np.stack([records[scene.who == c].sum(axis=0) for c in range(10)])
    size = float(np.linalg.norm(true))
    return float(np.linalg.norm(ours - true)) / size, float(np.linalg.norm(summed - true)) / size


def mislabelled(scene: Scene) -> tuple[float, float]:
    """AUC of finding a tenth of the labels that were changed: by leave-one-out doubt, by training loss."""
    rng = np.random.default_rng(3)
    changed = rng.permutation(len(scene.X)) < len(scene.X) // 10
    labels = np.where(changed, (scene.y + rng.integers(1, scene.K, len(scene.y))) % scene.K, scene.y)
    head, _ = train(scene.X, labels, scene.K, scene.weights, norm_class=scene.norm_class)

    def area(score: Floats) -> float:
        ranks, hits = _ranks(score), int(changed.sum())
        return float((ranks[changed].sum() - hits * (hits + 1) / 2) / (hits * (~changed).sum()))

    loss = head.residuals(scene.X, labels)[np.arange(len(labels)), labels].astype(float)
    return area(doubt(head, scene.X, labels, scene.weights)), area(loss)
