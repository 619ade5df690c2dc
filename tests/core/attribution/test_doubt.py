"""Doubt is what the model made without the record says about its label."""

from __future__ import annotations

import numpy as np

from core.attribution.doubt import doubt
from core.models.ridge import train
from tests.doubles import poa


def test_doubt_is_the_margin_of_the_model_without_the_record() -> None:
    X, y = poa.records(40, 6, 3, 12)
    X, y, w = np.array(X, np.int16), np.array(y), np.random.default_rng(1).integers(0, 65, 40)
    head, _ = train(X, y, 3, w)
    found = doubt(head, X, y, w)
    for i in range(0, 40, 5):
        rest, _ = train(np.delete(X, i, 0), np.delete(y, i), 3, np.delete(w, i), j=head.j)
        scores = rest.scores(X[i : i + 1])[0] / 2.0**52
        assert abs(found[i] - (np.delete(scores, y[i]).max() - scores[y[i]])) < 1e-7


def test_most_wrong_labels_stand_before_right_ones() -> None:
    X, y = poa.records(300, 12, 3, 13, spread=400)
    X, given = np.array(X, np.int16), np.array(y)
    wrong = np.arange(0, 300, 10)
    given[wrong] = (given[wrong] + 1) % 3
    head, _ = train(X, given, 3, np.ones(300, np.int64))
    first = np.argsort(-doubt(head, X, given, np.ones(300, np.int64)))[:30]
    assert len(set(first) & set(wrong)) >= 24
