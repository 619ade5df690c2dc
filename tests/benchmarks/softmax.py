"""The softmax head beside ridge and scikit-learn, on raw data of few columns: accuracy, credit, and what they cost.

Every figure is of one split, four fifths to train on; records weigh 64, as those of trusted contributors do. Truth is
the same certified training without the records. Times are of the processor.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.attribution import influence
from core.attribution.credit import credit_of
from core.models import families, ridge, softmax
from core.models.softmax import newton
from core.models.softmax.head import problem_of
from tests.benchmarks.harness import Row, rival_environment

LEFT_OUT = 30  # records really left out, for as many queries as there are at most
QUERIES = 60
SUBSETS = 60  # halves trained for the linear datamodeling score (Park et al. 2023, TRAK, section 4)
WEIGHT = 64

_RIVAL = """
import json, sys
import numpy as np
from sklearn import datasets
from sklearn.linear_model import LogisticRegressionCV
X, y = getattr(datasets, "load_" + sys.argv[1])(return_X_y=True)
order = np.random.default_rng(0).permutation(len(X))
X, y, n = X[order].astype(float), y[order], len(X) * 4 // 5
np.savez(sys.argv[2], X=X, y=y)
mean, spread = X[:n].mean(axis=0), np.maximum(X[:n].std(axis=0), 1e-9)
Z = np.clip((X - mean) / spread / 4, -1, 1)
model = LogisticRegressionCV(Cs=10, max_iter=5000).fit(Z[:n], y[:n])
print(json.dumps({"accuracy": float(model.score(Z[n:], y[n:]))}))
"""


class Scene:
    """X int16 [n, d] standardised to +-4 deviations, labels y, queries and their labels."""

    def __init__(self, name: str, python: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "set.npz"
            done = subprocess.run([python, "-W", "ignore", "-c", _RIVAL, name, file], capture_output=True, check=True)
            loaded = np.load(file)
            X, y = loaded["X"], loaded["y"].astype(np.int64)
        self.name, self.rival = name, float(json.loads(done.stdout)["accuracy"])
        n = len(X) * 4 // 5
        mean, spread = X[:n].mean(axis=0), np.maximum(X[:n].std(axis=0), 1e-9)
        whole = np.rint(np.clip((X - mean) / spread / 4, -1, 1) * 2047)
        rows = np.concatenate([whole, np.full((len(X), 1), 2047)], axis=1).astype(np.int16)
        longest = int((rows.astype(np.int64) ** 2).sum(axis=1).max())
        self.norm_class = next(b for b in range(13) if longest <= 2047**2 << b)
        self.X, self.y, self.asked, self.answers = rows[:n], y[:n], rows[n:], y[n:]
        self.K, self.w = int(y.max()) + 1, np.full(n, WEIGHT)


def run() -> list[Row]:
    interpreter = rival_environment("softmax", ["scikit-learn==1.9.1"])
    return [row for name in ("digits", "breast_cancer") for row in _rows(Scene(name, interpreter))]


def _rows(scene: Scene) -> list[Row]:
    started = time.process_time()
    head, compared, _ = families.train(scene.X, scene.y, scene.K, scene.w, norm_class=scene.norm_class)
    spent = time.process_time() - started
    assert compared is not None
    if not isinstance(head, softmax.Head):
        head = softmax.train(scene.X, scene.y, scene.K, scene.w, norm_class=scene.norm_class)
    linear, _ = ridge.train(scene.X, scene.y, scene.K, scene.w, norm_class=scene.norm_class)
    right = {one.family: float((one.answers(scene.asked) == scene.answers).mean()) for one in (linear, head)}
    rivals = {"ridge": right["ridge"], "scikit-learn's logistic regression": scene.rival}
    without = {name: 1 - wrong / compared.weight for name, wrong in (("ridge", compared.ridge),)}
    rows = [
        Row("accuracy on held-out records", right["softmax"], "", rivals=rivals),
        Row("accuracy on records left out", 1 - compared.softmax / compared.weight, "", rivals=without),
        Row("the rule takes softmax", float(compared.family == "softmax"), ""),
        Row("trying both families, and training the better", spent, "s"),
        *_credit(scene, head),
    ]
    return [Row(f"{scene.name}: {row.name}", row.value, row.unit, rivals=row.rivals) for row in rows]


def _credit(scene: Scene, head: softmax.Head) -> list[Row]:
    queries = scene.asked[:QUERIES]
    labels = head.answers(queries)
    times = [time.process_time()]
    credit = credit_of(head, scene.X, scene.y, scene.w)
    times.append(time.process_time())
    asked = zip(queries, labels.tolist(), strict=True)
    ours = np.stack([influence.of_answer(head, credit, scene.X, x, k).real() for x, k in asked])
    times.append(time.process_time())
    chosen = np.random.default_rng(1).choice(len(scene.X), LEFT_OUT, replace=False)
    true = np.stack([_change(scene, head, np.delete(np.arange(len(scene.X)), i), labels) for i in chosen], axis=1)
    times.append(time.process_time())
    found = ours[:, chosen]
    each = np.linalg.norm(found - true, axis=0) / np.linalg.norm(true, axis=0)
    ranks = [_spearman(a, b) for a, b in zip(found, true, strict=True)]
    spent = np.diff(times)
    return [
        Row("leave-one-out, Spearman by query", float(np.mean(ranks)), ""),
        Row("leave-one-out, relative error of a record (median)", float(np.median(each)), ""),
        Row("leave-one-out, relative error of all", float(np.linalg.norm(found - true) / np.linalg.norm(true)), ""),
        Row("linear datamodeling score, halves", _lds(scene, head, ours, labels), ""),
        Row("credit of all records", float(spent[0]), "s"),
        Row("influence of all records on one answer", float(spent[1]) / len(queries) * 1000, "ms"),
        Row("one record really left out, certified", float(spent[2]) / LEFT_OUT, "s"),
    ]


def _margins(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    return scores[np.arange(len(labels)), labels] - scores.mean(axis=1)


def _real(X: NDArray[np.int16], W: NDArray[np.int64]) -> NDArray[np.float64]:
    return X.astype(np.float64) @ np.ldexp(W.astype(np.float64), -52)


def _change(
    scene: Scene, head: softmax.Head, kept: NDArray[np.int64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    queries = scene.asked[:QUERIES]
    W = head.weights_of(scene.X[kept], scene.y[kept], scene.w[kept])
    return _margins(_real(queries, head.W), labels) - _margins(_real(queries, W), labels)


def _lds(scene: Scene, head: softmax.Head, ours: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    rng, problem = np.random.default_rng(2), problem_of(scene.X, scene.y, scene.K, scene.w, scene.norm_class)
    Z, start = scene.asked[:QUERIES] / 2047, np.ldexp(head.W.astype(np.float64), -52) * 2047
    said, true = [], []
    for _ in range(SUBSETS):
        kept = rng.permutation(len(scene.X))[: len(scene.X) // 2]
        part = newton.Problem(problem.X[kept], problem.y[kept], problem.w[kept], scene.K)
        true.append(_margins(Z @ newton.minimise(part, float(2**head.j), start).theta, labels))
        said.append(ours[:, kept].sum(axis=1))
    return float(np.mean([_spearman(a, b) for a, b in zip(np.array(said).T, np.array(true).T, strict=True)]))


def _spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1])
