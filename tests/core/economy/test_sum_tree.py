"""Sum trees bind every leaf to its position and every sum to the root."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.economy.sum_tree import EMPTY, Node, SumTree, climb, depth_of, parent, root_of, verify
from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import leaf_hash

SUMS = st.lists(st.integers(0, 2**100), min_size=1, max_size=40)


def tree_of(sums: list[int]) -> SumTree:
    return SumTree.of([b"leaf %d" % place for place in range(len(sums))], sums)


def test_a_tree_of_three_is_hashed_as_the_game_says() -> None:
    tree = SumTree.of([b"a", b"b", b"c"], [1, 2, 4])

    def inner(left: Node, right: Node) -> Node:
        words = left.hash + left.sum.to_bytes(32, "big") + right.hash + right.sum.to_bytes(32, "big")
        return Node(keccak256(words), left.sum + right.sum)

    a, b, c = (Node(leaf_hash(one), total) for one, total in ((b"a", 1), (b"b", 2), (b"c", 4)))
    top = inner(inner(a, b), inner(c, Node(bytes(32), 0)))
    assert (tree.top, tree.depth, tree.top.sum) == (top, 2, 7)
    assert tree.root == keccak256(top.hash + (7).to_bytes(32, "big") + (2).to_bytes(32, "big"))


@given(SUMS)
def test_every_position_opens_to_the_root_the_empty_ones_too(sums: list[int]) -> None:
    tree = tree_of(sums)
    assert tree.depth == depth_of(len(sums))
    assert tree.top.sum == sum(sums)
    for position in range(1 << tree.depth):
        leaf, path = tree.node(0, position), tree.path(position)
        assert len(path) == tree.depth
        assert verify(tree.root, leaf, position, path)
        assert (leaf == EMPTY) == (position >= len(sums))


@given(SUMS, st.data())
def test_another_sum_leaf_or_place_does_not_open(sums: list[int], data: st.DataObject) -> None:
    tree = tree_of(sums)
    position = data.draw(st.integers(0, len(sums) - 1))
    leaf, path = tree.node(0, position), tree.path(position)
    assert not verify(tree.root, Node(leaf.hash, leaf.sum + 1), position, path)
    assert not verify(tree.root, Node(bytes(32), leaf.sum), position, path)
    if len(sums) > 1:
        other = data.draw(st.integers(0, (1 << tree.depth) - 1).filter(lambda at: at != position))
        assert not verify(tree.root, leaf, other, path)
        height = data.draw(st.integers(0, tree.depth - 1))
        wrong = list(path)
        wrong[height] = Node(wrong[height].hash, wrong[height].sum + 1)
        assert not verify(tree.root, leaf, position, wrong)
    assert not verify(tree.root, leaf, position + (1 << tree.depth), path)
    assert not verify(tree.root, leaf, position, (*path, EMPTY))


@given(SUMS)
def test_a_node_is_what_its_children_make(sums: list[int]) -> None:
    tree = tree_of(sums)
    for height in range(1, tree.depth + 1):
        for place in range(1 << (tree.depth - height)):
            node = tree.node(height, place)
            assert node == parent(tree.node(height - 1, 2 * place), tree.node(height - 1, 2 * place + 1))
            assert climb(node, place, tree.path(place, height)) == tree.top


def test_one_leaf_and_none() -> None:
    one = SumTree.of([b"x"], [5])
    assert (one.depth, one.path(0), one.root) == (0, (), root_of(Node(leaf_hash(b"x"), 5), 0))
    none = SumTree([], [])
    assert none.top == EMPTY
    assert none.count == 0


@pytest.mark.parametrize("sums", [[-1], [1 << 128], [1 << 127, 1 << 127]])
def test_a_sum_out_of_range_is_refused(sums: list[int]) -> None:
    with pytest.raises(BadInput):
        tree_of(sums)
    leaf = SumTree.of([b"x"], [1]).top
    assert not verify(root_of(leaf, 0), Node(leaf.hash, 1 << 128), 0, ())
