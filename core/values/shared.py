"""How far a value is believed, what a signature does, what a check found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
class OlderView:
    """The ledger has `transactions` of my accounts that this profile did not know, from `first` to `last` (seconds
    since 1970), the last in `block`: an older copy was put back, or the phrase is used elsewhere.
    """

    transactions: int
    first: int
    last: int
    block: int


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
class Verified:
    """`checks`: (key, holds, detail). Recomputing an answer or a payment on this machine."""

    ok: bool
    checks: tuple[tuple[str, bool, str], ...]
