"""People at work on every contract, as a state machine of hypothesis; `test_conservation` adds the settlements."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from eth_account.signers.local import LocalAccount
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.chain import parameters
from tests.contracts.books import COOLDOWN, MIN_STAKE, REFUND_NOTICE, Books, Post
from tests.contracts.commons import ANN, BEN, BUILDER, OUTSIDER, PAYER, TREASURY
from tests.contracts.network import OPEN, Contract
from tests.contracts.whole import MODEL, another

PEOPLE = (ANN, BEN, BUILDER, PAYER, TREASURY, OUTSIDER)
ACTORS = st.sampled_from(PEOPLE)
SOME = st.integers(1, 3 * OPEN)
WHICH = st.integers(0, 9)
GAS = 1_500_000


def name_of(who: LocalAccount) -> str:
    return str(who.address).lower()


PAYER_, BUILDER_, TREASURY_ = name_of(PAYER), name_of(BUILDER), name_of(TREASURY)


class Ground(RuleBasedStateMachine):
    """Everything but settlements; the books are held against the contracts after every step."""

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
