"""A settlement pays what the records earned over all calls, to the wei, and binds it with roots."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from eth_abi import encode

from core.attribution import influence, payloads
from core.economy import settlement, usage
from core.economy.body import Body
from core.economy.split import Split
from core.economy.sum_tree import SumTree, verify
from core.economy.voucher import Voucher
from core.errors import BadEncoding, BadInput, Cancelled, EconomyError, NonceGap, ProofMismatch
from core.jobs import Progress
from core.keccak import keccak256
from core.merkle import MerkleTree, leaf_hash
from core.storage import Database
from core.units import Amount
from tests.core.economy import small_case
from tests.doubles import poa


@pytest.fixture(scope="module")
def made() -> small_case.Model:
    return small_case.model()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    found = small_case.database(tmp_path)
    yield found
    found.close()


def compute(made: small_case.Model, sums: usage.LabelSums, **values: object) -> settlement.Settlement:
    secret = keccak256(bytes(values.pop("secret", b"")))
    root, count = usage.sums_root(secret, sums), sum(sums.calls)
    signed = Voucher(small_case.channel(), made.tables.package, 1, count, sums.fee, keccak256(b"s"), root)
    given = {"previous": 0, "amount": sums.fee, "datanet": 1, "staked": False} | values
    split = given.pop("split", small_case.SPLIT)
    return settlement.compute(signed, secret, sums.sums, made.tables, split, **given)


def sums_of(made: small_case.Model, *rows: tuple[int, int], count: int = 1, fee: int = 10**15) -> usage.LabelSums:
    """Of calls that repeat record i with label k, `count` times each."""
    sums = np.zeros((3, 9), object)
    calls = [0, 0, 0]
    for i, k in rows:
        sums[k] += made.tables.X[i].astype(object) * fee * count
        calls[k] += count
    return usage.LabelSums(sums, tuple(calls), Amount(fee * sum(calls)))


def test_scores_and_payout_equal_the_second_implementation(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 40)
    _, done = small_case.settle(kept, made)
    tables = made.tables
    X, y, w = tables.X.tolist(), tables.labels.tolist(), tables.weights.tolist()
    V, W = tables.head.V.tolist(), tables.head.W.tolist()
    credit = poa.credit(V, W, X, y, w, tables.head.j, tables.head.norm_class)
    second = poa.influence(V, X, done.sums.tolist(), credit["c"], credit["z"], tables.head.norm_class)
    assert done.scores.tolist() == second["q"]
    assert (done.u.tolist(), done.roots.e, done.roots.v) == (second["u"], second["e"], second["v"])
    owners = [i % 5 for i in range(90)]
    points, amounts = poa.payout(done.parts.pool.wei, second["q"], owners, 5)
    assert [one.positive for one in done.earners] == points
    assert [one.amount.wei for one in done.earners] == amounts
    nets = [sum(q for q, o in zip(second["q"], owners, strict=True) if o == c) for c in range(5)]
    assert [one.net for one in done.earners] == nets


def test_the_whole_pool_is_paid_and_no_claim_passes_it(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 40, fee=Amount(10**15 + 7))
    _, done = small_case.settle(kept, made)
    body = small_case.body_of(done, made)
    claims = small_case.claims_of(done, body)
    assert [one.index for one in claims] == list(range(len(claims)))
    assert [one.account.raw for one in claims] == sorted(one.account.raw for one in claims)
    assert done.payout_root == body.payout_root(done.roots.payout_hash)
    assert sum(one.amount.wei for one in claims) == done.parts.pool.wei
    assert done.parts.total == done.amount == Amount(40 * (10**15 + 7))
    assert all(one.amount for one in claims)
    for one in claims:
        assert verify(done.payout_root, one.leaf, one.index, one.path)
        words = encode(["uint256", "address", "uint256"], [one.index, str(one.account), one.amount.wei])
        assert one.leaf == (leaf_hash(words), one.amount.wei)
        more = dataclasses.replace(one, amount=one.amount + Amount(1))
        assert not verify(done.payout_root, more.leaf, more.index, more.path)


def test_roots_are_of_the_specifications_leaves(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 10)
    signed, done = small_case.settle(kept, made)
    accounts = [one.raw for one in made.tables.accounts]
    assert signed.voucher.sums_root == MerkleTree.of(payloads.sums(small_case.SECRET, done.sums.tolist(), 1)).root
    terms = influence.terms(made.tables.X, done.u, done.roots.v)
    scores = payloads.scores(small_case.SECRET, made.tables.record_ids, accounts, done.scores, terms)
    order = sorted(range(90), key=lambda i: (int.from_bytes(accounts[i], "big"), i))
    assert done.order == tuple(order)
    tree = SumTree.of([scores[i] for i in order], [max(0, int(done.scores[i])) for i in order])
    assert done.roots.scores_root == tree.root
    assert tree.top.sum == done.all_positive


def test_a_body_is_29_words_and_its_hash_with_the_payout_root_is_the_id(made: small_case.Model, kept: Database) -> None:
    small_case.call(kept, made, 10)
    _, done = small_case.settle(kept, made)
    body = small_case.body_of(done, made)
    assert len(body.encode()) == 29 * 32
    assert Body.decode(body.encode()) == body
    assert body.encode()[32 * 16 : 32 * 17] == (1).to_bytes(32, "big")
    assert body.id(done.payout_root) == keccak256(body.hash + done.payout_root)
    with pytest.raises(BadEncoding):
        Body.decode(body.encode()[:-1])
    with pytest.raises(BadEncoding):
        Body.decode(b"\1" + body.encode()[1:])


def test_while_nobody_stakes_the_pool_keeps_the_supporters_part(made: small_case.Model) -> None:
    sums = sums_of(made, (0, 0), (1, 1))
    alone, staked = compute(made, sums), compute(made, sums, staked=True)
    assert alone.parts.supporters == Amount(0)
    assert staked.parts.supporters == Amount(2 * 10**14)
    assert alone.parts.pool == staked.parts.pool + staked.parts.supporters


def test_a_secret_of_its_own_hides_equal_settlements(made: small_case.Model) -> None:
    sums = sums_of(made, (0, 0))
    first, second = compute(made, sums, secret=b"1"), compute(made, sums, secret=b"2")
    for name in ("u_root", "scores_root"):
        assert getattr(first.roots, name) != getattr(second.roots, name)
    assert first.payout_root == second.payout_root


def test_every_zero_has_its_reason(made: small_case.Model) -> None:
    sums = sums_of(made, *[(i, int(made.tables.labels[i])) for i in range(9)])
    done = compute(made, sums)
    copier = done.earners[4]
    assert (copier.account, copier.amount.wei, copier.reason) == (
        small_case.address("contributor 4"),
        0,
        settlement.ONLY_COPIES,
    )
    noisy = dataclasses.replace(made, tables=dataclasses.replace(made.tables, novelty=np.full(90, 8)))
    assert compute(noisy, sums).earners[4].reason == settlement.NO_WEIGHT
    for one in done.earners:
        assert (one.reason == "") == (one.amount.wei > 0) == (one.index is not None)
    tiny = compute(made, dataclasses.replace(sums, fee=Amount(2)))
    assert sorted(one.reason for one in tiny.earners if not one.amount)[:2] == [settlement.BELOW_WEI] * 2


def test_a_contributor_whose_records_only_hurt_is_told_so() -> None:
    """Among fifteen contributors of two records each, some calls are answered in spite of both."""
    made = small_case.model(n=30, people=15)
    done = [compute(made, sums_of(made, (i, k))) for i in range(10) for k in range(3)]
    hurt = [one for found in done for one in found.earners if one.reason == settlement.NEGATIVE]
    assert hurt
    assert all(one.positive == 0 and one.net < 0 and one.weighted for one in hurt)


def test_a_million_calls_settle_like_one(made: small_case.Model) -> None:
    def work(sums: usage.LabelSums) -> int:
        """How many functions are called; seconds would tell of the machine as well."""
        called: list[str] = []
        before = sys.getprofile()
        sys.setprofile(lambda _frame, event, _what: called.append(event))
        try:
            compute(made, sums)
        finally:
            sys.setprofile(before)
        return len(called)

    one, million = sums_of(made, (0, 0), (1, 1)), sums_of(made, (0, 0), (1, 1), count=500_000)
    assert million.calls == (500_000, 500_000, 0)
    assert compute(made, one).scores.tolist() != []
    assert work(million) < work(one) * 1.2


def test_scaling_every_fee_changes_no_share(made: small_case.Model) -> None:
    rows = [(i, int(made.tables.labels[i])) for i in range(12)]
    cheap, dear = (compute(made, sums_of(made, *rows, fee=fee)) for fee in (10**12, 10**12 * 1024))
    assert [one.amount.wei // 1024 for one in dear.earners] == pytest.approx(
        [one.amount.wei for one in cheap.earners], rel=1e-6
    )


def test_nobody_to_pay_is_said_and_nothing_is_made_up(made: small_case.Model) -> None:
    sums = sums_of(made, (0, 0))
    with pytest.raises(EconomyError) as caught:
        compute(made, sums, split=Split(0, 9500, 0, 500))
    assert caught.value.reason == "nobody to pay"


def test_sums_of_other_calls_are_refused(made: small_case.Model) -> None:
    sums = sums_of(made, (0, 0))
    with pytest.raises(NonceGap):
        compute(made, sums, previous=1)
    with pytest.raises(BadInput):
        compute(made, dataclasses.replace(sums, sums=sums.sums[:2]))
    done = compute(made, sums)
    given = (small_case.SPLIT,)
    for secret, S in ((keccak256(b"other"), done.sums), (done.secret, done.sums + 1)):
        with pytest.raises(ProofMismatch):
            settlement.compute(
                done.voucher, secret, S, made.tables, *given, previous=0, amount=done.amount, datanet=1, staked=False
            )
    with pytest.raises(BadInput):
        dataclasses.replace(made.tables, weights=made.tables.weights[1:])
    with pytest.raises(BadInput):
        dataclasses.replace(made.tables, package=b"short")


def test_another_vouchers_signature_does_not_go_with_it(kept: Database, made: small_case.Model) -> None:
    small_case.call(kept, made, 3)
    signed, done = small_case.settle(kept, made)
    voucher, signature, posting, amount = settlement.settle_arguments(done, signed)
    assert voucher == signed.voucher.contract_argument
    roots = (*done.roots.contract_argument, done.parts.pool.wei)
    assert (signature, posting, amount) == (signed.signature, roots, done.amount.wei)
    other = dataclasses.replace(signed, voucher=dataclasses.replace(signed.voucher, statements_root=keccak256(b"o")))
    with pytest.raises(BadInput):
        settlement.settle_arguments(done, other)


def test_it_shows_progress_and_can_be_stopped(made: small_case.Model) -> None:
    heard: list[str] = []
    compute(made, sums_of(made, (0, 0)), progress=Progress(lambda _fraction, words: heard.append(words)))
    assert "roots" in heard
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        compute(made, sums_of(made, (0, 0)), progress=stopped)
