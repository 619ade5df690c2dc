"""From a release to a package, and to the same package without withdrawn records."""

from __future__ import annotations

import contextlib
import hmac
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.attribution import quality, weights
from core.attribution.credit import credit_of
from core.attribution.novelty import novelty_of
from core.attribution.weights import Admission
from core.client.actions import Plan
from core.client.models import roots_of
from core.client.summing import FEW_RECORDS
from core.client.tables import TableCache
from core.economy import withdrawal
from core.economy.settlement import contributors_of
from core.errors import BadInput, ModelError, OpenLedgerError
from core.events import Changed
from core.jobs import Progress
from core.models import canonical, choosing, encoders, features, growing, package, training
from core.models.encoders.columns import Columns
from core.models.named import named
from core.models.training import Item, TrainedModel
from core.units import Address
from core.values import Prepared, WithdrawalView

if TYPE_CHECKING:
    from core.client.client import Client
    from core.models.catalogue import Model, Version

_APART = 10  # without a file of held-out records, one record in ten is kept for measuring
FEW_LEAVE = "few records leave"  # a risk: who has the sums before and after has the sum of what left
_LATENCY_SAMPLE = "a quick first look at how long one answer takes on this machine"


@dataclass(frozen=True)
class Origin:
    """Which release a package is made of, as its manifest says it."""

    datanet: int
    version: int
    root: bytes
    licence: str


