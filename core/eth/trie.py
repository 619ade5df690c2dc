"""Merkle-Patricia tries (Yellow Paper, appendix D): proofs that a key is in, proofs that it is not, roots rebuilt.

Paths are strings of hex digits, one a nibble, because slices and prefixes of strings are what Python is fast at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import starmap

from core.errors import BadEncoding, ProofMismatch
from core.eth import rlp
from core.keccak import keccak256

EMPTY_ROOT = keccak256(b"\x80")
MAX_NODE = 2048  # bytes of a node in a state proof; a full branch has 532
MAX_KEY = 64  # bytes; the tries of Ethereum have keys of at most 32

# A branch with sixteen hashed children and no value: f90211, then sixteen times a0 and a hash, then 80.
_FULL_BRANCH = b"\xf9\x02\x11"
_FULL_BRANCH_SIZE = 532
_FULL_BRANCH_MARKS = b"\xa0" * 16 + b"\x80"
_LEAST_BRANCH = 82  # bytes of one with two hashed children: f8 51, two hashes with their marks, fifteen times 80 is 83


def _bad(reason: str) -> BadEncoding:
    return BadEncoding(what="trie node", reason=reason)


class Node:
    """An encoded node, and what was once worked out of these bytes alone: its hash, and where it leads."""

    __slots__ = ("_leaf", "_ways", "digest", "encoded")

    def __init__(self, encoded: bytes) -> None:
        self.encoded = encoded
        self.digest = b""  # not worked out yet
        self._ways: tuple[bytes, ...] | None = None
        self._leaf: tuple[str, bytes] | None = None

    def remember(self) -> None:
        """For a node that was read and may be asked again: its children or its value, where it is a usual one."""
        encoded = self.encoded
        if len(encoded) > _LEAST_BRANCH and encoded[0] in {0xF8, 0xF9}:
            found = [_hashed_branch(encoded, digit) for digit in range(16)]
            if None not in found:
                self._ways = tuple(child or b"" for child in found)
                return
        items = rlp.decode(encoded, max_bytes=len(encoded), max_depth=MAX_KEY)
        if isinstance(items, list) and len(items) == 2:
            leaf, shared = _hex_prefix(items[0])
            if leaf and isinstance(items[1], bytes) and items[1]:
                self._leaf = shared, items[1]

    def step(self, path: str) -> tuple[bytes | None, str, bytes | None]:
        """Follow `path` through it: (hash of the next node or None, what is left of the path, value)."""
        if self._ways is not None and path:
            child = self._ways[int(path[0], 16)]
            return child or None, path[1:] if child else "", None
        if self._leaf is not None:
            shared, value = self._leaf
            return None, "", value if shared == path else None
        return _step(self.encoded, path)


def verify(root: bytes, key: bytes, proof: Sequence[bytes | Node], *, max_node: int = MAX_NODE) -> bytes | None:
    """The value at `key` in the trie of `root`, or None when the proof shows that there is none.

    `proof` has the nodes from the root down, each once, nodes shorter than 32 bytes inside their parents (EIP-1186).
    Raises ProofMismatch when a node is missing, wrong or not needed, BadEncoding when one is not a canonical node.
    """
    if len(root) != 32 or len(key) > MAX_KEY:
        raise _bad("key")
    if len(proof) > 2 * len(key) + 2:
        raise ProofMismatch(what="trie proof", expected=2 * len(key) + 2, found=len(proof))
    if root == EMPTY_ROOT:
        if [entry.encoded if isinstance(entry, Node) else entry for entry in proof] not in ([], [b"\x80"]):
            raise ProofMismatch(what="trie proof", expected=0, found=len(proof))
        return None
    path = key.hex()
    want: bytes = root
    for used, entry in enumerate(proof, start=1):
        node = entry if isinstance(entry, Node) else Node(entry)
        if len(node.encoded) > max_node:
            raise _bad("too long")
        if len(node.encoded) < 32 and used > 1:
            raise _bad("a short node outside its parent")
        if not node.digest:
            node.digest = keccak256(node.encoded)
        if node.digest != want:
            raise ProofMismatch(what="trie node", expected=want.hex(), found=node.digest.hex())
        child, rest, value = node.step(path)
        if child is None:
            if used != len(proof):
                raise ProofMismatch(what="trie proof", expected=used, found=len(proof))
            return value
        want, path = child, rest
    raise ProofMismatch(what="trie node", expected=want.hex(), found=None)


def _step(encoded: bytes, path: str) -> tuple[bytes | None, str, bytes | None]:
    """See `Node.step`; raises BadEncoding on what is no canonical node."""
    if len(encoded) == _FULL_BRANCH_SIZE and path and encoded[:3] == _FULL_BRANCH:
        if encoded[3::33] != _FULL_BRANCH_MARKS:
            raise _bad("branch")
        start = 4 + 33 * int(path[0], 16)
        return encoded[start : start + 32], path[1:], None
    if path and len(encoded) > _LEAST_BRANCH and encoded[0] in {0xF8, 0xF9}:
        found = _hashed_branch(encoded, int(path[0], 16))
        if found is not None:
            return found or None, path[1:] if found else "", None
    node: rlp.Item = rlp.decode(encoded, max_bytes=len(encoded), max_depth=MAX_KEY)
    while True:
        items = rlp.as_list(node, what="trie node")
        if len(items) == 17:
            child, path = _branch(items, path)
            if child is None:
                return None, "", rlp.as_bytes(items[16], what="trie value") or None
        elif len(items) == 2:
            leaf, shared = _hex_prefix(items[0])
            if leaf:
                value = rlp.as_bytes(items[1], what="trie value")
                if not value:
                    raise _bad("empty value")
                return None, "", value if shared == path else None
            child = _child(items[1])
            if child == b"":
                raise _bad("extension to nothing")
            if not path.startswith(shared):
                return None, "", None
            path = path[len(shared) :]
        else:
            raise _bad("items")
        if isinstance(child, bytes):
            return (child or None), path, None
        node = child


def _hashed_branch(encoded: bytes, digit: int) -> bytes | None:
    """The child of a branch whose children are hashes or nothing and that has no value; None for any other node.

    Only a quicker way through a form that is all there is to see: whatever is not exactly it is read in full.
    """
    at = encoded[0] - 0xF6  # f8 has one byte of length behind it, f9 two; the length is as short as it can be
    if int.from_bytes(encoded[1:at], "big") != len(encoded) - at or (at == 3 and len(encoded) < 256 + at):
        return None
    ways, child = 0, b""
    for number in range(16):
        mark = encoded[at : at + 1]
        if mark == b"\xa0":
            if number == digit:
                child = encoded[at + 1 : at + 33]
            ways += 1
            at += 33
        elif mark == b"\x80":
            at += 1
        else:
            return None
    return child if ways >= 2 and encoded[at:] == b"\x80" else None


def _branch(items: list[rlp.Item], path: str) -> tuple[rlp.Item | None, str]:
    """The child that `path` leads to and the rest of the path; None for the child when the path ends here."""
    children = [_child(item) for item in items[:16]]
    rlp.as_bytes(items[16], what="trie value")
    if sum(child != b"" for child in children) + (items[16] != b"") < 2:
        raise _bad("branch with one way")
    if not path:
        return None, ""
    return children[int(path[0], 16)], path[1:]


def _child(item: rlp.Item) -> rlp.Item:
    """A hash, an embedded node shorter than 32 bytes, or nothing."""
    if isinstance(item, bytes):
        if len(item) not in {0, 32}:
            raise _bad("child")
        return item
    if len(rlp.encode(item)) >= 32:
        raise _bad("embedded node too long")
    return item


def _hex_prefix(item: rlp.Item) -> tuple[bool, str]:
    """Whether it is a leaf, and its path as hex digits (Yellow Paper, appendix C)."""
    digits = rlp.as_bytes(item, what="trie path").hex()
    flag = digits[:1]
    if flag not in {"0", "1", "2", "3"} or (flag in {"0", "2"} and digits[1:2] != "0"):
        raise _bad("path")
    shared = digits[1:] if flag in {"1", "3"} else digits[2:]
    leaf = flag in {"2", "3"}
    if not leaf and not shared:
        raise _bad("path")
    return leaf, shared


def root_of(pairs: Mapping[bytes, bytes]) -> bytes:
    """Root of the trie with exactly these pairs (none with an empty value)."""
    if any(len(key) > MAX_KEY for key in pairs):
        raise _bad("key")
    entries = sorted((key.hex(), value) for key, value in pairs.items() if value)
    if not entries:
        return EMPTY_ROOT
    return keccak256(rlp.encode(_build(entries, 0)))


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Root of a block's list: the key of each value is the RLP of its position (transactionsRoot, receiptsRoot)."""
    return root_of(dict(starmap(lambda at, value: (rlp.encode(at), value), enumerate(values))))


