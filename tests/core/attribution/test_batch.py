"""Many answers together are measured as each of them alone."""

from __future__ import annotations

import numpy as np
import pytest

from core.attribution import batch, influence
from core.attribution.credit import credit_of
from core.errors import BadInput, Cancelled
from core.jobs import Progress
from core.models import softmax
from core.models.ridge import train
from tests.doubles import poa

K = 3


def records(n: int, d: int, seed: int):
    X, y = poa.records(n, d, K, seed)
    return np.array(X, np.int16), np.array(y), np.random.default_rng(seed).integers(0, 65, n)


def ridge(d: int, j: int):
    X, y, w = records(700, d, 3)
    return train(X, y, K, w, j=j)[0], X, y, w


def steep():
    X, y, w = records(80, 4, 9)
    return softmax.train(X, y, K, w, j=6), X, y, w


@pytest.mark.parametrize("make", [lambda: ridge(17, 0), lambda: ridge(33, 9), lambda: ridge(5, 16), steep])
def test_each_answer_has_the_integers_that_it_has_alone(make) -> None:
    head, X, y, w = make()
    credit = credit_of(head, X, y, w)
    calls = records(60, X.shape[1], 4)[0]
    calls[7, :-1] = 0  # an empty text: of another size than the rest
    labels = np.random.default_rng(1).integers(0, K, len(calls)).tolist()
    found = batch.of_answers(head, credit, X, calls, labels)
    for number, (x, label) in enumerate(zip(calls, labels, strict=True)):
        alone = influence.of_answer(head, credit, X, x, label)
        assert found.exponents[number] == alone.exponent
        assert np.array_equal(found.q[:, number], alone.q)
    assert np.array_equal(found.real()[:, 0], influence.of_answer(head, credit, X, calls[0], labels[0]).real())


def test_more_answers_than_one_product_takes_and_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    head, X, y, w = ridge(17, 5)
    credit = credit_of(head, X, y, w)
    calls, labels = X[:20], y[:20].tolist()
    whole = batch.of_answers(head, credit, X, calls, labels)
    monkeypatch.setattr(batch, "_COLUMNS", 17 * K * 6)
    parts = batch.of_answers(head, credit, X, calls, labels)
    assert np.array_equal(whole.q, parts.q)
    assert np.array_equal(whole.exponents, parts.exponents)
    assert batch.of_answers(head, credit, X, calls[:0], []).q.shape == (len(X), 0)


def test_what_cannot_be_an_answer_is_refused_and_work_can_be_stopped() -> None:
    head, X, y, w = ridge(17, 5)
    credit = credit_of(head, X, y, w)
    for calls, labels in ((X[:2], [0]), (X[:1], [K]), (X[:1], [-1])):
        with pytest.raises(BadInput):
            batch.of_answers(head, credit, X, calls, labels)
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        batch.of_answers(head, credit, X, X[:3], [0, 1, 2], stopped)
