"""Exponentials and probabilities in integers stay within the errors they state."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from core.models.softmax.exponential import ERROR_BITS, PLACES, exponential, probabilities, softmax


def logits(seed: int, n: int, K: int, spread: float) -> np.ndarray:
    return np.rint(np.random.default_rng(seed).normal(0, spread, (n, K)) * 2.0**52).astype(np.int64)


def test_an_exponential_is_off_by_less_than_it_states() -> None:
    edges = [0, 1, 3121657384082680, 3121657384082681, 2**52 - 1, 2**52, 2**44, 2**36 - 1, 2**28, 2**62 - 1]
    below = np.array([*edges, *np.random.default_rng(1).integers(0, 2**59, 200).tolist()], object)
    found = exponential(below, 52)
    with localcontext() as context:
        context.prec = 70
        for y, e in zip(below, found, strict=True):
            assert abs(e - (-Decimal(y) / 2**52).exp() * 2**PLACES) < 32
    assert found[0] == 1 << PLACES


def test_a_softmax_is_off_by_less_than_it_states() -> None:
    rows = logits(2, 20, 64, 6.0)
    found = softmax(rows.astype(object), 52)
    with localcontext() as context:
        context.prec = 70
        for row, p in zip(rows.tolist(), found, strict=True):
            powers = [(Decimal(v) / 2**52).exp() for v in row]
            assert max(abs(a - b / sum(powers) * 2**PLACES) for a, b in zip(p, powers, strict=True)) < 1 << ERROR_BITS


def test_probabilities_are_floats_of_many_more_places() -> None:
    rows = logits(3, 200, 5, 9.0)
    real = np.exp(np.ldexp(rows.astype(np.float64), -52))
    found = probabilities(rows, 52)
    assert np.abs(np.ldexp(found.astype(np.float64), -32) - real / real.sum(axis=1)[:, None]).max() < 2.0**-32
    assert np.abs(found.sum(axis=1) - 2**32).max() <= 3


def test_equal_scores_give_equal_parts() -> None:
    for K in (2, 3, 7, 64):
        assert set(probabilities(np.full((1, K), -(2**60)), 52).ravel().tolist()) == {(2**33 + K) // (2 * K)}
    assert probabilities(np.zeros((0, 3), np.int64), 52).shape == (0, 3)
