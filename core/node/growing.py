"""Tries that change (Yellow Paper, appendix D): set, delete, root.

py-trie takes apart, puts together, checks and hashes every node on the way of every change. Here a node that was read
stays taken apart until the root is asked for; what has changed is then encoded and hashed once, however often it did.

Keys are given as hex digits, none the beginning of another: hashes of 32 bytes, or positions in RLP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.keccak import keccak256
from core.node.encoding import item, items, number
from core.node.paths import content, split
from core.node.values import EMPTY_TRIE_ROOT

Read = Callable[[bytes], bytes]

_NOTHING = b"\x80"
_HASH = 0xA0  # the mark of 32 bytes
_FULL_SIZE = 532  # bytes of a branch with sixteen hashed children and no value
_FULL_HEAD = b"\xf9\x02\x11\xa0"
_FULL_PLACES = tuple((3 + 33 * way, 36 + 33 * way) for way in range(16))
_DIGITS = "0123456789abcdef"


class _Leaf:
    __slots__ = ("path", "reference", "value")

    def __init__(self, path: str, value: bytes, reference: bytes | None = None) -> None:
        self.path = path
        self.value = value
        self.reference = reference


class _Extension:
    __slots__ = ("child", "path", "reference")

    def __init__(self, path: str, child: _Item, reference: bytes | None = None) -> None:
        self.path = path
        self.child = child
        self.reference = reference


class _Branch:
    __slots__ = ("children", "reference")

    def __init__(self, children: list[_Item], reference: bytes | None = None) -> None:
        self.children = children
        self.reference = reference


_Node = _Leaf | _Extension | _Branch  # `reference`: as it stands in its parent; None since it was changed
_Item = _Node | bytes  # bytes: not looked at yet, as it stands in its parent


class Trie:
    """`read` gives the node of a hash, or raises. `made` holds the nodes that roots asked for here have added."""

    def __init__(self, read: Read, root: bytes = EMPTY_TRIE_ROOT) -> None:
        self._read = read
        self._top: _Item = _NOTHING if root == EMPTY_TRIE_ROOT else bytes([_HASH]) + root
        self.made: dict[bytes, bytes] = {}

    def get(self, digits: str) -> bytes | None:
        """Raises ValueError on what is no node."""
        node = self._top = self._opened(self._top)
        at = 0
        while True:
            if isinstance(node, _Branch):
                way = int(digits[at], 16)
                node.children[way] = child = self._opened(node.children[way])
                at += 1
            elif isinstance(node, _Leaf):
                return node.value if digits[at:] == node.path else None
            elif isinstance(node, _Extension) and digits.startswith(node.path, at):
                node.child = child = self._opened(node.child)
                at += len(node.path)
            else:
                return None
            node = child

    def set(self, digits: str, value: bytes) -> None:
        """`value` is not empty."""
        self._top = self._put(self._top, digits, value)

    def delete(self, digits: str) -> None:
        self._top = self._cut(self._top, digits)

    def root(self) -> bytes:
        reference = self._reference(self._top)
        if reference == _NOTHING:
            return EMPTY_TRIE_ROOT
        if len(reference) == 33:
            return reference[1:]
        digest = keccak256(reference)  # the root is hashed however short it is
        self.made[digest] = reference
        return digest

    # Changing

    def _put(self, place: _Item, path: str, value: bytes) -> _Node:
        node = self._opened(place)
        if isinstance(node, bytes):
            return _Leaf(path, value)
        if isinstance(node, _Branch):
            way = int(path[0], 16)
            node.children[way] = self._put(node.children[way], path[1:], value)
            node.reference = None
            return node
        shared = _shared(node.path, path)
        if shared < len(node.path):
            return self._forked(node, shared, path, value)
        if isinstance(node, _Leaf):
            node.value = value
        else:
            node.child = self._put(node.child, path[shared:], value)
        node.reference = None
        return node

    @staticmethod
    def _forked(node: _Leaf | _Extension, shared: int, path: str, value: bytes) -> _Node:
        """A branch where `node` and the new leaf part."""
        way, rest = int(node.path[shared], 16), node.path[shared + 1 :]
        children: list[_Item] = [_NOTHING] * 16
        if isinstance(node, _Leaf):
            children[way] = _Leaf(rest, node.value)
        else:
            children[way] = _Extension(rest, node.child) if rest else node.child
        children[int(path[shared], 16)] = _Leaf(path[shared + 1 :], value)
        branch = _Branch(children)
        return _Extension(path[:shared], branch) if shared else branch

    def _cut(self, place: _Item, path: str) -> _Item:
        node = self._opened(place)
        if isinstance(node, bytes):
            return node
        if isinstance(node, _Leaf):
            return _NOTHING if node.path == path else node
        if isinstance(node, _Extension):
            if not path.startswith(node.path):
                return node
            return self._lengthened(node.path, self._cut(node.child, path[len(node.path) :]))
        way = int(path[0], 16)
        node.children[way] = child = self._cut(node.children[way], path[1:])
        node.reference = None
        if child != _NOTHING:
            return node
        left = [way for way, child in enumerate(node.children) if child != _NOTHING]
        return node if len(left) > 1 else self._lengthened(_DIGITS[left[0]], node.children[left[0]])

    def _lengthened(self, path: str, place: _Item) -> _Item:
        """What stands at `path` below: leaves and extensions take the digits up, branches get an extension."""
        node = self._opened(place)
        if isinstance(node, _Leaf):
            return _Leaf(path + node.path, node.value)
        if isinstance(node, _Extension):
            return _Extension(path + node.path, node.child)
        return _Extension(path, node)

    # Between nodes and their encoding

    def _opened(self, place: _Item) -> _Item:
        """A node; bytes only where there is nothing."""
        if not isinstance(place, bytes) or place == _NOTHING:
            return place
        encoded = self._read(place[1:]) if place[0] == _HASH else place
        if len(encoded) == _FULL_SIZE and encoded.startswith(_FULL_HEAD):
            return _Branch([encoded[start:end] for start, end in _FULL_PLACES], place)
        parts = split(encoded)
        if len(parts) == 17 and parts[16] == _NOTHING:
            return _Branch(list(parts[:16]), place)
        if len(parts) != 2:
            raise ValueError("not a trie node")
        text = content(parts[0]).hex()
        flag = int(text[0], 16)
        path = text[1:] if flag & 1 else text[2:]
        return _Leaf(path, content(parts[1]), place) if flag & 2 else _Extension(path, parts[1], place)

    def _reference(self, place: _Item) -> bytes:
        """As it stands in its parent; everything below is encoded and hashed that was not."""
        if isinstance(place, bytes):
            return place
        if place.reference is None:
            if isinstance(place, _Branch):
                encoded = items(
                    [*(c if isinstance(c, bytes) else self._reference(c) for c in place.children), _NOTHING]
                )
            elif isinstance(place, _Leaf):
                encoded = items((item(_prefixed(place.path, 2)), item(place.value)))
            else:
                encoded = items((item(_prefixed(place.path, 0)), self._reference(place.child)))
            if len(encoded) >= 32:
                digest = keccak256(encoded)
                self.made[digest] = encoded
                encoded = bytes([_HASH]) + digest
            place.reference = encoded
        return place.reference


def _shared(one: str, other: str) -> int:
    """How many digits they begin with in common."""
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return at
    return min(len(one), len(other))


def _prefixed(path: str, flag: int) -> bytes:
    """Hex digits as bytes (Yellow Paper, appendix C); `flag` is 2 for a leaf's."""
    return bytes.fromhex(f"{flag + 1}{path}" if len(path) % 2 else f"{flag}0{path}")


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Of a list as blocks hold them: RLP of the position -> the value."""
    trie = Trie(_unreadable)
    for position, value in enumerate(values):
        trie.set(item(number(position)).hex(), value)
    return trie.root()


def _unreadable(digest: bytes) -> bytes:
    raise KeyError(digest)
