"""Each way of the pass gives the integers of the definition, at the very ends of what may be asked of it."""

from __future__ import annotations

import numpy as np
import pytest

from core.attribution import kernel
from core.jobs import Progress, silent

TOP = 1 << 30
WAYS = {"blas": kernel._by_blas, "loop": kernel._by_loop}


def defined(X, c, u, v):
    """Word for word, in Python's own integers."""
    half = 1 << v >> 1
    rows = []
    for x, credits_ in zip(X.tolist(), c.tolist(), strict=True):
        a = [sum(p * q for p, q in zip(x, row, strict=True)) for row in u.tolist()]
        rows.append(sum(((one + half) >> v) * credit for one, credit in zip(a, credits_, strict=True)))
    return rows


def case(n, d, K, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(-2047, 2048, (n, d)).astype(np.int16)
    X[:, -1] = 2047
    u = rng.integers(-TOP, TOP + 1, (K, d)).astype(np.int32)
    X[0], u[0] = 2047, TOP  # the largest sum there is
    X[1, :-1] = -2047
    c = rng.integers(-(1 << 20), 1 << 20, (n, K))
    return X, c, u, 11


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    if request.param == "loop":
        pytest.importorskip("numba")
    monkeypatch.setattr(kernel, "fastest", lambda size, labels: WAYS[request.param])
    return request.param


@pytest.mark.parametrize(("n", "d", "K"), [(37, 5, 2), (9, 257, 3), (3, 4096, 2), (600, 2, 2)])
def test_every_way_is_the_definition(way, n, d, K) -> None:
    X, c, u, v = case(n, d, K, n)
    assert kernel.scores(X, c, u, v, silent()).tolist() == defined(X, c, u, v)


def test_labels_nobody_asked_for_cost_nothing_and_change_nothing(way) -> None:
    X, c, u, v = case(40, 9, 6, 1)
    u[[0, 2, 5]] = 0
    assert kernel.scores(X, c, u, v, silent()).tolist() == defined(X, c, u, v)
    assert not kernel.scores(X, c, np.zeros_like(u), 0, silent()).any()


def test_a_mapped_file_and_every_second_row_are_read_as_they_are(way, tmp_path) -> None:
    X, c, u, v = case(50, 7, 2, 2)
    X.tofile(tmp_path / "x")
    mapped = np.memmap(tmp_path / "x", np.int16, "r").reshape(50, 7)
    assert kernel.scores(mapped, c, u, v, silent()).tolist() == defined(X, c, u, v)
    assert kernel.scores(mapped[::2], c[::2], u, v, silent()).tolist() == defined(X[::2], c[::2], u, v)


def test_the_loop_is_for_large_passes_over_few_labels_and_needs_no_numba(monkeypatch) -> None:
    large = 1 << 27
    monkeypatch.setattr(kernel, "installed", lambda: True)
    assert kernel.fastest(large, 1) is kernel._by_loop
    assert kernel.fastest(large, 12) is kernel.fastest(1000, 1) is kernel._by_blas
    monkeypatch.setattr(kernel, "installed", lambda: False)
    assert kernel.fastest(large, 1) is kernel._by_blas


def test_a_pass_can_be_stopped() -> None:
    from core.errors import Cancelled

    progress = Progress()
    progress.cancel()
    X, c, u, v = case(10, 3, 2, 3)
    with pytest.raises(Cancelled):
        kernel.scores(X, c, u, v, progress)
