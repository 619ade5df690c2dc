"""Roots that grow leaf by leaf are the roots of whole trees."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput
from core.jobs import silent
from core.merkle import MerkleTree
from core.models import encoders, roots, streaming
from core.models.growing import GrowingRoot, credit_root, features_root
from core.models.row_file import RowFile, writing_rows
from core.models.streaming import Arrays
from tests.core.models import small_topics

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
    return Arrays(x, np.arange(n) % 3, np.arange(n) % 65), ids, [bytes([i % 7]) * 20 for i in range(n)]


def test_features_and_credits_have_the_roots_of_their_trees(tmp_path) -> None:
    source, ids, accounts = some(2500)
    expected = roots.features_tree(SECRET, source.x, source.y, source.w, ids, accounts).root
    assert features_root(source, SECRET, zip(ids, accounts, strict=True), silent()) == expected
    c = np.arange(2500 * 3).reshape(2500, 3) - 3000
    with writing_rows(tmp_path / "c", np.int64, 3) as file:
        file.append(c)
    assert credit_root(RowFile(tmp_path / "c"), SECRET, silent()) == roots.credit_tree(SECRET, c).root


@pytest.mark.parametrize("count", [9, 11])
def test_too_few_or_too_many_identities_are_refused(count) -> None:
    source, _, _ = some(10)
    with pytest.raises(BadInput):
        features_root(source, SECRET, [(bytes(32), bytes(20))] * count, silent())


def test_texts_are_encoded_as_they_come(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(streaming, "ROWS", 20)
    encoder, items = encoders.get("static-256"), small_topics.items()
    number = {label: index for index, label in enumerate(small_topics.LABELS)}
    records = ((item.text, number[item.label], 1 + place % 8, place % 5) for place, item in enumerate(items))
    blocks = list(streaming.encoded(encoder, records, silent()))
    assert [block.start for block in blocks] == list(range(0, len(items), 20))
    expected = encoder.features([item.text for item in items])
    assert np.array_equal(np.concatenate([block.x for block in blocks]), expected)
    assert [int(v) for block in blocks for v in block.who] == [place % 5 for place in range(len(items))]
    files = streaming.keep(tmp_path, encoder.width, iter(blocks), None)
    assert np.array_equal(np.concatenate([block.x for block in files]), expected)
