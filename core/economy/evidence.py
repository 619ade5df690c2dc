"""Leaves as the Challenges contract opens them, and the bytes of each kind of evidence (GAME.md, sections 5, 6, 8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from core.chain import abi
from core.economy.sum_tree import Node, SumTree
from core.keccak import keccak256
from core.merkle import MerkleTree, leaf_hash
from core.models import roots

if TYPE_CHECKING:
    from core.economy.settlement import Tables
    from core.units import Address


class Kind(IntEnum):
    """Of a challenge."""

    NODE = 1
    ENTRY = 2
    SCALE = 3
    TERM = 4
    SCORE = 5
    LEAF = 6
    ORDER = 7
    UNPAID = 8


class Ask(IntEnum):
    """Of a demand."""

    SUMS = 1
    U = 2
    SCORE = 3
    PAYOUT = 4


class Which(IntEnum):
    """Of the two sum trees."""

    SCORES = 0
    PAYOUTS = 1


@dataclass(frozen=True)
class Evidence:
    """A fault that the contract accepts. `data` is what Settlement.challenge takes; `what` a short key of the fault.

    record  whether it opens the features of a record
    """

    kind: Kind
    data: bytes
    what: str
    record: bool = False

    @property
    def sums(self) -> bool:
        """Whether it opens a label's sum, or u, its image."""
        return self.kind in {Kind.ENTRY, Kind.SCALE, Kind.TERM}

    @property
    def scores(self) -> bool:
        """Whether it opens records' scores: one product with each label's sum."""
        of_scores = self.kind is Kind.ORDER and self.data[63] == Which.SCORES  # the struct's first word names the tree
        return of_scores or self.kind in {Kind.TERM, Kind.SCORE, Kind.LEAF, Kind.UNPAID}


@dataclass(frozen=True)
class ModelRoots:
    """What the ledger's hash of a package's roots is made of (PoA-1, section 9): n, d, K, b, z, m after the roots."""

    features: bytes
    inverse: bytes
    credit: bytes
    records: int
    width: int
    labels: int
    norm_class: int
    z: int
    blocks: int

    @property
    def hash(self) -> bytes:
        return roots.model_roots(
            self.features,
            self.inverse,
            self.credit,
            records=self.records,
            width=self.width,
            labels=self.labels,
            norm_class=self.norm_class,
            z=self.z,
            blocks=self.blocks,
        )

    @property
    def contract_argument(self) -> tuple[bytes, bytes, bytes, int, int, int, int, int, int]:
        return (
            self.features,
            self.inverse,
            self.credit,
            self.records,
            self.width,
            self.labels,
            self.norm_class,
            self.z,
            self.blocks,
        )


@dataclass(frozen=True)
class Leaf:
    """Of a plain tree."""

    payload: bytes = b""
    path: tuple[bytes, ...] = ()

    @property
    def argument(self) -> tuple[bytes, list[bytes]]:
        return (self.payload, list(self.path))


@dataclass(frozen=True)
class SumLeaf:
    """Of a sum tree; no payload: the empty leaf."""

    position: int = 0
    sum: int = 0
    payload: bytes = b""
    path: tuple[Node, ...] = ()

    @property
    def node(self) -> Node:
        return Node(leaf_hash(self.payload) if self.payload else bytes(32), self.sum)

    @property
    def argument(self) -> tuple[int, int, bytes, list[tuple[bytes, int]]]:
        return (self.position, self.sum, self.payload, [(node.hash, node.sum) for node in self.path])