class Building:
    def __init__(self, client: Client) -> None:
        self._client = client
        self.tables = TableCache()

    def train(
        self, datanet: int, name: str, encoder: str, held_out: Path | None, progress: Progress, family: str
    ) -> Model:
        session = self._client.session
        self._client.following.look()  # what was taken back meanwhile
        release = self._client.datanets.training_release(datanet)
        items, apart = self._items(release, held_out)
        name = name or release.name
        encoder = self._encoder(release, items, encoder)
        origin = Origin(release.number, release.version, release.root, release.licence)
        with session.artefacts.scratch() as room:
            shelf = features.Shelf(room)
            choice = None
            if release.kind == "table":
                encoder, choice = self._choose_columns(items, release, encoder, shelf, progress)
            elif encoder in choosing.WAYS:
                choice = self._choose(items, release, encoder, shelf, progress)
                encoder = choice.encoder
            encode = session.runtime.encoding(encoder)
            weighed, admission = self._weigh(datanet, items, release, encoder, shelf, encode, progress)
            facts = admission.manifest() | self._prints(datanet, items, release)
            data = training.prepare(
                weighed, apart, release.labels, progress, encoder=encoder, shelf=shelf, encode=encode
            )
            del release, items, apart, weighed  # the texts: what follows needs features alone
            trained = training.train(data, progress, family=family)
            chosen = None if choice is None else choice.canonical()
            with self._pinned(facts) as pinned:
                built = self._package(trained, name, origin, pinned, None, progress, chosen)
                model: Model = session.catalogue.add(name, datanet, built, trained, origin="trained", progress=progress)
        self._measure_latency(model.newest)
        return model

    @contextlib.contextmanager
    def _pinned(self, facts: dict[str, object]) -> Iterator[dict[str, Any]]:
        """The figures of the admission weights for the manifest; their reasons are kept here, named by SHA-256, and
        go again where no package comes of it.
        """
        session, reasons = self._client.session, ""
        try:
            with session.artefacts.naming():
                reasons = session.artefacts.put_long(canonical.encode(facts))
                figures = {name: facts[name] for name in ("threshold", "likeness", "often", "core_j")}
                yield figures | {"reasons": reasons}
        except BaseException:
            with contextlib.suppress(OpenLedgerError), session.db.transaction():
                if reasons and reasons not in named(session.db):
                    session.artefacts.remove(reasons)
            raise

    def _encoder(self, release: Any, items: Sequence[Item], asked: str) -> str:
        """The key of the encoder, fitted to the records that may train where it is one to be fitted."""
        if release.kind == "text":
            return asked or encoders.DEFAULT
        names = encoders.of_kind(release.kind)
        name = names[0] if asked in {"", "auto", "thorough"} else asked
        if name not in names:
            raise BadInput(field="encoder", reason="other content", value=name)
        texts = [item.text for item in items if "train" in item.uses]
        return encoders.fit(name, texts, release.columns).key

    def _items(self, release: Any, held_out: Path | None) -> tuple[list[Item], list[Item]]:
        """Records to train on, and those to measure on: from a file, or one in ten by their ids."""
        items = [
            Item(r.text, r.label, r.record_id, r.account, frozenset(r.uses)) for r in release.records if not r.withdrawn
        ]
        if held_out is None:
            apart = [item for item in items if item.record_id[-1] % _APART == 0]
            ids = {item.record_id for item in apart}
            return [item for item in items if item.record_id not in ids], apart
        rows = self._client.datanets.read_rows(held_out, release.labels, release)
        evaluate = frozenset({"evaluate"})
        return items, [
            Item(text, label, sha256(f"{number}\0{text}".encode()).digest(), bytes(20), evaluate)
            for number, (text, label) in enumerate(rows)
        ]

    def _choose(
        self, items: Sequence[Item], release: Any, way: str, shelf: features.Shelf, progress: Progress
    ) -> choosing.Choice:
        """The encoder for these records."""
        encode = self._client.session.runtime.encoding
        texts, y, w = _by_novelty(items, release, progress)
        return choosing.best(texts, y, w, len(release.labels), progress, way=way, shelf=shelf, encode=encode)

    def _choose_columns(
        self, items: Sequence[Item], release: Any, fitted: str, shelf: features.Shelf, progress: Progress
    ) -> tuple[str, choosing.Choice | None]:
        kind = encoders.get(fitted)
        assert isinstance(kind, Columns)  # there is no other for tables
        texts, y, w = _by_novelty(items, release, progress)
        chosen, choice = choosing.of_columns(kind, texts, y, w, len(release.labels), progress, shelf=shelf)
        return chosen.key, choice

    def _weigh(
        self,
        datanet: int,
        items: Sequence[Item],
        release: Any,
        encoder: str,
        shelf: features.Shelf,
        encode: Any,
        progress: Progress,
    ) -> tuple[list[Item], Admission]:
        """Admission weights (PoA-1, section 7), pinned with their reasons."""
        usable, owner, trusted = _usable(items, release)
        kind = encoders.get(encoder)
        texts = [item.text for item in usable]
        x = shelf.rows(kind, texts, progress, encode)
        number = {label: k for k, label in enumerate(release.labels)}
        y = [number[item.label] for item in usable]
        admission = weights.admit(
            self._client.datanets.likeness(datanet, texts),
            x,
            y,
            len(number),
            owner,
            trusted,
            norm_class=kind.norm_class,
            progress=progress,
        )
        weight = {item.record_id: int(w) for item, w in zip(usable, admission.weights, strict=True)}
        return [replace(item, weight=weight.get(item.record_id, 1)) for item in items], admission

    def _prints(self, datanet: int, items: Sequence[Item], release: Any) -> dict[str, object]:
        """Of pictures, what novelty compared of each: another decoder could make another print, so these count."""
        if release.kind != "image":
            return {}
        return {"prints": self._client.datanets.likeness(datanet, [item.text for item in _usable(items, release)[0]])}

    def features_secret(self, root: bytes) -> bytes:
        """Salts the leaves of a release's features root; from the phrase, so a restore finds it again."""
        return hmac.new(self._client.session.data_key, b"features" + root, sha256).digest()

    def _package(
        self,
        trained: TrainedModel,
        name: str,
        origin: Origin,
        admission: dict[str, Any],
        lineage: dict[str, object] | None,
        progress: Progress,
        choice: dict[str, object] | None = None,
    ) -> package.Built:
        data = trained.data
        credit = credit_of(trained.head, data.x, data.y, data.w, progress)
        secret = self.features_secret(origin.root)
        whole = growing.features_root(secret, data.x, data.y, data.w, data.record_ids, data.accounts, progress)
        earned = growing.credit_root(secret, credit.c, progress)
        release = package.Release(origin.datanet, origin.version, origin.root, whole, earned, origin.licence)
        progress.step("package")
        return package.build(
            trained, name=name, release=release, z=credit.z, admission=admission, lineage=lineage, choice=choice
        )

    def _measure_latency(self, version: Version) -> None:
        session = self._client.session
        sample = _LATENCY_SAMPLE
        if version.facts["encoder"]["name"] in {name for kind in ("table", "image") for name in encoders.of_kind(kind)}:
            model = session.catalogue.get(version.model)
            sample = self._client.datanets.training_release(model.datanet).records[0].text
        loaded = session.runtime.load(version.package_hash, session.catalogue.source(version))
        session.catalogue.set_latency(version.id, session.runtime.latency(loaded, [sample]))

    # After a withdrawal

    def withdrawn(self, model: Model) -> list[bytes]:
        """Ids of the records in this model's newest package that their owners took back since: it was trained on them,
        or they were held out and measured it.
        """
        gone = self._client.datanets.withdrawn_ids(model.datanet)
        if not gone or model.newest.training is None:
            return []
        known = self._client.session.catalogue.record_ids(model.newest, held_out=True)
        return [leaf for leaf in known if leaf in gone]

    def prepare_retrain(self, model: int, account: int, progress: Progress) -> tuple[WithdrawalView, Prepared]:
        session = self._client.session
        found = session.catalogue.get(model)
        self._client.following.look()  # what was taken back meanwhile leaves as well
        gone = self.withdrawn(found)
        if not gone:
            raise ModelError(reason="nothing withdrawn", model=found.name)
        old = session.catalogue.training(found.newest)
        started = time.monotonic()
        new = training.without(old, gone, progress)
        seconds = time.monotonic() - started
        scratch = training.train(old.data.without(gone), progress, j=old.head.j, family=old.head.family)
        built, again = (self._next(found, made, len(gone), progress) for made in (new, scratch))
        receipt = self._receipt(found, old, new, built, again, gone)
        view = WithdrawalView(
            model=model,
            records=len(gone),
            old_hash="0x" + found.newest.package_hash.hex(),
            new_hash="0x" + built.hash.hex(),
            scratch_hash="0x" + again.hash.hex(),
            accuracy_before=_accuracy(old),
            accuracy_after=_accuracy(new),
            seconds=seconds,
            receipt_hash="0x" + receipt.hash.hex(),
        )
        return view, self._retrain_plan(found, account, built, new, receipt)

    def catch_up(self, model: Model, package_hash: bytes, progress: Progress) -> None:
        """Make again the package that the ledger names, after a kill between the ledger's word and ours."""
        session = self._client.session
        gone = self.withdrawn(model)
        if not gone:
            return
        made = training.without(session.catalogue.training(model.newest), gone, progress)
        built = self._next(model, made, len(gone), progress)
        if built.hash == package_hash:
            session.catalogue.add_version(model.id, built, made, origin="retrained")

    def _next(self, model: Model, trained: TrainedModel, withdrawn: int, progress: Progress) -> package.Built:
        """The package of the same release less some records: everything else as it is pinned in the one before."""
        facts = model.newest.facts
        release = facts["release"]
        origin = Origin(
            release["datanet"], release["version"], bytes.fromhex(release["root"]), facts["licence"]["data"]
        )
        lineage: dict[str, object] = {"package": model.newest.package_hash.hex(), "withdrawn": withdrawn}
        return self._package(trained, facts["name"], origin, facts["admission"], lineage, progress, facts.get("choice"))

    def _receipt(
        self,
        model: Model,
        old: TrainedModel,
        new: TrainedModel,
        built: package.Built,
        again: package.Built,
        gone: Sequence[bytes],
    ) -> withdrawal.Receipt:
        learned, measured = old.data.parted(gone)
        return withdrawal.receipt(
            chain_id=self._client.session.network.chain_id,
            model=model.chain_model or 0,
            old_package=model.newest.package_hash,
            new_package=built.hash,
            scratch_package=again.hash,
            old_leaves=old.data.record_ids,
            withdrawn=[leaf for leaf in gone if leaf in learned],
            unmeasured=[leaf for leaf in gone if leaf in measured],
            old_features_root=roots_of(model.newest.facts).features,
            new_features_root=roots_of(_facts(built)).features,
            before=_metrics(old),
            after=_metrics(new),
            at=self._client.clock.now(),
        )

    def _retrain_plan(
        self,
        model: Model,
        account: int,
        built: package.Built,
        trained: TrainedModel,
        receipt: withdrawal.Receipt,
    ) -> Prepared:
        session = self._client.session
        contract = session.contract("Models")
        learned, measured = len(receipt.withdrawn), len(receipt.unmeasured)
        few = (FEW_LEAVE,) if 0 < learned < FEW_RECORDS else ()
        arguments = (built.hash, roots_of(_facts(built)).contract_argument, receipt.hash)

        def after(_mined: Any) -> int:
            version = session.catalogue.add_version(model.id, built, trained, origin="retrained").newest
            self._measure_latency(version)
            return model.id

        return self._client.actions.prepare(
            Plan(
                "model.retrain",
                account,
                contract.address,
                data=contract.call("retrain", model.chain_model, *arguments),
                details=(
                    ("model", model.name),
                    ("records withdrawn", str(learned + measured)),
                    ("old package", "0x" + model.newest.package_hash.hex()),
                    ("new package", "0x" + built.hash.hex()),
                    ("receipt", "0x" + receipt.hash.hex()),
                ),
                raw={"function": "retrain", "receipt": receipt.document().decode()},
                risks=(*few, *self._client.following.doubts(model.datanet)),
                after=after,
                changed=Changed(models=True),
            )
        )


