"""The vector of the specification holds for the program and for the second implementation; the file of it is it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from core.attribution import contributors, influence, payloads, payout
from core.attribution.credit import credit_of
from core.attribution.novelty import novelty_of
from core.attribution.quality import Measure, judged
from core.economy.settlement import payout_payload
from core.economy.sum_tree import SumTree
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.models import canonical, encoders, roots
from core.models.encoders.base import with_bias
from core.models.encoders.columns import Columns, Scaling
from core.models.encoders.effnet import EffNet
from core.models.encoders.static256 import normalise
from core.models.retrieval import passages
from core.models.ridge import Statistics, train
from core.models.statistics_file import of_arrays
from core.units import Address, Amount
from resources import ROOT
from tests.audit.scripts import script
from tests.core.attribution import vectors
from tests.doubles import poa


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    return vectors.kept("10")


def test_the_file_of_vectors_is_what_the_specification_prints() -> None:
    """Write it anew with `python -m tests.core.attribution.vectors`."""
    printed = vectors.printed()
    kept = {number: vectors.kept(number) for number in printed}
    assert kept == printed
    assert vectors.FILE.read_text(encoding="utf-8") == vectors.text(printed)


def filled(row: list[int]) -> list[list[int]]:
    """The entries other than 0, as [place, value]."""
    return [[place, value] for place, value in enumerate(row) if value]


def test_the_program_reproduces_every_integer(vector) -> None:
    X, y, w, who = (np.array(vector[name]) for name in ("X", "y", "w", "contributors"))
    X = X.astype(np.int16)
    head, statistics = train(X, y, vector["K"], w, j=vector["j"], norm_class=vector["b"])
    credit = credit_of(head, X, y, w)
    found = influence.of_sums(head, credit, X, np.array(vector["S"], object))
    made = payout.pay(vector["pool"], found.q, who, 3)
    heads = contributors.left_out(head, statistics, X, y, w, who, 3)
    x = np.array(vector["x"], np.int16)
    one = influence.of_answer(head, credit, X, x, vector["label"])
    Q = contributors.of_answer(head, heads, x, vector["label"])
    assert {
        "s": head.s,
        "t": head.t,
        "G": statistics.G.tolist(),
        "B": statistics.B.tolist(),
        "V": head.V.tolist(),
        "W": head.W.tolist(),
        "h": head.leverage(X).tolist(),
        "c": credit.c.tolist(),
        "z": credit.z,
        "u": found.u.tolist(),
        "e": found.e,
        "v": found.v,
        "maxLabel": found.max_label,
        "maxFeature": found.max_feature,
        "normLabel": found.norm_label,
        "terms": influence.terms(X, found.u, found.v).tolist(),
        "q": found.q.tolist(),
        "points": list(made.points),
        "amounts": list(made.amounts),
        "scores": head.scores(x[None])[0].tolist(),
        "answer": {
            "u": one.u.tolist(),
            "e": one.e,
            "v": one.v,
            "terms": influence.terms(X, one.u, one.v).tolist(),
            "q": one.q.tolist(),
        },
        "Wc": heads.tolist(),
        "Q": Q,
        "shares": contributors.shares(Q),
        "static": [*normalise(np.array([vector["isum"]]))[0].tolist(), 2047],
        "words": filled(with_bias(encoders.get("words-1024").rows([vector["tokens"]]))[0].tolist()),
    }.items() <= vector.items()


def statistics_of(vector: dict[str, Any]) -> Statistics:
    return Statistics(np.array(vector["G"]), np.array(vector["B"]), np.zeros(vector["K"], np.int64))


def roots_of(vector: dict[str, Any]) -> dict[str, str]:
    """Of the integers in the vector, by the program."""
    K, j, b, z, secret = vector["K"], vector["j"], vector["b"], vector["z"], bytes(32)
    X, y, w, V, W, c, q, terms = (
        np.array(vector[name], np.int64) for name in ("X", "y", "w", "V", "W", "c", "q", "terms")
    )
    ids = [bytes([i]) * 32 for i in range(len(q))]
    accounts = [vector["accounts"][who].to_bytes(20, "big") for who in vector["contributors"]]
    leaves = payloads.scores(secret, ids, accounts, q, terms)
    order = payloads.score_order(accounts)
    paid = sorted((vector["accounts"][who], wei) for who, wei in enumerate(vector["amounts"]) if wei)
    payout_leaves = [
        payout_payload(index, Address(who.to_bytes(20, "big")), Amount(wei)) for index, (who, wei) in enumerate(paid)
    ]
    features = roots.features_tree(secret, X.astype(np.int16), y, w, ids, accounts).root
    inverse, credit = roots.inverse_tree(V, vector["s"]).root, roots.credit_tree(secret, c).root
    blocks = len(V) // X.shape[1]
    counts = {"records": len(X), "width": X.shape[1], "labels": K, "norm_class": b, "z": z, "blocks": blocks}
    scale = influence.Influence(q, 0, np.array(vector["u"], np.int32), vector["e"], vector["v"])
    family = "softmax" if blocks > 1 else "ridge"
    summed = {} if blocks > 1 else {"statisticsHash": statistics_of(vector).digest().hex()}
    return summed | {
        "featuresRoot": features.hex(),
        "inverseRoot": inverse.hex(),
        "creditRoot": credit.hex(),
        "modelRoots": roots.model_roots(features, inverse, credit, **counts).hex(),
        "headHash": roots.head_hash(W, j, b, z, family).hex(),
        "sumsRoot": MerkleTree.of(payloads.sums(secret, vector["S"], blocks)).root.hex(),
        "uRoot": MerkleTree.of(payloads.directions(secret, scale)).root.hex(),
        "scoresRoot": SumTree.of([leaves[i] for i in order], [max(0, int(q[i])) for i in order]).root.hex(),
        "payoutRoot": SumTree.of(payout_leaves, [wei for _, wei in paid]).root.hex(),
    }


def test_the_program_cuts_and_encodes_texts_as_printed() -> None:
    texts = vectors.kept("1")
    for name, encoder in (("staticHash", "static-256"), ("wordsHash", "words-1024")):
        kind = encoders.get(encoder)
        assert [kind.tokens(text) for text in texts["texts"]] == texts["ids"]
        assert [keccak256(row.astype("<i2").tobytes()).hex() for row in kind.features(texts["texts"])] == texts[name]


@pytest.fixture(scope="module")
def soft() -> dict[str, Any]:
    return vectors.kept("14")


@pytest.fixture(scope="module")
def more() -> dict[str, Any]:
    return vectors.kept("15")


def test_novelty_is_as_printed_in_both_implementations(more) -> None:
    found, thresholds = novelty_of(more["texts"], more["contributors"], more["trusted"])
    assert [one.weight for one in found] == more["novelty"]
    assert (thresholds.runs, thresholds.likeness, thresholds.often) == (more["T"], more["L"], more["kappa"])
    again = script("weights")
    second = again.Novelty([again.words(text) for text in more["texts"]], more["contributors"], set(more["trusted"]))
    assert (second.T, second.L, second.kappa) == (more["T"], more["L"], more["kappa"])
    assert second.each == [asdict(one) for one in found] == more["reasons"]


def test_quality_is_as_printed_in_both_implementations(more) -> None:
    given = Counter({(c, label): m for c, label, m, _ in more["given"]})
    agreeing = Counter({(c, label): a for c, label, _, a in more["given"]})
    trusted, N, P, F, C = set(more["trusted"]), more["N"], more["P"], more["F"], more["C"]
    measures = [Measure(agree, count, answered, C) for agree, count, answered in zip(P, N, F, strict=True)]
    found = judged(given, agreeing, measures, trusted)
    assert [{"contributor": c, "label": k, **asdict(one)} for (c, k), one in found.items()] == more["quality"]
    assert script("weights").qualities(given, agreeing, N, P, F, C, trusted) == more["quality"]
    assert {one["reason"] for one in more["quality"]} == {"measured", "unknown", "chance", "differs"}


def test_rows_and_passages_are_as_printed(more) -> None:
    encoder = Columns(Scaling.parse(canonical.encode(more["columns"])))
    assert encoder.features(more["rows"]).tolist() == more["x"]
    assert encoder.norm_class == more["b"]
    assert [more["text"][start:end] for start, end in passages.split(more["text"])] == more["sentences"]


def test_a_sums_file_ends_with_the_printed_hash(vector, more) -> None:
    X, y, w = (np.array(vector[name]) for name in ("X", "y", "w"))
    sums = of_arrays(X.astype(np.int16), y, w, features="static-256", norm_class=vector["b"], labels=("no", "yes"))
    assert sums.hash.hex() == more["sumsHash"]


def test_encoder_hashes_follow_from_what_is_printed() -> None:
    printed = vectors.SPEC.read_text(encoding="utf-8").split("Rules, character for character:")[1].split("```")[1]
    rules = dict(line.split(None, 1) for line in printed.strip().splitlines())
    for name in encoders.NAMES:
        encoder = encoders.get(name)
        first, _, both = name.partition("+")
        rule = f"[{rules[first]}] [{rules['words-1024']}]" if both else rules[first]
        files = ("vocab.txt", "unicode-14.txt", *([f"{first}/encoder.onnx"] if first != "words-1024" else []))
        pinned = {file.split("/")[-1]: sha256((ROOT / "encoders" / file).read_bytes()).hexdigest() for file in files}
        features = {"bias": 2047, "dimensions": encoder.width - 1, "norm": encoder.norm_class, "rule": rule}
        tokens = {"kind": "bert-uncased", "limit": encoder.limit, "specials": encoder.specials}
        facts = {"format": "openledger-encoder/1", "name": name, "files": pinned, "tokens": tokens}
        assert keccak256(canonical.encode(facts | {"features": features | {"scale": 2047}})) == encoder.hash
    assert (Columns.rule, EffNet.rule) == (rules["columns"], rules["effnet-lite0"])


def test_the_program_reproduces_the_roots(vector, soft) -> None:
    for printed in (vector, soft):
        assert roots_of(printed).items() <= printed.items()


def pad(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


def leaf(payload: bytes) -> bytes:
    return keccak256(keccak256(payload))


def u32(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)


def u256(*values: int) -> bytes:
    return b"".join(value.to_bytes(32, "big") for value in values)


def le(row: list[int], width: int) -> bytes:
    return b"".join(value.to_bytes(width, "little", signed=True) for value in row)


def flat(rows: list[list[int]]) -> list[int]:
    return [value for row in rows for value in row]


def salted(name: str, index: int) -> bytes:
    start = pad(name) + u32(index)
    return start + keccak256(bytes(32) + start)


@pytest.mark.parametrize("section", ["10", "14"])
def test_the_sum_trees_are_what_the_words_say(section) -> None:
    """Written out once more, without the program's trees and payloads."""

    def root(row: list[tuple[bytes, int]]) -> str:
        size, depth = 1, 0
        while size < len(row):
            size, depth = 2 * size, depth + 1
        row = row + [(bytes(32), 0)] * (size - len(row))
        while len(row) > 1:
            words = [one + u256(total) for one, total in row]
            row = [(keccak256(words[i] + words[i + 1]), row[i][1] + row[i + 1][1]) for i in range(0, len(row), 2)]
        return keccak256(row[0][0] + u256(row[0][1], depth)).hex()

    scores, vector = [], vectors.kept(section)
    for i, (q, terms) in enumerate(zip(vector["q"], vector["terms"], strict=True)):
        account = vector["accounts"][vector["contributors"][i]]
        payload = salted("PoA1.score", i) + bytes([i]) * 32 + account.to_bytes(20, "big") + le([q, *terms], 8)
        scores.append(((account, i), (leaf(payload), max(0, q))))
    assert root([node for _, node in sorted(scores)]) == vector["scoresRoot"]
    paid = sorted((vector["accounts"][who], wei) for who, wei in enumerate(vector["amounts"]) if wei)
    leaves = [(leaf(u256(index, *line)), line[1]) for index, line in enumerate(paid)]
    assert root(leaves) == vector["payoutRoot"]


