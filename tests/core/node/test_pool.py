"""Transactions whose turn has not come: they wait, durably, and nobody can fill the node with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.errors import RpcError
from core.node.engine import Invalid
from core.node.ledger import Ledger
from core.node.pool import Ground, Limits, Pool
from core.node.rules import cost
from core.node.values import EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, Account, Transaction
from tests.contracts.network import KEY, OPEN, Network, person

ANN, BEN = person("ann"), person("ben")
GWEI = 10**9
ROOT = Path(__file__).resolve().parents[3]


def raw(network: Network, who: Any = ANN, **fields: Any) -> bytes:
    to = {} if "data" in fields else {"to": BEN.address}
    return bytes.fromhex(network.sign(who, **to, **fields)[2:])


def sent(network: Network, **fields: Any) -> Transaction:
    return network.ledger.send(raw(network, **fields))


def head(network: Network) -> int:
    return network.ledger.head.number


# The ledger's side


def test_one_with_a_gap_waits_and_what_the_gap_held_back_goes_into_one_block(network: Network) -> None:
    later = [sent(network, nonce=nonce, value=nonce) for nonce in (2, 1, 4)]
    assert head(network) == 0
    assert [network.ledger.pool.get(tx.hash) for tx in later] == later
    first = sent(network, nonce=0)
    assert head(network) == 1
    mined = network.ledger.store.transactions(1)
    assert [network.ledger.engine.decode(one.raw).nonce for one in mined] == [0, 1, 2]
    assert mined[0].raw == first.raw
    assert network.ledger.pool.get(later[2].hash) == later[2]
    assert len(network.ledger.pool) == 1
    sent(network, nonce=3)
    assert (head(network), len(network.ledger.pool)) == (2, 0)
    assert network.rpc("eth_getTransactionCount", ANN.address, "latest") == "0x5"


def test_the_next_nonce_counts_only_what_has_no_gap_before_it(network: Network) -> None:
    address = bytes.fromhex(ANN.address[2:])
    assert network.ledger.next_nonce(address) == 0
    sent(network, nonce=2)
    assert network.ledger.next_nonce(address) == 0
    sent(network, nonce=0)
    assert network.ledger.next_nonce(address) == 1


def test_content_tells_those_whose_turn_has_come_from_those_with_a_gap(network: Network) -> None:
    waits = sent(network, nonce=3)
    pending, queued = network.ledger.pool.content()
    assert (pending, queued) == ({}, {waits.sender: {3: waits}})


def test_a_block_refused_to_one_of_a_queue_leaves_the_others_waiting(network: Network) -> None:
    """All 1,000 OPEN are in the queue, so after the first is mined with a fee the last cannot be paid for."""
    fee = 21_000 * 2 * GWEI
    sent(network, nonce=1, value=400 * OPEN)
    third = raw(network, nonce=2, value=600 * OPEN - 3 * fee)
    network.ledger.send(third)
    with pytest.raises(Invalid, match=r"insufficient funds .* queued cost .* overshot"):
        sent(network, nonce=0, value=1)
    assert head(network) == 0
    sent(network, nonce=0)
    assert (head(network), len(network.ledger.pool)) == (1, 0)


def test_what_is_accepted_survives_a_killed_node(network: Network, tmp_path: Path) -> None:
    """Killed the moment the node has answered: nothing of it may be lost."""
    path = tmp_path / "other.db"
    first, third = (raw(network, nonce=nonce).hex() for nonce in (0, 2))
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from core.node.ledger import Ledger\n"
        "from tests.contracts.network import Network\n"
        "network = Network(Path(sys.argv[1]))\n"
        "network.ledger.send(bytes.fromhex(sys.argv[2]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(path), third],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    again = Network(path)
    assert [tx.nonce for tx in again.ledger.pool.content()[1][bytes.fromhex(ANN.address[2:])].values()] == [2]
    again.ledger.send(bytes.fromhex(first))
    sent(again, nonce=1)
    assert (head(again), len(again.ledger.pool)) == (2, 0)
    again.close()
    once_more = Network(path)
    assert len(once_more.ledger.pool) == 0
    once_more.close()


def test_a_waiting_one_is_told_of_before_the_block_that_takes_it(network: Network) -> None:
    heard: list[tuple[str, int]] = []
    network.ledger.on_transaction.append(lambda tx: heard.append(("tx", tx.nonce)))
    network.ledger.on_block.append(lambda block: heard.append(("block", block.header.number)))
    sent(network, nonce=1)
    sent(network, nonce=0)
    assert heard == [("tx", 1), ("tx", 0), ("block", 1)]


def test_a_refused_one_is_told_of_to_nobody_and_leaves_nothing(network: Network) -> None:
    heard: list[object] = []
    network.ledger.on_transaction.append(heard.append)
    network.ledger.on_block.append(heard.append)
    waits = raw(network, nonce=1)
    network.ledger.send(waits)
    heard.clear()
    for wrong in (waits, raw(network, nonce=1, value=5), raw(network, nonce=2, value=1_001 * OPEN)):
        with pytest.raises(Invalid):
            network.ledger.send(wrong)
    assert heard == []
    assert len(network.ledger.pool) == 1
    assert network.ledger.store.waiting() == [waits]


BURN = {"data": "0xfe"}  # an invalid instruction burns all the gas it is given


def test_more_than_a_block_holds_goes_into_several(network: Network) -> None:
    half = network.ledger.head.gas_limit // 2
    for nonce in (3, 2, 1):
        sent(network, nonce=nonce, gas=half, **BURN)
    sent(network, nonce=0)
    assert [len(network.ledger.store.transactions(number)) for number in range(1, head(network) + 1)] == [2, 2]


def test_one_that_the_base_fee_has_passed_waits_until_it_falls_again(network: Network) -> None:
    base_fee = 875_000_000
    sent(network, nonce=1, maxFeePerGas=base_fee + 1, maxPriorityFeePerGas=0)
    sent(network, nonce=0, gas=network.ledger.head.gas_limit, **BURN)  # the next base fee is an eighth higher
    assert (head(network), len(network.ledger.pool)) == (1, 1)
    assert network.ledger.next_nonce(bytes.fromhex(ANN.address[2:])) == 2
    assert [len(part) for part in network.ledger.pool.content()] == [1, 0]
    sent(network, who=BEN)  # nearly nothing in this block: the fee falls by an eighth, which is enough
    assert (head(network), len(network.ledger.pool)) == (3, 0)


def test_the_pool_is_emptied_by_a_block_made_elsewhere(network: Network, tmp_path: Path) -> None:
    other = Network(tmp_path / "other.db")
    waits = sent(other, nonce=1)
    gone = sent(other, nonce=3, value=999 * OPEN)
    for nonce in (0, 1, 2):
        sent(network, nonce=nonce, value=OPEN)
    for number in (1, 2, 3):
        other.ledger.import_block(network.ledger.store.block(number).encode())
    assert other.ledger.pool.get(waits.hash) is None
    assert other.ledger.pool.get(gone.hash) is None
    assert other.ledger.store.waiting() == []
    other.close()


def test_many_callers_at_once_lose_nothing(network: Network) -> None:
    """Three threads send one account's transactions in an order that nobody chose."""
    offers = [raw(network, nonce=nonce, value=1) for nonce in range(18)]
    order = [7, 2, 16, 0, 11, 5, 9, 17, 3, 14, 1, 8, 13, 4, 10, 6, 15, 12]
    with ThreadPoolExecutor(3) as threads:
        taken = list(threads.map(network.ledger.send, [offers[nonce] for nonce in order]))
    assert [tx.nonce for tx in taken] == order
    assert len(network.ledger.pool) == 0
    mined = [
        network.ledger.engine.kept(one.raw).nonce
        for number in range(1, head(network) + 1)
        for one in network.ledger.store.transactions(number)
    ]
    assert mined == list(range(18))
    assert network.ledger.store.waiting() == []


