"""The four data sets of the table: two of numbers, two of texts, as integer features with queries held out."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.models import encoders
from core.models.ridge import Head, Statistics, train
from tests.benchmarks.accuracy_parts import texts
from tests.benchmarks.attacks_parts import data
from tests.benchmarks.harness import rival_environment

QUERIES = 100
PACKAGES = [
    "torch==2.13.0",
    "captum==0.9.0",
    "dattri==0.3.0",
    "traker==0.3.2",
    "pyDVL==0.10.0",
    "distributed",  # pyDVL imports both, and asks for neither
    "zarr<3",
    "scikit-learn==1.9.1",
    "matplotlib==3.11.0",
]
_BUNDLED = """
import sys
import numpy as np
from sklearn import datasets
X, y = getattr(datasets, "load_" + sys.argv[1])(return_X_y=True)
np.savez(sys.argv[2], X=X, y=y)
"""


@dataclass(frozen=True)
class Scene:
    """X int16 [n, d] with labels y in 0..K-1, every weight 1; queries int16 [100, d]; who int [n], ten contributors."""

    name: str
    X: NDArray[np.int16]
    y: NDArray[np.int64]
    K: int
    queries: NDArray[np.int16]
    norm_class: int

    @cached_property
    def trained(self) -> tuple[Head, Statistics]:
        return train(self.X, self.y, self.K, self.weights, norm_class=self.norm_class)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Of the queries, as the head answers them."""
        return self.trained[0].answers(self.queries)

    @property
    def weights(self) -> NDArray[np.int64]:
        return np.ones(len(self.X), np.int64)

    @property
    def who(self) -> NDArray[np.int64]:
        return np.arange(len(self.X)) % 10

    def statistics(self, records: NDArray[np.int64]) -> Statistics:
        return Statistics.of(
            self.X[records], self.y[records], self.K, self.weights[records], norm_class=self.norm_class
        )


def environment() -> Path:
    return rival_environment("attribution", PACKAGES)


def _bundled(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A data set that scikit-learn brings."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/data.npz"
        subprocess.run([str(environment()), "-c", _BUNDLED, name, path], check=True)
        found = np.load(path)
        return found["X"].astype(np.float64), found["y"].astype(np.int64)


def _numbers(name: str, bundled: str, norm_class: int) -> Scene:
    """Columns standardised on the training part, cut at four deviations, as integers; the bias last."""
    X, y = _bundled(bundled)
    order = np.random.default_rng(7).permutation(len(X))
    held, kept = order[:QUERIES], order[QUERIES:]
    spread = np.where(X[kept].std(axis=0) > 0, X[kept].std(axis=0), 1.0)
    scaled = np.clip((X - X[kept].mean(axis=0)) / spread, -4, 4) / 4
    most = np.sqrt((scaled**2).sum(axis=1).max())
    room = np.sqrt(2.0**norm_class - 1)  # what the bias leaves of the norm
    whole = np.rint(scaled * 2047 * min(1.0, (room - 0.01) / most)).astype(np.int16)
    whole = np.concatenate([whole, np.full((len(X), 1), 2047, np.int16)], axis=1)
    return Scene(name, whole[kept], y[kept], int(y.max()) + 1, whole[held], norm_class)


def _texts(name: str, pairs: Sequence[tuple[str, int]], records: int) -> Scene | None:
    """None where the data is not at hand."""
    if not pairs:
        return None
    drawn = random.Random(11).sample(pairs, min(len(pairs), records + QUERIES))
    X = encoders.get("static-256").features([text for text, _ in drawn])
    y = np.array([label for _, label in drawn], np.int64)
    return Scene(name, X[QUERIES:], y[QUERIES:], int(y.max()) + 1, X[:QUERIES], 2)


def _topics() -> Sequence[tuple[str, int]]:
    found = data.wordnet(11, even=False)
    return () if found is None else found.pairs


def _mails() -> Sequence[tuple[str, int]]:
    found = texts.spam()
    return () if found is None else [*zip(found.texts, found.y.tolist(), strict=True)]


def scenes() -> list[Scene]:
    """Those whose data is at hand: the mails are fetched by npm, where it is."""
    made = [
        _texts("WordNet topics", _topics(), 2000),
        _texts("spam", _mails(), 2000),
        _numbers("digits", "digits", 3),
        _numbers("breast cancer", "breast_cancer", 3),
    ]
    return [scene for scene in made if scene is not None]