def _by_novelty(items: Sequence[Item], release: Any, progress: Progress) -> tuple[list[str], Any, Any]:
    """Texts, labels and weights to choose an encoder by: novelty alone, for quality is measured with what is chosen."""
    usable, owner, trusted = _usable(items, release)
    texts = [item.text for item in usable]
    novelty, _ = novelty_of(texts, owner.tolist(), trusted, progress)
    number = {label: k for k, label in enumerate(release.labels)}
    y = np.array([number[item.label] for item in usable], np.int64)
    return texts, y, np.array([one.weight * quality.UNKNOWN for one in novelty], np.int64)


def _usable(items: Sequence[Item], release: Any) -> tuple[list[Item], Any, set[int]]:
    """The records that may be trained on, the contributor of each, and which contributors are trusted."""
    usable = [item for item in items if "train" in item.uses]
    people, owner = contributors_of([Address(item.account) for item in usable])
    return usable, owner, {place for place, who in enumerate(people) if who in release.trusted}


def _metrics(trained: TrainedModel) -> withdrawal.Metrics:
    if trained.evaluation is None:
        return withdrawal.Metrics(0, 0)
    return withdrawal.Metrics(trained.evaluation.records, trained.evaluation.correct)


def _accuracy(trained: TrainedModel) -> float:
    return 0.0 if trained.evaluation is None else trained.evaluation.accuracy


def _facts(built: package.Built) -> dict[str, Any]:
    facts = canonical.decode(built.manifest)
    assert isinstance(facts, dict)
    return facts
