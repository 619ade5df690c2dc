"""The vector of the softmax head printed in the specification holds for the program and the second implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.attribution import contributors, influence
from core.attribution.credit import credit_of
from core.models import softmax
from core.models.softmax.head import hessian
from tests.core.attribution import vectors
from tests.doubles import poa


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    return vectors.kept("14")


def test_the_program_reproduces_every_integer_of_the_softmax_head(vector) -> None:
    X, y, w, who = (np.array(vector[name]) for name in ("X", "y", "w", "contributors"))
    X, K, j, b = X.astype(np.int16), *(vector[name] for name in "Kjb")
    head = softmax.train(X, y, K, w, j=j, norm_class=b)
    credit = credit_of(head, X, y, w)
    found = influence.of_sums(head, credit, X, np.array(vector["S"], object))
    heads = contributors.left_out(head, None, X, y, w, who, 3)
    p = head.probabilities(X)
    assert {
        "W": head.W.tolist(),
        "p": p.tolist(),
        "H": hessian(X, p, w, j).tolist(),
        "V": head.V.tolist(),
        "blocks": head.own_blocks(X).tolist(),
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
        "Q": contributors.of_answer(head, heads, np.array(vector["x"], np.int16), vector["label"]),
    }.items() <= vector.items()


def test_the_second_implementation_reproduces_every_integer_of_the_softmax_head(vector) -> None:
    X, y, w, who, K, j, b = (vector[name] for name in ("X", "y", "w", "contributors", "K", "j", "b"))
    W, p, H, V = poa.softmax_head(X, y, w, K, j, b)
    credit = poa.softmax_credit(V, p, X, y, w, j, b)
    found = poa.softmax_influence(V, X, vector["S"], credit["c"], credit["z"], b)
    Q = poa.softmax_contributor_influence(X, y, w, who, K, j, b, vector["x"], vector["label"])
    points, amounts = poa.payout(vector["pool"], found["q"], who, 3)
    paid = {"points": points, "amounts": amounts}
    assert {"W": W, "p": p, "H": H, "V": V, **credit, **found, "Q": Q, **paid}.items() <= vector.items()