def _build(entries: list[tuple[str, bytes]], depth: int) -> list[rlp.Encodable]:
    first, last = entries[0][0], entries[-1][0]
    if len(entries) == 1:
        return [_compact(first[depth:], leaf=True), entries[0][1]]
    shared = depth
    while shared < len(first) and first[shared] == last[shared]:  # sorted, so what the ends share all share
        shared += 1
    if shared > depth:
        return [_compact(first[depth:shared], leaf=False), _reference(_build(entries, shared))]
    value = b""
    if len(first) == depth:
        value, entries = entries[0][1], entries[1:]
    ways: dict[str, list[tuple[str, bytes]]] = {}
    for entry in entries:
        ways.setdefault(entry[0][depth], []).append(entry)
    children: list[rlp.Encodable] = [
        _reference(_build(ways[digit], depth + 1)) if digit in ways else b"" for digit in "0123456789abcdef"
    ]
    return [*children, value]


def _reference(node: list[rlp.Encodable]) -> rlp.Encodable:
    encoded = rlp.encode(node)
    return node if len(encoded) < 32 else keccak256(encoded)


def _compact(digits: str, *, leaf: bool) -> bytes:
    flag = 2 if leaf else 0
    return bytes.fromhex(f"{flag + 1}{digits}" if len(digits) % 2 else f"{flag}0{digits}")
