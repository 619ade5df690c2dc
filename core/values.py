"""Plain values that cross from core to the screens: frozen, without behaviour, safe on any thread.

Keys ("pending", "datanet.create") are never shown: `ui/text.py` words them. Text that came from a file, a server or
another person is marked "foreign" in its comment and must be painted as plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from core.units import Address, Amount

TrustState = Literal["local", "proven", "quorum", "unverified", "stale", "failed"]
ProfileState = Literal["empty", "locked", "open"]
T = TypeVar("T")


@dataclass(frozen=True)
class TrustView:
    """How far a value can be believed. `reason` is a key; `block` the height it was proven at; `since` for stale."""

    state: TrustState
    reason: str = ""
    block: int | None = None
    since: int | None = None


@dataclass(frozen=True)
class Known(Generic[T]):
    """A value and how far it can be believed."""

    value: T
    trust: TrustView


@dataclass(frozen=True)
class AccountView:
    index: int
    name: str  # given by the person
    address: Address
    balance: Known[Amount]


@dataclass(frozen=True)
class Effect:
    """What a signature changes: `change` in wei, negative when it leaves the account. Fees stand apart."""

    address: Address
    name: str
    change: int


@dataclass(frozen=True)
class Prepared:
    """An action ready to be confirmed and signed; `id` is what `client.sign` takes.

    what     key of the action: "send", "datanet.create", "contribute", "review", "release", "withdraw",
             "model.publish", "model.retrain", "deposit", "settle", "claim"
    details  (key of a label, text): shown as rows in the confirm dialog; text may be foreign
    risks    keys: "new address", "looks like a known address", "most of the balance", "voucher above deposit", ...
    raw      the decoded call, one click away
    """

    id: str
    what: str
    account: int
    to: Address
    value: Amount
    fee_max: Amount
    details: tuple[tuple[str, str], ...]
    effects: tuple[Effect, ...]
    risks: tuple[str, ...]
    raw: Mapping[str, object]


@dataclass(frozen=True)
class Signed:
    """A confirmed action: `fee` really paid, `result` what it made (an id, a version, ...), by action."""

    what: str
    tx_hash: str
    block: int
    fee: Amount
    result: object = None


@dataclass(frozen=True)
class TxView:
    """`state`: pending, confirmed, replaced, dropped, failed (then `reason`). `what` as in Prepared, or "received".

    `gained` is what a contract paid out to the account by it: claimed earnings.
    """

    tx_hash: str
    what: str
    account: int
    sender: Address
    to: Address | None
    value: Amount
    fee: Amount | None
    state: str
    reason: str
    block: int | None
    time: int
    gained: Amount = Amount(0)  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class ContributionView:
    """`state`: draft, signed, committed, reviewed, released, withdrawn. `number` is the ledger's id."""

    id: int
    datanet: int
    number: int | None
    contributor: Address
    contributor_name: str
    count: int
    accepted: int | None
    state: str
    root: str
    tx_hash: str | None
    time: int
    mine: bool


@dataclass(frozen=True)
class ReleaseView:
    datanet: int
    version: int
    records: int
    contributors: int
    root: str
    manifest_hash: str
    block: int | None
    time: int
    trust: TrustView


@dataclass(frozen=True)
class DatanetView:
    """`id` is the profile's row, `number` the ledger's id (None until confirmed). name/description are foreign."""

    id: int
    number: int | None
    name: str
    description: str
    labels: tuple[str, ...]
    licence: str
    owner: Address
    curator: bool  # whether one of my accounts may review
    records: int
    waiting: int  # records waiting for review
    contributors: int
    mine: int  # my records in it
    releases: tuple[ReleaseView, ...]
    calls_30_days: int
    trust: TrustView


@dataclass(frozen=True)
class Accuracy:
    """Shares of held-out records answered right, 0..1, all on the same records."""

    ours: float
    majority: float
    tfidf: float
    held_out: int


@dataclass(frozen=True)
class ModelView:
    """`state`: trained, published, outdated, retired. `split`: contributors, builder, supporters, treasury (bps)."""

    id: int
    number: int | None
    name: str
    datanet: int
    release: int
    encoder: str
    labels: tuple[str, ...]
    records: int
    accuracy: Accuracy
    confusion: tuple[tuple[int, ...], ...]
    size_bytes: int
    latency_ms: float | None
    fee: Amount
    split: tuple[int, int, int, int]
    package_hash: str
    state: str
    builder: Address | None
    calls: int
    unsettled: int
    time: int
    trust: TrustView