@pytest.mark.parametrize("section", ["10", "14"])
def test_the_other_trees_and_hashes_are_what_the_words_say(section) -> None:
    def root(payloads_: list[bytes]) -> bytes:
        row = [leaf(payload) for payload in payloads_]
        while len(row) > 1:
            row = [
                keccak256(b"".join(sorted(row[i : i + 2]))) if i + 1 < len(row) else row[i]
                for i in range(0, len(row), 2)
            ]
        return row[0]

    vector, soft = vectors.kept(section), section == "14"
    n, d, K, j, b, z = len(vector["X"]), 3, vector["K"], vector["j"], vector["b"], vector["z"]
    accounts = [vector["accounts"][who].to_bytes(20, "big") for who in vector["contributors"]]
    features = root([
        salted("PoA1.feature", i) + bytes([i]) * 32 + accounts[i] + u32(vector["y"][i], vector["w"][i]) + le(x, 2)
        for i, x in enumerate(vector["X"])
    ])  # fmt: skip
    inverse = root([pad("PoA1.inverse") + u32(i, vector["s"]) + le(row, 8) for i, row in enumerate(vector["V"])])
    credit = root([salted("PoA1.credit", i) + le(row, 8) for i, row in enumerate(vector["c"])])
    ridge = (
        {}
        if soft
        else {
            "statisticsHash": keccak256(
                pad("PoA1.stats") + u32(d, K) + le(flat(vector["G"]) + flat(vector["B"]), 8)
            ).hex()
        }
    )
    sums = [flat(vector["S"])] if soft else vector["S"]
    name = pad("PoA1.softmax" if soft else "PoA1.head")
    assert (
        ridge
        | {
            "featuresRoot": features.hex(),
            "inverseRoot": inverse.hex(),
            "creditRoot": credit.hex(),
            "modelRoots": keccak256(features + inverse + credit + u256(n, d, K, b, z, K if soft else 1)).hex(),
            "headHash": keccak256(name + u32(d, K, j, b, z) + le(flat(vector["W"]), 8)).hex(),
            "sumsRoot": root([salted("PoA1.sums", k) + le(row, 16) for k, row in enumerate(sums)]).hex(),
            "uRoot": root(
                [salted("PoA1.u", k) + u32(vector["e"]) + le(row, 4) for k, row in enumerate(vector["u"])]
            ).hex(),
        }
    ).items() <= vector.items()


