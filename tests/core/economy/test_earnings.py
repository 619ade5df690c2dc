"""Each OPEN earned opens down to its records, its proof and the balance; each zero gives its reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.economy import book, claims, earnings, settlement
from core.economy.claims import Claim
from core.errors import EconomyError, ProofMismatch
from core.keccak import keccak256
from core.merkle import leaf_hash
from core.storage import Database
from core.units import Address, Amount
from tests.core.economy import small_case

WHERE = (small_case.channel().chain_id, small_case.channel().contract)
MODEL = small_case.channel().model
SETTLED = 1_700_001_000


@pytest.fixture(scope="module")
def made() -> small_case.Model:
    return small_case.model()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    found = small_case.database(tmp_path)
    yield found
    found.close()


def contributor(i: int) -> Address:
    return small_case.address(f"contributor {i}")


def post(kept: Database, done: settlement.Settlement, at: int = SETTLED) -> None:
    posting = book.Posting(small_case.address("builder"), keccak256(done.id), 41, at)
    book.posted(kept, *WHERE, done.id, posting, commitment=done.commitment.hash, pool=done.parts.pool)


def settled(kept: Database, made: small_case.Model, calls: int = 20) -> settlement.Settlement:
    small_case.call(kept, made, calls)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, SETTLED - 10)
    post(kept, done)
    return done


def claim(amount: int, *, sender: Address, fee: int = 21_000, before: int | None = 5_000) -> Claim:
    paid = None if before is None else Amount(before + amount)
    return Claim(
        keccak256(b"tx"), 42, sender, Amount(fee), None if before is None else Amount(before), paid, SETTLED + 60
    )


def test_a_settlement_comes_back_whole(kept: Database, made: small_case.Model) -> None:
    done = settled(kept, made)
    entry = book.get(kept, *WHERE, done.id)
    assert (entry.id, entry.channel, entry.datanet, entry.package) == (done.id, done.channel, 4, made.tables.package)
    assert (entry.amount, entry.parts, entry.commitment) == (done.amount, done.parts, done.commitment)
    assert (entry.e, entry.v, entry.secret, entry.all_positive) == (done.e, done.v, done.secret, done.all_positive)
    assert (entry.calls, entry.posting.settled) == (20, SETTLED)
    assert book.sums(kept, entry) == done.sums.tolist()
    assert book.entries(kept, *WHERE) == [entry] == book.entries(kept, *WHERE, model=MODEL)
    assert book.entries(kept, *WHERE, model=99) == []


def test_a_computed_settlement_may_be_replaced_a_posted_one_never(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 5)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, 1)
    book.save(kept, done, 2)
    assert [one.computed for one in book.entries(kept, *WHERE)] == [2]
    post(kept, done)
    with pytest.raises(EconomyError):
        book.save(kept, done, 3)


def test_what_the_ledger_holds_must_be_what_was_computed(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 5)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, 1)
    posting = book.Posting(small_case.address("builder"), keccak256(b"tx"), 41, SETTLED)
    with pytest.raises(ProofMismatch):
        book.posted(kept, *WHERE, done.id, posting, commitment=keccak256(b"other"), pool=done.parts.pool)
    with pytest.raises(ProofMismatch):
        book.posted(kept, *WHERE, done.id, posting, commitment=done.commitment.hash, pool=done.amount)
    with pytest.raises(EconomyError):
        book.posted(kept, *WHERE, bytes(32), posting, commitment=done.commitment.hash, pool=done.parts.pool)
    assert book.get(kept, *WHERE, done.id).posting is None


def test_zero_says_whether_there_were_no_calls_or_no_settlement(kept: Database, made: small_case.Model) -> None:
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL])
    assert (mine.total, mine.pending, mine.reason) == (Amount(0), 0, earnings.NO_CALLS)
    small_case.call(kept, made, 5)
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL])
    assert (mine.total, mine.pending, mine.reason) == (Amount(0), 5, earnings.NOT_SETTLED)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, 1)
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL])
    assert (mine.pending, mine.reason, mine.payouts[0].state) == (5, earnings.NOT_SETTLED, "computed")
    assert claims.claimable(kept, *WHERE, contributor(0)) == []


def test_a_copier_is_told_why_he_gets_nothing(kept: Database, made: small_case.Model) -> None:
    done = settled(kept, made)
    mine = earnings.of_account(kept, *WHERE, contributor(4), [MODEL])
    assert (mine.total, mine.pending, mine.reason) == (Amount(0), 0, settlement.ONLY_COPIES)
    assert mine.payouts[0].state == "nothing"
    with pytest.raises(EconomyError) as caught:
        claims.claim_data(kept, *WHERE, done.id, contributor(4))
    assert caught.value.reason == "nothing to claim"


def test_claimable_becomes_claimed_by_exactly_the_amount(kept: Database, made: small_case.Model) -> None:
    done = settled(kept, made)
    who, part = contributor(0), done.earners[0]
    mine = earnings.of_account(kept, *WHERE, who, [MODEL])
    assert (mine.claimable, mine.claimed, mine.total, mine.reason) == (part.amount, Amount(0), part.amount, "")
    data = claims.claim_data(kept, *WHERE, done.id, who)
    assert claims.claimable(kept, *WHERE, who) == [data] == [settlement.claims_of(done)[0]]
    other = small_case.address("somebody with gas")
    claims.record(kept, *WHERE, done.id, data.index, claim(part.amount.wei, sender=other))
    mine = earnings.of_account(kept, *WHERE, who, [MODEL])
    assert (mine.claimable, mine.claimed) == (Amount(0), part.amount)
    assert claims.claimable(kept, *WHERE, who) == []
    with pytest.raises(EconomyError) as caught:
        claims.claim_data(kept, *WHERE, done.id, who)
    assert caught.value.reason == "already claimed"


def test_gas_is_told_apart_from_the_amount(kept: Database, made: small_case.Model) -> None:
    done = settled(kept, made)
    who, amount = contributor(0), done.earners[0].amount.wei
    with pytest.raises(ProofMismatch):
        claims.record(kept, *WHERE, done.id, 0, claim(amount, sender=who))
    with pytest.raises(ProofMismatch):
        claims.record(kept, *WHERE, done.id, 0, claim(amount - 1, sender=contributor(1)))
    claims.record(kept, *WHERE, done.id, 0, claim(amount - 21_000, sender=who))
    claims.record(kept, *WHERE, done.id, 0, claim(amount + 7 - 21_000, sender=who), also=Amount(7))
    claims.record(kept, *WHERE, done.id, 0, claim(0, sender=who, before=None))
    assert claims.find(kept, book.get(kept, *WHERE, done.id).row, 0).change() is None
    with pytest.raises(EconomyError):
        claims.record(kept, *WHERE, done.id, 99, claim(0, sender=who, before=None))


def test_a_payment_opens_down_to_its_records(kept: Database, made: small_case.Model) -> None:
    done = settled(kept, made)
    payment = earnings.open_payment(kept, *WHERE, done.id, contributor(1))
    part = done.earners[1]
    assert payment.earning.amount == part.amount
    assert payment.proof_holds
    assert payment.leaf == leaf_hash(settlement.payout_payload(part.index, part.account, part.amount))
    assert sum(one.positive for one in payment.records) == part.positive == payment.earning.positive
    assert sum(one.total for one in payment.records) == part.net
    assert [one.record for one in payment.records] == sorted(range(1, 90, 5), key=lambda i: (-done.scores[i], i))
    assert {one.record: one.total for one in payment.records} == {i: done.scores[i] for i in range(1, 90, 5)}
    everybody = [earnings.open_payment(kept, *WHERE, done.id, contributor(i)) for i in range(5)]
    assert sum(one.share for payment in everybody for one in payment.records) == pytest.approx(1)
    assert payment.claim is None
    claims.record(kept, *WHERE, done.id, part.index, claim(part.amount.wei, sender=contributor(2)))
    opened = earnings.open_payment(kept, *WHERE, done.id, contributor(1))
    assert opened.claim.change() == part.amount.wei
    assert opened.earning.state == "claimed"


def test_a_spoiled_proof_is_seen(kept: Database, made: small_case.Model) -> None:
    done = settled(kept, made)
    kept.run("UPDATE payouts SET amount = '1' WHERE idx = 0")
    assert not earnings.open_payment(kept, *WHERE, done.id, contributor(0)).proof_holds
    with pytest.raises(ProofMismatch):
        claims.claim_data(kept, *WHERE, done.id, contributor(0))


def test_strangers_have_no_part(kept: Database, made: small_case.Model) -> None:
    done = settled(kept, made)
    with pytest.raises(EconomyError) as caught:
        earnings.open_payment(kept, *WHERE, done.id, small_case.address("stranger"))
    assert caught.value.reason == "no part in it"
    with pytest.raises(EconomyError) as caught:
        earnings.open_payment(kept, *WHERE, bytes(32), contributor(0))
    assert caught.value.reason == "unknown settlement"


def test_charts_add_up_to_the_total(kept: Database, made: small_case.Model) -> None:
    first = settled(kept, made)
    small_case.call(kept, made, 10, seed=77)
    _, second = small_case.settle(kept, made, after=20, settled=first.amount)
    book.save(kept, dataclasses.replace(second, datanet=9), SETTLED)
    post(kept, second, at=SETTLED + 3 * earnings.DAY)
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL])
    parts = [one.earners[0].amount for one in (first, second)]
    days = [at // earnings.DAY * earnings.DAY for at in (SETTLED, SETTLED + 3 * earnings.DAY)]
    assert mine.by_day == tuple(zip(days, parts, strict=True))
    assert dict(mine.by_datanet) == {4: parts[0], 9: parts[1]}
    assert mine.total == parts[0] + parts[1]
    assert [one.settlement for one in mine.payouts] == [second.id, first.id]
    assert earnings.calls_by_day(kept, *WHERE, MODEL) == [(1_700_000_000 // earnings.DAY * earnings.DAY, 30)]
    assert [one.amount for one in earnings.payouts(kept, book.get(kept, *WHERE, second.id))] == [
        one.amount for one in second.earners
    ]
