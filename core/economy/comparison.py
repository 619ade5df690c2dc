"""A settlement beside what follows from the signed sums, leaf by leaf (GAME.md, section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution import influence, payloads
from core.attribution.payloads import SCORE, U
from core.economy import evidence
from core.economy.body import Body
from core.economy.evidence import Evidence, Kind, Leaf, ModelTrees, PlainLeaves, SumLeaf, SumLeaves, Which
from core.economy.settlement import Tables
from core.economy.sum_tree import LIMIT, depth_of
from core.models.rows import taken

_MOST = 16  # faults of a kind that are listed: one is enough
_START = 16 + 4 + 32  # tag, number, salt
_SHIFT = 62  # a row times a posted u stays below 2^61: from here on every shift leaves 0
_ALL = {"u", "terms", "payouts", "unpaid"}


@dataclass(frozen=True)
class Signed:
    """What the payer signed, opened: sums [K, d] of Python integers and the voucher's secret."""

    sums: NDArray[Any]
    secret: bytes

    def leaves(self, blocks: int) -> PlainLeaves:
        """As the head has them: of one label each, or one of all (`Head.blocks`)."""
        return PlainLeaves(payloads.sums(self.secret, self.sums.tolist(), blocks))


@dataclass(frozen=True)
class Shown:
    """The poster's three trees as he hands them out; None where he does not."""

    u: PlainLeaves | None = None
    scores: SumLeaves | None = None
    payouts: SumLeaves | None = None


