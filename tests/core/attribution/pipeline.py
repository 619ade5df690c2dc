"""One run of all that is paid or signed, under settings given as JSON: hashes, and what a second one starts from.

Run by test_determinism.py in processes of its own: `python -m tests.core.attribution.pipeline SETTINGS`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from core.artefacts import Artefacts
from core.attribution import contributors, influence, kernel, payout
from core.attribution.credit import credit_of
from core.models import encoders, fuse, softmax
from core.models.ridge import Statistics, choose, fit
from core.models.ridge.choose import errors
from core.models.rows import FileRows, Many
from tests.doubles import poa

N, D, K, PEOPLE, SEED = 120, 9, 3, 4, 11
FEW = 16  # records of the softmax head, of three features
POOL = 10**18
WORDS = ["the", "a", "dog", "cat", "bread", "river", "city", "sweet", "old", "of", "in", "17", "grün", "-"]


def numbers() -> tuple[Any, Any, Any, Any]:
    """What every implementation starts from: X, y, w, contributors as lists."""
    X, y = poa.records(N, D, K, SEED)
    return X, y, [i * 7 % 65 for i in range(N)], [i % PEOPLE for i in range(N)]


def hash_of(found: Any) -> str:
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def numbers_hash(settings: dict[str, Any]) -> tuple[str, int]:
    """Of all from the sums to the payout; and the j chosen."""
    kernel.fastest = lambda size, labels: kernel._by_loop if settings["loop"] else kernel._by_blas
    order = np.random.default_rng(settings["order"]).permutation(N)
    X = np.array(numbers()[0], np.int16)[order]
    if not settings["files"]:
        return _of_rows(settings, X, order)
    with tempfile.TemporaryDirectory() as folder, Artefacts(Path(folder), bytes(32)).scratch() as room:
        return _of_rows(settings, FileRows(room.keep(row.tobytes() for row in X), 0, N, D), order)


def _of_rows(settings: dict[str, Any], x: Many, order: Any) -> tuple[str, int]:
    X, y, w, who = (np.array(values) for values in numbers())
    mixed = y[order], w[order]
    statistics = Statistics.of(x, mixed[0], K, mixed[1], chunk=settings["chunk"])
    head = fit(statistics, choose.choose(errors(statistics, x, *mixed)))
    made = credit_of(head, x, *mixed)
    sums = np.zeros((K, D), np.int64)
    np.add.at(sums, y, X)
    q = np.zeros(N, np.int64)
    q[order] = influence.of_sums(head, made, x, sums).q
    c = np.zeros((N, K), np.int64)
    c[order] = made.c
    heads = contributors.left_out(head, statistics, x, *mixed, who[order], PEOPLE)
    found = hash_of(
        {
            "V": head.V.tolist(),
            "W": head.W.tolist(),
            "c": c.tolist(),
            "z": made.z,
            "q": q.tolist(),
            "amounts": list(payout.pay(POOL, q, who, PEOPLE).amounts),
            "Q": contributors.of_answer(head, heads, X[5].astype(np.int16), int(y[5])),
        }
    )
    return found, head.j


def softmax_hash(settings: dict[str, Any]) -> str:
    """Of what a softmax head of a few records and features leads to."""
    X, y, w, who = (np.array(values[:FEW]) for values in numbers())
    X = X[:, [0, 1, -1]].astype(np.int16)
    order = np.random.default_rng(settings["order"]).permutation(FEW)
    head = softmax.train(X[order], y[order], K, w[order], j=4)
    made = credit_of(head, X[order], y[order], w[order])
    sums = np.zeros((K, 3), np.int64)
    np.add.at(sums, y, X.astype(np.int64))
    c, q = np.zeros((FEW, K), np.int64), np.zeros(FEW, np.int64)
    c[order], q[order] = made.c, influence.of_sums(head, made, X[order], sums).q
    heads = contributors.left_out(head, None, X[order], y[order], w[order], who[order], PEOPLE)
    Q = contributors.of_answer(head, heads, X[5], int(y[5]))
    return hash_of({"V": head.V.tolist(), "W": head.W.tolist(), "c": c.tolist(), "z": made.z, "q": q.tolist(), "Q": Q})


def texts() -> list[str]:
    rng = np.random.default_rng(5)
    return ["", "zzzz", *(" ".join(rng.choice(WORDS, rng.integers(1, 30))) for _ in range(30))]


def encoded(settings: dict[str, Any]) -> tuple[str, str, list[list[int]]]:
    """A hash of features and scores of every exact encoder's fused graph, opened as the settings say; a hash of the
    features of static-256, and the sums they are made of.
    """
    made: dict[str, Any] = {}
    for name in encoders.NAMES:
        encoder = encoders.get(name)
        if encoder.exact:
            head = np.random.default_rng(1).integers(-(2**40), 2**40, (encoder.width, 3))
            made[name] = _run(encoder, fuse.fuse(encoder, head), ("x", "scores"), settings)
    static = encoders.get("static-256")
    (sums,) = _run(static, static.onnx, ("isum",), settings)
    return hash_of(made), hash_of(made["static-256"][0]), sums


def _run(encoder: Any, graph: bytes, outputs: tuple[str, ...], settings: dict[str, Any]) -> list[list[list[int]]]:
    """[output][text][...], the texts in batches, padded, in the order that the settings say."""
    session = _session(graph, settings)
    order = np.random.default_rng(settings["order"]).permutation(len(texts()))
    found: list[list[Any]] = [[None] * len(order) for _ in outputs]
    for start in range(0, len(order), settings["batch"]):
        part = order[start : start + settings["batch"]]
        tokens = [encoder.tokens(texts()[i]) for i in part]
        ids = np.zeros((len(part), max(1, *map(len, tokens)) if len(part) > 1 else max(1, len(tokens[0]))), np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1
        for kept, values in zip(found, session.run(list(outputs), _inputs(session, ids, mask)), strict=True):
            for i, row in zip(part, values, strict=True):
                kept[i] = row.tolist()
    return found


def _inputs(session: Any, ids: Any, mask: Any) -> dict[str, Any]:
    given = {"input_ids": ids, "attention_mask": mask}
    return {one.name: given[one.name] for one in session.get_inputs()}


def _session(graph: bytes, settings: dict[str, Any]) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = settings["ort_threads"]
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, settings["ort_level"])
    options.log_severity_level = 4
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def case(j: int, sums: list[list[int]]) -> dict[str, Any]:
    """What second.py reads."""
    X, y, w, who = numbers()
    return {"X": X, "y": y, "w": w, "who": who, "K": K, "j": j, "pool": POOL, "isum": sums}


if __name__ == "__main__":
    chosen = json.loads(sys.argv[1])
    features, static, sums_of_texts = encoded(chosen)
    paid, j = numbers_hash(chosen)
    print(
        json.dumps(
            {
                "numbers": paid,
                "softmax": softmax_hash(chosen),
                "encoded": features,
                "static": static,
                "case": case(j, sums_of_texts),
            }
        )
    )
