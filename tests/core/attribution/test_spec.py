"""The vector printed in the specification holds for the program and for the second implementation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.attribution import contributors, influence, payout
from core.attribution.credit import credit_of
from core.models.encoders.static256 import normalise
from core.models.ridge import train
from tests.doubles import poa

SPEC = Path(__file__).resolve().parents[3] / "core/attribution/SPEC.md"


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    return json.loads(SPEC.read_text(encoding="utf-8").split("```json")[1].split("```")[0])


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
        "q": found.q.tolist(),
        "points": list(made.points),
        "amounts": list(made.amounts),
        "Q": Q,
        "shares": contributors.shares(Q),
        "static": [*normalise(np.array([vector["isum"]]))[0].tolist(), 2047],
    }.items() <= vector.items()


def test_the_second_implementation_reproduces_every_integer(vector) -> None:
    X, y, w, who, K, j, b = (vector[name] for name in ("X", "y", "w", "contributors", "K", "j", "b"))
    V, W = poa.head(X, y, w, K, j, b)
    credit = poa.credit(V, W, X, y, w, j, b)
    found = poa.influence(V, X, vector["S"], credit["c"], credit["z"], b)
    points, amounts = poa.payout(vector["pool"], found["q"], who, 3)
    Q = poa.contributor_influence(X, y, w, who, K, j, b, vector["x"], vector["label"])
    assert {"V": V, "W": W, **credit, **found, "points": points, "amounts": amounts, "Q": Q}.items() <= vector.items()
    assert poa.static_features(vector["isum"]) == vector["static"]