def test_the_second_implementation_reproduces_every_integer(vector) -> None:
    X, y, w, who, K, j, b = (vector[name] for name in ("X", "y", "w", "contributors", "K", "j", "b"))
    V, W = poa.head(X, y, w, K, j, b)
    credit = poa.credit(V, W, X, y, w, j, b)
    found = poa.influence(V, X, vector["S"], credit["c"], credit["z"], b)
    points, amounts = poa.payout(vector["pool"], found["q"], who, 3)
    Q = poa.contributor_influence(X, y, w, who, K, j, b, vector["x"], vector["label"])
    single = [vector["x"] if k == vector["label"] else [0] * len(V) for k in range(K)]
    answer = poa.influence(V, X, single, credit["c"], credit["z"], b)
    G, B = poa.statistics(X, y, w, K)
    assert {
        "G": G,
        "B": B,
        "V": V,
        "W": W,
        **credit,
        "D": [2 ** vector["s"] - wi * h for wi, h in zip(w, credit["h"], strict=True)],
        **found,
        "points": points,
        "amounts": amounts,
        "scores": [poa.dot(vector["x"], poa.column(W, k)) for k in range(K)],
        "answer": {name: answer[name] for name in vector["answer"]},
        "Wc": [
            poa.head(X, y, [0 if o == c else wi for wi, o in zip(w, who, strict=True)], K, j, b)[1] for c in range(3)
        ],
        "Q": Q,
        "shares": poa.apportion(1_000_000, [max(0, value) for value in Q]),
    }.items() <= vector.items()
    assert poa.static_features(vector["isum"]) == vector["static"]
    assert filled(poa.word_features(vector["tokens"])) == vector["words"]
