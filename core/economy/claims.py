"""Claims: which leaves an account can still take, with their proofs, and what taking them did to its balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.economy import book
from core.economy.settlement import ClaimData
from core.economy.sum_tree import verify
from core.errors import EconomyError, ProofMismatch
from core.keccak import keccak256
from core.storage import Database
from core.units import Address, Amount


@dataclass(frozen=True)
class Claim:
    """A claim that stands in a block. `fee` is what `sender` paid for gas; balances are the paid account's."""

    tx_hash: bytes
    block: int
    sender: Address
    fee: Amount
    balance_before: Amount | None
    balance_after: Amount | None
    at: int

    def change(self) -> int | None:
        """Wei, negative when the account paid more for gas than it got."""
        if self.balance_before is None or self.balance_after is None:
            return None
        return self.balance_after.wei - self.balance_before.wei


def claimable(
    database: Database, chain_id: int, contract: Address, account: Address, now: int, *, most: int = -1
) -> list[ClaimData]:
    """Unclaimed leaves of final settlements, oldest first: ready for `claim` and `claimMany`. `now` in seconds."""
    return [
        _data(row)
        for row in database.all(
            "SELECT s.settlement_id, o.body, p.idx, p.account, p.amount, p.path FROM payouts p "
            "JOIN settlements s ON s.id = p.settlement "
            "JOIN postings o ON o.chain_id = s.chain_id AND o.contract = s.contract "
            "AND o.settlement_id = s.settlement_id "
            "LEFT JOIN claims c ON c.settlement = p.settlement AND c.idx = p.idx "
            "WHERE s.chain_id = ? AND s.contract = ? AND p.account = ? AND p.idx IS NOT NULL "
            "AND (o.state = 'finished' OR (o.state = 'open' AND o.claimable <= ?)) AND c.idx IS NULL "
            "ORDER BY s.id LIMIT ?",
            chain_id,
            contract.raw,
            account.raw,
            now,
            most,
        )
    ]


def next_claimable(database: Database, chain_id: int, contract: Address, account: Address, now: int) -> int | None:
    """When the next open settlement that pays this account becomes final; None when there is none."""
    row = database.one(
        "SELECT min(o.claimable) FROM payouts p JOIN settlements s ON s.id = p.settlement "
        "JOIN postings o ON o.chain_id = s.chain_id AND o.contract = s.contract AND o.settlement_id = s.settlement_id "
        "WHERE s.chain_id = ? AND s.contract = ? AND p.account = ? AND p.idx IS NOT NULL AND o.state = 'open' "
        "AND o.claimable > ?",
        chain_id,
        contract.raw,
        account.raw,
        now,
    )
    return None if row is None or row[0] is None else int(row[0])


def claim_data(
    database: Database, chain_id: int, contract: Address, settlement_id: bytes, account: Address, now: int
) -> ClaimData:
    """The account's leaf of one settlement.

    Raises EconomyError ("unknown settlement", "not final yet" with `at`, "settlement fell", "nothing to claim",
    "already claimed") and ProofMismatch when the kept path does not lead to the payout root.
    """
    entry = book.get(database, chain_id, contract, settlement_id)
    assert entry.posting is not None
    if entry.posting.state == book.VOID:
        raise EconomyError(reason="settlement fell", settlement=settlement_id)
    if not entry.posting.final(now):
        raise EconomyError(reason="not final yet", settlement=settlement_id, at=entry.posting.claimable)
    row = database.one(
        "SELECT ? AS settlement_id, ? AS body, idx, account, amount, path FROM payouts "
        "WHERE settlement = ? AND account = ?",
        settlement_id,
        entry.posting.body.encode(),
        entry.row,
        account.raw,
    )
    if row is None or row["idx"] is None:
        raise EconomyError(reason="nothing to claim", settlement=settlement_id)
    if database.one("SELECT 1 FROM claims WHERE settlement = ? AND idx = ?", entry.row, row["idx"]):
        raise EconomyError(reason="already claimed", settlement=settlement_id)
    data = _data(row)
    if not verify(entry.payout_root, data.leaf, data.index, data.path):
        raise ProofMismatch(what="payout proof", expected=entry.payout_root, found=data.index)
    return data


def record(
    database: Database,
    chain_id: int,
    contract: Address,
    settlement_id: bytes,
    index: int,
    claim: Claim,
    *,
    also: Amount | None = None,
) -> None:
    """Keeps a claim once its `Claimed` event is proven; anyone may have sent it.

    `also` is what the same transaction paid the same account by other leaves (claimMany).
    Raises EconomyError ("unknown settlement", "nothing to claim") and ProofMismatch when both balances were read
    around that block and differ by anything but the amount (less the gas, when the account itself sent it).
    """
    with database.transaction():
        entry = book.get(database, chain_id, contract, settlement_id)
        row = database.one("SELECT account, amount FROM payouts WHERE settlement = ? AND idx = ?", entry.row, index)
        if row is None:
            raise EconomyError(reason="nothing to claim", settlement=settlement_id)
        gas = claim.fee.wei if claim.sender.raw == row["account"] else 0
        expected = int(row["amount"]) + (also.wei if also else 0) - gas
        if claim.change() not in {None, expected}:
            raise ProofMismatch(what="balance", expected=expected, found=claim.change())
        database.run(
            "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            entry.row,
            index,
            claim.tx_hash,
            claim.block,
            claim.sender.raw,
            str(claim.fee.wei),
            None if claim.balance_before is None else str(claim.balance_before.wei),
            None if claim.balance_after is None else str(claim.balance_after.wei),
            claim.at,
        )


def find(database: Database, settlement_row: int, index: int | None) -> Claim | None:
    """By the vault's number of the settlement (`book.Entry.row`)."""
    row = database.one("SELECT * FROM claims WHERE settlement = ? AND idx = ?", settlement_row, index)
    if row is None:
        return None
    before, after = (
        None if row[name] is None else Amount(int(row[name])) for name in ("balance_before", "balance_after")
    )
    return Claim(
        row["tx_hash"], row["block"], Address(row["sender"]), Amount(int(row["fee"])), before, after, row["at"]
    )


def gained(database: Database, chain_id: int, contract: Address) -> dict[bytes, Amount]:
    """By transaction: what it paid out by claims that are kept here."""
    found: dict[bytes, Amount] = {}
    for row in database.all(
        "SELECT c.tx_hash, p.amount FROM claims c JOIN payouts p ON p.settlement = c.settlement AND p.idx = c.idx "
        "JOIN settlements s ON s.id = c.settlement WHERE s.chain_id = ? AND s.contract = ?",
        chain_id,
        contract.raw,
    ):
        found[row["tx_hash"]] = found.get(row["tx_hash"], Amount(0)) + Amount(int(row["amount"]))
    return found


def _data(row: Any) -> ClaimData:
    return ClaimData(
        row["settlement_id"],
        keccak256(row["body"]),
        row["idx"],
        Address(row["account"]),
        Amount(int(row["amount"])),
        book.path_of(row["path"]),
    )
