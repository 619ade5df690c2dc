"""Ours and every rival on one data set: the same records, the same head, the same queries, a process each."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.attribution_parts.scenes import Scene, environment
from tests.benchmarks.harness import ROOT

OURS = "exact leave-one-out (ours)"
RIVALS = (
    "dattri IF explicit",
    "pyDVL direct",
    "captum naive IF",
    "TRAK",
    "dattri DataInf",
    "captum TracInCPFast",
    "pyDVL kNN-Shapley",
)
_SCRIPT = "tests.benchmarks.attribution_parts.rival_methods"
_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Found:
    """influence [n, queries]; seconds; peak bytes of the process, its libraries included."""

    method: str
    influence: NDArray[np.float64]
    prepare: float
    query: float
    memory: float

    @property
    def seconds(self) -> float:
        return self.prepare + self.query


def contest(scene: Scene) -> Iterator[Found]:
    """Ours first. A rival that fails ends the benchmark: a missing row would flatter us."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/in.npz", f"{folder}/out.npz"
        _write(scene, source)
        module = "tests.benchmarks.attribution_parts.ours"
        yield _run(OURS, [sys.executable, "-m", module, source, target], target)
        yield _cosine(scene)
        for method in RIVALS:
            yield _run(method, [str(environment()), "-m", _SCRIPT, method, source, target], target)


def _write(scene: Scene, path: str) -> None:
    head, _ = scene.trained
    np.savez(
        path,
        X=scene.X / 2047,
        Y=np.eye(scene.K)[scene.y],
        queries=scene.queries / 2047,
        labels=scene.labels,
        W=np.ldexp(head.W.astype(np.float64), -head.t) * 2047,
        decay=2.0**head.j,
        integers=scene.X,
        query_integers=scene.queries,
        y=scene.y,
        norm_class=scene.norm_class,
    )


def _run(method: str, command: list[str], target: str) -> Found:
    done = subprocess.run(command, cwd=ROOT, env=os.environ | _THREADS, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{method} failed:\n{done.stderr[-2000:]}")
    with np.load(target) as data:
        numbers = [float(data[name]) for name in ("prepare", "query", "memory")]
        found = Found(method, data["influence"], *numbers)
    Path(target).unlink()
    return found


def _cosine(scene: Scene) -> Found:
    """Likeness to the query, for records of the answered label; against it for the others."""
    start = time.perf_counter()
    X, Q = scene.X.astype(float), scene.queries.astype(float)
    norms = np.linalg.norm(X, axis=1)[:, None] * np.linalg.norm(Q, axis=1)[None, :]
    sign = np.where(scene.y[:, None] == scene.labels[None, :], 1.0, -1.0 / scene.K)
    found = X @ Q.T / norms * sign
    return Found("cosine", found, 0.0, time.perf_counter() - start, 0.0)
