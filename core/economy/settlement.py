"""From one payer's calls of one model to what each contributor is owed, and the roots that bind it (PoA-1, 5, 8 and 9).

A settlement sees only per-label sums, so a million calls cost what one costs; adding them up and hashing their
statements is the linear part, and stands in `core.economy.usage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution import influence, payloads, payout
from core.attribution.credit import Credit, credit_of
from core.economy.body import Roots
from core.economy.channel import Channel
from core.economy.split import Parts, Split, divide
from core.economy.sum_tree import Node, SumTree
from core.economy.voucher import SignedVoucher, Voucher
from core.errors import BadInput, EconomyError, NonceGap, ProofMismatch
from core.jobs import Progress, silent
from core.merkle import MerkleTree, leaf_hash
from core.models.ridge.base import Head
from core.models.rows import Many
from core.models.training import TrainedModel
from core.units import Address, Amount

ONLY_COPIES = "only copies"  # every record copies an older one
NO_WEIGHT = "no weight"  # admission gave every record weight 0, not only for copying
NEGATIVE = "negative total"  # no record raised the answers over the whole settlement
BELOW_WEI = "below one wei"


@dataclass(frozen=True)
class Tables:
    """What a settlement needs of a published model; n records in the release's order, oldest first.

    labels int [n] in 0..K-1, weights int [n], accounts one for each record. `novelty` int [n] says which records are
    copies (0), where the manifest gives it.
    """

    package: bytes
    head: Head
    credit: Credit
    X: Many
    record_ids: tuple[bytes, ...]
    accounts: tuple[Address, ...]
    labels: NDArray[np.integer]
    weights: NDArray[np.integer]
    novelty: NDArray[np.integer] | None = None

    def __post_init__(self) -> None:
        n = len(self.X)
        for name in ("record_ids", "accounts", "labels", "weights", "novelty"):
            value = getattr(self, name)
            if value is not None and len(value) != n:
                raise BadInput(field=name, reason="length", value=len(value))
        if len(self.package) != 32:
            raise BadInput(field="package", reason="length", value=len(self.package))

    @classmethod
    def of(
        cls,
        trained: TrainedModel,
        package: bytes,
        *,
        novelty: NDArray[np.integer] | None = None,
        progress: Progress | None = None,
    ) -> Tables:
        """Of a trained model and the hash it was published under. Raises AttributionError, Cancelled."""
        data = trained.data
        credit = credit_of(trained.head, data.x, data.y, data.w, progress)
        accounts = tuple(Address(account) for account in data.accounts)
        return cls(package, trained.head, credit, data.x, data.record_ids, accounts, data.y, data.w, novelty)


@dataclass(frozen=True)
class Earner:
    """One contributor's part. `net` and `positive` are sums of record scores; `reason` says why an amount is zero.

    `index` and `path` (siblings from the leaf up) are None and empty when nothing is paid.
    """

    account: Address
    place: int
    records: int
    weighted: int
    net: int
    positive: int
    amount: Amount
    reason: str = ""
    index: int | None = None
    path: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Settlement:
    """Computed, not yet posted; `earners` oldest first.

    previous  the nonce the channel was settled to before
    sums      [K, d], Python integers
    u         int32 [K, d], at scale 2^-e
    scores    int64 [n], signed
    order     the records in the order of the score leaves
    """

    voucher: Voucher
    secret: bytes
    previous: int
    datanet: int
    amount: Amount
    parts: Parts
    roots: Roots
    sums: NDArray[Any]
    u: NDArray[np.int32]
    scores: NDArray[np.int64]
    order: tuple[int, ...]
    score_tree: SumTree
    payout_tree: SumTree
    earners: tuple[Earner, ...]
    tables: Tables

    @property
    def channel(self) -> Channel:
        return self.voucher.channel

    @property
    def nonce(self) -> int:
        return self.voucher.nonce

    @property
    def payout_root(self) -> bytes:
        return self.payout_tree.root

    @property
    def all_positive(self) -> int:
        return sum(one.positive for one in self.earners)

    @property
    def paid(self) -> tuple[Earner, ...]:
        return tuple(one for one in self.earners if one.index is not None)


@dataclass(frozen=True)
class ClaimData:
    """One leaf, ready for Settlement.claim, and for claimMany as a tuple."""

    settlement_id: bytes
    body_hash: bytes
    index: int
    account: Address
    amount: Amount
    path: tuple[Node, ...]

    @property
    def contract_argument(self) -> tuple[bytes, int, str, int, list[tuple[bytes, int]]]:
        path = [(one.hash, one.sum) for one in self.path]
        return (self.body_hash, self.index, str(self.account), self.amount.wei, path)

    @property
    def leaf(self) -> Node:
        return Node(payout_leaf(self.index, self.account, self.amount), self.amount.wei)


def compute(
    voucher: Voucher,
    secret: bytes,
    sums: NDArray[Any],
    tables: Tables,
    split: Split,
    *,
    previous: int,
    amount: Amount,
    datanet: int,
    staked: bool,
    progress: Progress | None = None,
) -> Settlement:
    """What follows from the sums that the payer signed. The same time for one call and for a million.

    `sums` [K, d] and `secret` as the payer handed them over, `previous` and `amount` by the channel on the ledger,
    `staked`: whether anybody stakes behind the model. Raises ProofMismatch (the sums or the package are not the
    voucher's), BadInput, EconomyError ("nobody to pay": no record's total is positive, or the pool is empty, so no
    payout root exists and the calls wait for the next settlement), AttributionError (range), Cancelled.
    """
    progress = progress or silent()
    _check_signed(voucher, secret, sums, tables, previous)
    found_scores = influence.of_sums(tables.head, tables.credit, tables.X, sums, progress)
    parts = divide(amount, split, staked=staked)
    earners, payouts = _leaves(_earners(tables, found_scores.q, parts.pool))
    progress.step("roots")
    order, scores = _score_tree(secret, tables, found_scores, progress)
    return Settlement(
        voucher=voucher,
        secret=secret,
        previous=previous,
        datanet=datanet,
        amount=amount,
        parts=parts,
        roots=_roots(secret, found_scores, scores, payouts),
        sums=sums,
        u=found_scores.u,
        scores=found_scores.q,
        order=order,
        score_tree=scores,
        payout_tree=payouts,
        earners=earners,
        tables=tables,
    )


def _check_signed(voucher: Voucher, secret: bytes, sums: NDArray[Any], tables: Tables, previous: int) -> None:
    """The calls follow those settled before, and the sums and the package are the voucher's."""
    if not voucher.first <= previous + 1 <= voucher.nonce:
        raise NonceGap(what="first call", expected=previous + 1, found=voucher.first)
    signed_root = MerkleTree.of(payloads.sums(secret, sums.tolist(), tables.head.blocks)).root
    for what, expected, found in (
        ("sums root", voucher.sums_root, signed_root),
        ("package", voucher.package, tables.package),
    ):
        if expected != found:
            raise ProofMismatch(what=what, expected=expected, found=found)


