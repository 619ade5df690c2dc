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
from core.storage import Database
from core.units import Address, Amount
from tests.core.economy import small_case

WHERE = (small_case.channel().chain_id, small_case.channel().contract)
MODEL = small_case.channel().model
SETTLED = 1_700_001_000
FINAL = SETTLED + small_case.WINDOW


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


def post(kept: Database, made: small_case.Model, done: settlement.Settlement, at: int = SETTLED, n: int = 1) -> bytes:
    """Its id on the ledger."""
    return book.posted(kept, *WHERE, small_case.posting_of(done, made, at, n)).id


def settled(kept: Database, made: small_case.Model, calls: int = 20) -> tuple[bytes, settlement.Settlement]:
    small_case.call(kept, made, calls)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, SETTLED - 10)
    return post(kept, made, done), done


def claim(amount: int, *, sender: Address, fee: int = 21_000, before: int | None = 5_000) -> Claim:
    paid = None if before is None else Amount(before + amount)
    return Claim(
        keccak256(b"tx"), 42, sender, Amount(fee), None if before is None else Amount(before), paid, SETTLED + 60
    )


def test_a_settlement_comes_back_whole(kept: Database, made: small_case.Model) -> None:
    name, done = settled(kept, made)
    entry = book.get(kept, *WHERE, name)
    assert (entry.id, entry.channel, entry.datanet, entry.package) == (name, done.channel, 4, made.tables.package)
    assert (entry.amount, entry.parts, entry.roots) == (done.amount, done.parts, done.roots)
    assert (entry.payout_root, entry.secret, entry.all_positive) == (done.payout_root, done.secret, done.all_positive)
    assert (entry.calls, entry.posting) == (
        20,
        dataclasses.replace(small_case.posting_of(done, made), verdict=book.FINE),
    )
    assert [entry.posting] == book.postings(kept, *WHERE) == [book.posting(kept, *WHERE, name)]
    assert book.sums(kept, entry) == done.sums.tolist()
    assert book.entries(kept, *WHERE) == [entry] == book.entries(kept, *WHERE, model=MODEL)
    assert book.entries(kept, *WHERE, model=99) == []


def test_a_computed_settlement_may_be_replaced_and_posted_again_after_a_fall(
    kept: Database, made: small_case.Model
) -> None:
    small_case.call(kept, made, 5)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, 1)
    book.save(kept, done, 2)
    assert [one.computed for one in book.entries(kept, *WHERE)] == [2]
    name = post(kept, made, done)
    book.ended(kept, *WHERE, name, book.VOID, keccak256(b"challenge"), 5)
    book.save(kept, done, 3)
    again = post(kept, made, done, n=2)
    states = [(one.id, one.posting.state) for one in book.entries(kept, *WHERE)]
    assert states == [(again, book.OPEN), (name, book.VOID)]


def test_what_the_ledger_holds_must_be_what_was_computed(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 5)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, 1)
    good = small_case.posting_of(done, made)
    for change in ({"pool": done.amount}, {"scores_root": bytes(32)}, {"e": 1}, {"norm_label": 9}, {"previous": 1}):
        with pytest.raises(ProofMismatch):
            book.posted(kept, *WHERE, dataclasses.replace(good, body=dataclasses.replace(good.body, **change)))
    with pytest.raises(ProofMismatch):
        book.posted(kept, *WHERE, dataclasses.replace(good, payout_root=bytes(32)))
    with pytest.raises(EconomyError):
        book.posted(kept, *WHERE, dataclasses.replace(good, body=dataclasses.replace(good.body, nonce=99)))
    assert book.entries(kept, *WHERE)[0].posting is None


def test_zero_says_whether_there_were_no_calls_or_no_settlement(kept: Database, made: small_case.Model) -> None:
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL], FINAL)
    assert (mine.total, mine.pending, mine.reason) == (Amount(0), 0, earnings.NO_CALLS)
    small_case.call(kept, made, 5)
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL], FINAL)
    assert (mine.total, mine.pending, mine.reason) == (Amount(0), 5, earnings.NOT_SETTLED)
    _, done = small_case.settle(kept, made)
    book.save(kept, done, 1)
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL], FINAL)
    assert (mine.pending, mine.reason, mine.payouts[0].state) == (5, earnings.NOT_SETTLED, "computed")
    assert claims.claimable(kept, *WHERE, contributor(0), FINAL) == []