@dataclass(frozen=True)
class RecordShare:
    """Measured influence of one record on one answer. `influence` is PoA-1's integer; `share` of the absolute sum."""

    record: int  # position in the release
    text: str  # foreign
    label: str
    contributor: Address
    contributor_name: str
    influence: int
    share: float


@dataclass(frozen=True)
class ContributorShare:
    contributor: Address
    name: str
    influence: int
    share: float  # of the sum of absolute influences, signed
    mine: bool


@dataclass(frozen=True)
class Answer:
    """One call. `scores` are the head's integers by label; `confidence` 0..1 is a display figure only."""

    call: int
    model: int
    text: str
    label: str
    scores: tuple[tuple[str, int], ...]
    confidence: float
    fee: Amount
    latency_ms: float
    contributors: tuple[ContributorShare, ...]
    supporting: tuple[RecordShare, ...]
    opposing: tuple[RecordShare, ...]
    corrected: str | None = None


@dataclass(frozen=True)
class AdmissionView:
    """How much one contributor's records weigh in a model, and why (PoA-1, section 7).

    `weight` 0..1 of the full weight, on average. Of `records`: `copies` repeat earlier ones and weigh nothing, `near`
    resemble them. `quality` 0..8 is how far the labels of the others agree with the trusted core; None when unknown.
    """

    contributor: Address
    name: str
    mine: bool
    records: int
    weight: float
    copies: int
    near: int
    quality: float | None


@dataclass(frozen=True)
class Verified:
    """`checks`: (key, holds, detail). Recomputing an answer or a payment on this machine."""

    ok: bool
    checks: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True)
class PayoutView:
    """One account's part of one settlement. `state`: claimable, claimed. `reason` is a key when the amount is zero."""

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


@dataclass(frozen=True)
class SettlementView:
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


@dataclass(frozen=True)
class RecordEarning:
    """A record's part in one settlement: `total` is the signed sum over its calls, `positive` what counts for pay."""

    record: int
    text: str  # foreign
    label: str
    total: int
    positive: int


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


@dataclass(frozen=True)
class ContactView:
    address: Address
    name: str  # given by the person
    note: str


@dataclass(frozen=True)
class LookAlikeView:
    """A known address that another one resembles; `different` are the places in their 42 characters that differ."""

    known: Address
    name: str
    different: tuple[int, ...]


@dataclass(frozen=True)
class EventView:
    """What a contract of ours said; `values` are (name, text), text may be foreign."""

    contract: str
    name: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReceiptView:
    """A transaction in a block, with its outcome, as the block's own roots prove it.

    `names` are those of addresses that are known here: accounts, contacts, contracts.
    """

    tx_hash: str
    block: int
    position: int
    time: int
    sender: Address
    to: Address | None
    created: Address | None
    value: Amount
    fee: Amount
    gas_used: int
    nonce: int
    succeeded: bool
    events: tuple[EventView, ...]
    names: Mapping[Address, str]
    trust: TrustView


@dataclass(frozen=True)
class BlockView:
    number: int
    hash: str
    time: int
    transactions: int
    gas_used: int


@dataclass(frozen=True)
class NetworkView:
    name: str
    local: bool
    chain_id: int
    genesis_hash: str
    height: int | None
    trust: TrustView
    node_running: bool
    base_fee: int | None  # wei
    contracts: tuple[tuple[str, str, bool], ...]  # name, address, code matches what this program ships
    blocks: tuple[BlockView, ...]
    ledger_bytes: int


@dataclass(frozen=True)
class Need:
    """Something that waits for the person. `what` is a key, `page` where it is done, `number` how many."""

    what: str
    page: str
    number: int
    target: int | str | None = None


@dataclass(frozen=True)
class HomeView:
    earnings: EarningsView
    balance: Known[Amount]
    contributions: tuple[tuple[str, int], ...]  # state, records
    models: tuple[ModelView, ...]
    needs: tuple[Need, ...]
    datanets: int
    calls: int


@dataclass(frozen=True)
class WithdrawalView:
    """A withdrawal carried into a model: exact, with the receipt's figures."""

    model: int
    records: int
    old_hash: str
    new_hash: str
    scratch_hash: str
    accuracy_before: float
    accuracy_after: float
    seconds: float
    receipt_hash: str
    tx_hash: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