def _roots(secret: bytes, found: influence.Influence, scores: SumTree, payouts: SumTree) -> Roots:
    return Roots(
        u_root=MerkleTree.of(payloads.directions(secret, found)).root,
        scores_root=scores.root,
        payout_hash=payouts.top.hash,
        payout_depth=payouts.depth,
        e=found.e,
        v=found.v,
        max_label=found.max_label,
        max_feature=found.max_feature,
        norm_label=found.norm_label,
    )


def _score_tree(
    secret: bytes, tables: Tables, found: influence.Influence, progress: Progress
) -> tuple[tuple[int, ...], SumTree]:
    accounts = [account.raw for account in tables.accounts]
    terms = influence.terms(tables.X, found.u, found.v)
    leaves = payloads.scores(secret, tables.record_ids, accounts, found.q, terms)
    progress.check()
    order = payloads.score_order(accounts)
    positive = np.maximum(found.q, 0).tolist()
    return tuple(order), SumTree.of([leaves[i] for i in order], [positive[i] for i in order])


def payout_payload(index: int, account: Address, amount: Amount) -> bytes:
    """abi.encode(uint256 index, address account, uint256 amount): what Settlement.sol hashes twice."""
    return index.to_bytes(32, "big") + bytes(12) + account.raw + amount.wei.to_bytes(32, "big")


def payout_leaf(index: int, account: Address, amount: Amount) -> bytes:
    return leaf_hash(payout_payload(index, account, amount))


def contributors_of(accounts: Sequence[Address]) -> tuple[list[Address], NDArray[np.int64]]:
    """The contributors oldest first (by their first record), and each record's place among them, int64 [n]."""
    places: dict[Address, int] = {}
    index = np.array([places.setdefault(account, len(places)) for account in accounts], np.int64)
    return list(places), index


def settle_arguments(
    settlement: Settlement, signed: SignedVoucher
) -> tuple[tuple[Any, ...], bytes, tuple[Any, ...], int]:
    """(voucher, signature, posting, amount) for Settlement.settle. Raises BadInput when the voucher is another's."""
    if signed.voucher != settlement.voucher:
        raise BadInput(field="voucher", reason="of other calls", value=signed.voucher.nonce)
    return (
        settlement.voucher.contract_argument,
        signed.signature,
        (*settlement.roots.contract_argument, settlement.parts.pool.wei),
        settlement.amount.wei,
    )


def _earners(tables: Tables, q: NDArray[np.int64], pool: Amount) -> list[Earner]:
    people, owner = contributors_of(tables.accounts)
    paid = payout.pay(pool.wei, q, owner, len(people))
    if not any(paid.amounts):
        raise EconomyError(reason="nobody to pay", pool=pool.wei)
    net = [a - b for a, b in zip(paid.points, payout.points_of(-q, owner, len(people)), strict=True)]
    records = np.bincount(owner, minlength=len(people))
    weighted = np.bincount(owner[np.asarray(tables.weights) > 0], minlength=len(people))
    novelty = np.ones(len(owner)) if tables.novelty is None else np.asarray(tables.novelty)
    new = np.bincount(owner[novelty > 0], minlength=len(people))
    return [
        Earner(
            account,
            place,
            int(records[place]),
            int(weighted[place]),
            net[place],
            paid.points[place],
            Amount(paid.amounts[place]),
            _reason(paid.amounts[place], paid.points[place], int(weighted[place]), copies=not new[place]),
        )
        for place, account in enumerate(people)
    ]


def _reason(amount: int, points: int, weighted: int, *, copies: bool) -> str:
    if amount:
        return ""
    if points:
        return BELOW_WEI
    if weighted:
        return NEGATIVE
    return ONLY_COPIES if copies else NO_WEIGHT


def _leaves(earners: Sequence[Earner]) -> tuple[tuple[Earner, ...], SumTree]:
    """The payout tree: only amounts above zero, by account as a number. The earners stay oldest first."""
    paid = sorted((one for one in earners if one.amount), key=lambda one: one.account.raw)
    tree = SumTree.of(
        [payout_payload(index, one.account, one.amount) for index, one in enumerate(paid)],
        [one.amount.wei for one in paid],
    )
    index = {one.account: i for i, one in enumerate(paid)}
    done = tuple(
        replace(one, index=index[one.account], path=tree.path(index[one.account])) if one.amount else one
        for one in earners
    )
    return done, tree
