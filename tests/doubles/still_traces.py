"""Records and people that stand still, for the pages that say where data mattered. Names and texts try to be markup."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.client.inspecting import Receipt
from core.datanets.records import RecordRow
from core.jobs import Progress, silent
from core.units import Address, Amount
from core.values import (
    AdmissionView,
    GivenView,
    InfluencedAnswer,
    LabelQuality,
    PayoutView,
    PersonInModel,
    PersonView,
    RecordInModel,
    RecordPay,
    RecordTrace,
    Verified,
    WeightView,
    WithoutRecord,
)
from tests.doubles.still_client import ADA, BELA, StillClient

NASTY = "<b>a large fork</b> \u202efor meat\x07"
SETTLEMENT = "0x" + "5e" * 32
WEIGHT = WeightView(32, 64, 8, "new", 0, 12, None, 4, "measured", 15, 30, 58, 90)
FOR = tuple(
    InfluencedAnswer(40 + n, 1, f"a question {n}", "artifact", 1_763_700_000, 9_000 - n, 0.004) for n in range(3)
)
AGAINST = (InfluencedAnswer(90, 1, "<i>another</i> question", "food", 1_763_700_000, -700, -0.0026),)


def in_model(**changes: Any) -> RecordInModel:
    made = RecordInModel(
        1, "Topics <b>", "published", "0x" + "01" * 32, 499, 3588, "artifact", WEIGHT, 0.056, "food", 1200, 1.3e-5,
        1544, 200, 600, 98, 102, FOR, AGAINST,
    )  # fmt: skip
    return replace(made, **changes)


def pay(**changes: Any) -> RecordPay:
    made = RecordPay(
        SETTLEMENT,
        BELA,
        1,
        "Topics <b>",
        1_763_700_000,
        "finished",
        600,
        81_000,
        81_000,
        9_000_000,
        Amount.parse("0.032"),
    )
    return replace(made, **changes)


def trace(row: int = 700, **changes: Any) -> RecordTrace:
    made = RecordTrace(
        row, 1, "WordNet topics", NASTY, "artifact", BELA, "Bela <i>", False, "approve", False, (), (in_model(),),
        (pay(),), 1096, 2876,
    )  # fmt: skip
    return replace(made, **changes)


def receipt(one: RecordTrace, kind: str = "text") -> Receipt:
    row = RecordRow(
        one.row, 3, 3, 12, one.contributor, one.text, one.label, one.label, "CC-BY-4.0", frozenset({"train"}), "", "en",
        one.decision, "", one.withdrawn, None, kind,
    )  # fmt: skip
    root, tx = "0x" + "aa" * 32, "0x" + "bb" * 32
    return Receipt(
        row, one.contributor_name, root, root, 360, tx, 25, 1_760_000_000, tx, 35, True, ((1, 499),), one.mine
    )


def person(account: Address = BELA, **changes: Any) -> PersonView:
    given = GivenView(1, "WordNet topics", True, False, 1, 360, 352, 4, (("artifact", 200), ("food", 160)))
    quality = (
        LabelQuality("artifact", 6, "measured", 25, 30, 74, 90),
        LabelQuality("food <b>", 4, "unknown", 0, 12, 0, 7),
    )
    weighed = AdmissionView(account, "Bela", False, 360, 0.71, 0, 2, 5.7)
    model = PersonInModel(1, "Topics <b>", "published", 3588, weighed, quality, 200, 600, 129, 71, 0.062, FOR, AGAINST)
    paid = PayoutView(
        SETTLEMENT, 0, account, "Bela", 1, "Topics <b>", 1, Amount.parse("0.52"), "claimed", "", 1_763_700_000, False
    )
    made = PersonView(account, "Bela <i>", False, (given,), (model,), (paid,), Amount.parse("0.52"))
    return replace(made, **changes)


@dataclass
class StillTraces:
    """`records` and `people` by their keys; remembers what was asked in `asked`; `error` is raised once."""

    records: dict[int, RecordTrace] = field(default_factory=lambda: {700: trace()})
    people: dict[Address, PersonView] = field(default_factory=lambda: {BELA: person()})
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    error: BaseException | None = None
    made: WithoutRecord = field(
        default_factory=lambda: WithoutRecord(1, "0x" + "01" * 32, 1200, 944, 943, 1, "artifact", "food", 0.43)
    )

    def _fail(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error

    def record(self, row: int, progress: Progress | None = None) -> RecordTrace:
        (progress or silent()).step("influence", 1, 2)
        self.asked.append(("record", row))
        self._fail()
        return self.records[row]

    def person(self, account: Address, progress: Progress | None = None) -> PersonView:
        (progress or silent()).step("influence", 1, 2)
        self.asked.append(("person", account))
        self._fail()
        return self.people.get(account) or PersonView(account, "Account 1", account == ADA, (), (), (), Amount(0))

    def without(self, model: int, row: int, progress: Progress | None = None) -> WithoutRecord:
        (progress or silent()).step("retraining")
        self.asked.append(("without", model, row))
        self._fail()
        return self.made


@dataclass
class StillReceipts:
    explaining: StillTraces
    kind: str = "text"
    verified: Verified = field(
        default_factory=lambda: Verified(True, (("record leads to the root", True, "9 hashes"),))
    )

    def receipt(self, row: int) -> Receipt:
        return receipt(self.explaining.records[row], self.kind)

    def verify_given(self, _row: int) -> Verified:
        return self.verified


class StillTraceClient(StillClient):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.explaining = StillTraces()
        self.datanets = StillReceipts(self.explaining)
