"""Small settlements as GAME.md writes them, honest ones and ones with a lie in any place, with the evidence for each.

A second implementation in Python's own integers: of the program it uses keccak alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from eth_abi import encode

from core.keccak import keccak256
from tests.contracts.network import person
from tests.doubles import poa

NODE, ENTRY, SCALE, TERM, SCORE, LEAF, ORDER, UNPAID = range(1, 9)
SUMS, U_ROW, SCORE_LEAF, PAYOUT_LEAF = range(1, 5)
SCORES, PAYOUTS = 0, 1

PLAIN = "(bytes,bytes32[])"
SUMMED = "(uint256,uint256,bytes,(bytes32,uint256)[])"
TYPES = {
    NODE: "(uint8,uint256,uint256,uint256,(bytes32,uint256),(bytes32,uint256),(bytes32,uint256)[])",
    ENTRY: f"({PLAIN},{PLAIN},{PLAIN})",
    SCALE: f"({PLAIN},{PLAIN},{PLAIN})",
    TERM: f"({PLAIN},{PLAIN},{SUMMED})",
    SCORE: f"({PLAIN},{SUMMED})",
    LEAF: f"({SUMMED},{PLAIN})",
    ORDER: f"(uint8,{SUMMED},{SUMMED})",
    UNPAID: f"({SUMMED},{SUMMED},{SUMMED}[])",
}
NO_LEAF: tuple[bytes, list[bytes]] = (b"", [])
NO_SUM_LEAF: tuple[Any, ...] = (0, 0, b"", [])
Pair = tuple[bytes, int]
EMPTY: Pair = (bytes(32), 0)


def tag(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def u256(value: int) -> bytes:
    return value.to_bytes(32, "big")


def le(values: Sequence[int], size: int) -> bytes:
    return b"".join(value.to_bytes(size, "little", signed=True) for value in values)


def leaf_hash(payload: bytes) -> bytes:
    return keccak256(keccak256(payload))


class PlainTree:
    """OpenZeppelin's: pairs sorted, an odd node moves up."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self.payloads = list(payloads)
        self.rows = [[leaf_hash(one) for one in payloads]]
        while len(self.rows[-1]) > 1:
            row = self.rows[-1]
            pairs = [row[i : i + 2] for i in range(0, len(row), 2)]
            self.rows.append([keccak256(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs])

    @property
    def root(self) -> bytes:
        return self.rows[-1][0]

    def leaf(self, index: int) -> tuple[bytes, list[bytes]]:
        path = [row[(index >> h) ^ 1] for h, row in enumerate(self.rows) if (index >> h) ^ 1 < len(row)]
        return self.payloads[index], path


@dataclass
class SumTree:
    """`lies` puts other nodes in the place of computed ones: (height, position) -> (hash, sum); None keeps the hash."""

    leaves: list[tuple[bytes, int]]  # payload, sum; no payload: an empty leaf
    depth: int
    lies: dict[tuple[int, int], tuple[bytes | None, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        leaves = [(leaf_hash(payload) if payload else bytes(32), value) for payload, value in self.leaves]
        row = leaves + [EMPTY] * ((1 << self.depth) - len(leaves))
        self.rows = [self._told(0, row)]
        for height in range(1, self.depth + 1):
            below = self.rows[-1]
            row = [node_over(below[i], below[i + 1]) for i in range(0, len(below), 2)]
            self.rows.append(self._told(height, row))

    def _told(self, height: int, row: list[Pair]) -> list[Pair]:
        told = [self.lies.get((height, position), node) for position, node in enumerate(row)]
        return [(one[0] if one[0] is not None else true[0], one[1]) for one, true in zip(told, row, strict=True)]

    @property
    def top(self) -> Pair:
        return self.rows[-1][0]

    @property
    def root(self) -> bytes:
        return sum_root(*self.top, self.depth)

    def path(self, position: int, height: int = 0) -> list[Pair]:
        return [self.rows[h][(position >> (h - height)) ^ 1] for h in range(height, self.depth)]

    def leaf(self, position: int) -> tuple[Any, ...]:
        payload = self.leaves[position][0] if position < len(self.leaves) else b""
        return (position, self.rows[0][position][1], payload, self.path(position))

    def node(self, tree: int, height: int, position: int) -> tuple[Any, ...]:
        left, right = self.rows[height - 1][2 * position : 2 * position + 2]
        return (tree, self.depth, position, self.rows[height][position][1], left, right, self.path(position, height))


def node_over(left: Pair, right: Pair) -> Pair:
    return keccak256(left[0] + u256(left[1]) + right[0] + u256(right[1])), left[1] + right[1]


def sum_root(top: bytes, total: int, depth: int) -> bytes:
    return keccak256(top + u256(total) + u256(depth))


def depth_of(count: int) -> int:
    return max(0, count - 1).bit_length()


@dataclass
class Release:
    """A model of a few records: everything that its three roots and the credits are made of."""

    accounts: list[str]
    d: int
    K: int
    seed: int = 1
    j: int = 3
    b: int = 2
    soft: bool = False

    def __post_init__(self) -> None:
        n = len(self.accounts)
        secret = bytes([self.seed]) * 32
        self.X, y = poa.records(n, self.d, self.K, self.seed)
        w = [8] * n
        self.blocks = self.K if self.soft else 1
        if self.soft:
            _, p, _, self.V = poa.softmax_head(self.X, y, w, self.K, self.j, self.b)
            found = poa.softmax_credit(self.V, p, self.X, y, w, self.j, self.b)
        else:
            self.V, W = poa.head(self.X, y, w, self.K, self.j, self.b)
            found = poa.credit(self.V, W, self.X, y, w, self.j, self.b)
        self.c, self.z = found["c"], found["z"]
        self.ids = [keccak256(b"record" + u32(i) + secret) for i in range(n)]
        people = [bytes.fromhex(account[2:]) for account in self.accounts]
        s = 62 - self.b + self.j
        self.features = PlainTree(
            [
                tag("PoA1.feature") + u32(i) + keccak256(secret + u32(i)) + self.ids[i] + people[i]
                + u32(y[i]) + u32(w[i]) + le(self.X[i], 2)
                for i in range(n)
            ]
        )  # fmt: skip
        self.inverse = PlainTree([tag("PoA1.inverse") + u32(i) + u32(s) + le(row, 8) for i, row in enumerate(self.V)])
        self.credits = PlainTree(
            [
                tag("PoA1.credit") + u32(i) + keccak256(b"c" + secret + u32(i)) + le(row, 8)
                for i, row in enumerate(self.c)
            ]
        )

    @property
    def roots(self) -> tuple[Any, ...]:
        n = len(self.accounts)
        trees = (self.features, self.inverse, self.credits)
        return (*(tree.root for tree in trees), n, self.d, self.K, self.b, self.z, self.blocks)

    @property
    def roots_hash(self) -> bytes:
        return keccak256(encode(["bytes32"] * 3 + ["uint256"] * 6, self.roots))

    def rows(self, S: Sequence[Sequence[int]]) -> list[list[int]]:
        """The sums as their leaves have them."""
        return poa.sums_rows(S, self.blocks)

    def influence(self, S: list[list[int]]) -> dict[str, Any]:
        """Section 5 of PoA-1, or what section 14 makes of it."""
        how = poa.softmax_influence if self.soft else poa.influence
        return dict(how(self.V, self.X, S, self.c, self.z, self.b))


@dataclass
class Game:
    """A settlement's data. A liar changes any of it after `solve`; `close` then builds the trees over what it says."""

    release: Release
    S: list[list[int]]
    pool: int
    secret: bytes = bytes(32)

    def __post_init__(self) -> None:
        self.solve()

    def solve(self) -> None:
        release = self.release
        found = release.influence(self.S)
        self.U = found["U"]
        self.u, self.e, self.v = found["u"], found["e"], found["v"]
        self.max_label, self.max_feature = found["maxLabel"], found["maxFeature"]
        self.norm_label = found["normLabel"]
        self.terms, self.q = found["terms"], found["q"]
        rows = enumerate(release.rows(self.S))
        self.sums = PlainTree([self._row("PoA1.sums", k) + le(row, 16) for k, row in rows])
        self.u_payloads = [self.u_payload(k) for k in range(len(self.u))]
        people = release.accounts
        self.order = sorted(range(len(people)), key=lambda i: (int(people[i], 16), i))
        self.score_leaves = [self.score_leaf(i) for i in self.order]
        self.score_lies: dict[tuple[int, int], tuple[bytes | None, int]] = {}
        self.payout_lies: dict[tuple[int, int], tuple[bytes | None, int]] = {}
        self.payouts = self.honest_payouts()
        self.score_depth = depth_of(len(people))
        self.close()

    def _row(self, name: str, k: int) -> bytes:
        return tag(name) + u32(k) + keccak256(self.secret + tag(name) + u32(k))

    def u_payload(self, k: int) -> bytes:
        return self._row("PoA1.u", k) + u32(self.e) + le(self.u[k], 4)

    def score_payload(self, i: int) -> bytes:
        person = bytes.fromhex(self.release.accounts[i][2:])
        return self._row("PoA1.score", i) + self.release.ids[i] + person + le([self.q[i]], 8) + le(self.terms[i], 8)

    def score_leaf(self, i: int) -> tuple[bytes, int]:
        return self.score_payload(i), max(0, self.q[i])

    def honest_payouts(self) -> list[tuple[bytes, int]]:
        people = sorted(set(self.release.accounts), key=lambda account: int(account, 16))
        who = [people.index(account) for account in self.release.accounts]
        _, amounts = poa.payout(self.pool, self.q, who, len(people))
        return payout_leaves([(one, amount) for one, amount in zip(people, amounts, strict=True) if amount])

    def close(self) -> Game:
        self.u_tree = PlainTree(self.u_payloads)
        self.scores = SumTree(self.score_leaves, self.score_depth, self.score_lies)
        self.payout_tree = SumTree(self.payouts, depth_of(len(self.payouts)), self.payout_lies)
        return self

    @property
    def posting(self) -> tuple[Any, ...]:
        roots = (self.u_tree.root, self.scores.root, self.payout_tree.top[0], self.payout_tree.depth)
        return (*roots, self.e, self.v, self.max_label, self.max_feature, self.norm_label, self.pool)

    @property
    def payout_root(self) -> bytes:
        """With the pool for its sum, as the contract has it."""
        return sum_root(self.payout_tree.top[0], self.pool, self.payout_tree.depth)

    @property
    def leaves(self) -> list[tuple[int, str, int]]:
        """(index, account, amount) of the payout leaves."""
        return [(i, "0x" + payload[44:64].hex(), amount) for i, (payload, amount) in enumerate(self.payouts)]

    # Evidence

    def node(self, tree: int, height: int, position: int) -> bytes:
        return evidence(NODE, (self.scores, self.payout_tree)[tree].node(tree, height, position))

    def product(self, k: int, j: int) -> tuple[Any, Any]:
        """The leaves whose product is an entry of U."""
        blocks = self.release.blocks
        return self.release.inverse.leaf(k % blocks * self.release.d + j), self.sums.leaf(k // blocks)

    def entry(self, k: int, j: int) -> bytes:
        return evidence(ENTRY, (*self.product(k, j), self.u_tree.leaf(k)))

    def malformed_u(self, k: int) -> bytes:
        return evidence(ENTRY, (NO_LEAF, NO_LEAF, self.u_tree.leaf(k)))

    def scale_e(self) -> bytes:
        return evidence(SCALE, (*self.product(self.max_label, self.max_feature), NO_LEAF))

    def scale_v(self, k: int) -> bytes:
        return evidence(SCALE, (NO_LEAF, NO_LEAF, self.u_tree.leaf(k)))

    def out_of_range(self) -> bytes:
        return evidence(SCALE, (NO_LEAF, NO_LEAF, NO_LEAF))

    def term(self, p: int, k: int) -> bytes:
        return evidence(TERM, (self.release.features.leaf(self.order[p]), self.u_tree.leaf(k), self.scores.leaf(p)))

    def score(self, p: int) -> bytes:
        return evidence(SCORE, (self.release.credits.leaf(self.order[p]), self.scores.leaf(p)))

    def leaf(self, p: int, record: int | None = None) -> bytes:
        """Held against the features of `record`, by default the one that belongs at p."""
        if record is None and p < len(self.order):
            record = self.order[p]
        features = NO_LEAF if record is None else self.release.features.leaf(record)
        return evidence(LEAF, (self.scores.leaf(p), features))

    def order_of(self, tree: int, first: int, second: int | None = None) -> bytes:
        found = (self.scores, self.payout_tree)[tree]
        return evidence(ORDER, (tree, found.leaf(first), NO_SUM_LEAF if second is None else found.leaf(second)))

    def unpaid(self, first: int, last: int, around: Sequence[int]) -> bytes:
        leaves = [self.payout_tree.leaf(p) for p in around]
        return evidence(UNPAID, (self.scores.leaf(first), self.scores.leaf(last), leaves))

    def range_of(self, account: str) -> tuple[int, int]:
        places = [p for p, i in enumerate(self.order) if int(self.release.accounts[i], 16) == int(account, 16)]
        return places[0], places[-1]

    def around(self, account: str) -> list[int]:
        """Where an account's payout leaf is, or its neighbours."""
        wanted, people = int(account, 16), [int(leaf[1], 16) for leaf in self.leaves]
        if wanted in people:
            return [people.index(wanted)]
        right = sum(one < wanted for one in people)
        if right == 0 or right == 1 << self.payout_tree.depth:
            return [max(0, right - 1)]
        return [right - 1, right]

    def answer(self, kind: int, index: int) -> bytes:
        if kind in (SUMS, U_ROW):
            return encode([PLAIN], [(self.sums, self.u_tree)[kind - SUMS].leaf(index)])
        return encode([SUMMED], [(self.scores, self.payout_tree)[kind - SCORE_LEAF].leaf(index)])

    def every_challenge(self) -> Iterator[tuple[int, bytes]]:
        """All that can be opened in all places, as far as the lies allow."""
        n, d, K = len(self.order), self.release.d, self.release.K
        for tree, found in ((SCORES, self.scores), (PAYOUTS, self.payout_tree)):
            for height in range(1, found.depth + 1):
                for position in range(1 << (found.depth - height)):
                    yield NODE, self.node(tree, height, position)
        for k in range(K):
            yield from ((ENTRY, self.entry(k, j)) for j in range(d))
            yield ENTRY, self.malformed_u(k)
            yield SCALE, self.scale_v(k)
        yield SCALE, self.scale_e()
        yield SCALE, self.out_of_range()
        for p in range(n):
            yield from ((TERM, self.term(p, k)) for k in range(K))
            yield SCORE, self.score(p)
        for p in range(1 << self.scores.depth):
            yield LEAF, self.leaf(p)
        for p in range(n):
            yield from ((ORDER, self.order_of(SCORES, p, other)) for other in range(p + 1, 1 << self.scores.depth))
        for p in range(1 << self.payout_tree.depth):
            yield ORDER, self.order_of(PAYOUTS, p)
            yield from ((ORDER, self.order_of(PAYOUTS, p, other)) for other in range(1 << self.payout_tree.depth))
        for account in dict.fromkeys(self.release.accounts):
            first, last = self.range_of(account)
            for start in range(first, last + 1):
                yield UNPAID, self.unpaid(start, last, self.around(account))
                yield UNPAID, self.unpaid(first, start, self.around(account))
            yield from ((UNPAID, self.unpaid(first, last, [p])) for p in range(1 << self.payout_tree.depth))
            pairs = range((1 << self.payout_tree.depth) - 1)
            yield from ((UNPAID, self.unpaid(first, last, [p, p + 1])) for p in pairs)


def payout_leaves(parts: Sequence[tuple[str, int]]) -> list[tuple[bytes, int]]:
    """Payload and sum of each (account, wei) in the order given."""
    return [
        (encode(["uint256", "address", "uint256"], [index, account, amount]), amount)
        for index, (account, amount) in enumerate(parts)
    ]


def evidence(kind: int, value: tuple[Any, ...]) -> bytes:
    return encode([TYPES[kind]], [value])


def sums_of(release: Release, fees: Sequence[int]) -> list[list[int]]:
    """Per label, of calls that ask for the records themselves, the i-th with its fee and answered i mod K."""
    found = [[0] * release.d for _ in range(release.K)]
    for i, fee in enumerate(fees):
        for column in range(release.d):
            found[i % release.K][column] += fee * release.X[i % len(release.X)][column]
    return found


PEOPLE = sorted((person(name).address for name in ("ann", "ben", "builder", "outsider")), key=lambda one: int(one, 16))
POOL = 10**18 + 7
NINE = [PEOPLE[i] for i in (0, 1, 0, 2, 1, 0, 3, 1, 0)]


@lru_cache
def _release(accounts: tuple[str, ...], d: int, K: int, seed: int, soft: bool) -> Release:
    return Release(list(accounts), d, K, seed, soft=soft)


def small(
    seed: int = 1, d: int = 5, K: int = 2, accounts: list[str] | None = None, pool: int = POOL, *, soft: bool = False
) -> Game:
    release = deepcopy(_release(tuple(accounts or NINE), d, K, seed, soft))
    return Game(release, sums_of(release, [10**15 * (i + 1) for i in range(7)]), pool)
