"""The roots of a model whose records do not fit in memory: leaf by leaf, a few hashes held (PoA-1, section 9).

Equal to the trees of core.models.roots. Nothing can be proven from them later; for one proof a pass is made again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.jobs import Progress
from core.merkle import EMPTY_ROOT, leaf_hash, node_hash
from core.models import roots
from core.models.rows import Many, blocks

Ints = NDArray[np.int64]
_STEP = 2048  # leaves between looks at the progress


class GrowingRoot:
    """The root of core.merkle's tree over payloads that come one by one; holds one hash for each level."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []  # (leaves below, hash): whole subtrees, the largest first

    def add(self, payload: bytes) -> None:
        size, node = 1, leaf_hash(payload)
        while self._peaks and self._peaks[-1][0] == size:
            node = node_hash(self._peaks.pop()[1], node)
            size *= 2
        self._peaks.append((size, node))

    @property
    def root(self) -> bytes:
        """Of what was added so far: a node without a sibling moves up until it finds one."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            node = node_hash(left, node)
        return node


def features_root(
    secret: bytes,
    x: Many,
    labels: Ints,
    weights: Ints,
    record_ids: Sequence[bytes],
    accounts: Sequence[bytes],
    progress: Progress,
) -> bytes:
    """That of `roots.features_tree`. Raises BadInput, Cancelled."""
    counts = {len(x), len(labels), len(weights), len(record_ids), len(accounts)}
    if len(counts) > 1:
        raise BadInput(field="record", reason="length", value=str(sorted(counts)))
    tree = GrowingRoot()
    for start, rows in blocks(x):
        progress.step("roots", start, len(x))
        for i, row in enumerate(rows, start):
            tree.add(roots.feature_payload(secret, i, record_ids[i], accounts[i], labels[i], weights[i], row))
    return tree.root


def credit_root(secret: bytes, credit: Ints, progress: Progress) -> bytes:
    """That of `roots.credit_tree`. Raises Cancelled."""
    tree = GrowingRoot()
    for i, row in enumerate(credit):
        if i % _STEP == 0:
            progress.step("roots", i, len(credit))
        tree.add(roots.credit_payload(secret, i, row))
    return tree.root
