"""Roots that grow leaf by leaf are the roots of whole trees."""

from __future__ import annotations

import numpy as np
import pytest

from core.artefacts import Whole
from core.errors import BadInput, Cancelled
from core.jobs import Progress, silent
from core.merkle import MerkleTree
from core.models import roots
from core.models.growing import GrowingRoot, credit_root, features_root
from core.models.rows import FileRows

SECRET = bytes(range(32))


def test_the_root_after_every_leaf_is_the_tree_s() -> None:
    tree = GrowingRoot()
    payloads = [bytes([i, 3]) for i in range(70)]
    for count in range(len(payloads) + 1):
        assert tree.root == MerkleTree.of(payloads[:count]).root
        if count < len(payloads):
            tree.add(payloads[count])


def some(n):
    x = (np.arange(n * 4).reshape(n, 4) % 900).astype(np.int16)
    ids = [i.to_bytes(32, "big") for i in range(n)]
    return x, np.arange(n) % 3, np.arange(n) % 65, ids, [bytes([i % 7]) * 20 for i in range(n)]


def test_features_and_credits_have_the_roots_of_their_trees() -> None:
    x, *rest = some(2500)
    expected = roots.features_tree(SECRET, x, *rest).root
    assert features_root(SECRET, x, *rest, silent()) == expected
    assert features_root(SECRET, FileRows(Whole(x.tobytes()), 0, 2500, 4), *rest, silent()) == expected
    c = np.arange(2500 * 3).reshape(2500, 3) - 3000
    assert credit_root(SECRET, c, silent()) == roots.credit_tree(SECRET, c).root


def test_too_few_identities_are_refused() -> None:
    x, y, w, ids, accounts = some(10)
    with pytest.raises(BadInput):
        features_root(SECRET, x, y, w, ids[:9], accounts, silent())


def test_hashing_can_be_stopped() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        features_root(SECRET, *some(10), progress)
    with pytest.raises(Cancelled):
        credit_root(SECRET, np.zeros((3, 3), np.int64), progress)
