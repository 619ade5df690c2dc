"""Models: train on a release, publish, run, verify an answer, retrain after a withdrawal."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.actions import Plan, event_of
from core.client.network import trust_view
from core.client.offering import Offering
from core.economy.split import Split
from core.errors import BadInput, ModelError, OpenLedgerError, StorageError
from core.events import Changed
from core.jobs import Progress, silent
from core.units import Address, Amount
from core.values import (
    Accuracy,
    AdmissionView,
    Answer,
    EncoderChoice,
    FormField,
    HeadChoice,
    ModelView,
    Prepared,
    TrustView,
    Verified,
    WithdrawalView,
)

if TYPE_CHECKING:
    from core.client.answers import Answers
    from core.client.building import Building
    from core.client.client import Client
    from core.economy.evidence import ModelRoots
    from core.models.catalogue import Model

_LOCAL = TrustView("local", "not published")


class Models:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._building: Building | None = None
        self._answers: Answers | None = None

    @property
    def building(self) -> Building:
        from core.client.building import Building  # numpy and the trainer: not before they are needed

        if self._building is None:
            self._building = Building(self._client)
        return self._building

    @property
    def answers(self) -> Answers:
        from core.client.answers import Answers

        if self._answers is None:
            self._answers = Answers(self._client)
        return self._answers

    def let_go(self) -> None:
        """Of tables, models and what was asked, as the profile is locked."""
        self._building, self._answers = None, None

    # Looking

    def all(self) -> tuple[ModelView, ...]:
        session = self._client.session
        found = session.catalogue.all()
        placed = [model.chain_model for model in found if model.chain_model is not None]
        session.foresee("Models", [("models", number, "packageHash") for number in placed])
        return tuple(self._view(model) for model in found)

    def get(self, model: int) -> ModelView:
        return self._view(self._client.session.catalogue.get(model))

    def encoders(self) -> tuple[str, ...]:
        """What `train` takes for texts: the ways of choosing, the usual one first, then each encoder, the cheapest
        first. Tables and pictures have one encoder each.
        """
        from core.models import choosing, encoders

        return (*choosing.WAYS, *encoders.NAMES)

    def _view(self, model: Model) -> ModelView:
        from core.models import encoders

        version = model.newest
        facts = version.facts
        metrics = facts["metrics"] or {}
        held = int(metrics.get("records", 0))
        return ModelView(
            id=model.id,
            number=model.chain_model,
            name=model.name,
            datanet=model.datanet,
            release=facts["release"]["version"],
            encoder=facts["encoder"]["name"],
            labels=tuple(facts["labels"]),
            records=facts["release"]["records"],
            accuracy=_accuracy(metrics, held, encoders.kind_of(facts["encoder"]["name"])),
            confusion=tuple(tuple(row) for row in metrics.get("confusion", ())),
            size_bytes=version.size,
            latency_ms=None if version.latency_us is None else version.latency_us / 1000,
            fee=Amount(model.fee),
            split=model.split,
            package_hash="0x" + version.package_hash.hex(),
            state=self._state(model),
            builder=None if model.builder is None else Address(model.builder),
            calls=self._client.session.calls.count(model.id),
            unsettled=self._client.earnings.unsettled(model),
            time=version.created,
            trust=self._trust(model),
            kind=encoders.kind_of(facts["encoder"]["name"]),
            choice=_choice(facts.get("choice")),
            head=_head(facts),
        )

    def _state(self, model: Model) -> str:
        if model.state == "retired":
            return "retired"
        with contextlib.suppress(StorageError, ModelError):  # a damaged file hides no model; asking says it
            if self.building.withdrawn(model):
                return "outdated"
        return "published" if model.state == "published" else "trained"

    def _trust(self, model: Model) -> TrustView:
        """Whether the ledger, by proof, names the very package that is here."""
        if model.chain_model is None:
            return _LOCAL
        try:
            found = self._client.session.contract("Models").state.read("models", model.chain_model, "packageHash")
        except OpenLedgerError as error:
            return TrustView("failed", type(error).__name__)
        if found.value != model.newest.package_hash:
            return TrustView("failed", "another package")
        return trust_view(found.trust)

    def admission(self, model: int) -> tuple[AdmissionView, ...]:
        """What the records of each contributor weigh in a model and why, heaviest first. Raises ModelError.

        ModelError("no training data"): the package of somebody else.
        """
        from core.client.weighing import admission

        return admission(self._client, self._client.session.catalogue.get(model))

    def verify_weights(self, model: int, progress: Progress | None = None) -> Verified:
        """Work its features and admission weights out again from the texts, by the stand-alone scripts.

        Raises ModelError ("no training data", "no reasons"), DatanetError, TooLarge, NodeError, Cancelled.
        """
        from core.client import weight_checks

        return weight_checks.verify(self._client, self._client.session.catalogue.get(model), progress or silent())

    def export_weights(
        self, model: int, path: Path, *, disclose: bool = False, progress: Progress | None = None
    ) -> None:
        """A file from which others do the same; it holds every text of the release, so nothing leaves without a yes
        to that (`disclose`, else EconomyError "every text"). Raises as `verify_weights`, DatanetError ("not to be
        shared").
        """
        from core.client import weight_checks

        found = self._client.session.catalogue.get(model)
        weight_checks.export(self._client, found, path, progress or silent(), disclose=disclose)

    # Building

    def train(
        self,
        datanet: int,
        *,
        name: str = "",
        encoder: str = "",
        held_out: Path | None = None,
        family: str = "auto",
        progress: Progress | None = None,
    ) -> ModelView:
        """From the newest release, as a draft of this profile. `held_out` is a file of records to measure on.

        `encoder` is one of `encoders()`: a name, or "auto" or "thorough" for the one that errs least on these records.
        `family` of the head is "ridge", "softmax", or "auto" for the stated rule (PoA-1, section 14).
        Without one, a tenth of the records is kept out. Raises DatanetError (no release), TooFewRecords, BadFile,
        Uncertified, Cancelled.
        """
        model = self.building.train(datanet, name, encoder, held_out, progress or silent(), family)
        self._client.said(Changed(models=True))
        return self.get(model.id)

    def rename(self, model: int, name: str) -> ModelView:
        self._client.session.catalogue.rename(model, name)
        self._client.said(Changed(models=True))
        return self.get(model)

    def remove(self, model: int) -> None:
        """A draft goes for good; published ones stay as receipts."""
        self._client.session.catalogue.remove(model)
        self._client.said(Changed(models=True))

    def prepare_retrain(
        self, model: int, account: int, progress: Progress | None = None
    ) -> tuple[WithdrawalView, Prepared]:
        """Train exactly without the withdrawn records, by subtraction and from scratch, and prepare the receipt.

        Raises ModelError when nothing was withdrawn, TooFewRecords, Cancelled.
        """
        return self.building.prepare_retrain(model, account, progress or silent())

    # Publishing

    def prepare_publish(self, model: int, account: int, fee: Amount, split: Sequence[int]) -> Prepared:
        """Package hash, roots, fee a call and split (basis points) on the ledger. Raises BadInput, Reverted."""
        session = self._client.session
        found = session.catalogue.get(model)
        if found.chain_model is not None:
            raise BadInput(field="model", reason="already published", value=found.name)
        if len(split) != 4:
            raise BadInput(field="split", reason="four parts", value=len(split))
        parts = Split(*split)
        parts.check_bounds()
        facts = found.newest.facts
        contract = session.contract("Models")
        place = (facts["release"]["datanet"], facts["release"]["version"])
        encoder, roots = bytes.fromhex(facts["encoder"]["hash"]), roots_of(facts)
        arguments = (*place, found.newest.package_hash, encoder, roots.contract_argument, fee.wei, list(parts.bps))

        def after(mined: Any) -> int:
            session.catalogue.published(
                model,
                chain_id=session.network.chain_id,
                chain_model=event_of(contract, mined, "ModelRegistered")["modelId"],
                builder=self._client.wallet.address(account).raw,
                fee=fee.wei,
                split=parts.bps,
            )
            return model

        return self._client.actions.prepare(
            Plan(
                "model.publish",
                account,
                contract.address,
                data=contract.call("register", *arguments),
                details=(
                    ("model", found.name),
                    ("package", "0x" + found.newest.package_hash.hex()),
                    ("fee a call", str(fee)),
                    ("split", " / ".join(f"{part / 100:g} %" for part in parts.bps)),
                ),
                risks=self._client.following.doubts(found.datanet),
                raw={"function": "register", "arguments": list(arguments)},
                after=after,
                changed=Changed(models=True),
            )
        )

    def prepare_fee(self, model: int, fee: Amount) -> Prepared:
        """Another fee for later calls. Raises ModelError, BadInput, as `Offering.prepare_fee`."""
        return Offering(self._client).prepare_fee(model, fee)

    def prepare_retire(self, model: int) -> Prepared:
        """No more calls, for good; those that were made are settled as before. Raises ModelError, BadInput."""
        return Offering(self._client).prepare_retire(model)

    # Running

    def run(self, model: int, text: str, payer: int, *, explain: bool = True) -> Answer:
        """One answer. A published model's call is metered to `payer`, whose deposit must bear it.

        Raises InsufficientFunds, ModelError, PackageRefused, WorkerLimit, TooLarge, BadInput.
        """
        return self.answers.run(model, text, payer, explain=explain)

    def ask_row(self, model: int, cells: Mapping[str, str], payer: int, *, explain: bool = True) -> Answer:
        """As `run`, for a model of tables: values by column, as typed. Raises BadInput naming the column."""
        return self.answers.run(model, self.answers.row(model, cells), payer, explain=explain)

    def ask_picture(self, model: int, path: Path, payer: int, *, explain: bool = True) -> Answer:
        """As `run`, for a model of pictures. Raises BadFile, TooLarge."""
        from core.datanets.content import MAX_PICTURE
        from core.files import read_small

        text = self._client.session.pictures.add(read_small(path, MAX_PICTURE)).text
        return self.answers.run(model, text, payer, explain=explain)

    def form(self, model: int) -> tuple[FormField, ...]:
        """What a model of tables asks for, in its order; nothing for other models."""
        return self.answers.form(model)

    def explain(self, call: int, label: str | None = None) -> Answer:
        """An earlier answer, with what carried it, or with what speaks for another `label`. Raises BadInput."""
        return self.answers.explain(call, label)

    def correct(self, call: int, label: str) -> Answer:
        """Say what the answer should have been; that label counts, until a voucher covers the call."""
        return self.answers.correct(call, label)

    def verify_answer(self, call: int, progress: Progress | None = None) -> Verified:
        """Recompute one answer with the reference arithmetic, and each contributor's part by real retraining."""
        return self.answers.verify(call, progress or silent())

    def difference_from_reference(self, call: int) -> int:
        """The largest difference of any integer of a call from the reference arithmetic; 0 unless something is off."""
        return self.answers.difference(call)

    def history(self, model: int, limit: int = 100) -> tuple[Answer, ...]:
        """Newest first, without explanations."""
        return self.answers.history(model, limit)


def roots_of(facts: dict[str, Any]) -> ModelRoots:
    """What a package's manifest says of the roots and sizes that its registration binds."""
    from core.economy.evidence import ModelRoots
    from core.models import families

    release, head = facts["release"], facts["head"]
    return ModelRoots(
        features=bytes.fromhex(release["features"]),
        inverse=bytes.fromhex(facts["inverseRoot"]),
        credit=bytes.fromhex(facts["creditRoot"]),
        records=release["records"],
        width=head["d"],
        labels=head["K"],
        norm_class=head["b"],
        z=head["z"],
        blocks=families.blocks(head["family"], head["K"]),
    )


def _accuracy(metrics: dict[str, Any], held: int, kind: str) -> Accuracy:
    ours, majority, tfidf = (metrics.get(name, 0) / held if held else 0.0 for name in ("correct", "majority", "tfidf"))
    return Accuracy(ours, majority, tfidf, held, kind)


def _head(facts: dict[str, Any]) -> HeadChoice:
    family, choice = str(facts["head"]["family"]), facts.get("choice") or {}
    whole = choice.get("weighed")
    if not isinstance(whole, int) or not whole:
        return HeadChoice(family)
    shares = [wrong / whole if isinstance(wrong := choice.get(name), int) else None for name in ("ridge", "softmax")]
    return HeadChoice(family, *shares)


def _choice(facts: dict[str, Any] | None) -> EncoderChoice | None:
    """From a package, which may be somebody else's: only encoders we know, as shares."""
    if not facts or not isinstance(facts.get("of"), int) or not facts["of"]:
        return None
    from core.models import choosing, encoders
    from core.models.manifest import MISS

    found = {name: facts[name] for name in encoders.NAMES if name in facts}
    if not found:  # a table's: whether products count is a matter of its one encoder
        return None
    shares = {name: errors / facts["of"] if isinstance(errors, int) else None for name, errors in found.items()}
    misses = {name: miss / choosing.MILLION for name in found if isinstance(miss := facts.get(name + MISS), int)}
    return EncoderChoice(str(facts.get("way", "")), tuple(shares.items()), tuple(misses.items()))
