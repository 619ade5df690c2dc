"""A settlement that the ledger did not take binds nobody: its calls wait, and a later one takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.economy import book, earnings, tries
from core.keccak import keccak256
from core.storage import Database
from core.units import Address
from tests.core.economy import small_case
from tests.core.economy.test_earnings import FINAL, MODEL, WHERE

FIRST, SECOND = keccak256(b"first"), keccak256(b"second")


@pytest.fixture(scope="module")
def made() -> small_case.Model:
    return small_case.model()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    found = small_case.database(tmp_path)
    yield found
    found.close()


def states(kept: Database) -> list[tuple[str, str]]:
    who: Address = small_case.address("contributor 0")
    return [(one.state, one.reason) for one in earnings.of_account(kept, *WHERE, who, [MODEL], FINAL).payouts]


def test_one_on_its_way_and_one_refused_say_so(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 5)
    _, done = small_case.settle(kept, made)
    tries.sent(kept, book.save(kept, done, 1), FIRST)
    assert (states(kept), tries.latest(kept, done.channel).refused) == ([("computed", earnings.SENT)], "")
    tries.refused(kept, SECOND, "of another transaction")
    assert states(kept) == [("computed", earnings.SENT)]
    tries.refused(kept, FIRST, "ChannelBusy")
    assert states(kept) == [("refused", "ChannelBusy")]
    assert [(one.calls, one.refused) for one in tries.all_of(kept, *WHERE)] == [(5, "ChannelBusy")]
    assert earnings.pending(kept, *WHERE, MODEL) == 5


def test_the_next_settlement_takes_its_place_and_no_call_is_in_two(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 5)
    _, early = small_case.settle(kept, made)
    tries.sent(kept, book.save(kept, early, 1), FIRST)
    tries.refused(kept, FIRST, "")
    assert states(kept) == [("refused", "refused")]
    small_case.call(kept, made, 3, seed=10)
    _, done = small_case.settle(kept, made)
    assert (done.voucher.first, done.nonce) == (1, 8)
    tries.sent(kept, book.save(kept, done, 2), SECOND)
    assert states(kept) == [("computed", earnings.SENT)]
    book.posted(kept, *WHERE, small_case.posting_of(done, made))
    assert ([state for state, _ in states(kept)], tries.all_of(kept, *WHERE)) == (["claimable"], [])
    tries.refused(kept, SECOND, "too late to say that")
    assert [state for state, _ in states(kept)] == ["claimable"]


def test_one_that_was_called_refused_and_came_all_the_same_is_paid(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 5)
    _, done = small_case.settle(kept, made)
    tries.sent(kept, book.save(kept, done, 1), FIRST)
    tries.refused(kept, FIRST, "never heard of it")
    name = book.posted(kept, *WHERE, small_case.posting_of(done, made)).id
    assert ([state for state, _ in states(kept)], earnings.pending(kept, *WHERE, MODEL)) == (["claimable"], 0)
    book.ended(kept, *WHERE, name, book.VOID, keccak256(b"challenge"), 5)
    assert ([state for state, _ in states(kept)], tries.all_of(kept, *WHERE)) == (["void"], [])
