"""A key is found, and proven, as py-trie finds and proves it."""

from __future__ import annotations

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st
from trie import HexaryTrie

from core.keccak import keccak256
from core.node.paths import content, split, walk
from core.node.values import EMPTY_TRIE_ROOT


def proof(tree, key):
    nodes = [rlp.encode(node) for node in tree.get_proof(key)]
    return tuple(node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32)


@given(
    st.dictionaries(st.binary(min_size=2, max_size=2), st.binary(min_size=1, max_size=80), min_size=1, max_size=60),
    st.lists(st.binary(min_size=2, max_size=2), max_size=20),
)
def test_any_key_of_any_trie(pairs, others):
    tree = HexaryTrie({})
    for key, value in pairs.items():
        tree[key] = value
    for key in [*pairs, *others]:
        assert walk(tree.db.__getitem__, tree.root_hash, key) == (tree[key], proof(tree, key))


def test_the_full_branches_of_a_large_trie():
    tree = HexaryTrie({})
    for at in range(3_000):
        tree[keccak256(b"%d" % at)] = b"value %d" % at
    for at in range(2_980, 3_020):
        key = keccak256(b"%d" % at)
        assert walk(tree.db.__getitem__, tree.root_hash, key) == (tree[key], proof(tree, key))


def test_an_empty_trie_has_nothing_and_no_nodes():
    assert walk({}.__getitem__, EMPTY_TRIE_ROOT, b"\x01" * 32) == (b"", ())


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_a_list_comes_apart_into_what_it_was_made_of(parts):
    assert [content(item) for item in split(rlp.encode(parts))] == parts


@pytest.mark.parametrize("junk", [b"", b"\x80", b"\xc2\x01", b"\xc1\x01\x02"])
def test_what_is_no_list_is_refused(junk):
    with pytest.raises(ValueError, match="not a list"):
        split(junk)
