"""One pass over the stored features: q_i = sum_k shift(x_i . u_k, v) c_ik (PoA-1, section 5).

Every product is exact (|a_ik| < 2^53), so each way of computing it gives the same integers, and the way is chosen by
speed alone. Measured on a Xeon of 2023, one thread, as bytes of features read per second of processor time beside the
fastest read of the same array that numpy has (about 10.5 GB/s); one label, d = 257 / 1281:

    float64 BLAS, 4096 rows at a time (8 MB, out of the cache)        .9 GB/s   9 %
    float64 BLAS, .5 MB at a time (`_by_blas`)                       2.6 / 2.7  27 %
    float32 BLAS, u in four limbs of 8 bits                          2.7 / 3.3  33 %   exact for d < 1,000 only
    int8 halves of x by onnxruntime's MatMulInteger, u in five limbs 2.5 / 3.0  29 %
    the same by numkong (AMX, without it 2.4 / 4.0)                  3.6 / 4.3  36 %   44 MB
    numba, int16 * int32 -> int64 (`_by_loop`)                       5.2 / 5.4  54 %   208 MB, .4 s to import

Two labels reach 36 %, four 19 %; from five on BLAS overtakes the loop (12 labels: .9 GB/s, 11 %: there arithmetic, not
memory, is what a settlement waits for). numba weighs nearly as much as the whole program, so it is an extra (`fast`):
with it a query over a million records takes .1 s, without it .2 s. The loop takes .6 s to compile, once in a process,
and is not compiled for fewer than `_WORTH` features.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.jobs import Progress
from core.models.ridge.exact import Floats, Ints
from core.models.ridge.statistics import Features
from core.models.rows import Many

Directions = NDArray[np.int32]
Pass = Callable[[Features, Ints, Directions, int, Ints], None]

_BLOCK = 1 << 16  # float64 entries turned at a time: they stay in the second-level cache
_FEW = 4  # labels: with more, BLAS is faster than the loop
_WORTH = 1 << 26
_STEP = 1 << 13  # rows between looks at the progress, and read together from a file


def scores(X: Many, c: Ints, u: Directions, v: int, progress: Progress, *, of: int = 0) -> Ints:
    """For X int16 [n, d] (an array, or rows of a file), c int64 [n, K], u int32 [K, d]: q int64 [n]. Raises Cancelled.

    |u| <= 2^30 and v as section 5 makes it, so that nothing passes 63 bits. Labels whose row of u is zero cost nothing.
    `of`: how many records the whole pass has, where these are a part of it.
    """
    labels = np.flatnonzero(u.any(axis=1))
    if len(labels) < len(u):
        u, c = np.ascontiguousarray(u[labels]), np.ascontiguousarray(c[:, labels])
    chosen = fastest(max(of, len(X)) * X.shape[1], len(labels))
    q = np.zeros(len(X), np.int64)
    for start in range(0, len(X), _STEP):
        progress.step("influence", start, len(X))
        part = slice(start, start + _STEP)
        chosen(X[part], c[part], u, v, q[part])
    return q


def fastest(size: int, labels: int) -> Pass:
    """The pass for so many features (n * d) and labels, on this machine."""
    if size >= _WORTH and labels <= _FEW and installed():
        return _by_loop
    return _by_blas


@cache
def installed() -> bool:
    """Whether numba is; it is imported only for a pass that is worth it."""
    return importlib.util.find_spec("numba") is not None


def _by_blas(X: Features, c: Ints, u: Directions, v: int, q: Ints) -> None:
    columns = np.ascontiguousarray(u.T.astype(np.float64))  # by rows: a third faster with many labels
    rows = max(32, _BLOCK // X.shape[1])
    wide: Floats = np.empty((min(rows, len(X)), X.shape[1]))
    for start in range(0, len(X), rows):
        part = X[start : start + rows]
        np.copyto(wide[: len(part)], part)
        a = (wide[: len(part)] @ columns).astype(np.int64)
        a += 1 << v >> 1
        a >>= v
        np.einsum("ik,ik->i", a, c[start : start + rows], out=q[start : start + rows])


def _by_loop(X: Features, c: Ints, u: Directions, v: int, q: Ints) -> None:
    _compiled()(np.ascontiguousarray(X), np.ascontiguousarray(c), u, v, q)


@cache
def _compiled() -> Any:
    """For arrays that may be read only (rows of files) as well: compiled once for all."""
    types = importlib.import_module("numba.core.types")
    given = [types.Array(of, 2, "C", readonly=True) for of in (types.int16, types.int64, types.int32)]
    made = types.void(*given, types.int64, types.int64[::1])
    return importlib.import_module("numba").njit(made, nogil=True)(_rows)


def _rows(X: Any, c: Any, u: Any, v: Any, q: Any) -> None:
    """Compiled, never run as Python: the inner loop becomes 64-bit vector products."""
    half = np.int64((1 << v) >> 1)
    for i in range(X.shape[0]):
        total = np.int64(0)
        for k in range(u.shape[0]):
            a = np.int64(0)
            for j in range(u.shape[1]):
                a += np.int64(X[i, j]) * np.int64(u[k, j])
            total += ((a + half) >> v) * c[i, k]
        q[i] = total
