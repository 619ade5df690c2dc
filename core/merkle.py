"""One Merkle tree for every root in the product: OpenZeppelin's MerkleProof rules, so that contracts can check it.

A leaf is keccak256(keccak256(payload)) (the double hash keeps a leaf from posing as a node); a node is the keccak of
its two children, smaller first; an odd node at the end of a row moves up unchanged. Because pairs are sorted, a
proof does not bind a position: whatever needs a position puts it into the payload.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import BadInput
from core.keccak import keccak256

EMPTY_ROOT = bytes(32)


def leaf_hash(payload: bytes) -> bytes:
    return keccak256(keccak256(payload))


def node_hash(a: bytes, b: bytes) -> bytes:
    """Of two neighbours in either order."""
    return keccak256(a + b if a < b else b + a)


def _rows(leaves: Sequence[bytes]) -> list[list[bytes]]:
    rows = [list(leaves)]
    while len(rows[-1]) > 1:
        below = rows[-1]
        above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            above.append(below[-1])
        rows.append(above)
    return rows


class MerkleTree:
    """Over leaf hashes (see `leaf_hash`) in the given order. The root of no leaves is 32 zero bytes."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if any(len(leaf) != 32 for leaf in leaves):
            raise BadInput(field="leaves", reason="each leaf must be 32 bytes")
        self._rows = _rows(leaves)

    @classmethod
    def of(cls, payloads: Sequence[bytes]) -> MerkleTree:
        return cls([leaf_hash(payload) for payload in payloads])

    @property
    def root(self) -> bytes:
        return self._rows[-1][0] if self._rows[0] else EMPTY_ROOT

    def __len__(self) -> int:
        return len(self._rows[0])

    def proof(self, index: int) -> list[bytes]:
        """Sibling hashes from the leaf up; shorter where the leaf's branch moved up alone."""
        if not 0 <= index < len(self):
            raise BadInput(field="index", reason="outside the tree", value=index)
        siblings = []
        for row in self._rows[:-1]:
            sibling = index ^ 1
            if sibling < len(row):
                siblings.append(row[sibling])
            index //= 2
        return siblings


def verify(root: bytes, payload: bytes, proof: Sequence[bytes]) -> bool:
    node = leaf_hash(payload)
    for sibling in proof:
        if len(sibling) != 32:
            return False
        node = node_hash(node, sibling)
    return node == root
