"""Calls: run, meter, explain, correct, verify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.attribution import contributors, influence
from core.client.tables import ModelTables
from core.datanets.content import Column, row_of
from core.economy import usage
from core.errors import BadInput, InsufficientFunds, ModelError, OpenLedgerError
from core.events import Changed
from core.jobs import Progress, silent
from core.models import encoders, evaluation, features, package
from core.models.calls import Call
from core.models.ridge.base import Head
from core.models.ridge.exact import Ints
from core.models.rows import taken
from core.units import Address, Amount
from core.values import Answer, ContributorShare, FormField, RecordShare, Verified

if TYPE_CHECKING:
    from core.client.client import Client
    from core.models.catalogue import Model, Version

_SHOWN = 5  # supporting and opposing records of an answer


class Answers:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._loaded: dict[bytes, Any] = {}

    def run(self, model: int, text: str, payer: int, *, explain: bool) -> Answer:
        session = self._client.session
        found = session.catalogue.get(model)
        version = found.newest
        account = self._client.wallet.address(payer)
        if not text.strip():
            raise BadInput(field="text", reason="empty")
        if found.state == "retired":
            raise ModelError(reason="retired", model=found.name)
        deposit, settled = None, 0
        if found.chain_model is not None:
            deposit = self._client.earnings.deposit_of(account).value
            settled = self._client.earnings.settled_nonce(found, account)
        if deposit is not None:
            self._bears(found, account, deposit)
        loaded = self._loaded.get(version.package_hash)
        if loaded is None:
            loaded = session.runtime.load(version.package_hash, session.catalogue.source(version))
            self._loaded[version.package_hash] = loaded
        ran = session.runtime.run(loaded, [text])[0]
        with session.db.transaction():
            if deposit is not None:
                self._bears(found, account, deposit)  # other calls may have been metered while the model ran
            call = session.calls.record(version, ran, payer=account.raw, fee=found.fee)
            self._meter(found, version, call, account, settled)
        self._client.said(Changed(models=True, earnings=True))
        return self._answer(found, version, call, explain=explain)

    def row(self, model: int, cells: Mapping[str, str]) -> str:
        """Values by column as the canonical text of a row. Raises BadInput naming the column."""
        columns = [Column(field.name, field.cells) for field in self.form(model)]  # type: ignore[arg-type]
        unknown = set(cells) - {column.name for column in columns}
        if unknown:
            raise BadInput(field="columns", reason="unknown", value=min(unknown)[:80])
        text = row_of(cells, columns)
        if not text:
            raise BadInput(field="text", reason="empty")
        return text

    def form(self, model: int) -> tuple[FormField, ...]:
        catalogue = self._client.session.catalogue
        version = catalogue.get(model).newest
        if encoders.kind_of(version.facts["encoder"]["name"]) != "table":
            return ()
        scaling = package.scaling_of(catalogue.package(version))
        numbers = [FormField(one.name, "number", (), one.middle) for one in scaling.numbers]
        return (*numbers, *(FormField(one.name, "category", one.values, "") for one in scaling.categories))

    def _bears(self, model: Model, payer: Address, deposit: Amount) -> None:
        """The deposit, by proof, must bear what is not settled yet and this call: a voucher will be signed for it."""
        waiting = self._client.earnings.owed(payer)
        if waiting.wei + model.fee > deposit.wei:
            raise InsufficientFunds(needed=waiting.wei + model.fee, available=deposit.wei, what="deposit")

    def _meter(self, model: Model, version: Version, call: Call, payer: Address, settled: int) -> None:
        if model.chain_model is None or not model.fee:
            return  # a free call is nothing to settle, and of a package before it would stand in the way of paid ones
        session = self._client.session
        channel = self._client.earnings.channel(model, payer)
        fee = Amount(model.fee)
        usage.meter(
            session.db,
            channel,
            version.package_hash,
            call.x,
            call.answered,
            fee,
            call.at,
            call=call.id,
            settled=settled,
        )

    def explain(self, call: int, label: str | None = None) -> Answer:
        """With what carried it; `label`: what speaks for another label of the model ("why not that one?")."""
        model, version, kept = self._of(call)
        asked = kept if label is None else replace(kept, corrected=_number(version, label))
        found = self._answer(model, version, asked, explain=True)
        counted = None if kept.corrected is None else version.facts["labels"][kept.corrected]
        return replace(found, corrected=counted)

    def history(self, model: int, limit: int) -> tuple[Answer, ...]:
        session = self._client.session
        found = session.catalogue.get(model)
        versions = {version.id: version for version in found.versions}
        kept = session.calls.of_model(model)[-limit:]
        return tuple(self._answer(found, versions[call.version], call, explain=False) for call in reversed(kept))

    def correct(self, call: int, label: str) -> Answer:
        session = self._client.session
        model, version, kept = self._of(call)
        number = _number(version, label)
        with session.db.transaction():
            metered = usage.of_call(session.db, call)
            if metered is not None:
                usage.correct(session.db, metered[0], metered[1].nonce, number)
            kept = session.calls.correct(call, None if number == kept.answered else number)
        self._client.said(Changed(models=True, earnings=True))
        return self._answer(model, version, kept, explain=True)

    def _of(self, call: int) -> tuple[Model, Version, Call]:
        session = self._client.session
        kept: Call = session.calls.get(call)
        version = session.catalogue.version(kept.version)
        return session.catalogue.get(version.model), version, kept

    def _answer(self, model: Model, version: Version, call: Call, *, explain: bool) -> Answer:
        facts = version.facts
        labels = facts["labels"]
        people: tuple[ContributorShare, ...] = ()
        supporting: tuple[RecordShare, ...] = ()
        opposing: tuple[RecordShare, ...] = ()
        if explain:
            tables = self._client.models.building.tables.get(self._client.session, version)
            people = self._people(tables, call)
            supporting, opposing = self._records(model, tables, call)
        return Answer(
            call=call.id,
            model=model.id,
            text=call.text,
            label=labels[call.answered],
            scores=tuple(zip(labels, call.scores, strict=True)),
            confidence=_confidence(call, facts),
            fee=Amount(call.fee),
            latency_ms=call.latency_us / 1000,
            contributors=people,
            supporting=supporting,
            opposing=opposing,
            corrected=None if call.corrected is None else labels[call.corrected],
            kind=encoders.kind_of(facts["encoder"]["name"]),
        )

    def _people(self, tables: ModelTables, call: Call) -> tuple[ContributorShare, ...]:
        """Measured influence of each contributor: the answer of the model made without them (PoA-1, section 6)."""
        parts = contributors.of_answer(tables.tables.head, tables.left_out, call.x, call.label)
        whole = sum(abs(part) for part in parts) or 1
        mine, names = self._client.wallet.addresses(), self._client.wallet.names()
        shares = [
            ContributorShare(who, names.get(who, who.short()), part, part / whole, who in mine)
            for who, part in zip(tables.people, parts, strict=True)
        ]
        return tuple(sorted(shares, key=lambda share: -share.influence))

    def _records(
        self, model: Model, tables: ModelTables, call: Call
    ) -> tuple[tuple[RecordShare, ...], tuple[RecordShare, ...]]:
        t = tables.tables
        found = influence.of_answer(t.head, t.credit, t.X, call.x, call.label)
        whole = float(np.abs(found.q.astype(np.float64)).sum()) or 1.0
        chosen = found.supporting(_SHOWN), found.opposing(_SHOWN)
        ids = [t.record_ids[record] for part in chosen for record, _ in part]
        texts, names = self._client.datanets.texts_of(model.datanet, ids), self._client.wallet.names()
        known = self._client.datanets.index.of(model.datanet)

        def show(record: int, q: int) -> RecordShare:
            who = t.accounts[record]
            return RecordShare(
                record,
                texts.get(t.record_ids[record], ""),
                tables.trained.labels[int(t.labels[record])],
                who,
                names.get(who, who.short()),
                q,
                q / whole,
                tables.trained.encoder.kind,
                known.get(t.record_ids[record]),
            )

        supporting, opposing = (tuple(show(record, q) for record, q in part) for part in chosen)
        return supporting, opposing

    # Checking

    def _reference(self, version: Version, call: Call) -> tuple[Any, Any]:
        """X and scores by the reference arithmetic: our tokenizer, the encoder alone, the integer head."""
        trained = self._client.models.building.tables.get(self._client.session, version).trained
        encoder = trained.encoder
        encode = None if encoder.kind == "text" else self._client.session.runtime.encoding(encoder.key)
        x = features.compute(encoder, [call.text], silent(), encode=encode)
        return x[0], trained.head.scores(x)[0]

    def difference(self, call: int) -> int:
        _, version, kept = self._of(call)
        x, scores = self._reference(version, kept)
        distance = np.abs(x.astype(np.int64) - kept.x.astype(np.int64)).max()
        return max(int(distance), *(abs(int(a) - b) for a, b in zip(scores, kept.scores, strict=True)))

    def verify(self, call: int, progress: Progress) -> Verified:
        model, version, kept = self._of(call)
        progress.step("run")
        x, _ = self._reference(version, kept)
        tables = self._client.models.building.tables.get(self._client.session, version)
        scores = tables.trained.head.scores(kept.x[None])[
            0
        ]  # of the committed integers, which floats may only approach
        checks = [
            ("features", tables.trained.encoder.alike(x, kept.x), f"{len(x)} integers"),
            ("scores", [int(s) for s in scores] == list(kept.scores), f"{len(scores)} labels"),
            ("answer", int(np.argmax(scores)) == kept.answered, version.facts["labels"][kept.answered]),
            self._retrained(tables, kept, progress),
            self._on_ledger(model, version),
        ]
        return Verified(all(holds for _, holds, _ in checks), tuple(checks))

    def _retrained(self, tables: ModelTables, call: Call, progress: Progress) -> tuple[str, bool, str]:
        """Really train without each contributor and compare with the influence that was shown."""
        data, head = tables.trained.data, tables.tables.head
        shown = contributors.of_answer(head, tables.left_out, call.x, call.label)
        for place in range(len(tables.people)):
            progress.step("retraining", place, len(tables.people))
            kept = np.flatnonzero(tables.owner != place)
            without = head.weights_of(taken(data.x, kept), data.y[kept], data.w[kept], progress)
            if _change(head, without, call) != shown[place]:
                return ("contributors", False, str(tables.people[place]))
        return ("contributors", True, f"{len(tables.people)} models retrained")

    def _on_ledger(self, model: Model, version: Version) -> tuple[str, bool, str]:
        digest = "0x" + version.package_hash.hex()
        if model.chain_model is None:
            return ("not published", True, digest)
        try:
            found = self._client.session.contract("Models").state.read("models", model.chain_model, "packageHash")
        except OpenLedgerError as error:
            return ("package on the ledger", False, type(error).__name__)
        later = version.id != model.newest.id  # the call was answered by an earlier package, which a receipt replaced
        return ("package on the ledger", later or found.value == version.package_hash, digest)


def _number(version: Version, label: str) -> int:
    labels = list(version.facts["labels"])
    if label not in labels:
        raise BadInput(field="label", reason="not of this model", value=label)
    return labels.index(label)


def _change(head: Head, without: Ints, call: Call) -> int:
    """Q of PoA-1, section 6, in Python integers."""
    x = [int(v) for v in call.x]
    change = [
        sum(v * (int(a) - int(b)) for v, a, b in zip(x, head.W[:, k], without[:, k], strict=True))
        for k in range(head.K)
    ]
    return head.K * change[call.label] - sum(change)


def _confidence(call: Call, facts: dict[str, Any]) -> float:
    """Share of held-out answers with a margin like this one that were right: a figure to show, none to pay by."""
    metrics = facts["metrics"]
    if metrics is None:
        return 0.0
    bins = [evaluation.Bin(*entry) for entry in metrics["calibration"]]
    margin = int(evaluation.margins(np.array([call.scores], np.int64))[0])
    return evaluation.confidence(margin, bins)
