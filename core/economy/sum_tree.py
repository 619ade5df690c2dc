"""Binary Merkle trees whose nodes carry sums (resources/contracts/GAME.md, section 3): scores and payouts.

A node is a pair (hash, sum). Positions count: bit h of a leaf's position says on which side its sibling of height h
stands. The tree is padded on the right with empty leaves (zero hash, zero sum) to 2^depth leaves, and a node over two
empty children is hashed like any other, so that a path says how many leaves a tree can have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import leaf_hash

LIMIT = 1 << 128  # every sum stays below it


class Node(NamedTuple):
    """`hash` 32 bytes; `sum` of everything below, 0 <= sum < 2^128."""

    hash: bytes
    sum: int

    @property
    def word(self) -> bytes:
        """64 bytes, as a parent hashes it: hash || u256(sum)."""
        return self.hash + self.sum.to_bytes(32, "big")


EMPTY = Node(bytes(32), 0)


def parent(left: Node, right: Node) -> Node:
    return Node(keccak256(left.word + right.word), left.sum + right.sum)


def root_of(top: Node, depth: int) -> bytes:
    """The 32 bytes that commit to a whole tree, its sum and depth included."""
    return keccak256(top.word + depth.to_bytes(32, "big"))


def depth_of(count: int) -> int:
    """ceil(log2(count)); 0 for one leaf or none."""
    return max(0, count - 1).bit_length()


class SumTree:
    """Over leaf hashes and their sums in the given order. No leaves: one empty leaf. Raises BadInput.

    A million leaves take a few seconds and 300 MB.
    """

    def __init__(self, leaves: Sequence[bytes], sums: Sequence[int]) -> None:
        if len(leaves) != len(sums) or any(len(leaf) != 32 for leaf in leaves):
            raise BadInput(field="leaves", reason="one sum and 32 bytes each")
        if any(value < 0 for value in sums) or sum(sums) >= LIMIT:
            raise BadInput(field="sums", reason="range")
        self.count = len(leaves)
        self.depth = depth_of(self.count)
        self._empty = [EMPTY]
        for _ in range(self.depth):
            self._empty.append(parent(self._empty[-1], self._empty[-1]))
        self._hashes, self._sums = [list(leaves) or [EMPTY.hash]], [list(sums) or [0]]
        for height in range(self.depth):
            hashes, values = _above(self._hashes[-1], self._sums[-1], self._empty[height])
            self._hashes.append(hashes)
            self._sums.append(values)

    @classmethod
    def of(cls, payloads: Sequence[bytes], sums: Sequence[int]) -> SumTree:
        return cls([leaf_hash(payload) for payload in payloads], sums)

    def __len__(self) -> int:
        return self.count

    @property
    def top(self) -> Node:
        return Node(self._hashes[-1][0], self._sums[-1][0])

    @property
    def root(self) -> bytes:
        return root_of(self.top, self.depth)

    def node(self, height: int, position: int) -> Node:
        """Height 0 are the leaves; `position` counts nodes of that height from the left. Raises BadInput."""
        if not 0 <= height <= self.depth or not 0 <= position < 1 << (self.depth - height):
            raise BadInput(field="node", reason="outside the tree", value=f"{height}:{position}")
        row = self._hashes[height]
        if position >= len(row):
            return self._empty[height]
        return Node(row[position], self._sums[height][position])

    def path(self, position: int, height: int = 0) -> tuple[Node, ...]:
        """The siblings from a node up, `depth - height` of them. Raises BadInput."""
        self.node(height, position)
        return tuple(self.node(h, (position >> (h - height)) ^ 1) for h in range(height, self.depth))


def climb(node: Node, position: int, path: Sequence[Node]) -> Node:
    """The node at the top of a path."""
    for sibling in path:
        node = parent(sibling, node) if position & 1 else parent(node, sibling)
        position >>= 1
    return node


def verify(root: bytes, leaf: Node, position: int, path: Sequence[Node]) -> bool:
    """Whether a leaf stands at a position under `root`, all sums adding up."""
    if any(not 0 <= one.sum < LIMIT or len(one.hash) != 32 for one in (leaf, *path)):
        return False
    if position < 0 or position >> len(path):
        return False
    top = climb(leaf, position, path)
    return top.sum < LIMIT and root_of(top, len(path)) == root


def _above(hashes: list[bytes], sums: list[int], empty: Node) -> tuple[list[bytes], list[int]]:
    """The next row, without its empty rest."""
    if len(hashes) % 2:
        hashes, sums = [*hashes, empty.hash], [*sums, empty.sum]
    words = [one + value.to_bytes(32, "big") for one, value in zip(hashes, sums, strict=True)]
    return (
        [keccak256(words[i] + words[i + 1]) for i in range(0, len(words), 2)],
        [sums[i] + sums[i + 1] for i in range(0, len(sums), 2)],
    )
