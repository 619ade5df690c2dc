"""Influence of records on many answers at once: what `influence.of_answer` says of each, integer for integer.

Alone, an answer waits for V and for a pass over the features that carries one column. Together their columns are one
product, so an answer costs a tenth and less; the definitions stay those of PoA-1, sections 5 and 14, answer by answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.attribution.credit import SCALE, Credit
from core.attribution.influence import U_BITS, lengths_of, shift_of
from core.errors import BadInput
from core.jobs import Progress, silent
from core.models.ridge.base import Head
from core.models.ridge.exact import Ints, Wide, approximate, shifted_down, whole
from core.models.ridge.statistics import Features, check_features
from core.models.rows import Many

_COLUMNS = 1 << 18  # entries of u taken through one product: with a block of rows they stay in the second-level cache
_ROWS = 256


@dataclass(frozen=True, eq=False)
class Influences:
    """q int64 [n, m] of n records on m answers; `q[:, a] * 2.0 ** exponents[a]` is the influence as a real number."""

    q: Ints
    exponents: Ints

    def real(self) -> NDArray[np.float64]:
        """For screens and plots only."""
        return np.ldexp(self.q.astype(np.float64), self.exponents)


def of_answers(
    head: Head,
    credit: Credit,
    X: Many,
    xs: Features,
    labels: Sequence[int],
    progress: Progress | None = None,
) -> Influences:
    """Of every record of X int16 [n, d] on each answer `labels[a]` to the call `xs[a]`, int16 [m, d].

    Raises BadInput, Cancelled.
    """
    progress, asked = progress or silent(), np.asarray(labels, np.int64)
    check_features(xs, head.norm_class)
    if len(asked) != len(xs) or not ((asked >= 0) & (asked < head.K)).all():
        raise BadInput(field="label", reason="range", value=str(asked.tolist()[:5]))
    q, exponents = np.empty((len(X), len(xs)), np.int64), np.empty(len(xs), np.int64)
    concerned = head.concerned(asked)
    step = max(1, _COLUMNS // (head.d * concerned.shape[1]))
    for start in range(0, len(xs), step):
        own = slice(start, start + step)
        u, e = _directions(head, xs[own], asked[own])
        v = np.array([shift_of(max(lengths_of(rows)), head.norm_class, credit.z) for rows in u], np.int64)
        exponents[own] = e + v - head.s - SCALE
        _scores(X, credit.c, u, v, concerned[own], q[:, own], progress)
    return Influences(q, exponents)


def _directions(head: Head, xs: Features, asked: Ints) -> tuple[NDArray[np.int32], Ints]:
    """The u int32 [m, labels concerned, d] of each answer, and its shift e."""
    U = head.of_calls(xs, asked)
    width = U[0].shape[1] // len(xs)
    e = np.maximum(0, _bits(U, width) - U_BITS)
    u = np.empty((U[0].shape[1], len(U[0])), np.int32)
    by_column = np.repeat(e, width)
    for places in set(e.tolist()):
        some = by_column == places
        u[some] = shifted_down([limb[:, some] for limb in U], places).T
    return u.reshape(len(xs), width, -1), e


def _bits(U: Wide, width: int) -> Ints:
    """Bit length of the largest magnitude of each answer's columns."""
    rough = np.abs(approximate(U)).reshape(len(U[0]), -1, width)
    near = rough >= rough.max(axis=(0, 2), keepdims=True) * (1 - 2.0**-40)
    answers = np.nonzero(near)[1].tolist()
    exact = whole([limb.reshape(rough.shape)[near] for limb in U])
    found = np.zeros(rough.shape[1], np.int64)
    for answer, value in zip(answers, exact, strict=True):
        found[answer] = max(found[answer], abs(int(value)).bit_length())
    return found


def _scores(X: Many, c: Ints, u: NDArray[np.int32], v: Ints, concerned: Ints, q: Ints, progress: Progress) -> None:
    """q[i, a] = sum_k shift(x_i . u_ak, v_a) c_ik over the labels that answer a concerns, int64 [m, labels]."""
    m, width, d = u.shape
    columns = np.ascontiguousarray(u.reshape(m * width, d).T.astype(np.float64))
    half, places = ((1 << v) >> 1)[:, None], v[:, None]
    for start in range(0, len(X), _ROWS):
        progress.step("influence", start, len(X))
        rows = slice(start, start + _ROWS)
        a = (X[rows].astype(np.float64) @ columns).astype(np.int64).reshape(-1, m, width)
        a += half
        a >>= places
        np.einsum("iaw,iaw->ia", a, c[rows][:, concerned], out=q[rows])
