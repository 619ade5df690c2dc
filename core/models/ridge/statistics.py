"""The sums a ridge head is made of: exact integers that add and subtract in any order (PoA-1, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import AttributionError, BadInput
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.models.ridge.exact import MAX_TERMS, Ints
from core.models.rows import Many

LIMIT = 2047  # of a feature, and the value of the bias
MAX_WEIGHT = 64
MAX_LABELS = 64
MAX_TOTAL = 1 << 30  # total weight: keeps G below 2^30 * 2047^2 < 2^52
_CHUNK = 4096  # rows at a time; up to 2^24 would still be exact

Features = NDArray[np.int16]


def check_features(X: Many, norm_class: int) -> None:
    """Raises BadInput unless X is int16 [n, d] with |X| <= 2047, bias 2047 last, sum x^2 <= 2^norm_class * 2047^2."""
    if X.dtype != np.int16 or X.ndim != 2 or not 2 <= X.shape[1] <= MAX_TERMS:
        raise BadInput(field="features", reason="shape", value=f"{X.dtype}{X.shape}")
    if not 0 <= norm_class <= 12:
        raise BadInput(field="norm_class", reason="range", value=norm_class)
    for start in range(0, len(X), _CHUNK):
        rows = X[start : start + _CHUNK].astype(np.float64)  # squares sum below 2^34: exact
        if np.abs(rows).max(initial=0) > LIMIT or (rows[:, -1] != LIMIT).any():
            raise BadInput(field="features", reason="range")
        if np.einsum("ij,ij->i", rows, rows).max(initial=0) > (LIMIT**2 << norm_class):
            raise BadInput(field="features", reason="norm")


def check_records(n: int, labels: ArrayLike, K: int, weights: ArrayLike) -> tuple[Ints, Ints]:
    """Labels and weights as int64 [n]. Raises BadInput."""
    y, w = np.asarray(labels), np.asarray(weights)
    if not 2 <= K <= MAX_LABELS:
        raise BadInput(field="labels", reason="count", value=K)
    for name, values, top in (("labels", y, K - 1), ("weights", w, MAX_WEIGHT)):
        if values.shape != (n,) or (n and values.dtype.kind not in "iu"):
            raise BadInput(field=name, reason="shape", value=f"{values.dtype}{values.shape}")
        if n and not 0 <= int(values.min()) <= int(values.max()) <= top:
            raise BadInput(field=name, reason="range")
    return y.astype(np.int64), w.astype(np.int64)


@dataclass(frozen=True)
class Statistics:
    """G = sum w x x^T, int64 [d, d]; B = sum w x onehot(y)^T, int64 [d, K]; mass = sum of w by label, int64 [K]."""

    G: Ints
    B: Ints
    mass: Ints

    @classmethod
    def zero(cls, d: int, K: int) -> Statistics:
        return cls(np.zeros((d, d), np.int64), np.zeros((d, K), np.int64), np.zeros(K, np.int64))

    @classmethod
    def of(
        cls,
        X: Many,
        labels: ArrayLike,
        K: int,
        weights: ArrayLike,
        *,
        norm_class: int = 2,
        chunk: int = _CHUNK,
        progress: Progress | None = None,
    ) -> Statistics:
        """Over records X int16 [n, d], labels [n] in 0..K-1, weights [n] in 0..64. Raises BadInput, Cancelled."""
        progress = progress or silent()
        check_features(X, norm_class)
        y, w = check_records(len(X), labels, K, weights)
        total = cls.zero(X.shape[1], K)
        kept = np.flatnonzero(w)
        for start in range(0, len(kept), chunk):
            progress.step("statistics", start, len(kept))
            index = kept[start : start + chunk]
            rows = X[index].astype(np.float64)
            weighted = rows * w[index, None]
            target = np.zeros((len(index), K))
            target[np.arange(len(index)), y[index]] = 1.0
            total.G[...] += (weighted.T @ rows).astype(np.int64)
            total.B[...] += (weighted.T @ target).astype(np.int64)
            total.mass[...] += (w[index] @ target.astype(np.int64)).astype(np.int64)
        return total.checked()

    def checked(self) -> Statistics:
        """Itself. Raises AttributionError where the sums cannot be a sum of records, or weigh too much."""
        if (self.mass < 0).any() or (np.diagonal(self.G) < 0).any():
            raise AttributionError(reason="more subtracted than was there")
        if int(self.mass.sum()) > MAX_TOTAL:
            raise AttributionError(reason="total weight", found=int(self.mass.sum()), limit=MAX_TOTAL)
        return self

    def _fits(self, other: Statistics) -> None:
        if self.B.shape != other.B.shape:
            raise BadInput(field="statistics", reason="shape", value=f"{self.B.shape} {other.B.shape}")

    def __add__(self, other: Statistics) -> Statistics:
        self._fits(other)
        return Statistics(self.G + other.G, self.B + other.B, self.mass + other.mass).checked()

    def __sub__(self, other: Statistics) -> Statistics:
        """Only what was added may be subtracted: the certificate of the solve rests on G being a sum of w x x^T."""
        self._fits(other)
        return Statistics(self.G - other.G, self.B - other.B, self.mass - other.mass).checked()

    @property
    def d(self) -> int:
        return int(self.B.shape[0])

    @property
    def K(self) -> int:  # noqa: N802
        return int(self.B.shape[1])

    def digest(self) -> bytes:
        """The statisticsHash of PoA-1, section 9."""
        head = b"PoA1.stats".ljust(16, b"\0") + self.d.to_bytes(4, "little") + self.K.to_bytes(4, "little")
        return keccak256(head + self.G.astype("<i8").tobytes() + self.B.astype("<i8").tobytes())
