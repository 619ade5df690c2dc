"""What everybody should have, kept in plain numbers beside the contracts and held against them after every step."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.contracts.game import SumTree
from tests.contracts.whole import CAP, DAY

REFUND_NOTICE, REFUND_WINDOW, COOLDOWN = DAY, 7 * DAY, 7 * DAY
MIN_STAKE = 10**16
OPEN_, FINISHED, VOID = "open", "finished", "void"


@dataclass
class Demanded:
    demander: str
    deadline: int
    settled: bool = False


@dataclass
class Post:
    """A settlement. `false`: its payout tree has a leaf that a challenge opens."""

    body: tuple[Any, ...]
    root: bytes
    body_hash: bytes
    tree: SumTree
    leaves: list[tuple[int, str, int]]
    false: bool
    poster: str
    amount: int
    previous: tuple[int, int]  # nonce and settled total of the channel before
    parts: tuple[int, int, int]  # builder, supporters, treasury
    bond: int
    fee: int
    window: int
    settled_at: int
    end: int
    demanded: bool = False
    status: str = OPEN_
    claimed: set[str] = field(default_factory=set)
    demands: dict[int, Demanded] = field(default_factory=dict)

    @property
    def pool(self) -> int:
        return self.amount - sum(self.parts)

    @property
    def held(self) -> int:
        """What the contract holds for it."""
        fees = sum(self.fee for one in self.demands.values() if not one.settled)
        if self.status == VOID:
            return fees
        paid = sum(amount for _, account, amount in self.leaves if account in self.claimed)
        rest = self.pool - paid
        return fees + rest + (self.bond + sum(self.parts) if self.status == OPEN_ else 0)


class Staking:
    """One model's supporters, with exact parts; the contract may owe less by its rounding, never more."""

    def __init__(self) -> None:
        self.stakes: dict[str, int] = {}
        self.leaving: dict[str, tuple[int, int]] = {}
        self.earned: dict[str, Fraction] = {}
        self.moves = 0
        self.unpaid = self.treasury = 0

    @property
    def backed(self) -> int:
        return sum(self.stakes.values())

    @property
    def principal(self) -> int:
        return self.backed + sum(amount for amount, _ in self.leaving.values())

    def reward(self, amount: int) -> None:
        backed = self.backed
        if not backed:
            self.treasury += amount
            return
        self.unpaid += amount
        for who, stake in self.stakes.items():
            self.earned[who] = self.earned.get(who, Fraction(0)) + Fraction(amount * stake, backed)

    def paid(self, who: str, amount: int) -> None:
        """Never more than earned, and short by rounding at most: a wei a move, and what a reward left over."""
        left = self.earned.get(who, Fraction(0)) - amount
        assert left >= 0, f"{who} was paid {-left} too much"
        assert left <= 2 + 2 * self.moves, f"{who} was paid {left} too little"
        self.earned[who] = left
        self.unpaid -= amount


class Agent:
    def __init__(self) -> None:
        self.spent = self.since = self.balance = 0
        self.alive = True

    def may(self, value: int, now: int) -> bool:
        spent = 0 if now >= self.since + DAY else self.spent
        return self.alive and value <= CAP - spent

    def spend(self, value: int, now: int) -> None:
        if now >= self.since + DAY and value:
            self.since, self.spent = now, 0
        self.spent += value
        self.balance -= value


class Books:
    """Balances of people, and what each contract owes to whom."""

    def __init__(self) -> None:
        self.people: dict[str, int] = {}
        self.deposits: dict[str, int] = {}
        self.requests: dict[str, tuple[int, int]] = {}
        self.held_until: dict[str, int] = {}
        self.earned: dict[str, int] = {}
        self.posts: list[Post] = []
        self.channel = (0, 0)  # nonce, settled
        self.busy_until = 0
        self.barred: dict[str, int] = {}
        self.staking = Staking()
        self.tokens: dict[str, dict[str, int]] = {"wopen": {}, "gopen": {}}
        self.agent = Agent()

    def earn(self, who: str, amount: int) -> None:
        self.earned[who] = self.earned.get(who, 0) + amount

    def refundable(self, who: str, now: int) -> int:
        """What `refund` pays now; 0 when it is refused."""
        amount, at = self.requests.get(who, (0, 0))
        if who in self.held_until:
            at = max(at, self.held_until[who] + REFUND_NOTICE)
        if not amount or not at <= now <= at + REFUND_WINDOW:
            return 0
        return min(amount, self.deposits[who])

    def refund_stands(self, who: str, now: int) -> bool:
        amount, at = self.requests.get(who, (0, 0))
        if who in self.held_until:
            at = max(at, self.held_until[who] + REFUND_NOTICE)
        return bool(amount) and at <= now <= at + REFUND_WINDOW

    def void(self, post: Post, challenger: str, treasury: str, payer: str, now: int) -> None:
        post.status = VOID
        self.deposits[payer] += post.amount
        self.channel, self.busy_until = post.previous, 0
        self.barred[post.poster] = now + 2 * post.window
        self.earn(challenger, post.bond // 2)
        self.earn(treasury, post.bond - post.bond // 2)

    @property
    def owed(self) -> dict[str, int]:
        """What each contract should hold."""
        staking = self.staking
        return {
            "settlement": sum(self.deposits.values()) + sum(self.earned.values()) + sum(p.held for p in self.posts),
            "support": staking.principal + staking.unpaid + staking.treasury,
            "wopen": sum(self.tokens["wopen"].values()),
            "gopen": sum(self.tokens["gopen"].values()),
            "agent": self.agent.balance,
        }
