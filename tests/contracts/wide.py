"""Evidence as large as it gets: full rows for d features and K labels, in trees of real depth; all of it is false.

Only what is opened is there: all other leaves are dummies, so that a wide model costs no time to make.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.contracts import game as g
from tests.contracts.game import PlainTree, SumTree, evidence, le, payout_leaves, tag, u32

RECORDS, CONTRIBUTORS = 1_000, 100


class Wide:
    """`blocks`: K for a softmax head, whose rows of V and of sums have K d numbers."""

    def __init__(self, d: int, K: int, pool: int, blocks: int = 1) -> None:
        dice = random.Random(d)
        row = [dice.randrange(-(2**40), 2**40) for _ in range(d * blocks)]
        total = [dice.randrange(-(2**90), 2**90) for _ in range(d * blocks)]
        x = [dice.randrange(-2047, 2048) for _ in range(d)]
        u = [dice.randrange(-(2**30), 2**30) for _ in range(d)]
        c = [dice.randrange(-(2**50), 2**50) for _ in range(K)]
        salt, ann = dice.randbytes(32), dice.randbytes(20)

        def dummies(count: int) -> list[bytes]:
            return [u32(i) for i in range(1, count)]

        self.inverse = PlainTree([tag("PoA1.inverse") + u32(0) + u32(63) + le(row, 8), *dummies(d * blocks)])
        self.sums = PlainTree([tag("PoA1.sums") + u32(0) + salt + le(total, 16), *dummies(K // blocks)])
        self.u = PlainTree([tag("PoA1.u") + u32(0) + salt + u32(60) + le(u, 4), *dummies(K)])
        feature = tag("PoA1.feature") + u32(0) + salt + salt + ann + u32(0) + u32(8) + le(x, 2)
        self.features = PlainTree([feature, *dummies(RECORDS)])
        self.credits = PlainTree([tag("PoA1.credit") + u32(0) + salt + le(c, 8), *dummies(RECORDS)])
        scores = [
            (tag("PoA1.score") + u32(i) + salt + bytes(32) + ann + le([10**17], 8) + le(c, 8), 10**17) for i in (0, 0)
        ]
        rest = [(u32(i), dice.randrange(2**60)) for i in range(2, RECORDS)]
        self.scores = SumTree(scores + rest, g.depth_of(RECORDS), {(2, 0): (None, 1)})
        self.straight = SumTree(scores + rest, g.depth_of(RECORDS))
        self.pool = pool
        parts = [
            ("0x" + (i << 100).to_bytes(20, "big").hex(), pool // CONTRIBUTORS) for i in range(1, CONTRIBUTORS + 1)
        ]
        parts[-1] = parts[-1][0], pool - (CONTRIBUTORS - 1) * (pool // CONTRIBUTORS)
        self.payouts = SumTree(payout_leaves(parts), g.depth_of(CONTRIBUTORS))
        self.ann = int.from_bytes(ann, "big")
        self.roots = (self.features.root, self.inverse.root, self.credits.root, RECORDS, d, K, 2, 50, blocks)

    def posting(self, scores: SumTree) -> tuple[Any, ...]:
        return (self.u.root, scores.root, self.payouts.top[0], self.payouts.depth, 60, 40, 0, 0, 0, self.pool)

    def every_kind(self) -> Iterator[tuple[int, SumTree, bytes]]:
        """Kind, the scores to post, evidence."""
        inverse, sums, u, score = self.inverse.leaf(0), self.sums.leaf(0), self.u.leaf(0), self.straight.leaf(0)
        yield g.NODE, self.scores, evidence(g.NODE, self.scores.node(g.SCORES, 2, 0))
        yield g.ENTRY, self.straight, evidence(g.ENTRY, (inverse, sums, u))
        yield g.SCALE, self.straight, evidence(g.SCALE, (inverse, sums, g.NO_LEAF))
        yield g.TERM, self.straight, evidence(g.TERM, (self.features.leaf(0), u, score))
        yield g.SCORE, self.straight, evidence(g.SCORE, (self.credits.leaf(0), score))
        yield g.LEAF, self.straight, evidence(g.LEAF, (score, self.features.leaf(0)))
        yield g.ORDER, self.straight, evidence(g.ORDER, (g.SCORES, score, self.straight.leaf(1)))
        people = [int.from_bytes(payload[44:64], "big") for payload, _ in self.payouts.leaves]
        after = sum(one < self.ann for one in people)
        around = [self.payouts.leaf(p) for p in (after - 1, after)]
        yield g.UNPAID, self.straight, evidence(g.UNPAID, (score, self.straight.leaf(1), around))

    def answer(self) -> bytes:
        """The sums of label 0: the largest leaf there is."""
        from eth_abi import encode

        return encode([g.PLAIN], [self.sums.leaf(0)])