def test_nothing_can_be_claimed_before_the_window_ends_or_after_a_fall(kept: Database, made: small_case.Model) -> None:
    name, done = settled(kept, made)
    who, part = contributor(0), done.earners[0]
    mine = earnings.of_account(kept, *WHERE, who, [MODEL], FINAL - 1)
    assert (mine.waiting, mine.claimable, mine.total) == (part.amount, Amount(0), part.amount)
    assert (mine.payouts[0].state, mine.payouts[0].until) == ("waiting", FINAL)
    assert claims.claimable(kept, *WHERE, who, FINAL - 1) == []
    assert claims.next_claimable(kept, *WHERE, who, FINAL - 1) == FINAL
    with pytest.raises(EconomyError) as caught:
        claims.claim_data(kept, *WHERE, name, who, FINAL - 1)
    assert (caught.value.reason, caught.value.values["at"]) == ("not final yet", FINAL)
    book.postponed(kept, *WHERE, name, FINAL + small_case.WINDOW)
    assert claims.claimable(kept, *WHERE, who, FINAL) == []
    book.ended(kept, *WHERE, name, book.VOID, keccak256(b"challenge"), 5)
    mine = earnings.of_account(kept, *WHERE, who, [MODEL], 2 * FINAL)
    assert (mine.total, mine.payouts[0].state, mine.pending) == (Amount(0), "void", 20)
    with pytest.raises(EconomyError) as caught:
        claims.claim_data(kept, *WHERE, name, who, 2 * FINAL)
    assert caught.value.reason == "settlement fell"


def test_a_copier_is_told_why_he_gets_nothing(kept: Database, made: small_case.Model) -> None:
    name, _done = settled(kept, made)
    mine = earnings.of_account(kept, *WHERE, contributor(4), [MODEL], FINAL)
    assert (mine.total, mine.pending, mine.reason) == (Amount(0), 0, settlement.ONLY_COPIES)
    assert mine.payouts[0].state == "nothing"
    with pytest.raises(EconomyError) as caught:
        claims.claim_data(kept, *WHERE, name, contributor(4), FINAL)
    assert caught.value.reason == "nothing to claim"


def test_claimable_becomes_claimed_by_exactly_the_amount(kept: Database, made: small_case.Model) -> None:
    name, done = settled(kept, made)
    who, part = contributor(0), done.earners[0]
    mine = earnings.of_account(kept, *WHERE, who, [MODEL], FINAL)
    assert (mine.claimable, mine.claimed, mine.total, mine.reason) == (part.amount, Amount(0), part.amount, "")
    data = claims.claim_data(kept, *WHERE, name, who, FINAL)
    assert claims.claimable(kept, *WHERE, who, FINAL) == [data]
    assert data in small_case.claims_of(done, small_case.body_of(done, made))
    other = small_case.address("somebody with gas")
    claims.record(kept, *WHERE, name, data.index, claim(part.amount.wei, sender=other))
    mine = earnings.of_account(kept, *WHERE, who, [MODEL], FINAL)
    assert (mine.claimable, mine.claimed) == (Amount(0), part.amount)
    assert claims.claimable(kept, *WHERE, who, FINAL) == []
    with pytest.raises(EconomyError) as caught:
        claims.claim_data(kept, *WHERE, name, who, FINAL)
    assert caught.value.reason == "already claimed"


