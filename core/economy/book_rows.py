"""The book's tables: a settlement and what the ledger says of it, as values and as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.economy.body import Body, Roots
from core.economy.channel import Channel
from core.economy.settlement import Settlement
from core.economy.split import Parts
from core.economy.sum_tree import Node
from core.units import Address, Amount

SUM_BYTES = 16
_NODE_BYTES = 64
OPEN, FINISHED, VOID = "open", "finished", "void"  # on the ledger; "final" is open past `claimable`


@dataclass(frozen=True)
class Posting:
    """A settlement on the ledger. `settled` and `claimable` are block times; `verdict` is what checking it found here.

    `claimable` moves once, when something is demanded. `void_kind`: of the challenge, 0 for an unanswered demand.
    """

    body: Body
    payout_root: bytes
    tx_hash: bytes
    block: int
    claimable: int
    state: str = OPEN
    ended_tx: bytes | None = None
    void_kind: int | None = None
    verdict: str = ""

    @property
    def id(self) -> bytes:
        return self.body.id(self.payout_root)

    @property
    def poster(self) -> Address:
        return self.body.poster

    @property
    def settled(self) -> int:
        return self.body.settled_at

    def final(self, now: int) -> bool:
        return self.state == FINISHED or (self.state == OPEN and now >= self.claimable)


@dataclass(frozen=True)
class Entry:
    """A settlement as it was computed here, without its tables. `posting` and `id` are empty while it is not posted."""

    row: int
    id: bytes
    channel: Channel
    datanet: int
    package: bytes
    first: int
    nonce: int
    previous: int
    amount: Amount
    parts: Parts
    all_positive: int
    statements_root: bytes
    sums_root: bytes
    payout_root: bytes
    roots: Roots
    secret: bytes
    computed: int
    posting: Posting | None

    @property
    def calls(self) -> int:
        return self.nonce - self.first + 1


def path_of(raw: bytes | None) -> tuple[Node, ...]:
    """Siblings from the leaf up, as the table keeps them."""
    raw = raw or b""
    return tuple(
        Node(raw[at : at + 32], int.from_bytes(raw[at + 32 : at + _NODE_BYTES], "big"))
        for at in range(0, len(raw), _NODE_BYTES)
    )


# The settlement, and what the ledger says of it: posting columns are NULL while it is only computed
SELECT = """
SELECT s.*, o.body, o.payout_root AS posted_root, o.tx_hash, o.block, o.claimable, o.state, o.ended_tx, o.void_kind,
       o.verdict
FROM settlements s LEFT JOIN postings o
ON o.chain_id = s.chain_id AND o.contract = s.contract AND o.settlement_id = s.settlement_id"""

INSERT = """
INSERT INTO settlements (
    chain_id, contract, payer, model, datanet, package, first, nonce, previous, amount, pool, builder, supporters,
    treasury, all_positive, statements_root, sums_root, u_root, scores_root, payout_hash, payout_depth, e, v, max_label,
    max_feature, norm_label, payout_root, labels, sums, secret, computed
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def values(settlement: Settlement, at: int) -> tuple[object, ...]:
    channel, parts, voucher = settlement.channel, settlement.parts, settlement.voucher
    raw = b"".join(
        int(value).to_bytes(SUM_BYTES, "little", signed=True) for row in settlement.sums.tolist() for value in row
    )
    return (
        *channel.key,
        settlement.datanet,
        voucher.package,
        voucher.first,
        voucher.nonce,
        settlement.previous,
        *(str(one.wei) for one in (settlement.amount, parts.pool, parts.builder, parts.supporters, parts.treasury)),
        str(settlement.all_positive),
        voucher.statements_root,
        voucher.sums_root,
        *settlement.roots.contract_argument,
        settlement.payout_root,
        len(settlement.sums),
        raw,
        settlement.secret,
        at,
    )


def payout_rows(row: int, settlement: Settlement) -> list[tuple[object, ...]]:
    return [
        (
            row,
            one.account.raw,
            one.place,
            one.records,
            one.weighted,
            str(one.net),
            str(one.positive),
            str(one.amount.wei),
            one.reason,
            one.index,
            None if one.index is None else b"".join(node.word for node in one.path),
        )
        for one in settlement.earners
    ]


def posting_of(row: Any) -> Posting:
    root = row["posted_root"] if "posted_root" in row.keys() else row["payout_root"]  # noqa: SIM118 - a row, no dict
    return Posting(
        body=Body.decode(row["body"]),
        payout_root=root,
        tx_hash=row["tx_hash"],
        block=row["block"],
        claimable=row["claimable"],
        state=row["state"],
        ended_tx=row["ended_tx"],
        void_kind=row["void_kind"],
        verdict=row["verdict"],
    )


def entry_of(row: Any) -> Entry:
    wei = {name: Amount(int(row[name])) for name in ("amount", "pool", "builder", "supporters", "treasury")}
    names = Roots.__dataclass_fields__
    return Entry(
        row=row["id"],
        id=row["settlement_id"] or b"",
        channel=Channel(row["chain_id"], Address(row["contract"]), Address(row["payer"]), row["model"]),
        datanet=row["datanet"],
        package=row["package"],
        first=row["first"],
        nonce=row["nonce"],
        previous=row["previous"],
        amount=wei["amount"],
        parts=Parts(wei["pool"], wei["builder"], wei["supporters"], wei["treasury"]),
        all_positive=int(row["all_positive"]),
        statements_root=row["statements_root"],
        sums_root=row["sums_root"],
        payout_root=row["payout_root"],
        roots=Roots(**{name: row[name] for name in names}),
        secret=row["secret"],
        computed=row["computed"],
        posting=None if row["body"] is None else posting_of(row),
    )
