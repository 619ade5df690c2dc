"""What an account earned, opened down to the records that earned it, with a reason for every zero."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from core.economy import book, claims, tries
from core.economy.settlement import payout_leaf
from core.economy.sum_tree import Node, verify
from core.errors import EconomyError
from core.storage import Database
from core.units import Address, Amount

NO_CALLS = "no calls yet"
NOT_SETTLED = "not settled yet"
SENT = "on its way"
VOID = "settlement fell"
DAY = 86_400

_PAYOUTS = f"""
SELECT s.settlement_id, s.model, s.datanet, s.sent, s.refused, o.settled, o.claimable, o.state, o.verdict,
       p.*, c.idx AS claimed
FROM payouts p JOIN settlements s ON s.id = p.settlement
LEFT JOIN postings o ON o.chain_id = s.chain_id AND o.contract = s.contract AND o.settlement_id = s.settlement_id
LEFT JOIN claims c ON c.settlement = p.settlement AND c.idx = p.idx
WHERE s.chain_id = ? AND s.contract = ? AND {tries.STANDS} AND p.account = ?
"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Earning:
    """An account's part of one settlement.

    state   "computed" (not in a block yet), "refused" (it will not come into one: `reason`, foreign), "waiting" (for
            objections, until `until`), "claimable", "claimed", "void" (the settlement fell), or
            "nothing" with a `reason`
    index   of its leaf; None when nothing is paid
    time    when it was settled; None while only computed
    until   when it can be claimed, seconds; None while only computed
    """

    settlement: bytes
    account: Address
    model: int
    datanet: int
    amount: Amount
    state: str
    reason: str
    index: int | None
    time: int | None
    until: int | None
    records: int
    weighted: int
    net: int
    positive: int


@dataclass(frozen=True)
class Earnings:
    """`total` = `waiting` + `claimable` + `claimed`. `pending` counts calls that no posted settlement covers.

    by_day      (first second of the UTC day, amount settled), ascending
    by_datanet  (number of the Datanet, amount settled), largest first
    reason      why the total is zero, "" when it is not
    """

    total: Amount
    waiting: Amount
    claimable: Amount
    claimed: Amount
    pending: int
    payouts: tuple[Earning, ...]
    by_day: tuple[tuple[int, Amount], ...]
    by_datanet: tuple[tuple[int, Amount], ...]
    reason: str


@dataclass(frozen=True)
class RecordEarning:
    """A record's part: `total` is signed, over all calls of the settlement; `share` of all positive scores, 0..1."""

    record: int
    record_id: bytes
    label: int
    weight: int
    total: int
    positive: int
    share: float


@dataclass(frozen=True)
class Payment:
    """One earning, opened: its settlement, its records (largest total first), its leaf, proof and claim."""

    earning: Earning
    entry: book.Entry
    records: tuple[RecordEarning, ...]
    leaf: bytes | None
    proof: tuple[Node, ...]
    proof_holds: bool
    claim: claims.Claim | None