def test_gas_is_told_apart_from_the_amount(kept: Database, made: small_case.Model) -> None:
    name, done = settled(kept, made)
    who, amount, index = contributor(0), done.earners[0].amount.wei, done.earners[0].index
    with pytest.raises(ProofMismatch):
        claims.record(kept, *WHERE, name, index, claim(amount, sender=who))
    with pytest.raises(ProofMismatch):
        claims.record(kept, *WHERE, name, index, claim(amount - 1, sender=contributor(1)))
    claims.record(kept, *WHERE, name, index, claim(amount - 21_000, sender=who))
    claims.record(kept, *WHERE, name, index, claim(amount + 7 - 21_000, sender=who), also=Amount(7))
    claims.record(kept, *WHERE, name, index, claim(0, sender=who, before=None))
    assert claims.find(kept, book.get(kept, *WHERE, name).row, index).change() is None
    with pytest.raises(EconomyError):
        claims.record(kept, *WHERE, name, 99, claim(0, sender=who, before=None))


def test_a_payment_opens_down_to_its_records(kept: Database, made: small_case.Model) -> None:
    name, done = settled(kept, made)
    payment = earnings.open_payment(kept, *WHERE, name, contributor(1), FINAL)
    part = done.earners[1]
    assert payment.earning.amount == part.amount
    assert payment.proof_holds
    assert payment.leaf == settlement.payout_leaf(part.index, part.account, part.amount)
    assert sum(one.positive for one in payment.records) == part.positive == payment.earning.positive
    assert sum(one.total for one in payment.records) == part.net
    assert [one.record for one in payment.records] == sorted(range(1, 90, 5), key=lambda i: (-done.scores[i], i))
    assert {one.record: one.total for one in payment.records} == {i: done.scores[i] for i in range(1, 90, 5)}
    everybody = [earnings.open_payment(kept, *WHERE, name, contributor(i), FINAL) for i in range(5)]
    assert sum(one.share for payment in everybody for one in payment.records) == pytest.approx(1)
    assert payment.claim is None
    claims.record(kept, *WHERE, name, part.index, claim(part.amount.wei, sender=contributor(2)))
    opened = earnings.open_payment(kept, *WHERE, name, contributor(1), FINAL)
    assert opened.claim.change() == part.amount.wei
    assert opened.earning.state == "claimed"


def test_a_spoiled_proof_is_seen(kept: Database, made: small_case.Model) -> None:
    name, _done = settled(kept, made)
    kept.run("UPDATE payouts SET amount = '1' WHERE account = ?", contributor(0).raw)
    assert not earnings.open_payment(kept, *WHERE, name, contributor(0), FINAL).proof_holds
    with pytest.raises(ProofMismatch):
        claims.claim_data(kept, *WHERE, name, contributor(0), FINAL)


def test_strangers_have_no_part(kept: Database, made: small_case.Model) -> None:
    name, _done = settled(kept, made)
    with pytest.raises(EconomyError) as caught:
        earnings.open_payment(kept, *WHERE, name, small_case.address("stranger"), FINAL)
    assert caught.value.reason == "no part in it"
    with pytest.raises(EconomyError) as caught:
        earnings.open_payment(kept, *WHERE, bytes(32), contributor(0), FINAL)
    assert caught.value.reason == "unknown settlement"


def test_charts_add_up_to_the_total(kept: Database, made: small_case.Model) -> None:
    name, first = settled(kept, made)
    small_case.call(kept, made, 10, seed=77)
    _, second = small_case.settle(kept, made, after=20, settled=first.amount)
    book.save(kept, dataclasses.replace(second, datanet=9), SETTLED)
    later = post(kept, made, second, at=SETTLED + 3 * earnings.DAY, n=2)
    mine = earnings.of_account(kept, *WHERE, contributor(0), [MODEL], FINAL)
    parts = [one.earners[0].amount for one in (first, second)]
    days = [at // earnings.DAY * earnings.DAY for at in (SETTLED, SETTLED + 3 * earnings.DAY)]
    assert mine.by_day == tuple(zip(days, parts, strict=True))
    assert dict(mine.by_datanet) == {4: parts[0], 9: parts[1]}
    assert mine.total == parts[0] + parts[1]
    assert [one.settlement for one in mine.payouts] == [later, name]
    assert earnings.calls_by_day(kept, *WHERE, MODEL) == [(1_700_000_000 // earnings.DAY * earnings.DAY, 30)]
    assert [one.amount for one in earnings.payouts(kept, book.get(kept, *WHERE, later), FINAL)] == [
        one.amount for one in second.earners
    ]
