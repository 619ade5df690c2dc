"""Our influences in a process of their own, from records to integers:  python -m … IN.npz OUT.npz

IN and OUT as `rival_methods` has them, with the integer features beside. `prepare` trains (sums, lambda, the certified
solve) and makes the credits, which the rivals are given; `query` is for all queries,
measured together, as the rivals get them.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from core.attribution import batch
from core.attribution.credit import credit_of
from core.models.ridge import train
from tests.benchmarks.attribution_parts.peak import most_held


def main() -> None:
    source, target = sys.argv[1:]
    data = np.load(source)
    X, y, K, norm_class = data["integers"], data["y"], data["Y"].shape[1], int(data["norm_class"])
    w = np.ones(len(X), np.int64)
    start = time.perf_counter()
    head, _ = train(X, y, K, w, norm_class=norm_class)
    credit = credit_of(head, X, y, w)
    ready = time.perf_counter()
    influences = batch.of_answers(head, credit, X, data["query_integers"], data["labels"].tolist()).real()
    done = time.perf_counter()
    np.savez(target, influence=influences, prepare=ready - start, query=done - ready, memory=most_held())


if __name__ == "__main__":
    main()
