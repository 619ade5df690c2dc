"""OPEN is conserved over any sequence of steps, to the wei and for everybody.

After each step every person and every contract has exactly what a separate set of books says. Nobody is paid twice,
without a path that proves it, or by asking as somebody else. A longer run:

    CONSERVATION_STEPS=50000 python -m pytest tests/contracts/test_conservation.py
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from eth_abi import encode
from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.chain import parameters
from core.keccak import keccak256
from tests.contracts import game
from tests.contracts.books import COOLDOWN, FINISHED, MIN_STAKE, OPEN_, REFUND_NOTICE, VOID, Books, Demanded, Post
from tests.contracts.commons import ANN, BEN, BUILDER, OUTSIDER, PAYER, TREASURY
from tests.contracts.network import OPEN, Contract, _type, person
from tests.contracts.whole import HASH, MODEL, ROOTS, SPLIT, another

STEPS = int(os.environ.get("CONSERVATION_STEPS", "1000"))
IN_ONE_GO = 50
PEOPLE = (ANN, BEN, BUILDER, PAYER, TREASURY, OUTSIDER)
ACTORS = st.sampled_from(PEOPLE)
SOME = st.integers(1, 3 * OPEN)
WHICH = st.integers(0, 9)
GAS = 1_500_000


def name_of(who: LocalAccount) -> str:
    return str(who.address).lower()


PAYER_, BUILDER_, TREASURY_ = name_of(PAYER), name_of(BUILDER), name_of(TREASURY)


class Conservation(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.whole = another(self.folder)
        self.network = self.whole.network
        self.contracts: dict[str, Contract] = {
            name: getattr(self.whole, name) for name in ("settlement", "support", "wopen", "gopen", "agent")
        }
        self.books = Books()
        self.books.people = {name_of(one): self.network.balance(one.address) for one in PEOPLE}
        self.salt = 0
        self.deposit(PAYER, PAYER, 50 * OPEN)
        self.stake(ANN, OPEN)
        self.settle(BUILDER, OPEN + 1, [1, 2], false=False)

    def teardown(self) -> None:
        self.network.close()
        shutil.rmtree(self.folder)

    # Doing

    @property
    def now(self) -> int:
        """The next block's time."""
        return self.network.ledger.next_time()

    def do(
        self, who: LocalAccount, contract: Contract, name: str, *values: object, value: int = 0, holds: bool
    ) -> dict[str, Any]:
        """A transaction, whose success or failure is known beforehand. Books its fee and, if it holds, its value."""
        receipt = self.network.send(who, to=contract.address, data=contract.data(name, *values), gas=GAS, value=value)
        assert (receipt["status"] == "0x1") is holds, f"{name} by {who.address}: {receipt['status']}"
        fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        self.books.people[name_of(who)] -= fee + (value if holds else 0)
        return receipt

    def pay(self, who: str, amount: int) -> None:
        self.books.people[who] += amount

    def among(self, who: LocalAccount, holders: dict[str, Any]) -> LocalAccount:
        """Somebody who has something, in place of anybody but the outsider, who mostly has nothing."""
        have = [one for one in PEOPLE if holders.get(name_of(one))]
        return have[PEOPLE.index(who) % len(have)] if have and who is not OUTSIDER else who

    def post(self, which: int) -> Post:
        """Counted from the newest."""
        return self.books.posts[-1 - which % len(self.books.posts)]

    # Time

    @rule(
        seconds=st.sampled_from([1, 3_600, parameters.WINDOW // 2, parameters.WINDOW, 2 * parameters.WINDOW, COOLDOWN])
    )
    def wait(self, seconds: int) -> None:
        self.network.time = self.now + seconds

    # The payer's money

    @rule(who=ACTORS, payer=st.sampled_from([PAYER, PAYER, ANN]), value=SOME)
    def deposit(self, who: LocalAccount, payer: LocalAccount, value: int) -> None:
        self.do(who, self.contracts["settlement"], "deposit", payer.address, value=value, holds=True)
        self.books.deposits[name_of(payer)] = self.books.deposits.get(name_of(payer), 0) + value

    @rule(who=st.sampled_from([PAYER, ANN, OUTSIDER]), amount=SOME)
    def request_refund(self, who: LocalAccount, amount: int) -> None:
        holds = amount <= self.books.deposits.get(name_of(who), 0)
        at = self.now
        self.do(who, self.contracts["settlement"], "requestRefund", amount, holds=holds)
        if holds:
            self.books.requests[name_of(who)] = (amount, at + REFUND_NOTICE)

    @rule(who=st.sampled_from([PAYER, ANN, OUTSIDER]), patient=st.booleans())
    def refund(self, who: LocalAccount, patient: bool) -> None:
        who = self.among(who, self.books.deposits)
        if name_of(who) not in self.books.requests:
            self.request_refund(who, self.books.deposits.get(name_of(who), 0) // 2)
        if patient:
            last = max(self.books.requests.get(name_of(who), (0, 0))[1], self.books.held_until.get(name_of(who), 0))
            self.network.time = max(self.now, last + REFUND_NOTICE)
        me, now = name_of(who), self.now
        amount = self.books.refundable(me, now)
        holds = self.books.refund_stands(me, now)
        self.do(who, self.contracts["settlement"], "refund", holds=holds)
        if holds:
            self.books.deposits[me] -= amount
            self.books.requests.pop(me)
            self.pay(me, amount)

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
        posting = (HASH, HASH, tree.top[0], tree.depth, 1, 1, 0, 0, 0)
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
        kind = next(
            _type(part)
            for part in self.contracts["settlement"].entry("event", "Settled")["inputs"]
            if part["name"] == "body"
        )
        books.posts.append(
            Post(
                body=told["body"], root=game.sum_root(tree.top[0], pool, tree.depth),
                body_hash=keccak256(encode([kind], [told["body"]])), tree=tree, leaves=leaves, false=false, poster=me,
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

    # Supporters

    @rule(who=ACTORS, value=st.one_of(SOME, st.integers(MIN_STAKE // 2, 2 * MIN_STAKE)))
    def stake(self, who: LocalAccount, value: int) -> None:
        stakes = self.books.staking.stakes
        total = stakes.get(name_of(who), 0) + value
        self.do(who, self.contracts["support"], "stake", MODEL, value=value, holds=total >= MIN_STAKE)
        if total >= MIN_STAKE:
            stakes[name_of(who)] = total
            self.books.staking.moves += 1

    @rule(who=ACTORS, part=st.sampled_from([1, 2, 2, 3]))
    def unstake(self, who: LocalAccount, part: int) -> None:
        """All, a half, or more than there is."""
        who = self.among(who, self.books.staking.stakes)
        staking, me, now = self.books.staking, name_of(who), self.now
        has = staking.stakes.get(me, 0)
        amount = has + 1 if part == 3 else has // part
        holds = 0 < amount <= has and (amount == has or has - amount >= MIN_STAKE)
        self.do(who, self.contracts["support"], "unstake", MODEL, amount, holds=holds)
        if holds:
            staking.stakes[me] = has - amount
            staking.leaving[me] = (staking.leaving.get(me, (0, 0))[0] + amount, now + COOLDOWN)
            staking.moves += 1

    @precondition(lambda self: self.books.staking.leaving)
    @rule(who=ACTORS, patient=st.booleans())
    def withdraw_stake(self, who: LocalAccount, patient: bool) -> None:
        who = self.among(who, self.books.staking.leaving)
        self.network.time = self.now + (COOLDOWN if patient else 0)
        staking, me = self.books.staking, name_of(who)
        amount, at = staking.leaving.get(me, (0, 0))
        holds = amount > 0 and self.now >= at
        self.do(who, self.contracts["support"], "withdraw", MODEL, holds=holds)
        if holds:
            staking.leaving.pop(me)
            self.pay(me, amount)

    @precondition(lambda self: self.books.staking.earned or self.books.staking.backed)
    @rule(who=ACTORS)
    def claim_reward(self, who: LocalAccount) -> None:
        if not any(self.books.staking.earned.values()):
            self.reward(who, OPEN // 3)
        who = self.among(who, self.books.staking.earned)
        me = name_of(who)
        due = int(self.network.read(self.contracts["support"], "claimable", MODEL, who.address))
        self.do(who, self.contracts["support"], "claim", MODEL, holds=due > 0)
        self.books.staking.paid(me, due)
        self.pay(me, due)

    @rule(who=ACTORS, value=SOME)
    def reward(self, who: LocalAccount, value: int) -> None:
        self.do(who, self.contracts["support"], "reward", MODEL, value=value, holds=True)
        self.books.staking.reward(value)
        self.books.staking.moves += 1

    @precondition(lambda self: self.books.staking.treasury)
    @rule(who=ACTORS)
    def pay_treasury(self, who: LocalAccount) -> None:
        amount = self.books.staking.treasury
        self.do(who, self.contracts["support"], "payTreasury", holds=amount > 0)
        self.books.staking.treasury = 0
        self.pay(TREASURY_, amount)

    # Tokens and agents

    @rule(who=ACTORS, token=st.sampled_from(["wopen", "gopen"]), value=SOME)
    def wrap(self, who: LocalAccount, token: str, value: int) -> None:
        self.do(who, self.contracts[token], "deposit", value=value, holds=True)
        held = self.books.tokens[token]
        held[name_of(who)] = held.get(name_of(who), 0) + value

    @rule(who=ACTORS, token=st.sampled_from(["wopen", "gopen"]), amount=SOME)
    def unwrap(self, who: LocalAccount, token: str, amount: int) -> None:
        held = self.books.tokens[token]
        who = self.among(who, held)
        me, amount = name_of(who), amount if amount % 2 else min(amount, held.get(name_of(who), 0))
        holds = amount <= held.get(me, 0)
        self.do(who, self.contracts[token], "withdraw", amount, holds=holds)
        if holds:
            held[me] = held.get(me, 0) - amount
            self.pay(me, amount)

    @rule(who=ACTORS, to=ACTORS, token=st.sampled_from(["wopen", "gopen"]), amount=SOME)
    def transfer(self, who: LocalAccount, to: LocalAccount, token: str, amount: int) -> None:
        held = self.books.tokens[token]
        who = self.among(who, held)
        me, other = name_of(who), name_of(to)
        holds = amount <= held.get(me, 0)
        self.do(who, self.contracts[token], "transfer", to.address, amount, holds=holds)
        if holds:
            held[me] = held.get(me, 0) - amount
            held[other] = held.get(other, 0) + amount

    @rule(who=st.sampled_from([BEN, BEN, ANN, OUTSIDER]), value=st.integers(1, OPEN // 8), payer=ACTORS)
    def agent_spends(self, who: LocalAccount, value: int, payer: LocalAccount) -> None:
        """Its owner gives it OPEN first; the key may then deposit, for anybody, within the cap."""
        agent, contract = self.books.agent, self.contracts["agent"]
        receipt = self.network.send(ANN, to=contract.address, value=value, gas=100_000)
        assert receipt["status"] == "0x1"
        fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        self.books.people[name_of(ANN)] -= fee + value
        agent.balance += value
        now = self.now
        holds = who is ANN or (who is BEN and agent.may(value, now))
        settlement = self.contracts["settlement"]
        data = bytes.fromhex(settlement.data("deposit", payer.address)[2:])
        self.do(who, contract, "execute", settlement.address, value, data, holds=holds)
        if holds:
            if who is BEN:
                agent.spend(value, now)
            else:
                agent.balance -= value
            self.books.deposits[name_of(payer)] = self.books.deposits.get(name_of(payer), 0) + value

    # What has to hold

    @invariant()
    def everybody_has_what_the_books_say(self) -> None:
        people = {name_of(one): self.network.balance(one.address) for one in PEOPLE}
        assert people == self.books.people
        found = {name: self.network.balance(one.address) for name, one in self.contracts.items()}
        assert found == self.books.owed


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
