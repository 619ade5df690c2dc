"""The same bytes whatever the threads, the processor's kernels, the order of records or the size of chunks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PIPELINE = """
import sys, hashlib
import numpy as np
from core.attribution import contributors, influence, payout
from core.attribution.credit import credit_of
from core.models import softmax
from core.models.ridge import Statistics, choose, fit
from core.models.ridge.choose import errors
from tests.doubles import poa
seed, chunk = int(sys.argv[1]), int(sys.argv[2])
X, y = poa.records(400, 33, 4, 11)
X, y, who = np.array(X, np.int16), np.array(y), np.arange(400) % 5
w = (np.arange(400) * 7) % 65
order = np.random.default_rng(seed).permutation(400) if seed else np.arange(400)
Xo, yo, wo = X[order], y[order], w[order]
statistics = Statistics.of(Xo, yo, 4, wo, chunk=chunk)
head = fit(statistics, choose.choose(errors(statistics, Xo, yo, wo)))
credit = credit_of(head, Xo, yo, wo)
sums = np.zeros((4, 33), np.int64)
np.add.at(sums, head.answers(X), X.astype(np.int64))
q = np.zeros(400, np.int64)
q[order] = influence.of_sums(head, credit, Xo, sums).q
heads = contributors.left_out(head, statistics, Xo, yo, wo, who[order], 5)
made = payout.pay(10**18, q, who, 5)
digest = hashlib.sha256(head.V.tobytes() + head.W.tobytes() + q.tobytes() + heads.tobytes() + repr(made).encode())
few = order[order < 120]
soft = softmax.train(X[few], y[few], 4, w[few], j=4)
credit = credit_of(soft, X[few], y[few], w[few])
q = np.zeros(120, np.int64)
q[few] = influence.of_sums(soft, credit, X[few], sums).q
without = contributors.left_out(soft, None, X[few], y[few], w[few], who[few] % 2, 2)
digest.update(soft.V.tobytes() + soft.W.tobytes() + q.tobytes() + without.tobytes())
print(digest.hexdigest())
"""
ROOT = Path(__file__).resolve().parents[3]


def run(seed: int, chunk: int, **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PIPELINE, str(seed), str(chunk)],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_one_hash_over_threads_kernels_orders_and_chunks() -> None:
    found = {
        run(0, 4096, OPENBLAS_NUM_THREADS="1"),
        run(1, 7, OPENBLAS_NUM_THREADS="2"),
        run(2, 64, OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE="Nehalem"),
        run(3, 300, OPENBLAS_NUM_THREADS="2", OPENBLAS_CORETYPE="Haswell"),
    }
    assert len(found) == 1
