"""The roots of a model whose records do not fit in memory: leaf by leaf, a few hashes held (PoA-1, section 9).

Equal to the trees of core.models.roots. Nothing can be proven from them later; for one proof a pass is made again.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.errors import BadInput
from core.jobs import Progress
from core.merkle import EMPTY_ROOT, leaf_hash, node_hash
from core.models import roots
from core.models.row_file import ROWS, RowFile
from core.models.streaming import Source


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
    source: Source, secret: bytes, identities: Iterable[tuple[bytes, bytes]], progress: Progress
) -> bytes:
    """`identities` are record id [32] and account [20] of each record, in order. Raises BadInput, Cancelled."""
    tree, each = GrowingRoot(), iter(identities)
    for block in source:
        progress.step("roots", block.start, len(source))
        for place, x in enumerate(block.x):
            record_id, account = next(each, (b"", b""))
            if (len(record_id), len(account)) != (32, 20):
                raise BadInput(field="record", reason="identity length", value=block.start + place)
            label, weight = int(block.y[place]), int(block.w[place])
            tree.add(roots.feature_payload(secret, block.start + place, record_id, account, label, weight, x))
    if next(each, None) is not None:
        raise BadInput(field="record", reason="identity length", value=len(source))
    return tree.root


def credit_root(credit: RowFile, secret: bytes, progress: Progress) -> bytes:
    """Of the file of `core.attribution.streaming.keep_credit`. Raises BadFile, Cancelled."""
    tree = GrowingRoot()
    for number, piece in enumerate(credit):
        progress.step("roots", number, credit.pieces)
        for place, row in enumerate(piece.astype(np.int64)):
            tree.add(roots.credit_payload(secret, number * ROWS + place, row))
    return tree.root
