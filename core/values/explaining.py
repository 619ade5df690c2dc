"""Where data mattered: one record, one person, and what a model is. Figures in floats are for showing only."""

from __future__ import annotations

from dataclasses import dataclass

from core.units import Address, Amount
from core.values.earnings import PayoutView
from core.values.models import AdmissionView, ModelView


@dataclass(frozen=True)
class WeightView:
    """A record's admission weight in a model, and why. `weight` 0..`most` as it stands in the head.

    `novelty` and `quality` 0..8, None when their reasons are not kept here. `shared` of its `shingles` stand in older
    records; `source` is the vault's row of the older record that it repeats. `agree` of the contributor's `count`
    records of this label agree with the trusted core's model; of the core's own, `core_agree` of `core_count`.
    """

    weight: int
    most: int = 64
    novelty: int | None = None
    novelty_reason: str = ""
    shared: int = 0
    shingles: int = 0
    source: int | None = None
    quality: int | None = None
    quality_reason: str = ""
    agree: int = 0
    count: int = 0
    core_agree: int = 0
    core_count: int = 0


@dataclass(frozen=True)
class InfluencedAnswer:
    """One of this profile's own calls. `influence` is PoA-1's integer, `share` signed, of all influence on it."""

    call: int
    model: int
    text: str  # foreign
    label: str
    time: int
    influence: int
    share: float
    kind: str = "text"  # of what was asked: "text", "table" or "image"


@dataclass(frozen=True)
class RecordInModel:
    """What a record did in one model that learned from it.

    position  in the training order, of `records`
    doubt     of the model made without it: the best other label's score less the record's own; above 0 it would say
              `otherwise` for this text. None for a record of weight 0
    held_out  how many held-out records the effect is measured on, 0 when there are none
    effect    mean change of their right labels' margins by this record; `rank` 1 helps most
    calls     how many of this profile's newest calls were looked at, of `calls_all`
    """

    model: int
    name: str
    state: str
    package: str
    position: int
    records: int
    label: str
    weight: WeightView
    doubt: float | None
    otherwise: str
    held_out: int
    effect: float
    rank: int
    calls: int
    calls_all: int
    supports: int
    opposes: int
    supported: tuple[InfluencedAnswer, ...]
    opposed: tuple[InfluencedAnswer, ...]


@dataclass(frozen=True)
class RecordPay:
    """A record's part in one settlement. `total` signed over its calls; `positive` of `all_positive` counts for pay.

    `about` is its part of the contributors' pool, rounded down: pay itself is rounded once, for each contributor.
    """

    settlement: str
    account: Address
    model: int
    model_name: str
    time: int
    state: str
    calls: int
    total: int
    positive: int
    all_positive: int
    about: Amount


@dataclass(frozen=True)
class RecordTrace:
    """One record and where it mattered; its receipt and proof are `Datanets.receipt` and `verify_given`.

    findings  (check, kind, severity) of preflight at its contribution
    worse     of the records of the newest settlement that has it, how many netted at or below zero, of `settled_with`
    """

    row: int
    datanet: int
    datanet_name: str
    text: str  # foreign
    label: str
    contributor: Address
    contributor_name: str
    mine: bool
    decision: str
    withdrawn: bool
    findings: tuple[tuple[str, str, str], ...]
    models: tuple[RecordInModel, ...]
    pay: tuple[RecordPay, ...]
    worse: int = 0
    settled_with: int = 0


@dataclass(frozen=True)
class WithoutRecord:
    """A model really made again without one record, weights and lambda pinned.

    `right_before` and `right_after` of `held_out` held-out records; `changed` answers differ. `own_before` and
    `own_after` are what either says to the record's own text.
    """

    model: int
    package: str
    held_out: int
    right_before: int
    right_after: int
    changed: int
    own_before: str
    own_after: str
    seconds: float


@dataclass(frozen=True)
class GivenView:
    """What somebody gave to one Datanet; `labels`: (label, records), most first."""

    datanet: int
    name: str
    trusted: bool
    curator: bool
    contributions: int
    records: int
    accepted: int
    withdrawn: int
    labels: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class LabelQuality:
    """Agreement with the trusted core on one label; `weight` 0..8; `reason`: measured, chance, unknown or differs."""

    label: str
    weight: int
    reason: str
    agree: int
    count: int
    core_agree: int
    core_count: int


@dataclass(frozen=True)
class PersonInModel:
    """`share`: mean signed share of the answers' influence, over the newest `calls` of this profile's `calls_all`."""

    model: int
    name: str
    state: str
    all_records: int
    admission: AdmissionView
    quality: tuple[LabelQuality, ...]
    calls: int
    calls_all: int
    supports: int
    opposes: int
    share: float
    supported: tuple[InfluencedAnswer, ...]
    opposed: tuple[InfluencedAnswer, ...]


@dataclass(frozen=True)
class PersonView:
    """A contributor. `payouts` newest first, of every settlement whose data is here."""

    account: Address
    name: str
    mine: bool
    given: tuple[GivenView, ...]
    models: tuple[PersonInModel, ...]
    payouts: tuple[PayoutView, ...]
    total: Amount


@dataclass(frozen=True)
class CallPay:
    """Whether anybody is paid for a call yet.

    `state`: draft (not published), free, waiting (no settlement covers it), or the settlement's: open, final,
    finished, void. `provable`: what a proof file of this answer needs is here.
    """

    state: str
    fee: Amount
    settlement: str = ""
    provable: bool = False


@dataclass(frozen=True)
class HardRecord:
    """A record that the model made without it would answer otherwise; `doubt` by how much (score)."""

    row: int | None
    position: int
    text: str  # foreign
    label: str
    otherwise: str
    doubt: float


@dataclass(frozen=True)
class LabelCard:
    """One label: records learned from, and on held-out records how many there are, answered right, answered so."""

    label: str
    records: int
    held_out: int
    right: int
    answered: int


@dataclass(frozen=True)
class CalibrationBin:
    """Held-out answers that led by at least `margin` (score): how many, how many of them right."""

    margin: float
    records: int
    right: int


@dataclass(frozen=True)
class ModelCard:
    """All that is known of a model. `interval` is Wilson's, of 95 %; None without held-out data, where counts are 0.

    family    of its head: "ridge", "softmax"
    weights   (weight, records) for the weights 0..64 that occur; `copies`, `near` of the records by novelty
    silent    (contributor, records) of those whose labels were measured on at least 30 records and weigh nothing
    hardest   None when the training data is not on this device
    """

    view: ModelView
    datanet_name: str
    description: str  # foreign
    licence: str
    encoder_licence: str
    encoder_hash: str
    family: str
    width: int
    head_hash: str
    release_root: str
    manifest_hash: str
    features_root: str
    contributors: int
    excluded: int
    held_out: int
    right: int
    right_tfidf: int
    right_majority: int
    interval: tuple[float, float] | None
    labels: tuple[LabelCard, ...]
    calibration: tuple[CalibrationBin, ...]
    hardest: tuple[HardRecord, ...] | None
    weights: tuple[tuple[int, int], ...]
    copies: int
    near: int
    unmeasured: int
    silent: tuple[tuple[str, int], ...]
    review: tuple[tuple[str, str, int], ...]
    retrained_from: str
    withdrawn: int
