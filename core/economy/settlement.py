"""From one payer's calls of one model to what each contributor is owed, and the roots that bind it (PoA-1, 5, 8 and 9).

A settlement sees only per-label sums, so a million calls cost what one costs; adding them up and hashing their
statements is the linear part, and stands in `core.economy.usage`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.attribution import influence, payloads, payout
from core.attribution.credit import Credit, credit_of
from core.economy.channel import Channel
from core.economy.split import Parts, Split, divide
from core.economy.usage import Features, LabelSums
from core.economy.voucher import SignedVoucher
from core.errors import BadInput, EconomyError
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.merkle import MerkleTree, leaf_hash
from core.models.ridge.head import Head
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
    X: Features
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
class Commitment:
    """The five roots. Settlement.sol takes the last four; the first is the voucher's."""

    statements_root: bytes
    sums_root: bytes
    u_root: bytes
    scores_root: bytes
    payout_root: bytes

    @property
    def hash(self) -> bytes:
        """As Settlement.settlements holds it."""
        return keccak256(self.statements_root + b"".join(self.contract_argument))

    @property
    def contract_argument(self) -> tuple[bytes, bytes, bytes, bytes]:
        return (self.sums_root, self.u_root, self.scores_root, self.payout_root)


@dataclass(frozen=True)
class Earner:
    """One contributor's part. `net` and `positive` are sums of record scores; `reason` says why an amount is zero.

    `index` and `proof` (siblings from the leaf up) are None and empty when nothing is paid.
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
    proof: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Settlement:
    """Computed, not yet posted; `earners` oldest first.

    sums    [K, d], Python integers
    u       int32 [K, d], at scale 2^-e
    scores  int64 [n], signed
    """

    channel: Channel
    after: int
    nonce: int
    datanet: int
    amount: Amount
    parts: Parts
    commitment: Commitment
    e: int
    v: int
    secret: bytes
    sums: NDArray[Any]
    u: NDArray[np.int32]
    scores: NDArray[np.int64]
    earners: tuple[Earner, ...]
    tables: Tables

    @property
    def id(self) -> bytes:
        return self.channel.settlement_id(self.nonce)

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
    index: int
    account: Address
    amount: Amount
    proof: tuple[bytes, ...]

    @property
    def contract_argument(self) -> tuple[bytes, int, str, int, list[bytes]]:
        return (self.settlement_id, self.index, str(self.account), self.amount.wei, list(self.proof))

    @property
    def payload(self) -> bytes:
        return payout_payload(self.index, self.account, self.amount)


def compute(
    channel: Channel,
    sums: LabelSums,
    tables: Tables,
    split: Split,
    *,
    after: int,
    nonce: int,
    statements_root: bytes,
    datanet: int,
    secret: bytes | None = None,
    progress: Progress | None = None,
) -> Settlement:
    """Of the calls after+1..nonce, whose sums these are. The same time for one call and for a million.

    `secret` (32 bytes, random by default) salts the leaves of sums, u and scores; whoever audits needs it.
    Raises BadInput, EconomyError ("nobody to pay": no record's total is positive, or the pool is empty, so no payout
    root exists and the calls wait for the next settlement), AttributionError (range), Cancelled.
    """
    progress = progress or silent()
    if sum(sums.calls) != nonce - after:
        raise BadInput(field="calls", reason="count", value=sum(sums.calls))
    if len(statements_root) != 32 or not any(statements_root):
        raise BadInput(field="statements_root", reason="empty or not 32 bytes")
    secret = secrets.token_bytes(32) if secret is None else secret
    found = influence.of_sums(tables.head, tables.credit, tables.X, sums.sums, progress)
    parts = divide(sums.fee, split)
    earners, root = _leaves(_earners(tables, found.q, parts.pool))
    accounts = [account.raw for account in tables.accounts]
    progress.step("roots")
    roots = []
    for leaves in (
        payloads.sums(secret, sums.sums.tolist()),
        payloads.directions(secret, found),
        payloads.scores(secret, tables.record_ids, accounts, found.v, found.q),
    ):
        progress.check()
        roots.append(MerkleTree.of(leaves).root)
    return Settlement(
        channel=channel,
        after=after,
        nonce=nonce,
        datanet=datanet,
        amount=sums.fee,
        parts=parts,
        commitment=Commitment(statements_root, roots[0], roots[1], roots[2], root),
        e=found.e,
        v=found.v,
        secret=secret,
        sums=sums.sums,
        u=found.u,
        scores=found.q,
        earners=earners,
        tables=tables,
    )


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
) -> tuple[tuple[str, int, int, int, bytes], bytes, tuple[bytes, bytes, bytes, bytes], int]:
    """(voucher, signature, commitment, amount) for Settlement.settle. Raises BadInput when the voucher is another's."""
    voucher = signed.voucher
    same = (voucher.channel, voucher.nonce) == (settlement.channel, settlement.nonce)
    if not same or voucher.statements_root != settlement.commitment.statements_root:
        raise BadInput(field="voucher", reason="of other calls", value=voucher.nonce)
    return (
        voucher.contract_argument,
        signed.signature,
        settlement.commitment.contract_argument,
        settlement.amount.wei,
    )


def claims_of(settlement: Settlement) -> list[ClaimData]:
    """Every leaf with its proof, in the order of the tree."""
    return [
        ClaimData(settlement.id, one.index, one.account, one.amount, one.proof)
        for one in settlement.earners
        if one.index is not None
    ]


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


def _leaves(earners: Sequence[Earner]) -> tuple[tuple[Earner, ...], bytes]:
    """The payout tree: only amounts above zero, oldest first."""
    paid = [one for one in earners if one.amount]
    tree = MerkleTree.of([payout_payload(index, one.account, one.amount) for index, one in enumerate(paid)])
    index = {one.place: i for i, one in enumerate(paid)}
    done = tuple(
        replace(one, index=index[one.place], proof=tuple(tree.proof(index[one.place]))) if one.amount else one
        for one in earners
    )
    return done, tree.root
