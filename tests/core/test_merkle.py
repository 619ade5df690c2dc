"""A proof holds for its leaf under its root, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import EMPTY_ROOT, MerkleTree, leaf_hash, verify

payloads = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=33, unique=True)


@given(payloads)
def test_every_leaf_has_a_proof_that_holds(leaves):
    tree = MerkleTree.of(leaves)
    assert all(verify(tree.root, leaf, tree.proof(i)) for i, leaf in enumerate(leaves))


@given(payloads, st.data())
def test_no_proof_holds_for_another_payload(leaves, data):
    tree = MerkleTree.of(leaves)
    i = data.draw(st.integers(0, len(leaves) - 1))
    assert not verify(tree.root, leaves[i] + b"\0", tree.proof(i))


@given(payloads, st.data())
def test_a_changed_proof_does_not_hold(leaves, data):
    tree = MerkleTree.of(leaves)
    i = data.draw(st.integers(0, len(leaves) - 1))
    proof = tree.proof(i)
    assert not verify(tree.root, leaves[i], [*proof, bytes(32)])
    if proof:
        assert not verify(tree.root, leaves[i], proof[:-1])
        at = data.draw(st.integers(0, len(proof) - 1))
        bad = [*proof]
        bad[at] = bytes([bad[at][0] ^ 1]) + bad[at][1:]
        assert not verify(tree.root, leaves[i], bad)


def test_an_inner_node_does_not_pass_as_a_leaf():
    tree = MerkleTree.of([b"a", b"b"])
    children = b"".join(sorted([leaf_hash(b"a"), leaf_hash(b"b")]))
    assert keccak256(children) == tree.root
    assert not verify(tree.root, children, [])


def test_a_tree_by_hand():
    a, b, c = (keccak256(keccak256(x)) for x in (b"a", b"b", b"c"))
    ab = keccak256(min(a, b) + max(a, b))
    root = keccak256(min(ab, c) + max(ab, c))
    tree = MerkleTree.of([b"a", b"b", b"c"])
    assert tree.root == root
    assert tree.proof(2) == [ab]
    assert tree.proof(0) == [b, c]


def test_one_leaf_is_its_own_root_and_no_leaf_is_zero():
    tree = MerkleTree.of([b"only"])
    assert tree.root == leaf_hash(b"only")
    assert tree.proof(0) == []
    assert MerkleTree([]).root == EMPTY_ROOT
    assert len(MerkleTree([])) == 0


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_has_no_proof(index):
    with pytest.raises(BadInput):
        MerkleTree.of([b"a", b"b", b"c"]).proof(index)


def test_leaves_and_siblings_have_32_bytes():
    with pytest.raises(BadInput):
        MerkleTree([b"short"])
    tree = MerkleTree.of([b"a", b"b"])
    assert not verify(tree.root, b"a", [tree.proof(0)[0] + b"\0"])
