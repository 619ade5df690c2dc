"""Rows of tables with labels, and what others would use on them: scikit-learn, in an environment of its own.

Breast cancer, wine and iris come with scikit-learn; penguins (numbers, categories and missing cells) have a package of
their own. Sets this small are measured in five folds: every row is held out once.
"""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import dataclass

import numpy as np

from core.attribution import quality
from core.attribution.novelty import novelty_of
from core.datanets.content import Column, guess_columns, row_of
from core.models import encoders, evaluation, families
from core.models.encoders.columns import Columns
from tests.benchmarks.harness import rival_environment

PACKAGES = ["scikit-learn==1.9.1", "palmerpenguins==0.1.4"]
FOLDS = 5
AUTO = families.AUTO
LOGISTIC, FOREST, MAJORITY = "logistic regression", "random forest", "majority"
RIVALS = (LOGISTIC, FOREST, MAJORITY)
FETCH = """
import json, sys
from palmerpenguins import load_penguins
from sklearn import datasets
found = {}
for name in ("breast_cancer", "wine", "iris"):
    data = getattr(datasets, "load_" + name)()
    cells = [dict(zip(data.feature_names, map(str, row))) for row in data.data.tolist()]
    found[name.replace("_", " ")] = [cells, [str(data.target_names[k]) for k in data.target]]
cells = [{k: str(v) for k, v in row.items()} for row in load_penguins().drop(columns=["year"]).to_dict("records")]
found["penguins"] = [cells, [row.pop("species") for row in cells]]
json.dump(found, sys.stdout)
"""
RIVAL = """
import json, sys, warnings
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
warnings.filterwarnings("ignore")
data = json.load(sys.stdin)
y, folds, numbers = np.array(data["y"]), np.array(data["folds"]), data["numbers"]
x = np.empty((len(y), len(numbers)), object)
for place, number in enumerate(numbers):
    x[:, place] = [float(row[place]) if number else row[place] for row in data["cells"]]
def columns():
    return ColumnTransformer([
        ("n", make_pipeline(SimpleImputer(), StandardScaler()), [p for p, n in enumerate(numbers) if n]),
        ("c", OneHotEncoder(handle_unknown="ignore"), [p for p, n in enumerate(numbers) if not n]),
    ])
right = {"logistic regression": 0, "random forest": 0}
for fold in range(folds.max() + 1):
    kept, held = folds != fold, folds == fold
    logistic = GridSearchCV(
        make_pipeline(columns(), LogisticRegression(max_iter=5000)),
        {"logisticregression__C": [0.01, 0.1, 1.0, 10.0, 100.0]},
        cv=ShuffleSplit(1, test_size=0.2, random_state=1),
    )
    forest = make_pipeline(columns(), RandomForestClassifier(500, random_state=1))
    for name, model in (("logistic regression", logistic), ("random forest", forest)):
        right[name] += int((model.fit(x[kept], y[kept]).predict(x[held]) == y[held]).sum())
json.dump(right, sys.stdout)
"""


@dataclass(frozen=True)
class Table:
    """`rows` are canonical texts as the product keeps them, `y` numbers of `labels` beside them, `raw` cells by column
    for rivals. Shuffled once, always alike; row p is held out in fold p mod 5.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[str, ...]
    y: np.ndarray
    labels: tuple[str, ...]
    raw: tuple[dict[str, str], ...]

    @property
    def folds(self) -> np.ndarray:
        return np.arange(len(self.rows)) % FOLDS


@dataclass(frozen=True)
class Found:
    """Right answers of all rows, each held out once: `ours` by family, and by the rule. `taken`: what it took."""

    table: Table
    ours: dict[str, int]
    taken: str
    rivals: dict[str, int]

    def share(self, right: int) -> float:
        return right / len(self.table.rows)


def load() -> list[Table]:
    found = json.loads(_ask(FETCH, ""))
    return [_table(name, cells, labels) for name, (cells, labels) in found.items()]


def measure(table: Table) -> Found:
    K, folds = len(table.labels), table.folds
    schema = [(column.name, column.cells) for column in table.columns]
    ours = dict.fromkeys((AUTO, *families.FAMILIES), 0)
    taken, majority = set(), 0
    for fold in range(FOLDS):
        kept, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        rows = [table.rows[place] for place in kept]
        kind = encoders.fit(Columns.name, rows, schema)
        x, xh = kind.features(rows), kind.features([table.rows[place] for place in held])
        novelty, _ = novelty_of(rows, [0] * len(rows), ())
        w = np.array([one.weight * quality.UNKNOWN for one in novelty], np.int64)
        y, yh = table.y[kept], table.y[held]
        head, *_ = families.train(x, y, K, w, norm_class=kind.norm_class)
        taken.add(head.family)
        ours[AUTO] += int((head.answers(xh) == yh).sum())
        for family in families.FAMILIES:
            if family == families.SOFTMAX and not families.fits(x.shape[1], K):
                continue
            one = head
            if family != head.family:
                one, *_ = families.train(x, y, K, w, family=family, norm_class=kind.norm_class)
            ours[family] += int((one.answers(xh) == yh).sum())
        majority += evaluation.majority_baseline(y, yh)
    return Found(table, ours, ", ".join(sorted(taken)), _rivals(table) | {MAJORITY: majority})


def _rivals(table: Table) -> dict[str, int]:
    """Both with missing numbers filled by the mean and categories as indicators; strength chosen on a fifth."""
    asked = {
        "cells": [[row[column.name] for column in table.columns] for row in table.raw],
        "folds": table.folds.tolist(),
        "numbers": [column.cells == "number" for column in table.columns],
        "y": table.y.tolist(),
    }
    found: dict[str, int] = json.loads(_ask(RIVAL, json.dumps(asked)))
    return found


def _ask(code: str, given: str) -> str:
    python = rival_environment("table-rivals", PACKAGES)
    return subprocess.run([str(python), "-c", code], input=given, check=True, capture_output=True, text=True).stdout


def _table(name: str, cells: list[dict[str, str]], labels: list[str]) -> Table:
    columns = guess_columns(cells, None)
    order = list(range(len(cells)))
    random.Random(name).shuffle(order)
    kinds = tuple(sorted(set(labels)))
    y = np.array([kinds.index(labels[at]) for at in order], np.int64)
    raw = tuple(cells[at] for at in order)
    return Table(name, columns, tuple(row_of(row, columns) for row in raw), y, kinds, raw)
