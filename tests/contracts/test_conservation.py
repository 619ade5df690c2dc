"""OPEN is conserved over any sequence of steps, to the wei and for everybody.

After each step every person and every contract has exactly what a separate set of books says. Nobody is paid twice,
without a path that proves it, or by asking as somebody else. A longer run:

    CONSERVATION_STEPS=50000 python -m pytest tests/contracts/test_conservation.py
"""

from __future__ import annotations

import os

from eth_abi import encode
from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.chain import parameters
from core.keccak import keccak256
from tests.contracts import game
from tests.contracts.books import FINISHED, OPEN_, VOID, Demanded, Post
from tests.contracts.commons import ANN, BEN, BUILDER, OUTSIDER, PAYER
from tests.contracts.machine import ACTORS, BUILDER_, PAYER_, PEOPLE, SOME, TREASURY_, WHICH, Ground, name_of
from tests.contracts.network import OPEN, person
from tests.contracts.test_no_way_to_money import body_hash
from tests.contracts.whole import HASH, ROOTS, SPLIT

STEPS = int(os.environ.get("CONSERVATION_STEPS", "1000"))
IN_ONE_GO = 50


class Conservation(Ground):
    def __init__(self) -> None:
        super().__init__()
        self.deposit(PAYER, PAYER, 50 * OPEN)
        self.stake(ANN, OPEN)
        self.settle(BUILDER, OPEN + 1, [1, 2], false=False)

    # Settlements

    @rule(
        who=st.sampled_from([BUILDER, ANN, BEN, BUILDER, OUTSIDER]),
        amount=SOME,
        shares=st.lists(st.integers(1, 100), min_size=1, max_size=3),
        false=st.booleans(),
    )
    def settle(self, who: LocalAccount, amount: int, shares: list[int], false: bool) -> None:
        books, now, me = self.books, self.now, name_of(who)
        nonce, settled = books.channel
        if books.busy_until > now and amount % 8:  # mostly when it can be
            self.network.time = now = books.busy_until
        amount = min(amount, books.deposits.get(PAYER_, 0)) or 1
        backed = books.staking.backed
        parts = (amount * SPLIT[1] // 10_000, amount * SPLIT[2] // 10_000 if backed else 0, amount * SPLIT[3] // 10_000)
        pool = amount - sum(parts)
        people = sorted({ANN.address.lower(), BEN.address.lower(), OUTSIDER.address.lower()})[: len(shares)]
        cut = [pool * share // sum(shares) for share in shares]
        cut[0] += pool - sum(cut)
        leaves = [(i, account, one) for i, (account, one) in enumerate(zip(people, cut, strict=True))]
        shift = 1 if false else 0
        payloads = [(encode(["uint256", "address", "uint256"], [i + shift, a, n]), n) for i, a, n in leaves]
        tree = game.SumTree(payloads, game.depth_of(len(leaves)))
        posting = (HASH, HASH, tree.top[0], tree.depth, 1, 1, 0, 0, 0, pool)
        bond = max(parameters.BOND, amount * parameters.BOND_BPS // 10_000)
        voucher, signature = self.whole.voucher(nonce + 1, nonce + 5, settled + amount)
        holds = (
            who is not OUTSIDER
            and amount <= books.deposits.get(PAYER_, 0)
            and now >= books.busy_until
            and now >= books.barred.get(me, 0)
        )
        receipt = self.do(
            who, self.contracts["settlement"], "settle", voucher, signature, posting, amount, value=bond, holds=holds
        )
        if not holds:
            return
        told = dict(self.contracts["settlement"].events(receipt))["Settled"]
        books.posts.append(
            Post(
                body=told["body"], root=game.sum_root(tree.top[0], pool, tree.depth),
                body_hash=body_hash(self.whole, told["body"]), tree=tree, leaves=leaves, false=false, poster=me,
                amount=amount, previous=books.channel, parts=parts, bond=bond, fee=parameters.DEMAND_FEE,
                window=parameters.WINDOW, settled_at=now, end=now + parameters.WINDOW,
            )
        )  # fmt: skip
        books.deposits[PAYER_] -= amount
        books.channel = (nonce + 5, settled + amount)
        books.busy_until = now + parameters.WINDOW
        books.held_until[PAYER_] = max(books.held_until.get(PAYER_, 0), now + parameters.WINDOW)

    @precondition(lambda self: self.books.posts)
    @rule(who=ACTORS, which=WHICH, leaf=WHICH, patient=st.booleans())
    def claim(self, who: LocalAccount, which: int, leaf: int, patient: bool) -> None:
        """As it should be, perhaps too early."""
        if patient:
            self.network.time = max(self.now, self.post(which).end)
        self.claim_as(who, which, leaf, 0, thief=False)

    @precondition(lambda self: self.books.posts)
    @rule(who=ACTORS, which=WHICH, leaf=WHICH, lie=st.sampled_from([0, 1, -1, OPEN]), thief=st.booleans())
    def claim_as(self, who: LocalAccount, which: int, leaf: int, lie: int, thief: bool) -> None:
        """Of another amount or for oneself."""
        post = self.post(which)
        index, account, amount = post.leaves[leaf % len(post.leaves)]
        told = name_of(who) if thief else account
        asked = max(0, amount + lie)
        holds = (
            not post.false
            and (told, asked) == (account, amount)
            and post.status != VOID
            and self.now >= post.end
            and account not in post.claimed
        )
        path = post.tree.path(index)
        self.do(who, self.contracts["settlement"], "claim", post.body_hash, index, told, asked, path, holds=holds)
        if holds:
            post.claimed.add(account)
            self.pay(account, amount)

    @precondition(lambda self: self.books.posts)
    @rule(who=ACTORS, whiches=st.lists(WHICH, min_size=1, max_size=4), patient=st.booleans())
    def claim_many(self, who: LocalAccount, whiches: list[int], patient: bool) -> None:
        """The first leaf of each; the same one twice fails as a whole."""
        if patient:
            self.network.time = max(self.now, *(post.end for post in self.books.posts))
        asked, due, seen = [], [], set()
        holds = True
        for which in whiches:
            post = self.post(which)
            index, account, amount = post.leaves[0]
            asked.append((post.body_hash, index, account, amount, post.tree.path(index)))
            fresh = account not in post.claimed and id(post) not in seen
            holds = holds and not post.false and post.status != VOID and self.now >= post.end and fresh
            seen.add(id(post))
            due.append((post, account, amount))
        self.do(who, self.contracts["settlement"], "claimMany", asked, holds=holds)
        for post, account, amount in due if holds else ():
            post.claimed.add(account)
            self.pay(account, amount)

    @precondition(lambda self: self.books.posts)
    @rule(who=ACTORS, which=WHICH, patient=st.booleans())
    def finish(self, who: LocalAccount, which: int, patient: bool) -> None:
        post = self.post(which)
        if patient:
            self.network.time = max(self.now, post.end)
        holds = post.status == OPEN_ and self.now >= post.end
        self.do(who, self.contracts["settlement"], "finish", post.body, post.root, holds=holds)
        if holds:
            post.status = FINISHED
            for account, amount in ((post.poster, post.bond), (BUILDER_, post.parts[0]), (TREASURY_, post.parts[2])):
                self.books.earn(account, amount)
            if post.parts[1]:
                self.books.staking.reward(post.parts[1])
                self.books.staking.moves += 1

    @precondition(lambda self: any(post.status == OPEN_ for post in self.books.posts))
    @rule(who=ACTORS, which=st.integers(0, 2))
    def challenge(self, who: LocalAccount, which: int) -> None:
        """Opens the first payout leaf: false where its index is not its position."""
        post, me = self.post(which), name_of(who)
        settlement = self.contracts["settlement"]
        given = game.evidence(game.ORDER, (game.PAYOUTS, post.tree.leaf(0), game.NO_SUM_LEAF))
        self.salt += 1
        salt = self.salt.to_bytes(32, "big")
        name = keccak256(encode(["bytes32", "bytes32"], [post.body_hash, post.root]))
        words = encode(
            ["address"] + ["bytes32", "uint8"] + ["bytes32"] * 2, [me, name, game.ORDER, keccak256(given), salt]
        )
        self.do(who, settlement, "announce", keccak256(words), holds=True)
        holds = post.false and post.status == OPEN_ and self.now < post.end
        now = self.now
        self.do(who, settlement, "challenge", post.body, post.root, ROOTS, game.ORDER, given, salt, holds=holds)
        if holds:
            self.books.void(post, me, TREASURY_, PAYER_, now)

    @precondition(lambda self: any(post.status == OPEN_ for post in self.books.posts))
    @rule(who=ACTORS, which=st.integers(0, 2), index=st.integers(0, 4))
    def demand(self, who: LocalAccount, which: int, index: int) -> None:
        post, now = self.post(which), self.now
        holds = (
            post.status == OPEN_
            and now < post.settled_at + post.window
            and index >> post.tree.depth == 0
            and index not in post.demands
        )
        args = (post.body, post.root, ROOTS, game.PAYOUT_LEAF, index)
        self.do(who, self.contracts["settlement"], "demand", *args, value=post.fee, holds=holds)
        if holds:
            post.demands[index] = Demanded(name_of(who), now + post.window // 2)
            if not post.demanded:
                post.demanded = True
                post.end += post.window
                self.books.busy_until = post.end
                self.books.held_until[PAYER_] = max(self.books.held_until[PAYER_], post.end)

    @precondition(lambda self: any(post.status == OPEN_ or post.demands for post in self.books.posts))
    @rule(who=ACTORS, which=st.integers(0, 2), pick=WHICH, answers=st.booleans(), patient=st.booleans())
    def end_demand(self, who: LocalAccount, which: int, pick: int, answers: bool, patient: bool) -> None:
        if not any(not one.settled for one in self.post(which).demands.values()):
            self.demand(who, which, 0)
        posts = [post for post in self.books.posts if post.demands][::-1]
        if not posts:
            return
        post = posts[which % len(posts)]
        index = sorted(post.demands)[pick % len(post.demands)]
        one = post.demands[index]
        if patient and not answers:
            self.network.time = max(self.now, one.deadline)
        now = self.now
        args = (post.body, post.root, game.PAYOUT_LEAF, index)
        is_open = post.status == OPEN_ and now < post.end
        if answers:
            answer = encode([game.SUMMED], [post.tree.leaf(index)])
            right = not post.false or index >= len(post.leaves)  # one that is out of its place is no answer
            holds = right and is_open and not one.settled and now < one.deadline
            with_roots = (post.body, post.root, ROOTS, game.PAYOUT_LEAF, index, answer)
            self.do(who, self.contracts["settlement"], "answer", *with_roots, holds=holds)
            if holds:
                one.settled = True
                self.books.earn(post.poster, post.fee)
            return
        holds = not one.settled and (not is_open or now >= one.deadline)
        self.do(who, self.contracts["settlement"], "expire", *args, holds=holds)
        if holds:
            one.settled = True
            self.books.earn(one.demander, post.fee)
            if is_open:
                self.books.void(post, one.demander, TREASURY_, PAYER_, now)

    @precondition(lambda self: any(self.books.earned.values()))
    @rule(who=ACTORS)
    def withdraw_earned(self, who: LocalAccount) -> None:
        who = self.among(who, self.books.earned)
        amount = self.books.earned.get(name_of(who), 0)
        self.do(who, self.contracts["settlement"], "withdrawEarned", holds=amount > 0)
        self.books.earned[name_of(who)] = 0
        self.pay(name_of(who), amount)


TestConservation = Conservation.TestCase
TestConservation.settings = settings(
    max_examples=max(1, STEPS // IN_ONE_GO),
    stateful_step_count=IN_ONE_GO,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="CONSERVATION_STEPS" not in os.environ,
    database=None,
    phases=[Phase.generate],  # a step costs 40 ms: making a failure small takes minutes
)


def test_the_cast_is_the_networks() -> None:
    assert {person(name).address for name in ("ann", "ben", "builder", "payer", "treasury", "outsider")} == {
        one.address for one in PEOPLE
    }