class PlainLeaves:
    """The leaves of a plain tree with their paths."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self.payloads = payloads if isinstance(payloads, _Features) else list(payloads)
        self.tree = MerkleTree.of(self.payloads)

    def leaf(self, index: int) -> Leaf:
        return Leaf(self.payloads[index], tuple(self.tree.proof(index)))


class SumLeaves:
    """The leaves of a sum tree as its holder shows them: payloads (b"" for an empty leaf) and the tree over them."""

    def __init__(self, payloads: Sequence[bytes], tree: SumTree) -> None:
        self.payloads = list(payloads)
        self.tree = tree

    @classmethod
    def of(cls, payloads: Sequence[bytes], sums: Sequence[int]) -> SumLeaves:
        hashes = [leaf_hash(payload) if payload else bytes(32) for payload in payloads]
        return cls(payloads, SumTree(hashes, sums))

    @cached_property
    def hidden(self) -> frozenset[int]:
        """The positions whose payload is not here, or is not the one that the tree is made over."""
        hashes = [leaf_hash(payload) if payload else bytes(32) for payload in self.payloads]
        hashes += [bytes(32)] * (self.tree.count - len(hashes))
        return frozenset(p for p, found in enumerate(hashes) if self.tree.node(0, p).hash != found)

    def leaf(self, position: int) -> SumLeaf:
        payload = self.payloads[position] if position < len(self.payloads) else b""
        return SumLeaf(position, self.tree.node(0, position).sum, payload, self.tree.path(position))


class _Features(Sequence[bytes]):
    """The leaves of featuresRoot, each made where it is asked for: together they are larger than the features."""

    def __init__(self, tables: Tables, secret: bytes) -> None:
        self._tables, self._secret = tables, secret

    def __len__(self) -> int:
        return len(self._tables.X)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        return self._payload(range(len(self))[index], self._tables.X[index])

    def __iter__(self) -> Iterator[bytes]:
        return (self._payload(place, x) for place, x in enumerate(self._tables.X))

    def _payload(self, i: int, x: Any) -> bytes:
        t = self._tables
        who = t.accounts[i].raw
        return roots.feature_payload(self._secret, i, t.record_ids[i], who, int(t.labels[i]), int(t.weights[i]), x)


class ModelTrees:
    """The three trees that a registration commits to, made again from the release. `secret`: the release's.

    Every holder of a release makes them before using, posting for or being paid by a model.
    """

    def __init__(self, tables: Tables, secret: bytes) -> None:
        self._tables, self._secret = tables, secret

    @cached_property
    def features(self) -> PlainLeaves:
        return PlainLeaves(_Features(self._tables, self._secret))

    @cached_property
    def inverse(self) -> PlainLeaves:
        head = self._tables.head
        return PlainLeaves([roots.inverse_payload(j, head.s, row) for j, row in enumerate(head.V)])

    @cached_property
    def credits(self) -> PlainLeaves:
        rows = self._tables.credit.c
        return PlainLeaves([roots.credit_payload(self._secret, i, row) for i, row in enumerate(rows)])

    @cached_property
    def roots(self) -> ModelRoots:
        head = self._tables.head
        return ModelRoots(
            self.features.tree.root,
            self.inverse.tree.root,
            self.credits.tree.root,
            len(self._tables.X),
            head.d,
            head.K,
            head.norm_class,
            self._tables.credit.z,
            head.blocks,
        )


def announcement(challenger: Address, settlement_id: bytes, found: Evidence, salt: bytes) -> bytes:
    """What `announce` takes, a block before the challenge."""
    words = (bytes(12) + challenger.raw, settlement_id, found.kind.to_bytes(32, "big"), keccak256(found.data), salt)
    return keccak256(b"".join(words))


# Evidence by kind, as one struct each


def node(which: Which, depth: int, position: int, said: int, left: Node, right: Node, path: Sequence[Node]) -> bytes:
    values = (int(which), depth, position, said, tuple(left), tuple(right), [tuple(one) for one in path])
    return _struct((_U8, _U256, _U256, _U256, _NODE, _NODE, _NODES), values)


def row(u: Leaf, inverse: Leaf | None = None, sums: Leaf | None = None) -> bytes:
    """For ENTRY and SCALE."""
    return _struct((_LEAF, _LEAF, _LEAF), [(one or Leaf()).argument for one in (inverse, sums, u)])


def term(features: Leaf, u: Leaf, score: SumLeaf) -> bytes:
    return _struct((_LEAF, _LEAF, _SUM_LEAF), (features.argument, u.argument, score.argument))


def score(credits: Leaf, leaf: SumLeaf) -> bytes:  # noqa: A002 - PoA-1's word
    return _struct((_LEAF, _SUM_LEAF), (credits.argument, leaf.argument))


def leaf(score: SumLeaf, features: Leaf | None = None) -> bytes:
    return _struct((_SUM_LEAF, _LEAF), (score.argument, (features or Leaf()).argument))


def order(which: Which, first: SumLeaf, second: SumLeaf | None = None) -> bytes:
    return _struct((_U8, _SUM_LEAF, _SUM_LEAF), (int(which), first.argument, (second or SumLeaf()).argument))


def unpaid(first: SumLeaf, last: SumLeaf, around: Sequence[SumLeaf]) -> bytes:
    values = (first.argument, last.argument, [one.argument for one in around])
    return _struct((_SUM_LEAF, _SUM_LEAF, {**_SUM_LEAF, "type": "tuple[]"}), values)


def answer(found: Leaf | SumLeaf) -> bytes:
    """To a demand."""
    return abi.encode([_LEAF if isinstance(found, Leaf) else _SUM_LEAF], [found.argument])


_Type = dict[str, Any]


def _tuple(*parts: _Type, kind: str = "tuple") -> _Type:
    return {"name": "", "type": kind, "components": [{**part, "name": f"part{i}"} for i, part in enumerate(parts)]}


def _struct(parts: Sequence[_Type], values: Sequence[object]) -> bytes:
    return abi.encode([_tuple(*parts)], [tuple(values)])


_U8, _U256, _B32, _BYTES = ({"name": "", "type": kind} for kind in ("uint8", "uint256", "bytes32", "bytes"))
_NODE = _tuple(_B32, _U256)
_NODES = _tuple(_B32, _U256, kind="tuple[]")
_LEAF = _tuple(_BYTES, {"name": "", "type": "bytes32[]"})
_SUM_LEAF = _tuple(_U256, _U256, _BYTES, _NODES)
