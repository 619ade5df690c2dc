"""Every paid call is put down once, in order, and says nothing of what was asked without its salt."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.economy import usage, voucher
from core.economy.channel import Channel
from core.errors import BadInput, Cancelled, EconomyError, NonceGap, NothingToSettle
from core.jobs import Progress
from core.keccak import keccak256
from core.merkle import verify
from core.storage import Database
from core.units import Amount
from tests.core.economy import small_case

PACKAGE = keccak256(b"package")
X = np.array([1, -2, 2047], np.int16)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    found = small_case.database(tmp_path)
    yield found
    found.close()


def meter(kept: Database, count: int = 1, package: bytes = PACKAGE, fee: int = 7, label: int = 0) -> None:
    for _ in range(count):
        usage.meter(kept, small_case.channel(), package, X, label, Amount(fee), 1_700_000_000)


def test_calls_are_numbered_without_gaps_for_each_payer_and_model(kept: Database) -> None:
    meter(kept, 3)
    other = dataclasses.replace(small_case.channel(), model=8)
    assert usage.meter(kept, other, PACKAGE, X, 0, Amount(1), 5).nonce == 1
    assert [one.nonce for one in usage.statements(kept, small_case.channel(), 1, 99)] == [1, 2, 3]
    assert usage.latest(kept, small_case.channel()) == 3


def test_numbering_goes_on_above_what_the_ledger_settled(kept: Database) -> None:
    """As in a vault that is older than what it did: a call under a settled number would never be paid."""
    meter(kept, 3)
    where = small_case.channel()
    assert usage.meter(kept, where, PACKAGE, X, 0, Amount(1), 5, settled=2).nonce == 4
    assert usage.meter(kept, where, PACKAGE, X, 0, Amount(1), 5, settled=9).nonce == 10
    assert [one.nonce for one in usage.batch(kept, where, 9)] == [10]
    bill = usage.next_bill(kept, where, 3, settled_nonce=9, settled=Amount(50))
    assert (bill.voucher.first, bill.voucher.nonce, bill.voucher.total_fee) == (10, 10, Amount(51))


def test_a_statement_comes_back_as_it_was_put_down(kept: Database) -> None:
    made = usage.meter(kept, small_case.channel(), PACKAGE, X, 2, Amount(7), 1_700_000_000, call=11)
    assert usage.statements(kept, small_case.channel(), 1, 1) == [made]
    assert usage.of_call(kept, 11) == (small_case.channel(), made)
    assert usage.of_call(kept, 12) is None
    assert (made.features == X).all()


def test_the_payload_is_the_specifications(kept: Database) -> None:
    salt = bytes(range(32))
    made = usage.meter(kept, small_case.channel(), PACKAGE, X, 2, Amount(7), 1_700_000_000, salt=salt)
    where = small_case.channel()
    commitment = keccak256(b"M1.features\0\0\0\0\0" + salt + bytes.fromhex("0100feffff07"))
    expected = (
        b"M1.statement\0\0\0\0"
        + where.chain_id.to_bytes(8, "little")
        + where.contract.raw
        + where.payer.raw
        + (3).to_bytes(8, "little")
        + PACKAGE
        + (1).to_bytes(8, "little")
        + commitment
        + (2).to_bytes(4, "little") * 2
        + (7).to_bytes(16, "little")
        + (1_700_000_000).to_bytes(8, "little")
    )
    assert made.payload(where) == expected


def test_the_same_question_twice_gives_unlinkable_commitments(kept: Database) -> None:
    meter(kept, 2)
    first, second = usage.statements(kept, small_case.channel(), 1, 2)
    assert first.commitment != second.commitment


def test_a_correction_counts_until_the_payer_has_signed(kept: Database) -> None:
    meter(kept, 2)
    assert usage.correct(kept, small_case.channel(), 1, 4).label == 4
    found = usage.statements(kept, small_case.channel(), 1, 1)[0]
    assert (found.answered, found.label) == (0, 4)
    made = usage.next_bill(kept, small_case.channel(), 5, settled_nonce=0, settled=Amount(0))
    voucher.store(kept, small_case.sign(made.voucher))
    with pytest.raises(EconomyError) as caught:
        usage.correct(kept, small_case.channel(), 1, 5)
    assert caught.value.reason == "already signed"
    with pytest.raises(EconomyError):
        usage.correct(kept, small_case.channel(), 3, 1)
    with pytest.raises(BadInput):
        usage.correct(kept, small_case.channel(), 1, -1)


def test_the_next_voucher_covers_everything_since_the_last_settlement(kept: Database) -> None:
    meter(kept, 5)
    bill = usage.next_bill(kept, small_case.channel(), 5, settled_nonce=2, settled=Amount(14))
    made = bill.voucher
    assert made.sums_root == usage.sums_root(bill.secret, bill.sums)
    assert (made.first, made.nonce, made.total_fee) == (3, 5, Amount(35))
    tree = usage.tree(small_case.channel(), usage.statements(kept, small_case.channel(), 3, 5))
    assert made.statements_root == tree.root
    one = usage.statements(kept, small_case.channel(), 4, 4)[0]
    assert verify(made.statements_root, one.payload(small_case.channel()), tree.proof(1))


def test_a_new_package_starts_a_new_voucher(kept: Database) -> None:
    meter(kept, 2)
    meter(kept, 3, keccak256(b"retrained"))
    first, second = (
        usage.next_bill(kept, small_case.channel(), 5, settled_nonce=done, settled=Amount(7 * done)).voucher
        for done in (0, 2)
    )
    assert (first.nonce, second.first, second.nonce) == (2, 3, 5)
    assert first.package != second.package == keccak256(b"retrained")


def test_what_was_signed_once_is_signed_the_same_again(kept: Database) -> None:
    meter(kept, 3)
    bill = usage.next_bill(kept, small_case.channel(), 5, settled_nonce=0, settled=Amount(0), secret=small_case.SECRET)
    voucher.store(kept, small_case.sign(bill.voucher))
    assert usage.next_bill(kept, small_case.channel(), 5, settled_nonce=0, settled=Amount(0)).voucher == bill.voucher
    meter(kept, 1)
    assert usage.next_bill(kept, small_case.channel(), 5, settled_nonce=0, settled=Amount(0)).secret != bill.secret


def test_nothing_to_settle_is_said(kept: Database) -> None:
    with pytest.raises(NothingToSettle):
        usage.batch(kept, small_case.channel(), 0)
    meter(kept, 2)
    with pytest.raises(NothingToSettle):
        usage.batch(kept, small_case.channel(), 2)
    assert usage.unsettled(kept, small_case.channel(), 0) == (2, Amount(14))
    assert usage.unsettled(kept, small_case.channel(), 2) == (0, Amount(0))


def test_a_missing_call_is_noticed(kept: Database) -> None:
    meter(kept, 4)
    kept.run("DELETE FROM statements WHERE nonce = 2")
    with pytest.raises(NonceGap) as caught:
        usage.batch(kept, small_case.channel(), 0)
    assert (caught.value.expected, caught.value.found) == (2, 3)


def test_another_partys_statements_are_kept_only_in_order_and_as_committed(kept: Database) -> None:
    meter(kept, 3)
    mine = usage.statements(kept, small_case.channel(), 1, 3)
    other = dataclasses.replace(small_case.channel(), payer=small_case.address("another payer"))
    with pytest.raises(NonceGap):
        usage.receive(kept, other, mine[1:])
    with pytest.raises(BadInput):
        usage.receive(kept, other, [dataclasses.replace(mine[0], x=bytes(6))])
    closed = [dataclasses.replace(one, x=None, salt=None) for one in mine]
    usage.receive(kept, other, closed)
    assert usage.statements(kept, other, 1, 3) == closed
    with pytest.raises(EconomyError):
        usage.label_sums(closed, 3)


@pytest.mark.parametrize(
    ("x", "label", "fee", "package"),
    [
        (X.astype(np.int32), 0, 1, PACKAGE),
        (X.reshape(1, 3), 0, 1, PACKAGE),
        (np.array([2048], np.int16), 0, 1, PACKAGE),
        (np.array([-32768], np.int16), 0, 1, PACKAGE),
        (np.zeros(0, np.int16), 0, 1, PACKAGE),
        (X, -1, 1, PACKAGE),
        (X, 64, 1, PACKAGE),
        (X, 0, 1 << 90, PACKAGE),
        (X, 0, 1, PACKAGE[:31]),
    ],
)
def test_what_is_no_call_is_refused(kept: Database, x: np.ndarray, label: int, fee: int, package: bytes) -> None:
    with pytest.raises(BadInput):
        usage.meter(kept, small_case.channel(), package, x, label, Amount(fee), 0)
    assert usage.latest(kept, small_case.channel()) == 0


@pytest.mark.parametrize(("chain_id", "model"), [(0, 1), (1, 0), (2**63, 1), (True, 1)])
def test_a_channel_needs_real_numbers(chain_id: int, model: int) -> None:
    with pytest.raises(BadInput):
        Channel(chain_id, small_case.address("c"), small_case.address("p"), model)


calls = st.lists(
    st.tuples(st.lists(st.integers(-2047, 2047), min_size=4, max_size=4), st.integers(0, 2), st.integers(0, 2**80)),
    min_size=1,
    max_size=30,
)


def stated(made: list[tuple[list[int], int, int]]) -> list[usage.Statement]:
    return [
        usage.Statement(i, PACKAGE, bytes(32), k, k, Amount(fee), 0, np.array(x, "<i2").tobytes(), bytes(32))
        for i, (x, k, fee) in enumerate(made, start=1)
    ]


@settings(deadline=None)
@given(calls)
def test_sums_by_label_are_exact(made: list[tuple[list[int], int, int]]) -> None:
    found = usage.label_sums(stated(made), 3)
    expected = [[sum(fee * x[j] for x, k, fee in made if k == label) for j in range(4)] for label in range(3)]
    assert found.sums.tolist() == expected
    assert found.calls == tuple(sum(k == label for _, k, _ in made) for label in range(3))
    assert found.fee.wei == sum(fee for _, _, fee in made)


@settings(deadline=None)
@given(calls, st.integers(0, 30))
def test_sums_add_over_parts(made: list[tuple[list[int], int, int]], cut: int) -> None:
    whole, parts = stated(made), [part for part in (stated(made)[:cut], stated(made)[cut:]) if part]
    total = sum(usage.label_sums(part, 3).sums for part in parts)
    assert (usage.label_sums(whole, 3).sums == total).all()


def test_only_calls_of_its_own_fee_hide_a_call() -> None:
    """A dear call among many cheap ones stands alone in the sum's upper digits; a free one is not in it at all."""
    x, dear = [5, -6, 7, 2047], 10**16
    cheap = [([1, 2, 3, 2047], 0, 1)] * 70
    found = stated([*cheap, (x, 0, dear), (x, 1, 3), (x, 1, 3), (x, 2, 0)])
    summed = usage.label_sums(found, 3).sums[0]
    assert [(int(value) + dear // 2) // dear for value in summed] == x
    assert usage.fewest(found) == {0: 1, 1: 2}
    assert usage.fewest(stated(cheap)) == {0: 70}


def test_a_label_or_width_that_does_not_fit_is_refused() -> None:
    good = stated([([1, 2, 3, 4], 0, 1), ([1, 2, 3, 4], 2, 1)])
    with pytest.raises(BadInput):
        usage.label_sums(good, 2)
    with pytest.raises(BadInput):
        usage.label_sums([good[0], dataclasses.replace(good[1], x=bytes(6))], 3)
    with pytest.raises(BadInput):
        usage.label_sums([], 3)


def test_adding_up_and_hashing_can_be_stopped() -> None:
    stopped = Progress()
    stopped.cancel()
    made = stated([([1, 2, 3, 4], 0, 1)])
    for work in (lambda: usage.label_sums(made, 3, stopped), lambda: usage.tree(small_case.channel(), made, stopped)):
        with pytest.raises(Cancelled):
            work()
