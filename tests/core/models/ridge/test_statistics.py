"""Sums are exact, add and subtract in any order, and refuse what would break their range."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import AttributionError, BadInput, Cancelled
from core.jobs import Progress
from core.models.ridge.statistics import MAX_TOTAL, Statistics
from tests.doubles import poa


@pytest.fixture
def made() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y = poa.records(60, 6, 3, seed=1)
    return np.array(X, np.int16), np.array(y), np.random.default_rng(1).integers(0, 65, 60)


def test_sums_equal_pythons_integers(made) -> None:
    X, y, w = made
    G, B = poa.statistics(X.tolist(), y.tolist(), w.tolist(), 3)
    found = Statistics.of(X, y, 3, w)
    assert (found.G.tolist(), found.B.tolist()) == (G, B)
    assert found.mass.tolist() == [int(w[y == k].sum()) for k in range(3)]


def test_chunks_order_and_partition_do_not_matter(made) -> None:
    X, y, w = made
    whole = Statistics.of(X, y, 3, w)
    order = np.random.default_rng(2).permutation(60)
    assert Statistics.of(X[order], y[order], 3, w[order], chunk=7).digest() == whole.digest()
    parts = [Statistics.of(X[i::4], y[i::4], 3, w[i::4]) for i in (2, 0, 3, 1)]
    total = Statistics.zero(6, 3)
    for part in parts:
        total = total + part
    assert total.digest() == whole.digest()
    assert (whole - parts[0] - parts[1]).digest() == (parts[2] + parts[3]).digest()


def test_subtracting_what_is_not_there_is_refused(made) -> None:
    X, y, w = made
    whole, part = Statistics.of(X[:10], y[:10], 3, w[:10]), Statistics.of(X, y, 3, w)
    with pytest.raises(AttributionError):
        _ = whole - part


def test_total_weight_past_its_limit_is_refused(made) -> None:
    heavy = Statistics(np.eye(6, dtype=np.int64), np.zeros((6, 3), np.int64), np.array([MAX_TOTAL, 0, 0]))
    with pytest.raises(AttributionError):
        _ = heavy + Statistics(np.eye(6, dtype=np.int64), np.zeros((6, 3), np.int64), np.array([1, 0, 0]))


def test_sums_of_other_shapes_do_not_add() -> None:
    with pytest.raises(BadInput):
        _ = Statistics.zero(4, 3) + Statistics.zero(4, 2)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda X, y, w: (X.astype(np.int64), y, w),
        lambda X, y, w: (X[:, :1], y, w),
        lambda X, y, w: (X[:, ::-1], y, w),  # the bias is not last
        lambda X, y, w: (np.where(X == 2047, 2047, 2040).astype(np.int16), y, w),  # norm past its class
        lambda X, y, w: (X, y[:-1], w),
        lambda X, y, w: (X, y + 1, w),
        lambda X, y, w: (X, y - 1, w),
        lambda X, y, w: (X, y, w + 64),
        lambda X, y, w: (X, y, -w),
        lambda X, y, w: (X, y, w.astype(np.float64)),
    ],
)
def test_bad_records_are_refused(made, spoil) -> None:
    X, y, w = spoil(*made)
    with pytest.raises(BadInput):
        Statistics.of(X, y, 3, w)


@pytest.mark.parametrize("K", [0, 1, 65])
def test_label_counts_outside_the_range_are_refused(made, K: int) -> None:
    with pytest.raises(BadInput):
        Statistics.of(made[0], np.zeros(60, np.int64), K, made[2])


def test_no_records_sum_to_nothing() -> None:
    empty = Statistics.of(np.zeros((0, 5), np.int16), np.zeros(0, np.int64), 2, np.zeros(0, np.int64))
    assert empty.digest() == Statistics.zero(5, 2).digest()


def test_summing_can_be_stopped(made) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        Statistics.of(*made[:2], 3, made[2], progress=progress)
