"""Measured influence of records: leave-one-out of the deployed head (PoA-1, sections 5 and 14).

Influence is linear in the call, so one answer and a settlement of a million calls take the same path: K integer
vectors in, one pass over the stored features, one integer per record out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution import kernel
from core.attribution.credit import SCALE, Credit
from core.errors import AttributionError, BadInput
from core.jobs import Progress, silent
from core.models.ridge.base import Head
from core.models.ridge.exact import Ints, bits, shifted_down
from core.models.ridge.statistics import LIMIT, Features, check_features
from core.models.rows import Many, blocks

U_BITS = 30  # 4096 * 2047 * 2^30 < 2^53: a pass in float64 is exact
_SUM_BITS = 126


@dataclass(frozen=True)
class Influence:
    """q int64 [n], signed; `q * 2**exponent` is the influence as a real number.

    u int32 [K, d], e and v are the intermediate integers that a settlement commits to; (`max_label`, `max_feature`) is
    where U is greatest (the first such label, then feature), `norm_label` the label of the (first) longest row of u.
    """

    q: Ints
    exponent: int
    u: NDArray[np.int32]
    e: int
    v: int
    max_label: int = 0
    max_feature: int = 0
    norm_label: int = 0

    def supporting(self, most: int) -> list[tuple[int, int]]:
        """(record, q) with q > 0, largest first, the older on a tie."""
        return _first(self.q, most)

    def opposing(self, most: int) -> list[tuple[int, int]]:
        """(record, q) with q < 0, smallest first, the older on a tie."""
        return [(record, -q) for record, q in _first(-self.q, most)]

    def real(self) -> NDArray[np.float64]:
        """For screens and plots only."""
        return np.ldexp(self.q.astype(np.float64), self.exponent)


def _first(q: Ints, most: int) -> list[tuple[int, int]]:
    found = np.flatnonzero(q > 0)
    if len(found) > most > 0:  # nobody sorts a million records to show five
        found = found[q[found] >= np.partition(q[found], -most)[-most]]
    order = found[np.argsort(-q[found], kind="stable")][: max(most, 0)]
    return [(int(i), int(q[i])) for i in order]


def of_answer(head: Head, credit: Credit, X: Many, x: Features, label: int) -> Influence:
    """Of every record of X int16 [n, d] on the answer `label` to the call x int16 [d]. Raises BadInput."""
    check_features(x[None, :], head.norm_class)
    if not 0 <= label < head.K:
        raise BadInput(field="label", reason="range", value=label)
    sums = np.zeros((head.K, head.d), np.int64)
    sums[label] = x
    return of_sums(head, credit, X, sums)


def of_sums(head: Head, credit: Credit, X: Many, sums: NDArray[Any], progress: Progress | None = None) -> Influence:
    """Of every record on a whole settlement: sums [K, d] of fee * x over the calls answered k.

    `sums` is int64, or object for Python integers below 2^126. Raises BadInput, AttributionError (range), Cancelled.
    """
    progress = progress or silent()
    if sums.shape != (head.K, head.d) or X.shape != (len(credit.c), head.d):
        raise BadInput(field="sums", reason="shape", value=f"{sums.shape} {X.shape} {credit.c.shape}")
    u, e, (max_label, max_feature) = _directions(head, sums)
    lengths = lengths_of(u)
    norm_label = lengths.index(max(lengths))
    v = shift_of(lengths[norm_label], head.norm_class, credit.z)
    q = _scores(X, credit.c, u, v, progress)
    return Influence(q, e + v - head.s - SCALE, u, e, v, max_label, max_feature, norm_label)


def lengths_of(u: NDArray[np.int32]) -> list[int]:
    """The squared length of each row, exactly: halves of 15 bits square and add below 2^43, their sums pass 2^64."""
    high, low = (half.astype(np.int64) for half in (u >> 15, u & 0x7FFF))
    parts = [np.einsum("kj,kj->k", a, b).tolist() for a, b in ((high, high), (high, low), (low, low))]
    return [(hh << 30) + (hl << 16) + ll for hh, hl, ll in zip(*parts, strict=True)]


def shift_of(length: int, norm_class: int, z: int) -> int:
    """v, from the squared length of the longest row of u."""
    M = math.isqrt((LIMIT**2 << norm_class) * length) + 1
    return max(0, M.bit_length() + z - 62)


def terms(X: Many, u: NDArray[np.int32], v: int) -> Ints:
    """shift(a_ik, v) int64 [n, K]: what each record's credits are multiplied with."""
    columns, found = u.T.astype(np.float64), np.empty((len(X), len(u)), np.int64)
    for start, rows in blocks(X):
        a: Ints = (rows.astype(np.float64) @ columns).astype(np.int64)
        found[start : start + len(rows)] = (a + (1 << v >> 1)) >> v
    return found


def _directions(head: Head, sums: NDArray[Any]) -> tuple[NDArray[np.int32], int, tuple[int, int]]:
    """The sums through V, shifted to 30 bits; the shift; where U is greatest. One path for one call and a million."""
    largest = max(abs(int(sums.min())), int(sums.max()))
    if largest >= 1 << _SUM_BITS:
        raise AttributionError(reason="range", what="sums")
    U = head.directions(sums)
    e = max(0, bits(U) - U_BITS)
    u = np.ascontiguousarray(shifted_down(U, e).T).astype(np.int32)
    return u, e, _greatest(head, sums, u)


def _greatest(head: Head, sums: NDArray[Any], u: NDArray[np.int32]) -> tuple[int, int]:
    """(label, feature) of the entry of U of greatest magnitude, exactly: among the few that lie close in u."""
    size = np.abs(u.astype(np.int64))
    places = np.argwhere(size >= int(size.max()) - 1).tolist()
    exact = [abs(head.direction(sums, k, j)) for k, j in places]
    label, feature = places[exact.index(max(exact))]
    return label, feature


def _scores(X: Many, c: Ints, u: NDArray[np.int32], v: int, progress: Progress) -> Ints:
    """q_i = sum_k shift(x_i . u_k, v) c_ik, in one pass over the features."""
    return kernel.scores(X, c, u, v, progress)
