"""What did not leave is taken back, whatever stopped it: its number is free again, and what preparing put down."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from core.client.actions import Actions, Plan
from core.errors import (
    BadInput,
    Cancelled,
    DatanetError,
    DiskFull,
    InsufficientFunds,
    NodeUnreachable,
    OpenLedgerError,
    ProofMismatch,
    Replaced,
    Reverted,
    RpcError,
)
from core.jobs import Progress
from core.units import Address, Amount

ME, THERE, HASH = Address(bytes([1]) * 20), Address(bytes([2]) * 20), bytes([3]) * 32


class Sender:
    """The road of a transaction, each step of which may refuse."""

    def __init__(self) -> None:
        self.taken: set[bytes] = set()
        self.sent: list[bytes] = []
        self.refuse: dict[str, BaseException] = {}

    def _may(self, step: str) -> None:
        if step in self.refuse:
            raise self.refuse[step]

    def prepare(self, *_: object, **__: object) -> Any:
        self._may("prepare")
        return SimpleNamespace(fee=Amount(1), effects=None, trust=None)

    def sign(self, _draft: object) -> Any:
        self._may("sign")
        self.taken.add(HASH)
        return SimpleNamespace(hash=HASH)

    def forget(self, tx_hash: bytes) -> None:
        self.taken.discard(tx_hash)

    def broadcast(self, signed: Any) -> None:
        self._may("broadcast")
        self.sent.append(signed.hash)

    def wait(self, _tx_hash: bytes) -> Any:
        self._may("wait")
        raise NotImplementedError


class Wallet:
    def __init__(self) -> None:
        self.rows: dict[bytes, str] = {}

    def address(self, _index: int) -> Address:
        return ME

    def name_of(self, _address: Address) -> str:
        return "Me"

    def put_down(self, _plan: Plan, signed: Any) -> None:
        self.rows[signed.hash] = "pending"

    def failed(self, tx_hash: bytes, error: OpenLedgerError) -> None:
        self.rows[tx_hash] = type(error).__name__


class World:
    def __init__(self) -> None:
        self.sender, self.wallet, self.said = Sender(), Wallet(), []
        session = SimpleNamespace(sender=self.sender, db=SimpleNamespace(transaction=contextlib.nullcontext))
        client: Any = SimpleNamespace(session=session, wallet=self.wallet, said=self.said.append)
        self.actions = Actions(client)
        self.steps: list[str] = []

    def sign(self, progress: Progress | None = None, before: Callable[[bytes], None] | None = None) -> None:
        plan = Plan(
            "send",
            0,
            THERE,
            before=before or (lambda _hash: None),
            failed=lambda: self.steps.append("failed"),
            forgotten=lambda: self.steps.append("forgotten"),
        )
        prepared = self.actions.prepare(plan)
        self.actions.sign(prepared, progress)


@pytest.fixture
def world() -> Iterator[World]:
    return World()


@pytest.mark.parametrize("step", ["prepare", "sign"])
def test_what_could_not_be_signed_takes_back_what_preparing_put_down(world: World, step: str) -> None:
    prepared = world.actions.prepare(Plan("send", 0, THERE, forgotten=lambda: world.steps.append("forgotten")))
    world.sender.refuse[step] = InsufficientFunds(needed=2, available=1, what="fee")
    with pytest.raises(InsufficientFunds):
        world.actions.sign(prepared)
    assert (world.steps, world.sender.taken) == (["forgotten"], set())


@pytest.mark.parametrize("stopped", [DatanetError(reason="signed"), MemoryError()])
def test_what_could_not_be_put_down_leaves_its_number_free(world: World, stopped: BaseException) -> None:
    def refuse(_hash: bytes) -> None:
        raise stopped

    with pytest.raises(type(stopped)):
        world.sign(before=refuse)
    assert (world.steps, world.sender.taken, world.sender.sent) == (["failed"], set(), [])


def test_what_was_stopped_before_it_left_does_not_leave_later(world: World) -> None:
    class Stop(Progress):
        def step(self, what: str, done: int = 0, whole: int = 0) -> None:
            if what == "send":
                raise Cancelled

    with pytest.raises(Cancelled):
        world.sign(Stop())
    assert (world.steps, world.sender.taken, world.sender.sent) == (["failed"], set(), [])
    assert world.wallet.rows == {HASH: "Cancelled"}  # not pending: the next start sends nothing


def test_what_may_have_left_stays_pending(world: World) -> None:
    world.sender.refuse["broadcast"] = NodeUnreachable(endpoint="node", reason="closed")
    with pytest.raises(NodeUnreachable):
        world.sign()
    assert (world.steps, world.sender.taken, world.wallet.rows) == ([], {HASH}, {HASH: "pending"})


@pytest.mark.parametrize(
    "error",
    [
        RpcError(method="eth_getTransactionReceipt", code=-32000, message="busy", data=None),
        DiskFull(path="vault.db"),
        ProofMismatch(what="receipts root", expected=b"1", found=b"2"),
    ],
)
def test_what_left_is_not_ended_by_anything_a_node_says_while_it_is_waited_for(
    world: World, error: OpenLedgerError
) -> None:
    world.sender.refuse["wait"] = error
    with pytest.raises(type(error)):
        world.sign()
    assert (world.steps, world.sender.taken, world.wallet.rows) == ([], {HASH}, {HASH: "pending"})


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("broadcast", RpcError(method="eth_sendRawTransaction", code=-32000, message="no", data=None)),
        ("wait", Reverted(reason="WrongPool", tx_hash="0x03")),
        ("wait", Replaced(tx_hash="0x03", by="0x04")),
    ],
)
def test_what_was_refused_for_good_is_taken_back(world: World, step: str, error: OpenLedgerError) -> None:
    world.sender.refuse[step] = error
    with pytest.raises(type(error)):
        world.sign()
    assert (world.steps, world.sender.taken, world.wallet.rows) == (["failed"], set(), {HASH: type(error).__name__})


def test_locking_takes_back_what_nobody_signed(world: World) -> None:
    prepared = world.actions.prepare(Plan("send", 0, THERE, forgotten=lambda: world.steps.append("forgotten")))
    world.actions.let_go()
    assert world.steps == ["forgotten"]
    with pytest.raises(BadInput):
        world.actions.sign(prepared)
