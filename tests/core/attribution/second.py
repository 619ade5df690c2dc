"""The second implementation alone, under any Python since 3.9 and without a single package: JSON in, one hash out.

`python second.py < case.json`, the case of test_determinism.py. Names of the hashed values are those of pipeline.py.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib.util
import json
import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036 - `strict` came with 3.10

    def _zip(*columns, strict=False):
        rows = [list(column) for column in columns]
        assert not strict or len({len(row) for row in rows}) < 2
        return _plain(*rows)

    _plain, builtins.zip = zip, _zip


def double():
    """tests/doubles/poa.py by its path: nothing of the program is on the way."""
    path = Path(__file__).resolve().parents[2] / "doubles" / "poa.py"
    spec = importlib.util.spec_from_file_location("poa", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(poa, case):
    X, y, w, who, K, j = (case[name] for name in ("X", "y", "w", "who", "K", "j"))
    V, W = poa.head(X, y, w, K, j, 2)
    made = poa.credit(V, W, X, y, w, j, 2)
    S = [[sum(x[a] for x, yi in zip(X, y, strict=True) if yi == k) for a in range(len(X[0]))] for k in range(K)]
    found = poa.influence(V, X, S, made["c"], made["z"], 2)
    _, amounts = poa.payout(case["pool"], found["q"], who, max(who) + 1)
    Q = poa.contributor_influence(X, y, w, who, K, j, 2, X[5], y[5])
    return {"V": V, "W": W, "c": made["c"], "z": made["z"], "q": found["q"], "amounts": amounts, "Q": Q}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    second = double()
    foreign = sorted({name.split(".")[0] for name in sys.modules} & {"numpy", "core", "onnxruntime", "tests"})
    numbers = json.dumps(run(second, given), sort_keys=True)
    static = [second.static_features(sums) for sums in given["isum"]]
    print(
        json.dumps(
            {
                "numbers": hashlib.sha256(numbers.encode()).hexdigest(),
                "static": hashlib.sha256(json.dumps(static).encode()).hexdigest(),
                "foreign": foreign,
            }
        )
    )
