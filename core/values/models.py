"""Models, answers, and what carried them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.units import Address, Amount
from core.values.shared import TrustView


@dataclass(frozen=True)
class Accuracy:
    """Shares of held-out records answered right, 0..1, all on the same records."""

    ours: float
    majority: float
    tfidf: float  # for other content than texts: the nearest average of the features
    held_out: int
    kind: str = "text"


@dataclass(frozen=True)
class HeadChoice:
    """A model's family of head, "ridge" or "softmax"; the share of records each got wrong without them.

    None where only one was tried: the builder named it, or the features are too many for softmax to be of use.
    """

    family: str
    ridge: float | None = None
    softmax: float | None = None


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
    kind: str = "text"  # what it is asked: "text", "table" or "image"
    choice: EncoderChoice | None = None
    head: HeadChoice = HeadChoice("ridge")


@dataclass(frozen=True)
class FormField:
    """One value that a model of tables asks for. `choices` of a category; `usual` a number from its middle."""

    name: str
    cells: str  # "number" or "category"
    choices: tuple[str, ...]
    usual: str


@dataclass(frozen=True)
class EncoderChoice:
    """Why a model has its encoder: `way` auto or thorough; the share of records each one got wrong without them.

    None stands beside those that were not tried. In the order of cost. `misses` of those tried is what decided: the
    squared error on records left out (PoA-1, section 3); empty in packages that were chosen by the count.
    """

    way: str
    errors: tuple[tuple[str, float | None], ...]
    misses: tuple[tuple[str, float], ...] = ()


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
    kind: str = "text"
    row: int | None = None  # the vault's, where the record is on this device


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
    kind: str = "text"


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