def test_words_for_wallets(network: Network) -> None:
    network.rpc("eth_sendRawTransaction", network.sign(ANN, to=BEN.address, nonce=1))
    with pytest.raises(RpcError, match="already known") as caught:
        network.rpc("eth_sendRawTransaction", network.sign(ANN, to=BEN.address, nonce=1))
    assert caught.value.code == -32000
    with pytest.raises(RpcError, match="replacement transaction underpriced"):
        network.rpc("eth_sendRawTransaction", network.sign(ANN, to=BEN.address, nonce=1, value=1))


# The pool's own rules

RICH = Account(0, 1_000 * OPEN, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
DELEGATED = b"\xef\x01\x00" + bytes(20)


class World:
    """Accounts that a test sets as it likes."""

    def __init__(self) -> None:
        self.accounts: dict[bytes, Account] = {}
        self.codes: dict[bytes, bytes] = {}
        self.ground = Ground(7, "prague", GWEI, 30_000_000, lambda a: self.accounts.get(a, RICH), self.code)

    def code(self, address: bytes) -> bytes:
        return self.codes.get(address, b"")


@pytest.fixture
def world() -> World:
    return World()


def offer(who: int, nonce: int, tip: int = 1, fee: int = 2 * GWEI, **fields: Any) -> Transaction:
    content = bytes([who, nonce]) + tip.to_bytes(8, "big") + fee.to_bytes(8, "big")
    return replace(
        Transaction(
            raw=content + bytes(100),
            hash=content.rjust(32, b"\0"),
            type=2,
            chain_id=7,
            sender=bytes([who]) * 20,
            nonce=nonce,
            to=bytes(20),
            value=0,
            data=b"",
            gas=21_000,
            max_fee=fee,
            max_priority_fee=tip,
            access_list=(),
            authorizations=(),
            y_parity=0,
            v=0,
            r=1,
            s=1,
        ),
        **fields,
    )


def test_a_replacement_pays_a_tenth_more_of_both_fees(world: World) -> None:
    pool = Pool()
    first = offer(1, 1, tip=100, fee=2 * GWEI)
    pool.add(first, world.ground)
    with pytest.raises(Invalid, match="already known"):
        pool.add(first, world.ground)
    for tip, fee in ((109, 3 * GWEI), (200, 2 * GWEI + GWEI // 10), (110, 2_200_000_000 - 1)):
        with pytest.raises(Invalid, match="replacement transaction underpriced"):
            pool.add(offer(1, 1, tip=tip, fee=fee), world.ground)
    better = offer(1, 1, tip=110, fee=2_200_000_000)
    assert pool.add(better, world.ground) == [first]
    assert (pool.get(first.hash), pool.get(better.hash), len(pool)) == (None, better, 1)


def test_the_best_tip_goes_first_then_who_came_first_and_each_sender_by_nonce(world: World) -> None:
    pool = Pool()
    for tx in (
        offer(1, 1, tip=900),
        offer(1, 0, tip=5),
        offer(2, 0, tip=7),
        offer(3, 0, tip=7),
        offer(4, 0, tip=800, fee=GWEI + 6),  # its highest price leaves a tip of 6
        offer(5, 1, tip=10**6),
    ):
        pool.add(tx, world.ground)
    assert [(tx.sender[0], tx.nonce) for tx in pool.ready(GWEI)] == [(2, 0), (3, 0), (4, 0), (1, 0), (1, 1)]
    assert [tx.sender[0] for tx in pool.ready(GWEI + 7)] == [2, 3, 1, 1]


def test_a_sender_has_a_limit_and_the_pool_has_one_and_the_worst_leaves_first(world: World) -> None:
    pool = Pool(Limits(per_sender=3, transactions=4))
    for nonce in (1, 2):
        pool.add(offer(1, nonce, tip=50), world.ground)
    with pytest.raises(Invalid, match="nonce too high"):
        pool.add(offer(1, 3), world.ground)
    pool.add(offer(2, 1, tip=20), world.ground)
    pool.add(offer(3, 1, tip=20), world.ground)
    with pytest.raises(Invalid, match="transaction underpriced: txpool is full"):
        pool.add(offer(4, 1, tip=20), world.ground)
    left = pool.add(offer(4, 1, tip=21), world.ground)
    assert [tx.sender[0] for tx in left] == [3]  # of two equals the one that came last
    pool.add(offer(5, 0, tip=1), world.ground)  # its turn has come: it takes no room, a block takes it
    assert len(pool) == 5


def test_only_the_last_of_a_queue_is_pushed_out(world: World) -> None:
    pool = Pool(Limits(transactions=2))
    pool.add(offer(1, 1, tip=1), world.ground)
    pool.add(offer(1, 2, tip=9), world.ground)
    left = pool.add(offer(2, 1, tip=10), world.ground)
    assert [(tx.sender[0], tx.nonce) for tx in left] == [(1, 2)]


def test_bytes_are_limited_too(world: World) -> None:
    size = len(offer(1, 1).raw)
    pool = Pool(Limits(bytes=2 * size))
    for who in (1, 2):
        pool.add(offer(who, 1, tip=who), world.ground)
    left = pool.add(offer(3, 1, tip=3), world.ground)
    assert [tx.sender[0] for tx in left] == [1]
    with pytest.raises(Invalid, match="txpool is full"):
        pool.add(offer(4, 1, tip=9, raw=bytes(3 * size)), world.ground)
    assert len(pool) == 2


def test_the_balance_covers_the_whole_queue(world: World) -> None:
    one = 21_000 * 2 * GWEI
    world.accounts[bytes([1]) * 20] = Account(0, 2 * one, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
    pool = Pool()
    pool.add(offer(1, 1), world.ground)
    pool.add(offer(1, 2), world.ground)
    with pytest.raises(Invalid, match="queued cost"):
        pool.add(offer(1, 3), world.ground)
    with pytest.raises(Invalid, match="insufficient funds for gas"):
        pool.add(offer(1, 3, fee=5 * GWEI), world.ground)
    with pytest.raises(Invalid, match="insufficient funds for gas"):
        pool.add(offer(1, 2, tip=10, fee=3 * GWEI), world.ground)  # a replacement counts in place of the old one


def test_what_a_block_made_impossible_is_forgotten(world: World) -> None:
    pool = Pool()
    one = 21_000 * 2 * GWEI
    for nonce in (1, 2, 3):
        pool.add(offer(1, nonce), world.ground)
    pool.add(offer(2, 1), world.ground)
    world.accounts[bytes([1]) * 20] = Account(2, one, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
    world.accounts[bytes([2]) * 20] = Account(0, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
    lost = pool.settle(world.ground, {bytes([1]) * 20})
    assert [(tx.sender[0], tx.nonce) for tx in lost] == [(1, 1), (1, 3)]
    assert [tx.nonce for tx in pool.ready(GWEI)] == [2]
    assert [tx.sender[0] for tx in pool.settle(world.ground, None)] == [2]


def test_a_delegated_account_has_one_at_a_time(world: World) -> None:
    """EIP-7702: others may empty it, so a queue of its transactions would be worth nothing."""
    pool = Pool()
    world.codes[bytes([1]) * 20] = DELEGATED
    with pytest.raises(Invalid, match="gapped-nonce tx from delegated accounts"):
        pool.add(offer(1, 1), world.ground)
    pool.add(offer(1, 0), world.ground)
    pool.add(offer(2, 1), world.ground)
    world.codes[bytes([2]) * 20] = DELEGATED
    world.accounts[bytes([2]) * 20] = Account(1, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
    assert [tx.sender[0] for tx in pool.settle(world.ground, None)] == [2]


def test_fees_below_the_least_are_refused(world: World) -> None:
    pool = Pool(Limits(least_tip=5))
    with pytest.raises(Invalid, match="transaction underpriced: gas tip cap 4, minimum needed 5"):
        pool.add(offer(1, 0, tip=4), world.ground)
    with pytest.raises(Invalid, match="max fee per gas less than block base fee"):
        pool.add(offer(1, 0, tip=5, fee=GWEI - 1), world.ground)


def test_a_ledger_reopened_keeps_its_limits(tmp_path: Path) -> None:
    network = Network(tmp_path / "ledger.db")
    sent(network, nonce=1)
    network.close()
    again = Ledger(tmp_path / "ledger.db", KEY, limits=Limits(per_sender=2))
    assert len(again.pool) == 1
    again.close()


class PoolMachine(RuleBasedStateMachine):
    """Whatever is offered and whatever blocks do: nothing waits that its sender cannot pay or has used already."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.limits = Limits(per_sender=4, transactions=6)
        self.pool = Pool(self.limits)
        for who in range(1, 5):
            self.set(who, 0, 10 * 21_000 * 3 * GWEI)

    def set(self, who: int, nonce: int, balance: int) -> None:
        self.world.accounts[bytes([who]) * 20] = Account(nonce, balance, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)

    @rule(
        who=st.integers(1, 4),
        ahead=st.integers(-1, 5),
        tip=st.sampled_from((1, 2, 3, 4)),
        fee=st.sampled_from((GWEI, 2 * GWEI, 3 * GWEI)),
    )
    def offered(self, who: int, ahead: int, tip: int, fee: int) -> None:
        account = self.world.accounts[bytes([who]) * 20]
        before = set(self.pool._known)
        tx = offer(who, max(0, account.nonce + ahead), tip, fee)
        try:
            left = self.pool.add(tx, self.world.ground)
        except Invalid:
            assert set(self.pool._known) == before
        else:
            assert set(self.pool._known) == (before | {tx.hash}) - {one.hash for one in left}

    @rule(most=st.integers(1, 4))
    def a_block(self, most: int) -> None:
        taken = self.pool.ready(GWEI)[:most]
        for tx in taken:
            account = self.world.accounts[tx.sender]
            assert tx.nonce == account.nonce
            self.set(tx.sender[0], account.nonce + 1, account.balance - cost(tx))
        self.pool.remove([tx.hash for tx in taken])
        self.pool.settle(self.world.ground, {tx.sender for tx in taken})

    @rule(who=st.integers(1, 4), used=st.integers(0, 3), percent=st.sampled_from((0, 50, 100, 300)))
    def a_block_made_elsewhere(self, who: int, used: int, percent: int) -> None:
        account = self.world.accounts[bytes([who]) * 20]
        self.set(who, account.nonce + used, account.balance * percent // 100 + 21_000 * GWEI)
        self.pool.settle(self.world.ground, {bytes([who]) * 20})

    @invariant()
    def all_that_waits_can_be_paid_and_is_counted_once(self) -> None:
        pending, queued = self.pool.content()
        seen: list[Transaction] = []
        for address, account in self.world.accounts.items():
            own = pending.get(address, {}) | queued.get(address, {})
            assert sum(cost(tx) for tx in own.values()) <= account.balance
            assert all(account.nonce <= nonce < account.nonce + self.limits.per_sender for nonce in own)
            assert list(pending.get(address, {})) == [account.nonce + i for i in range(len(pending.get(address, {})))]
            assert self.pool.next_nonce(address, account.nonce) == account.nonce + len(pending.get(address, {}))
            seen += own.values()
        assert len(seen) == len(self.pool)
        assert {tx.hash for tx in seen} == set(self.pool._known)
        assert sum(len(tx.raw) for tx in seen) == self.pool._bytes
        assert [tx for tx in self.pool.ready(GWEI) if tx not in seen] == []


TestPoolMachine = PoolMachine.TestCase
TestPoolMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
