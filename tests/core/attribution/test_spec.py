"""The vector printed in the specification holds for the program and for the second implementation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.attribution import contributors, influence, payloads, payout
from core.attribution.credit import credit_of
from core.economy.settlement import payout_payload
from core.economy.sum_tree import SumTree
from core.keccak import keccak256
from core.models import encoders, roots
from core.models.encoders.base import with_bias
from core.models.encoders.static256 import normalise
from core.models.ridge import train
from core.units import Address, Amount
from tests.doubles import poa

SPEC = Path(__file__).resolve().parents[3] / "core/attribution/SPEC.md"


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    return json.loads(SPEC.read_text(encoding="utf-8").split("```json")[1].split("```")[0])


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
    Q = contributors.of_answer(head, heads, np.array(vector["x"], np.int16), vector["label"])
    assert {
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
        "Q": Q,
        "shares": contributors.shares(Q),
        "static": [*normalise(np.array([vector["isum"]]))[0].tolist(), 2047],
        "words": filled(with_bias(encoders.get("words-1024").rows([vector["tokens"]]))[0].tolist()),
    }.items() <= vector.items()


def roots_of(vector: dict[str, Any]) -> dict[str, str]:
    """Of the integers in the vector, by the program."""
    c, q, terms = (np.array(vector[name], np.int64) for name in ("c", "q", "terms"))
    ids = [bytes([i]) * 32 for i in range(len(q))]
    accounts = [vector["accounts"][who].to_bytes(20, "big") for who in vector["contributors"]]
    leaves = payloads.scores(bytes(32), ids, accounts, q, terms)
    order = payloads.score_order(accounts)
    paid = sorted((vector["accounts"][who], wei) for who, wei in enumerate(vector["amounts"]) if wei)
    payout_leaves = [
        payout_payload(index, Address(who.to_bytes(20, "big")), Amount(wei)) for index, (who, wei) in enumerate(paid)
    ]
    return {
        "creditRoot": roots.credit_tree(bytes(32), c).root.hex(),
        "scoresRoot": SumTree.of([leaves[i] for i in order], [max(0, int(q[i])) for i in order]).root.hex(),
        "payoutRoot": SumTree.of(payout_leaves, [wei for _, wei in paid]).root.hex(),
    }


def test_the_program_reproduces_the_roots(vector) -> None:
    assert roots_of(vector).items() <= vector.items()


def test_the_roots_are_what_the_words_of_the_game_say(vector) -> None:
    """Written out once more, without the program's trees and payloads."""

    def pad(name: str) -> bytes:
        return name.encode().ljust(16, b"\0")

    def leaf(payload: bytes) -> bytes:
        return keccak256(keccak256(payload))

    def root(row: list[tuple[bytes, int]]) -> str:
        size, depth = 1, 0
        while size < len(row):
            size, depth = 2 * size, depth + 1
        row = row + [(bytes(32), 0)] * (size - len(row))
        while len(row) > 1:
            words = [one + total.to_bytes(32, "big") for one, total in row]
            row = [(keccak256(words[i] + words[i + 1]), row[i][1] + row[i + 1][1]) for i in range(0, len(row), 2)]
        return keccak256(row[0][0] + row[0][1].to_bytes(32, "big") + depth.to_bytes(32, "big")).hex()

    scores = []
    for i, (q, terms) in enumerate(zip(vector["q"], vector["terms"], strict=True)):
        account, place = vector["accounts"][vector["contributors"][i]], i.to_bytes(4, "little")
        start = pad("PoA1.score") + place
        salted = start + keccak256(bytes(32) + start) + bytes([i]) * 32 + account.to_bytes(20, "big")
        numbers = b"".join(value.to_bytes(8, "little", signed=True) for value in (q, *terms))
        scores.append(((account, i), (leaf(salted + numbers), max(0, q))))
    assert root([node for _, node in sorted(scores)]) == vector["scoresRoot"]
    paid = sorted((vector["accounts"][who], wei) for who, wei in enumerate(vector["amounts"]) if wei)
    words = [b"".join(v.to_bytes(32, "big") for v in (index, *line)) for index, line in enumerate(paid)]
    assert root([(leaf(one), wei) for one, (_, wei) in zip(words, paid, strict=True)]) == vector["payoutRoot"]


def test_the_second_implementation_reproduces_every_integer(vector) -> None:
    X, y, w, who, K, j, b = (vector[name] for name in ("X", "y", "w", "contributors", "K", "j", "b"))
    V, W = poa.head(X, y, w, K, j, b)
    credit = poa.credit(V, W, X, y, w, j, b)
    found = poa.influence(V, X, vector["S"], credit["c"], credit["z"], b)
    points, amounts = poa.payout(vector["pool"], found["q"], who, 3)
    Q = poa.contributor_influence(X, y, w, who, K, j, b, vector["x"], vector["label"])
    assert {"V": V, "W": W, **credit, **found, "points": points, "amounts": amounts, "Q": Q}.items() <= vector.items()
    assert poa.static_features(vector["isum"]) == vector["static"]
    assert filled(poa.word_features(vector["tokens"])) == vector["words"]
