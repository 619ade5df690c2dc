"""Models that stand still, for the Models page: two of everything, and answers that come at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import InsufficientFunds
from core.jobs import Progress, silent
from core.units import Address, Amount
from core.values import (
    AccountView,
    Accuracy,
    AdmissionView,
    Answer,
    CalibrationBin,
    CallPay,
    ContributionView,
    ContributorShare,
    DatanetView,
    EncoderChoice,
    HardRecord,
    Known,
    LabelCard,
    ModelCard,
    ModelView,
    Prepared,
    RecordShare,
    ReleaseView,
    TrustView,
    TryView,
    Verified,
    WithdrawalView,
)
from tests.doubles.still_client import ADA, BELA, PROVEN, StillClient, prepared
from tests.doubles.still_searching import StillMemorising, StillSearching
from tests.doubles.still_weights import WEIGHED

LABELS = ("animal", "artifact", "body", "food", "location", "person", "plant", "time")
LOCAL = TrustView("local", "not published")
TRIED = (("static-256", 0.231), ("words-1024", 0.29), ("static-256+words", 0.204))
MISSES = (("static-256", 0.352), ("words-1024", 0.421), ("static-256+words", 0.318))
CHOICE = EncoderChoice("auto", (*TRIED, ("minilm-w4", None), ("minilm-w4+words", None)), MISSES)
PEOPLE = tuple(Address(bytes([number]) * 20) for number in range(1, 7))
NAMES = ("Ada", "Bela", "Chidi", "Dana", "Emre", "Farah")


def release(version: int = 2) -> ReleaseView:
    return ReleaseView(1, version, 3600, 10, "0x" + "8c" * 32, "0x" + "d6" * 32, 37, 1_760_000_000, PROVEN)


def datanet(*releases: ReleaseView, number: int = 1, name: str = "WordNet topics") -> DatanetView:
    return DatanetView(
        number, number, name, "Definitions and their topics.", LABELS, "CC-BY-4.0", ADA, True, 3600, 0, 10, 360,
        releases, 30, PROVEN,
    )  # fmt: skip


def confusion() -> tuple[tuple[int, ...], ...]:
    size = len(LABELS)
    return tuple(
        tuple(82 - 3 * row if row == column else (row * 7 + column * 3) % 6 for column in range(size))
        for row in range(size)
    )


def model(number: int = 1, state: str = "published", **changes: Any) -> ModelView:
    on_ledger = state in {"published", "retired"} or changes.pop("on_ledger", False)
    values: dict[str, Any] = {
        "id": number,
        "number": number if on_ledger else None,
        "name": "Topics of definitions",
        "datanet": 1,
        "release": 2,
        "encoder": "static-256",
        "labels": LABELS,
        "records": 3588,
        "accuracy": Accuracy(0.787, 0.125, 0.663, 1200),
        "confusion": confusion(),
        "size_bytes": 8_093_899,
        "latency_ms": 0.098,
        "fee": Amount.parse("0.01") if on_ledger else Amount(0),
        "split": (7000, 2500, 0, 500) if on_ledger else (10_000, 0, 0, 0),
        "package_hash": "0x" + f"{number:02x}" * 32,
        "state": state,
        "builder": ADA if on_ledger else None,
        "calls": 642 if on_ledger else 0,
        "unsettled": 0,
        "time": 1_763_700_000,
        "trust": PROVEN if on_ledger else LOCAL,
    }
    return ModelView(**{**values, **changes})


def answer(call: int = 1, text: str = "an island of Hawaii to the northwest of Oahu", **changes: Any) -> Answer:
    one = 2**52
    scores = (0.021, 0.065, -0.189, 0.114, 0.814, 0.029, 0.071, 0.046)
    shares = (0.325, 0.243, 0.171, 0.127, -0.048, -0.011)
    texts = (
        ("an island in the Pacific to the west of the Hawaiian group", 0.0213, 0),
        (
            "the largest island of a chain in the central Pacific; known for its volcanoes and its observatories",
            0.0187,
            1,
        ),
        ("a strait between two islands", 0.0112, 2),
    )
    against = (("a person who lives on an island", -0.0048, 4), ("moving towards the northwest", -0.0031, 5))
    values: dict[str, Any] = {
        "call": call,
        "model": 1,
        "text": text,
        "label": "location",
        "scores": tuple((name, round(score * one)) for name, score in zip(LABELS, scores, strict=True)),
        "confidence": 0.983,
        "fee": Amount.parse("0.01"),
        "latency_ms": 0.39,
        "contributors": tuple(
            ContributorShare(who, name, round(share * one), share, name == "Ada")
            for who, name, share in zip(PEOPLE, NAMES, shares, strict=True)
        ),
        "supporting": tuple(
            RecordShare(81 * n, words, "location", PEOPLE[n], NAMES[n], round(share * one), share, row=700 + n)
            for words, share, n in texts
        ),
        "opposing": tuple(
            RecordShare(97 * n, words, "person", PEOPLE[n], NAMES[n], round(share * one), share)
            for words, share, n in against
        ),
    }
    return Answer(**{**values, **changes})


def card(of: ModelView, **changes: Any) -> ModelCard:
    held = of.accuracy.held_out
    right, tfidf, majority = (
        round(share * held) for share in (of.accuracy.ours, of.accuracy.tfidf, of.accuracy.majority)
    )
    labels = tuple(
        LabelCard(name, 440 + 3 * at, sum(row), row[at], sum(line[at] for line in of.confusion))
        for at, (name, row) in enumerate(zip(of.labels, of.confusion, strict=True))
    )
    values: dict[str, Any] = {
        "view": of,
        "datanet_name": "WordNet topics",
        "description": "Definitions and their topics.",
        "licence": "CC-BY-4.0",
        "encoder_licence": "Apache-2.0",
        "encoder_hash": "96" * 32,
        "family": "ridge",
        "width": 257,
        "head_hash": "97" * 32,
        "release_root": "0x" + "8c" * 32,
        "manifest_hash": "0x" + "d6" * 32,
        "features_root": "0x" + "25" * 32,
        "contributors": 10,
        "excluded": 12,
        "held_out": held,
        "right": right,
        "right_tfidf": tfidf,
        "right_majority": majority,
        "interval": (0.763, 0.809) if held else None,
        "labels": labels,
        "calibration": (CalibrationBin(0.001, 600, 340), CalibrationBin(0.3, 600, 590)) if held else (),
        "hardest": (HardRecord(702, 41, "a large fork used in carving cooked meat", "artifact", "food", 0.784),),
        "weights": ((0, 724), (32, 500), (64, 2364)),
        "copies": 366,
        "near": 72,
        "unmeasured": 2,
        "silent": (("Dora", 120),),
        "review": (("Bela", "body", 31),),
        "retrained_from": "",
        "withdrawn": 0,
    }
    return ModelCard(**{**values, **changes})


WEIGHTS = (
    AdmissionView(PEOPLE[0], "Ada", True, 360, 0.79, 1, 13, 6.4),
    AdmissionView(PEOPLE[1], "Bela", False, 360, 0.74, 0, 7, 6.0),
    AdmissionView(PEOPLE[2], "Chidi", False, 300, 0.41, 0, 2, 3.3),
    AdmissionView(PEOPLE[3], "Dana", False, 360, 0.01, 0, 0, 0.1),
    AdmissionView(PEOPLE[4], "Emre", False, 360, 0.04, 344, 0, 6.2),
)
CHECKS = (
    ("features", True, "257 integers"),
    ("scores", True, "8 labels"),
    ("answer", True, "location"),
    ("contributors", True, "6 models retrained"),
    ("package on the ledger", True, "0x" + "01" * 32),
)
RECEIPT = WithdrawalView(
    1, 12, "0x" + "01" * 32, "0x" + "77" * 32, "0x" + "77" * 32, 0.787, 0.786, 0.42, "0x" + "9e" * 32
)  # fmt: skip


@dataclass
class StillModels:
    """Remembers what was asked of it in `asked`. `error` is raised by the next long call."""

    views: list[ModelView] = field(default_factory=list)
    calls: list[Answer] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    error: BaseException | None = None
    verified: Verified = field(default_factory=lambda: Verified(True, CHECKS))
    weighed: Verified = WEIGHED
    deposit: Amount = field(default_factory=lambda: Amount.parse("3"))
    trained: ModelView = field(
        default_factory=lambda: model(9, "trained", name="My topics", encoder="static-256+words", choice=CHOICE)
    )

    def all(self) -> tuple[ModelView, ...]:
        return tuple(self.views)

    def get(self, number: int) -> ModelView:
        return next(one for one in self.views if one.id == number)

    def encoders(self) -> tuple[str, ...]:
        return ("auto", "thorough", "static-256", "words-1024", "static-256+words", "minilm-w4", "minilm-w4+words")

    def admission(self, _model: int) -> tuple[AdmissionView, ...]:
        return WEIGHTS

    def _fail(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error

    def train(
        self,
        number: int,
        *,
        name: str,
        encoder: str,
        held_out: Path | None,
        family: str = "auto",
        progress: Progress | None = None,
    ) -> ModelView:
        (progress or silent()).step("encode", 1, 2)
        self.asked.append(("train", number, name, encoder, held_out, *([] if family == "auto" else [family])))
        self._fail()
        self.trained = replace(self.trained, name=name, datanet=number)
        self.views.append(self.trained)
        return self.trained

    def rename(self, number: int, name: str) -> ModelView:
        self.asked.append(("rename", number, name))
        return self.get(number)

    def remove(self, number: int) -> None:
        self.asked.append(("remove", number))
        self.views = [one for one in self.views if one.id != number]

    def prepare_publish(self, number: int, account: int, fee: Amount, split: tuple[int, ...]) -> Prepared:
        self.asked.append(("publish", number, account, fee, tuple(split)))
        return prepared("model.publish", value=Amount(0))

    def prepare_fee(self, number: int, fee: Amount) -> Prepared:
        self.asked.append(("fee", number, fee))
        self._fail()
        return prepared("model.fee", value=Amount(0))

    def prepare_retire(self, number: int) -> Prepared:
        self.asked.append(("retire", number))
        return prepared("model.retire", value=Amount(0))

    def prepare_retrain(
        self, number: int, account: int, progress: Progress | None = None
    ) -> tuple[WithdrawalView, Prepared]:
        (progress or silent()).step("solve", 1, 2)
        self.asked.append(("retrain", number, account))
        self._fail()
        return RECEIPT, prepared("model.retrain", value=Amount(0))

    def run(self, number: int, text: str, payer: int, *, explain: bool = True) -> Answer:
        self.asked.append(("run", number, text, payer))
        self._fail()
        fee = self.get(number).fee
        if fee.wei > self.deposit.wei:
            raise InsufficientFunds(needed=fee.wei, available=self.deposit.wei, what="deposit")
        made = answer(len(self.calls) + 1, text, model=number, fee=fee)
        self.calls.insert(0, made)
        return made if explain else replace(made, contributors=(), supporting=(), opposing=())

    def explain(self, call: int, label: str | None = None) -> Answer:
        """For another label: everything turned round."""
        self._fail()
        found = next(one for one in self.calls if one.call == call)
        if label is None:
            return found
        self.asked.append(("explain", call, label))
        turned = tuple(replace(one, share=-one.share, influence=-one.influence) for one in found.contributors)
        return replace(found, contributors=turned, supporting=found.opposing, opposing=found.supporting)

    def correct(self, call: int, label: str) -> Answer:
        self.asked.append(("correct", call, label))
        self.calls = [replace(one, corrected=label) if one.call == call else one for one in self.calls]
        return self.explain(call)

    def verify_weights(self, model: int, progress: Progress | None = None) -> Verified:
        (progress or silent()).step("weights script", 1, 2)
        self.asked.append(("verify weights", model))
        return self.weighed

    def export_weights(
        self, model: int, path: Path, *, disclose: bool = False, progress: Progress | None = None
    ) -> None:
        assert disclose
        path.write_bytes(b"PK")
        self.asked.append(("export weights", model))

    def verify_answer(self, call: int, progress: Progress | None = None) -> Verified:
        (progress or silent()).step("retraining", 1, 2)
        self.asked.append(("verify", call))
        return self.verified

    def history(self, _model: int, limit: int = 100) -> tuple[Answer, ...]:
        return tuple(self.calls[:limit])


@dataclass
class StillEarnings:
    models: StillModels
    unsettled: tuple[tuple[int, int, Amount], ...] = ()
    tried: tuple[TryView, ...] = ()

    def deposit_of(self, _payer: Address) -> Known[Amount]:
        return Known(self.models.deposit, PROVEN)

    def owed(self, _payer: Address) -> Amount:
        return sum((fees for _account, _calls, fees in self.unsettled), Amount(0))

    def waiting(self, _model: int) -> tuple[tuple[int, int, Amount], ...]:
        return self.unsettled

    def tries(self, _model: int | None = None) -> tuple[TryView, ...]:
        return self.tried

    def prepare_deposit(self, payer: int, amount: Amount) -> Prepared:
        self.models.asked.append(("deposit", payer, amount))
        self.models.deposit += amount
        return prepared("deposit", value=amount)

    def export_proof(
        self,
        settlement: str,
        path: Path,
        *,
        call: int | None = None,
        disclose: bool = False,
        progress: Progress | None = None,
    ) -> None:
        assert disclose
        (progress or silent()).step("influence", 1, 2)
        self.models.asked.append(("prove", settlement, path, call))

    def prepare_settle(self, number: int, payer: int, poster: int, progress: Progress | None = None) -> Prepared:
        (progress or silent()).step("influence", 1, 2)
        self.models.asked.append(("settle", number, payer, poster))
        return prepared("settle", value=Amount(0))


@dataclass
class StillExplaining:
    """What the Models page asks of it; the pages about records and people have a still client of their own."""

    pay: CallPay = field(default_factory=lambda: CallPay("waiting", Amount.parse("0.01")))

    models: StillModels = field(default_factory=StillModels)

    def pay_of(self, _call: int) -> CallPay:
        return self.pay

    def card(self, number: int, progress: Progress | None = None) -> ModelCard:
        (progress or silent()).step("influence", 1, 2)
        return card(self.models.get(number))


@dataclass
class StillDatanets:
    views: list[DatanetView] = field(default_factory=list)

    def all(self) -> tuple[DatanetView, ...]:
        return tuple(self.views)

    def contributions(self, number: int) -> tuple[ContributionView, ...]:
        root, tx = "0x" + "aa" * 32, "0x" + "bb" * 32
        return (ContributionView(1, number, 1, BELA, "Bela", 360, 360, "released", root, tx, 1_760_000_000, True),)


class StillModelsClient(StillClient):
    """`full`: one published, one outdated, one draft; without it nothing but the datanets given."""

    def __init__(self, root: Path, *, full: bool = True, datanets: list[DatanetView] | None = None) -> None:
        super().__init__(root)
        views = [
            model(1),
            model(2, "outdated", on_ledger=True, name="Short commands", accuracy=Accuracy(0.914, 0.21, 0.886, 412)),
            model(3, "trained", name="Swahili intents", accuracy=Accuracy(0.702, 0.33, 0.731, 96), latency_ms=None),
        ]  # fmt: skip
        self.models = StillModels(views if full else [])
        self.earnings = StillEarnings(self.models)
        self.explaining = StillExplaining(models=self.models)
        self.searching = StillSearching()
        self.memorising = StillMemorising()
        self.datanets = StillDatanets([datanet(release())] if datanets is None else datanets)
        money = Known(Amount.parse("12.5"), PROVEN)
        self.wallet.views = [AccountView(0, "Builder", ADA, money), AccountView(1, "Bela", BELA, money)]
