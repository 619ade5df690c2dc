"""Walking down a trie to one key, without taking apart more than the way needs (Yellow Paper, appendix D).

py-trie decodes every node it passes, all of it, and once more to prove; the state's upper nodes are full branches, and
of those only one child counts. A node that is not what its place demands comes out as ValueError.
"""

from __future__ import annotations

from collections.abc import Callable

from core.node.values import EMPTY_TRIE_ROOT

_FULL = 532  # bytes of a branch with sixteen hashed children and no value
_FULL_HEAD = b"\xf9\x02\x11\xa0"

Read = Callable[[bytes], bytes]


def walk(read: Read, root: bytes, key: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """The value at `key`, empty where there is none, and the nodes on the way as EIP-1186 lists them.

    `read` gives the node of a hash. An empty trie has no nodes.
    """
    if root == EMPTY_TRIE_ROOT:
        return b"", ()
    digits = key.hex()
    node = read(root)
    path = [node]
    at = 0
    while True:
        if len(node) == _FULL and at < len(digits) and node.startswith(_FULL_HEAD):
            start = 4 + 33 * int(digits[at], 16)
            child = node[start : start + 32]
            at += 1
        else:
            items = split(node)
            if len(items) == 17:
                if at == len(digits):
                    return content(items[16]), tuple(path)
                item = items[int(digits[at], 16)]
                at += 1
            elif len(items) == 2:
                leaf, shared = _shared(content(items[0]))
                if leaf:
                    return (content(items[1]) if digits[at:] == shared else b""), tuple(path)
                if not digits.startswith(shared, at):
                    return b"", tuple(path)
                item = items[1]
                at += len(shared)
            else:
                raise ValueError("not a trie node")
            if item == b"\x80":
                return b"", tuple(path)
            if item[0] >= 0xC0:  # shorter than 32 bytes: it stands within its parent
                node = item
                continue
            child = content(item)
        node = read(child)
        path.append(node)


def _shared(prefixed: bytes) -> tuple[bool, str]:
    """Whether it is a leaf's, and the hex digits (Yellow Paper, appendix C)."""
    text = prefixed.hex()
    flag = int(text[0], 16)
    return flag >= 2, text[1:] if flag % 2 else text[2:]


def split(encoded: bytes) -> list[bytes]:
    """The items of an RLP list, each still encoded."""
    if not encoded or encoded[0] < 0xC0:
        raise ValueError("not a list")
    at, end = _span(encoded, 0, 0xC0)
    items = []
    while at < min(end, len(encoded)):
        _, stop = _span(encoded, at, 0xC0 if encoded[at] >= 0xC0 else 0x80)
        items.append(encoded[at:stop])
        at = stop
    if at != end or end != len(encoded):
        raise ValueError("not a list")
    return items


def content(item: bytes) -> bytes:
    """The bytes of one encoded item."""
    start, stop = _span(item, 0, 0x80)
    return item[start:stop]


def _span(data: bytes, at: int, short: int) -> tuple[int, int]:
    """Where the payload of the item at `at` begins and ends; `short` is what its kind counts small lengths from."""
    first = data[at]
    if first < 0x80:
        return at, at + 1
    size = first - short
    if size < 56:
        return at + 1, at + 1 + size
    start = at + 1 + size - 55
    return start, start + int.from_bytes(data[at + 1 : start], "big")