class Comparison:
    """One settlement beside what follows from the signed sums. Each method yields evidence for what it finds.

    Raises AttributionError for sums that are past all bounds.
    """

    def __init__(
        self,
        body: Body,
        payout_root: bytes,
        tables: Tables,
        trees: ModelTrees,
        signed: Signed,
        opened: PlainLeaves | None,
        given: Shown,
    ) -> None:
        self.body, self.tables, self.trees, self.signed = body, tables, trees, signed
        self.sums = opened or signed.leaves(tables.head.blocks)
        self.true = influence.of_sums(tables.head, tables.credit, tables.X, signed.sums)
        self.u = given.u if given.u is not None and given.u.tree.root == body.u_root else None
        self.scores, self.payouts = _known(given.scores, body.scores_root), _known(given.payouts, payout_root)
        self.n, self.d, self.K = len(tables.X), tables.head.d, tables.head.K
        self.compared: set[str] = set()  # what was gone through in full

    @property
    def complete(self) -> bool:
        """Whether everything was compared, once `faults` has ended."""
        return self.compared == _ALL

    def faults(self) -> Iterator[Evidence]:
        yield from self.scale()
        if self.u is not None:
            yield from self.entries(self.u)
        scores, payouts = self.scores, self.payouts
        false = list(self.nodes(Which.SCORES, scores)) if scores is not None else []
        wrong = list(self.nodes(Which.PAYOUTS, payouts)) if payouts is not None else []
        yield from [*false, *wrong]  # leaves below a false node cannot be opened: such a tree is left alone
        self.scores, self.payouts = None if false else scores, None if wrong else payouts
        if self.scores is not None:
            yield from self.leaves(self.scores)
            yield from self.score_order(self.scores)
            yield from self.terms(self.scores)
        if self.payouts is not None:
            yield from self.payout_leaves(self.payouts)
        if self.scores is not None:
            yield from self.unpaid(self.scores, self.payouts)

    # u and its scales

    def _entry_bits(self, k: int, j: int) -> int:
        return abs(self.tables.head.direction(self.signed.sums, k, j)).bit_length()

    def _row(self, j: int, k: int, u: Leaf | None = None) -> bytes:
        blocks = self.tables.head.blocks
        return evidence.row(u or Leaf(), self.trees.inverse.leaf(k % blocks * self.d + j), self.sums.leaf(k // blocks))

    def scale(self) -> Iterator[Evidence]:
        body = self.body
        if body.max_label >= self.K or body.norm_label >= self.K or body.max_feature >= self.d:
            yield Evidence(Kind.SCALE, evidence.row(Leaf()), "place of the largest entry")
            return
        if max(0, self._entry_bits(body.max_label, body.max_feature) - 30) != body.e:
            yield Evidence(Kind.SCALE, self._row(body.max_feature, body.max_label), "scale e")
        for k, row, leaf in self._rows_of_u():
            length = sum(int(value) ** 2 for value in row)
            v = influence.shift_of(length, self.tables.head.norm_class, self.tables.credit.z)
            if v != body.v if k == body.norm_label else v > body.v:
                yield Evidence(Kind.SCALE, evidence.row(leaf), "scale v")

    def _rows_of_u(self) -> Iterator[tuple[int, NDArray[np.int32], Leaf]]:
        """Of the leaves that have the form of one."""
        if self.u is None:
            return
        for place, payload in enumerate(self.u.payloads):
            if self._is_u(payload):
                row = np.frombuffer(payload[_START + 4 :], "<i4")
                yield int.from_bytes(payload[16:20], "little"), row, self.u.leaf(place)

    def _is_u(self, payload: bytes) -> bool:
        length = _START + 4 + 4 * self.d
        return payload[:16] == U and len(payload) == length and int.from_bytes(payload[16:20], "little") < self.K

    def entries(self, u: PlainLeaves) -> Iterator[Evidence]:
        for place, payload in enumerate(u.payloads):
            e = int.from_bytes(payload[_START : _START + 4], "little")
            if not self._is_u(payload) or e != self.body.e:
                yield Evidence(Kind.ENTRY, evidence.row(u.leaf(place)), "form of u")
        true = self.true
        if self.body.e < true.e:  # some entry has more bits than the posted scale leaves room for
            for k, _, leaf in self._rows_of_u():
                if k == true.max_label:
                    yield Evidence(Kind.ENTRY, self._row(true.max_feature, k, leaf), "an entry does not fit")
        if self.body.e != true.e:
            return
        seen = set()
        for k, row, leaf in self._rows_of_u():
            seen.add(k)
            for j in np.flatnonzero(row != true.u[k])[:1].tolist():
                yield Evidence(Kind.ENTRY, self._row(int(j), k, leaf), f"entry {k}, {j}")
        if len(seen) == self.K:
            self.compared.add("u")

    # Sum trees

    def nodes(self, which: Which, shown: SumLeaves) -> Iterator[Evidence]:
        """The highest false ones: above them everything adds up."""
        tree = shown.tree
        said = self.body.pool.wei if which == Which.PAYOUTS else tree.top.sum
        found = False
        for height in range(tree.depth, 0, -1):
            if found:
                return
            for place in range(1 << (tree.depth - height)):
                node = tree.node(height, place)
                total = said if height == tree.depth else node.sum
                left, right = tree.node(height - 1, 2 * place), tree.node(height - 1, 2 * place + 1)
                if left.sum + right.sum != total or max(left.sum, right.sum) >= LIMIT:
                    data = evidence.node(which, tree.depth, place, total, left, right, tree.path(place, height))
                    found = True
                    yield Evidence(Kind.NODE, data, f"node {height}, {place}")

    def _is_score(self, payload: bytes) -> bool:
        return payload[:16] == SCORE and len(payload) == _START + 32 + 20 + 8 + 8 * self.K

    def leaves(self, shown: SumLeaves) -> Iterator[Evidence]:
        tree = shown.tree
        if tree.depth != depth_of(self.n):
            for p in _first_shown(shown):
                yield Evidence(Kind.LEAF, evidence.leaf(shown.leaf(p)), "depth of the scores")
            return
        last = self.n - 1
        right = sum(node.sum for h, node in enumerate(tree.path(last)) if not last >> h & 1)
        if right and last not in shown.hidden:  # the last record opens what stands behind it, shown or not
            yield Evidence(Kind.LEAF, evidence.leaf(shown.leaf(last)), "behind the last record")
        for p in range(max(self.n, tree.count)):
            if p in shown.hidden:
                continue
            leaf = shown.leaf(p)
            record = self._record(leaf)
            empty = not leaf.payload
            if (p >= self.n) != empty or (empty and leaf.sum):
                yield Evidence(Kind.LEAF, evidence.leaf(leaf), f"leaf {p}")
            elif empty:
                continue
            elif record is None or record >= self.n or leaf.sum != max(0, _q(leaf.payload)):
                yield Evidence(Kind.LEAF, evidence.leaf(leaf), f"leaf {p}")
            elif not self._is_whose(leaf.payload, record):
                data = evidence.leaf(leaf, self.trees.features.leaf(record))
                yield Evidence(Kind.LEAF, data, f"account of record {record}", record=True)

    def _record(self, leaf: SumLeaf) -> int | None:
        return int.from_bytes(leaf.payload[16:20], "little") if self._is_score(leaf.payload) else None

    def _is_whose(self, payload: bytes, i: int) -> bool:
        tables = self.tables
        return payload[_START : _START + 52] == tables.record_ids[i] + tables.accounts[i].raw

    def score_order(self, shown: SumLeaves) -> Iterator[Evidence]:
        for p in range(len(shown.payloads) - 1):
            first, second = shown.payloads[p], shown.payloads[p + 1]
            if not self._is_score(first) or not self._is_score(second):
                continue
            a, b = ((one[_START + 32 : _START + 52], int.from_bytes(one[16:20], "little")) for one in (first, second))
            if a >= b:
                data = evidence.order(Which.SCORES, shown.leaf(p), shown.leaf(p + 1))
                yield Evidence(Kind.ORDER, data, f"scores {p}")

    def terms(self, shown: SumLeaves) -> Iterator[Evidence]:
        """Each leaf's terms follow from the posted u, its score from its terms."""
        rows = {k: (row, leaf) for k, row, leaf in self._rows_of_u()}
        labels = sorted(rows)
        places, records = [], []
        for p, payload in enumerate(shown.payloads):
            i = int.from_bytes(payload[16:20], "little")
            if self._is_score(payload) and i < self.n:
                places.append(p)
                records.append(i)
        if not places:
            return
        said = np.array([np.frombuffer(shown.payloads[p][-8 * self.K :], "<i8") for p in places], np.int64)
        q = np.array([_q(shown.payloads[p]) for p in places], object)
        if labels:
            u = np.array([rows[k][0] for k in labels], np.int32)
            true = influence.terms(taken(self.tables.X, records), u, min(self.body.v, _SHIFT))
            for at, column in np.argwhere(said[:, labels] != true)[:_MOST].tolist():
                features, k = self.trees.features.leaf(records[at]), labels[column]
                data = evidence.term(features, rows[k][1], shown.leaf(places[at]))
                yield Evidence(Kind.TERM, data, f"term {records[at]}, {k}", record=True)
        credits = self.tables.credit.c[records]  # noqa: A001 - PoA-1's word
        total = (said.astype(object) * credits.astype(object)).sum(axis=1)
        for at in np.flatnonzero(total != q)[:_MOST].tolist():
            data = evidence.score(self.trees.credits.leaf(records[at]), shown.leaf(places[at]))
            yield Evidence(Kind.SCORE, data, f"score {records[at]}")
        if len(labels) == self.K and len(set(records)) == len(places) == self.n:
            self.compared.add("terms")

    # Payouts

    def payout_leaves(self, shown: SumLeaves) -> Iterator[Evidence]:
        before: tuple[int, SumLeaf, bytes | None] | None = None
        for p in range(shown.tree.count):
            if p in shown.hidden:
                continue
            leaf = shown.leaf(p)
            if _is_bad_payout(leaf):
                yield Evidence(Kind.ORDER, evidence.order(Which.PAYOUTS, leaf), f"payout {p}")
                continue
            account = leaf.payload[44:64] if leaf.payload else None
            if before is not None and account is not None and (before[2] is None or before[2] >= account):
                data = evidence.order(Which.PAYOUTS, before[1], leaf)
                yield Evidence(Kind.ORDER, data, f"payouts {before[0]}, {p}")
            before = (p, leaf, account)
        if not shown.hidden:
            self.compared.add("payouts")

    def unpaid(self, scores: SumLeaves, payouts: SumLeaves | None) -> Iterator[Evidence]:
        total, pool = scores.tree.top.sum, self.body.pool.wei
        if not total:
            if not pool:
                self.compared.add("unpaid")
                return
            for p in _first_shown(scores):
                data = evidence.unpaid(scores.leaf(p), scores.leaf(p), [])
                yield Evidence(Kind.UNPAID, data, "nobody to pay")
            return
        if payouts is None or payouts.hidden:
            return
        paid = [payload[44:64] for payload in payouts.payloads]
        while paid and not paid[-1]:  # as good as the padding
            paid.pop()
        if sorted(paid) != paid or not all(paid):  # out of order or with holes: said already, and no neighbours to show
            return
        for account, first, last, points in _ranges(scores):
            due = pool * points // total
            place = paid.index(account) if account in paid else None
            if due > (0 if place is None else int.from_bytes(payouts.payloads[place][64:96], "big")):
                around = _around(payouts, paid, account) if place is None else [payouts.leaf(place)]
                data = evidence.unpaid(scores.leaf(first), scores.leaf(last), around)
                yield Evidence(Kind.UNPAID, data, f"due {due}")
        if not scores.hidden:
            self.compared.add("unpaid")


def _known(given: SumLeaves | None, root: bytes) -> SumLeaves | None:
    """The tree when it is the one posted, without payloads that are not under it."""
    if given is None or given.tree.root != root:
        return None
    if not given.hidden:
        return given
    return SumLeaves([b"" if p in given.hidden else one for p, one in enumerate(given.payloads)], given.tree)


def _first_shown(leaves: SumLeaves) -> Iterator[int]:
    return islice((p for p in range(1 << leaves.tree.depth) if p not in leaves.hidden), 1)


def _q(payload: bytes) -> int:
    return int.from_bytes(payload[_START + 52 : _START + 60], "little", signed=True)


def _is_bad_payout(leaf: SumLeaf) -> bool:
    """Not three words with an address, another index or amount, or an empty leaf with a sum."""
    if not leaf.payload:
        return leaf.sum != 0
    words = [leaf.payload[at : at + 32] for at in range(0, len(leaf.payload), 32)]
    if len(leaf.payload) != 96 or any(words[1][:12]):
        return True
    return int.from_bytes(words[0], "big") != leaf.position or int.from_bytes(words[2], "big") != leaf.sum


def _ranges(scores: SumLeaves) -> Iterator[tuple[bytes, int, int, int]]:
    """(account, first position, last position, sum) of each run of one account."""
    start = 0
    for p in range(len(scores.payloads)):
        account = scores.payloads[p][_START + 32 : _START + 52]
        if p + 1 < len(scores.payloads) and scores.payloads[p + 1][_START + 32 : _START + 52] == account:
            continue
        if account:
            yield account, start, p, sum(scores.tree.node(0, at).sum for at in range(start, p + 1))
        start = p + 1


def _around(payouts: SumLeaves, paid: Sequence[bytes], account: bytes) -> list[SumLeaf]:
    """The two leaves between which the account's would stand; at an end one."""
    place = sum(1 for one in paid if one < account)
    if place == 0:
        return [payouts.leaf(0)]
    if place == 1 << payouts.tree.depth:
        return [payouts.leaf(place - 1)]
    return [payouts.leaf(place - 1), payouts.leaf(place)]
