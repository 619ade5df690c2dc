"""What was signed is never forgotten, and each transaction ends in one state with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import BadEncoding, BadInput
from core.eth.transaction import Transaction
from core.storage import Database
from core.units import Amount
from core.vault.migrations import m001_wallet
from core.wallet.history import History, Outcome
from core.wallet.keys import Keys

KEYS = Keys("test " * 11 + "junk")
ME = KEYS.address(0)
OTHER = KEYS.address(1)
CHAIN = 1612


def raw(nonce: int, *, value: int = 1, tip: int = 0, index: int = 0) -> bytes:
    fields = {
        "type": 2,
        "chainId": CHAIN,
        "nonce": nonce,
        "to": str(OTHER),
        "value": value,
        "data": "0x",
        "gas": 21_000,
        "maxFeePerGas": 10**9 + tip,
        "maxPriorityFeePerGas": tip,
    }
    return KEYS.sign_transaction(index, fields, frozenset({CHAIN}))


def ok(block: int = 5) -> Outcome:
    return Outcome(block, Amount(21_000 * 10**9), True)


class Clock:
    def __init__(self) -> None:
        self.time = 1_700_000_000

    def now(self) -> int:
        self.time += 1
        return self.time

    def monotonic(self) -> float:
        return float(self.time)

    def sleep(self, seconds: float) -> None:
        self.time += int(seconds)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "v.db", bytes(32), [m001_wallet.migrate])
    yield database
    database.close()


@pytest.fixture
def history(database) -> History:
    return History(database, Clock())


def test_a_signed_transaction_is_kept_whole_before_it_is_sent(history):
    signed = raw(3, value=2**200)
    entry = history.add(signed, kind="send", since=41, note="rent")
    assert (entry.state, entry.kind, entry.note, entry.since) == ("pending", "send", "rent", 41)
    assert (entry.sender, entry.recipient, entry.nonce, entry.value) == (ME, OTHER, 3, Amount(2**200))
    assert entry.raw == signed
    assert entry.hash == Transaction.decode(signed).hash
    assert history.get(CHAIN, entry.hash) == entry


def test_adding_it_twice_is_once(history):
    history.add(raw(0), kind="send")
    history.add(raw(0), kind="send")
    assert len(history.find()) == 1


def test_what_is_no_transaction_is_refused(history):
    with pytest.raises(BadEncoding):
        history.add(b"\x02\xc0", kind="send")
    with pytest.raises(BadInput):
        history.get(CHAIN, bytes(32))


def test_a_transaction_in_a_block_is_confirmed_or_failed_with_its_fee(history):
    good, bad = history.add(raw(0), kind="send"), history.add(raw(1), kind="claim")
    history.settle(CHAIN, good.hash, ok())
    history.settle(CHAIN, bad.hash, Outcome(6, Amount(7), False, "AlreadyClaimed"))
    good, bad = history.get(CHAIN, good.hash), history.get(CHAIN, bad.hash)
    assert (good.state, good.block, good.fee) == ("confirmed", 5, Amount(21_000 * 10**9))
    assert (bad.state, bad.reason, bad.fee) == ("failed", "AlreadyClaimed", Amount(7))
    assert history.pending(CHAIN) == []


def test_when_one_of_a_nonce_is_in_a_block_the_others_are_replaced_by_it(history):
    slow, fast = history.add(raw(0), kind="send"), history.add(raw(0, tip=5), kind="send")
    history.settle(CHAIN, fast.hash, ok())
    slow = history.get(CHAIN, slow.hash)
    assert (slow.state, slow.replaced_by) == ("replaced", fast.hash)


def test_a_late_block_with_the_other_one_corrects_the_state(history):
    slow, fast = history.add(raw(0), kind="send"), history.add(raw(0, tip=5), kind="send")
    history.settle(CHAIN, fast.hash, ok())
    history.settle(CHAIN, slow.hash, ok(6))  # a reorganisation
    assert history.get(CHAIN, slow.hash).state == "confirmed"


def test_each_block_what_waits_is_compared_with_the_accounts_nonce(history):
    entries = [history.add(raw(nonce), kind="send") for nonce in range(4)]
    outcomes = {entries[0].hash: ok()}
    changed = history.reconcile(CHAIN, ME, 2, outcomes.get, known=lambda h: h != entries[3].hash)
    assert [(entry.nonce, entry.state) for entry in changed] == [(0, "confirmed"), (1, "replaced"), (3, "dropped")]
    assert history.get(CHAIN, entries[2].hash).state == "pending"


def test_a_dropped_one_that_is_known_again_waits_again_and_may_still_confirm(history):
    entry = history.add(raw(0), kind="send")
    history.reconcile(CHAIN, ME, 0, lambda _h: None, known=lambda _h: False)
    assert history.get(CHAIN, entry.hash).state == "dropped"
    history.reconcile(CHAIN, ME, 0, lambda _h: None)
    assert history.get(CHAIN, entry.hash).state == "pending"
    history.reconcile(CHAIN, ME, 0, lambda _h: None, known=lambda _h: False)
    history.reconcile(CHAIN, ME, 1, lambda _h: ok())
    assert history.get(CHAIN, entry.hash).state == "confirmed"


def test_replaced_by_something_signed_elsewhere_is_replaced_by_nobody_known(history):
    entry = history.add(raw(0), kind="send")
    history.reconcile(CHAIN, ME, 1, lambda _h: None)
    assert (history.get(CHAIN, entry.hash).state, history.get(CHAIN, entry.hash).replaced_by) == ("replaced", None)


def test_another_accounts_transactions_are_left_alone(history):
    mine, theirs = history.add(raw(0), kind="send"), history.add(raw(0, index=1), kind="send")
    history.reconcile(CHAIN, ME, 9, lambda _h: None)
    assert history.get(CHAIN, theirs.hash).state == "pending"
    assert history.get(CHAIN, mine.hash).state == "replaced"


def test_one_the_node_refused_is_dropped_with_its_words(history):
    entry = history.give_up(CHAIN, history.add(raw(0), kind="send").hash, "nonce too low")
    assert (entry.state, entry.reason) == ("dropped", "nonce too low")


def test_an_end_is_an_end(history):
    entry = history.add(raw(0), kind="send")
    history.settle(CHAIN, entry.hash, ok())
    for change in (
        lambda: history.give_up(CHAIN, entry.hash, "x"),
        lambda: history.replace(CHAIN, entry.hash, None),
        lambda: history.reconcile(CHAIN, ME, 5, lambda _h: None, lambda _h: False),
    ):
        change()
        assert history.get(CHAIN, entry.hash).state == "confirmed"


def test_gaps_between_nonces_are_seen(history):
    for nonce in (2, 3, 6):
        history.add(raw(nonce), kind="send")
    assert history.gaps(CHAIN, ME, 2) == [4, 5]
    assert history.gaps(CHAIN, ME, 0) == [0, 1, 4, 5]
    assert history.gaps(CHAIN, OTHER, 0) == []


def test_what_somebody_else_sent_is_received(history):
    transaction = Transaction.decode(raw(0, index=1, value=9))
    entry = history.received(transaction, ok(8), at=1_600_000_000)
    assert (entry.state, entry.kind, entry.sender, entry.block) == ("confirmed", "received", OTHER, 8)
    assert (entry.raw, entry.created) == (None, 1_600_000_000)
    assert history.received(transaction, ok(8), at=1_600_000_000) == entry


def test_a_page_is_newest_first_and_filtered(history):
    for nonce in range(5):
        history.add(raw(nonce), kind="send")
    history.received(Transaction.decode(raw(0, index=1)), ok(), at=1)
    page = history.find(chain_id=CHAIN, state="pending", most=2)
    assert [entry.nonce for entry in page] == [4, 3]
    assert [entry.nonce for entry in history.find(before=page[-1].id, state="pending")] == [2, 1, 0]
    assert len(history.find(account=OTHER)) == 6
    assert history.find(chain_id=1) == []


def test_the_same_hash_on_another_chain_is_another_entry(history):
    assert replace(history.add(raw(0), kind="send"), id=0).chain_id == CHAIN
    assert history.pending(1) == []
