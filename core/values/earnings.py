"""Settlements and payments, down to the balance."""

from __future__ import annotations

from dataclasses import dataclass

from core.units import Address, Amount
from core.values.shared import TrustView

NOTHING = Amount(0)


@dataclass(frozen=True)
class PayoutView:
    """One account's part of one settlement.

    `state`: waiting (for objections, until `until`), claimable, claimed, void (the settlement fell), nothing, computed
    (on its way), refused (the ledger did not take it: `reason` in its own words, foreign; its calls wait). Else
    `reason` is a key when the amount is zero. `settlement` is "0x" before it stands on the ledger.
    """

    settlement: str
    index: int
    account: Address
    account_name: str
    model: int
    model_name: str
    datanet: int
    amount: Amount
    state: str
    reason: str
    time: int
    mine: bool
    until: int = 0


@dataclass(frozen=True)
class SettlementView:
    """`state`: open (for objections, until `claimable_at`), final, finished, void (`void_kind`: of the challenge that
    brought it down, 0 for a demand that nobody answered).

    `verdict`: "" nobody looked, "fine", "missing" (its data is not here), "false" (it can be challenged).
    """

    settlement: str
    model: int
    model_name: str
    payer: Address
    poster: Address
    calls: int
    total: Amount
    pool: Amount
    builder: Amount
    supporters: Amount
    treasury: Amount
    payout_root: str
    block: int | None
    time: int
    trust: TrustView
    bond: Amount = NOTHING
    claimable_at: int = 0
    state: str = "open"
    verdict: str = ""
    void_kind: int | None = None


@dataclass(frozen=True)
class TryView:
    """A settlement that was signed here and stands in no block: `refused` says why not (foreign), "" on its way."""

    payer: Address
    payer_name: str
    model: int
    model_name: str
    calls: int
    amount: Amount
    tx_hash: str
    refused: str


@dataclass(frozen=True)
class DemandView:
    """A leaf that somebody wants to see before `deadline` (seconds): kinds 1 sums, 2 u, 3 score, 4 payout."""

    settlement: str
    kind: int
    index: int
    demander: Address
    deadline: int


@dataclass(frozen=True)
class RecordEarning:
    """A record's part in one settlement: `total` is the signed sum over its calls, `positive` what counts for pay."""

    record: int
    text: str  # foreign
    label: str
    total: int
    positive: int
    row: int | None = None  # the vault's, where the record is on this device
    kind: str = "text"  # of its `text`: "text", "table" or "image"


@dataclass(frozen=True)
class PaymentDetail:
    """One payment opened down to the balance.

    `leaf` is the payout leaf's hash, "" when nothing is paid. The claim's balances fit together to the wei: before +
    amount + `claim_others` (other leaves paid by the same transaction) - the fee, where the account paid it
    (`claim_own_fee`), is after.
    """

    payout: PayoutView
    settlement: SettlementView
    records: tuple[RecordEarning, ...]
    contributor_positive: int
    all_positive: int
    proof: tuple[str, ...]
    proof_holds: bool
    claim_tx: str | None
    claim_fee: Amount | None
    balance_before: Amount | None
    balance_after: Amount | None
    leaf: str = ""
    claim_block: int | None = None
    claim_own_fee: bool = True
    claim_others: Amount | None = None


@dataclass(frozen=True)
class EarningsView:
    """`by_day`: (first second of the day, wei) ascending; `reason` a key when the total is zero."""

    total: Amount
    claimable: Amount
    claimed: Amount
    pending_calls: int  # made with models on my data, not settled yet
    by_day: tuple[tuple[int, int], ...]
    by_datanet: tuple[tuple[str, Amount], ...]
    payouts: tuple[PayoutView, ...]
    reason: str
    waiting: Amount = NOTHING  # settled, but objections can still be raised