def of_account(
    database: Database, chain_id: int, contract: Address, account: Address, models: Collection[int], now: int
) -> Earnings:
    """`models` are those whose releases hold records of this account: their unsettled calls are pending.

    `now` in seconds: what can be claimed depends on it.
    """
    rows = database.all(_PAYOUTS + "ORDER BY s.id DESC", chain_id, contract.raw, account.raw)
    found = [_earning(row, now) for row in rows]
    settled = [one for one in found if one.time is not None and one.state != "void"]
    held = _sum(one for one in found if one.state == "waiting")
    claimable = _sum(one for one in found if one.state == "claimable")
    claimed = _sum(one for one in found if one.state == "claimed")
    waiting = sum(pending(database, chain_id, contract, model) for model in set(models))
    days = _grouped(((one.time or 0) // DAY * DAY, one.amount) for one in settled if one.amount)
    datanets = _grouped((one.datanet, one.amount) for one in settled if one.amount)
    return Earnings(
        total=held + claimable + claimed,
        waiting=held,
        claimable=claimable,
        claimed=claimed,
        pending=waiting,
        payouts=tuple(found),
        by_day=tuple(sorted(days.items())),
        by_datanet=tuple(sorted(datanets.items(), key=lambda item: (-item[1].wei, item[0]))),
        reason="" if held or claimable or claimed else _reason(settled, waiting),
    )


def pending(database: Database, chain_id: int, contract: Address, model: int) -> int:
    """Calls of a model, by whichever payers, that no standing settlement covers."""
    row = database.one(
        "SELECT count(*) FROM statements t WHERE t.chain_id = ? AND t.contract = ? AND t.model = ? "
        "AND t.nonce > coalesce((SELECT max(o.nonce) FROM postings o "
        "WHERE o.chain_id = t.chain_id AND o.contract = t.contract "
        "AND o.payer = t.payer AND o.model = t.model AND o.state <> 'void'), 0)",
        chain_id,
        contract.raw,
        model,
    )
    return int(row[0])


def calls_by_day(database: Database, chain_id: int, contract: Address, model: int) -> list[tuple[int, int]]:
    """(first second of the UTC day, calls), ascending."""
    rows = database.all(
        "SELECT at / ? * ? AS day, count(*) FROM statements WHERE chain_id = ? AND contract = ? AND model = ? "
        "GROUP BY day ORDER BY day",
        DAY,
        DAY,
        chain_id,
        contract.raw,
        model,
    )
    return [(int(row[0]), int(row[1])) for row in rows]


def open_payment(
    database: Database, chain_id: int, contract: Address, settlement_id: bytes, account: Address, now: int
) -> Payment:
    """One account's part of one settlement, down to its records.

    Raises EconomyError ("unknown settlement", "no part in it").
    """
    entry = book.get(database, chain_id, contract, settlement_id)
    row = database.one(_PAYOUTS + "AND s.id = ?", chain_id, contract.raw, account.raw, entry.row)
    if row is None:
        raise EconomyError(reason="no part in it", settlement=settlement_id)
    earning, proof = _earning(row, now), book.path_of(row["path"])
    leaf, holds = None, False
    if earning.index is not None:
        leaf = payout_leaf(earning.index, account, earning.amount)
        holds = verify(entry.payout_root, Node(leaf, earning.amount.wei), earning.index, proof)
    return Payment(
        earning=earning,
        entry=entry,
        records=_records(database, entry, account),
        leaf=leaf,
        proof=proof,
        proof_holds=holds,
        claim=claims.find(database, entry.row, earning.index),
    )


def payouts(database: Database, entry: book.Entry, now: int) -> list[Earning]:
    """Every contributor's part of one settlement, oldest contributor first."""
    rows = database.all(
        _PAYOUTS.replace("p.account = ?", "p.settlement = ?") + "ORDER BY p.place",
        entry.channel.chain_id,
        entry.channel.contract.raw,
        entry.row,
    )
    return [_earning(row, now) for row in rows]


def _records(database: Database, entry: book.Entry, account: Address) -> tuple[RecordEarning, ...]:
    rows = database.all(
        "SELECT record, record_id, label, weight, score FROM settlement_scores WHERE settlement = ? AND account = ? "
        "ORDER BY score DESC, record",
        entry.row,
        account.raw,
    )
    return tuple(
        RecordEarning(
            row["record"],
            row["record_id"],
            row["label"],
            row["weight"],
            row["score"],
            max(0, row["score"]),
            max(0, row["score"]) / entry.all_positive,
        )
        for row in rows
    )


def _reason(settled: list[Earning], waiting: int) -> str:
    """The newest settlement's reason; before any, whether calls wait or there are none."""
    if settled:
        return settled[0].reason
    return NOT_SETTLED if waiting else NO_CALLS


def _earning(row: Any, now: int) -> Earning:
    amount = Amount(int(row["amount"]))
    state, reason = _state(row, amount, now)
    return Earning(
        settlement=row["settlement_id"] or b"",
        account=Address(row["account"]),
        model=row["model"],
        datanet=row["datanet"],
        amount=amount,
        state=state,
        reason=reason,
        index=row["idx"],
        time=row["settled"],
        until=row["claimable"],
        records=row["records"],
        weighted=row["weighted"],
        net=int(row["net"]),
        positive=int(row["positive"]),
    )


def _state(row: Any, amount: Amount, now: int) -> tuple[str, str]:
    if row["settled"] is None:
        if row["refused"]:
            return "refused", row["refused"]
        return "computed", row["reason"] or (SENT if row["sent"] else NOT_SETTLED)
    if row["state"] == book.VOID:
        return "void", VOID
    if not amount:
        return "nothing", row["reason"]
    if row["claimed"] is not None:
        return "claimed", ""
    return ("claimable" if row["state"] == book.FINISHED or now >= row["claimable"] else "waiting"), ""


def _sum(found: Iterable[Earning]) -> Amount:
    return sum((one.amount for one in found), Amount(0))


def _grouped(found: Iterable[tuple[int, Amount]]) -> dict[int, Amount]:
    groups: dict[int, Amount] = {}
    for key, amount in found:
        groups[key] = groups.get(key, Amount(0)) + amount
    return groups
