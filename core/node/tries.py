"""Walking a state without executing anything: what a trie node or an account refers to (Yellow Paper, appendix D).

A code may be any bytes, those of a trie node too, so what a hash stands for is kept beside it: a code is never walked,
and having seen a code says nothing about the node of the same hash.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import rlp

from core.keccak import keccak256
from core.node.values import EMPTY_CODE_HASH, EMPTY_TRIE_ROOT


class Kind(IntEnum):
    ACCOUNTS = 0  # a node of the state's own trie: its leaves are accounts
    SLOTS = 1  # a node of one account's storage trie
    CODE = 2


Reference = tuple[bytes, Kind]


def root_of_state(state_root: bytes) -> list[Reference]:
    return [] if state_root == EMPTY_TRIE_ROOT else [(state_root, Kind.ACCOUNTS)]


def references(data: bytes, kind: Kind) -> list[Reference]:
    """What must be kept with `data`, in the order of the trie. Raises ValueError on what is no node."""
    if kind is Kind.CODE:
        return []
    try:
        node = rlp.decode(data)
    except rlp.exceptions.RLPException as error:
        raise ValueError("not RLP") from error
    found: list[Reference] = []
    _collect(node, kind, found)
    return found


def _collect(node: Any, kind: Kind, found: list[Reference]) -> None:
    if not isinstance(node, list) or len(node) not in {2, 17}:
        raise ValueError("not a trie node")
    if len(node) == 17:
        for child in node[:16]:
            _follow(child, kind, found)
        if node[16]:
            raise ValueError("a value in a branch")  # keys are hashes: none is the beginning of another
    elif not isinstance(node[0], bytes) or not node[0]:
        raise ValueError("not a path")
    elif node[0][0] & 0x20:
        if kind is Kind.ACCOUNTS:
            found += _account(node[1])
    else:
        _follow(node[1], kind, found)


def _follow(child: Any, kind: Kind, found: list[Reference]) -> None:
    if isinstance(child, list):
        _collect(child, kind, found)  # shorter than 32 bytes: it stands within its parent
    elif len(child) == 32:
        found.append((child, kind))
    elif child:
        raise ValueError("not a reference")


def _account(encoded: Any) -> list[Reference]:
    try:
        _nonce, _balance, storage, code = rlp.decode(encoded)
    except (rlp.exceptions.RLPException, ValueError, TypeError) as error:
        raise ValueError("not an account") from error
    if not (isinstance(storage, bytes) and isinstance(code, bytes) and len(storage) == len(code) == 32):
        raise ValueError("not an account")
    found = [] if storage == EMPTY_TRIE_ROOT else [(storage, Kind.SLOTS)]
    return found if code == EMPTY_CODE_HASH else [*found, (code, Kind.CODE)]


def trie_root(items: list[bytes]) -> bytes:
    """Of a list as blocks hold them: RLP of the position -> the item."""
    from trie import HexaryTrie

    tree = HexaryTrie({}, prune=True)
    for position, item in enumerate(items):
        tree[rlp.encode(position)] = item
    return bytes(tree.root_hash)


class Walk:
    """Everything that the states given refer to, in bounded steps. `read` gives the bytes of a hash or raises.

    `nodes` and `codes` hold what was found, about 110 bytes of memory each.
    """

    def __init__(self, read: Callable[[bytes], bytes]) -> None:
        self._read = read
        self._waiting: list[Reference] = []
        self.nodes: set[bytes] = set()
        self.codes: set[bytes] = set()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self.nodes or digest in self.codes

    def __len__(self) -> int:
        return len(self.nodes) + len(self.codes)

    def add(self, state_root: bytes) -> None:
        self._waiting += root_of_state(state_root)

    def next(self) -> tuple[Kind, bytes] | None:
        """The next node or code not seen before, parents before children; None when all is seen."""
        while self._waiting:
            digest, kind = self._waiting.pop()
            seen = self.codes if kind is Kind.CODE else self.nodes
            if digest in seen:
                continue
            data = self._read(digest)
            if keccak256(data) != digest:
                raise ValueError(f"node {digest.hex()} does not hash to its name")
            self._waiting += reversed(references(data, kind))
            seen.add(digest)
            return kind, data
        return None

    def step(self, most: int) -> bool:
        """Look at `most` more. False when all is seen."""
        return all(self.next() is not None for _ in range(most))
