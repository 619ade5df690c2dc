"""Admission weights: novelty times quality, each with its reason, pinned in the manifest (PoA-1, section 7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.attribution.novelty import Novelty, Thresholds, novelty_of
from core.attribution.quality import Quality, quality_of
from core.errors import BadInput
from core.jobs import Progress
from core.models.ridge.exact import Ints
from core.models.ridge.statistics import check_features, check_records
from core.models.rows import Many


@dataclass(frozen=True)
class Admission:
    """weights int64 [n] in 0..64; a reason for each record and each (contributor, label)."""

    weights: Ints
    novelty: tuple[Novelty, ...]
    quality: dict[tuple[int, int], Quality]
    thresholds: Thresholds
    core_j: int | None

    def manifest(self) -> dict[str, object]:
        """Plain JSON data: integers, text, null."""
        return {
            "threshold": self.thresholds.runs,
            "likeness": self.thresholds.likeness,
            "often": self.thresholds.often,
            "core_j": self.core_j,
            "novelty": [asdict(novelty) for novelty in self.novelty],
            "quality": [{"contributor": c, "label": k, **asdict(quality)} for (c, k), quality in self.quality.items()],
        }


def admit(
    texts: Sequence[str],
    X: Many,
    labels: ArrayLike,
    K: int,
    contributors: NDArray[np.integer],
    trusted: Collection[int],
    *,
    norm_class: int = 2,
    progress: Progress | None = None,
) -> Admission:
    """Over all records of a release in the order of their commitments; `contributors` [n] names each record's own.

    Raises BadInput, Uncertified, AttributionError, Cancelled.
    """
    check_features(X, norm_class)
    y, _ = check_records(len(X), labels, K, np.ones(len(X), np.int64))
    if len(texts) != len(X) or contributors.shape != (len(X),):
        raise BadInput(field="records", reason="shape", value=f"{len(texts)} {len(X)} {contributors.shape}")
    novelty, thresholds = novelty_of(texts, contributors.tolist(), trusted, progress)
    novel = np.array([entry.weight > 0 for entry in novelty], bool)
    quality, core_j = quality_of(X, y, K, contributors, trusted, novel, norm_class, progress)
    weights = [
        entry.weight * quality[who, label].weight if entry.weight else 0
        for entry, who, label in zip(novelty, contributors.tolist(), y.tolist(), strict=True)
    ]
    return Admission(np.array(weights, np.int64), novelty, quality, thresholds, core_j)
