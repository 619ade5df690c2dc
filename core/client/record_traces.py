"""Where one record mattered: its weight, its effect in each model, the answers it carried, and what it earned."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.client.influences import Influences, Part, Reasons, others
from core.economy import book
from core.errors import BadInput, ModelError
from core.jobs import Progress
from core.models import training
from core.models.catalogue import Model
from core.units import Address, Amount
from core.values import InfluencedAnswer, RecordInModel, RecordPay, RecordTrace, WeightView, WithoutRecord

if TYPE_CHECKING:
    from core.client.client import Client

SHOWN = 5  # answers for, and answers against

_PAY = """
SELECT s.id, s.settlement_id, s.model, s.pool, s.all_positive, s.first, s.nonce, o.settled, o.state, o.claimable,
       c.account, c.score
FROM settlement_scores c JOIN settlements s ON s.id = c.settlement
JOIN postings o ON o.chain_id = s.chain_id AND o.contract = s.contract AND o.settlement_id = s.settlement_id
WHERE s.chain_id = ? AND s.contract = ? AND c.account = ? AND c.record_id = ? ORDER BY o.settled DESC, s.id DESC
"""
_NET = "SELECT count(*), coalesce(sum(score <= 0), 0) FROM settlement_scores WHERE settlement = ? AND weight > 0"


def trace(client: Client, influences: Influences, row: int, progress: Progress) -> RecordTrace:
    """Raises DatanetError for a record that is not there, Cancelled."""
    session = client.session
    receipt = client.datanets.receipt(row)
    place = session.db.one("SELECT datanet_id FROM records WHERE id = ?", row)
    datanet = client.datanets.catalogue.get(int(place["datanet_id"]))
    record_id = next((one for one, at in client.datanets.index.of(datanet.id).items() if at == row), None)
    models: list[RecordInModel] = []
    if record_id is not None:
        for model in session.catalogue.all():
            if model.datanet == datanet.id:
                found = _in_model(client, influences, model, record_id, progress)
                models += [] if found is None else [found]
    pay, worse, whole = _pay(client, receipt.record.account, record_id)
    return RecordTrace(
        row=row,
        datanet=datanet.id,
        datanet_name=datanet.rules.name,
        text=receipt.record.text,
        label=receipt.record.label,
        contributor=receipt.record.account,
        contributor_name=receipt.name,
        mine=receipt.mine,
        decision=receipt.record.decision,
        withdrawn=receipt.record.withdrawn,
        findings=_findings(client, receipt.record.contribution, row),
        models=tuple(models),
        pay=pay,
        worse=worse,
        settled_with=whole,
    )


def _findings(client: Client, contribution: int, row: int) -> tuple[tuple[str, str, str], ...]:
    found = client.datanets.preflights.findings(contribution=contribution, rows=[row])
    return tuple(dict.fromkeys((one.check, one.kind, one.severity) for one in found))


def _in_model(
    client: Client, influences: Influences, model: Model, record_id: bytes, progress: Progress
) -> RecordInModel | None:
    """None when no version that is kept here learned from it."""
    known = client.datanets.index.of(model.datanet)
    parts = [part for part in influences.parts(model, progress) if record_id in part.tables.tables.record_ids]
    if not parts:
        return None
    newest = parts[-1]
    t = newest.tables.tables
    at = t.record_ids.index(record_id)
    label = int(t.labels[at])
    effects = influences.effects(newest)
    doubt = float(influences.doubts(newest)[at])
    measured = [one for part in parts for one in _answers(influences, part, record_id, progress)]
    ordered = sorted(measured, key=lambda one: -one.share)
    return RecordInModel(
        model=model.id,
        name=model.name,
        state=model.state,
        package="0x" + newest.version.package_hash.hex(),
        position=at,
        records=len(t.record_ids),
        label=newest.tables.trained.labels[label],
        weight=weight_view(influences.reasons(model), record_id, t.accounts[at], label, int(t.weights[at]), known),
        doubt=None if np.isnan(doubt) else doubt,
        otherwise=others(newest, [at])[0],
        held_out=0 if effects is None else effects.records,
        effect=0.0 if effects is None else float(effects.mean[at]),
        rank=0 if effects is None else int(effects.rank[at]),
        calls=sum(len(part.calls) for part in parts),
        calls_all=sum(part.all_calls for part in parts),
        supports=sum(one.influence > 0 for one in measured),
        opposes=sum(one.influence < 0 for one in measured),
        supported=tuple(one for one in ordered[:SHOWN] if one.influence > 0),
        opposed=tuple(one for one in reversed(ordered[-SHOWN:]) if one.influence < 0),
    )


def _answers(influences: Influences, part: Part, record_id: bytes, progress: Progress) -> list[InfluencedAnswer]:
    at = part.tables.tables.record_ids.index(record_id)
    labels = part.tables.trained.labels
    return [
        InfluencedAnswer(
            call.id,
            part.version.model,
            call.text,
            labels[call.label],
            call.at,
            int(row.q[at]),
            float(row.q[at]) / row.whole,
            part.tables.trained.encoder.kind,
        )
        for call, row in zip(part.calls, influences.rows(part, progress), strict=True)
    ]


def weight_view(
    reasons: Reasons | None, record_id: bytes, who: Address, label: int, weight: int, known: Mapping[bytes, int]
) -> WeightView:
    """A weight with what was written down about it; `known` are the vault's rows by record id."""
    novelty = {} if reasons is None else reasons.novelty.get(record_id, {})
    quality = {} if reasons is None else reasons.quality.get((who, label), {})
    source = novelty.get("source")
    older = None if reasons is None or source is None or source >= len(reasons.order) else reasons.order[source]
    return WeightView(
        weight=weight,
        novelty=novelty.get("weight"),
        novelty_reason=str(novelty.get("reason", "")),
        shared=int(novelty.get("shared", 0)),
        shingles=int(novelty.get("shingles", 0)),
        source=None if older is None else known.get(older),
        quality=quality.get("weight"),
        quality_reason=str(quality.get("reason", "")),
        agree=int(quality.get("agree", 0)),
        count=int(quality.get("count", 0)),
        core_agree=int(quality.get("core_agree", 0)),
        core_count=int(quality.get("core_count", 0)),
    )


# What it earned


def _pay(client: Client, who: Address, record_id: bytes | None) -> tuple[tuple[RecordPay, ...], int, int]:
    """Its part of each settlement whose data is here; of the newest, how many records netted at or below zero."""
    session = client.session
    if record_id is None or "Settlement" not in session.pinned["contracts"]:
        return (), 0, 0
    contract = session.contract("Settlement").address
    rows = session.db.all(_PAY, session.network.chain_id, contract.raw, who.raw, record_id)
    if not rows:
        return (), 0, 0
    whole, worse = session.db.one(_NET, rows[0]["id"])
    return tuple(_paid(client, row) for row in rows), int(worse), int(whole)


def _paid(client: Client, row: object) -> RecordPay:
    found = dict(row)  # type: ignore[call-overload]
    model = client.session.catalogue.by_chain(client.session.network.chain_id, found["model"])
    positive, every = max(0, found["score"]), int(found["all_positive"])
    state = found["state"]
    if state == book.OPEN and client.clock.now() >= found["claimable"]:
        state = "final"
    return RecordPay(
        settlement="0x" + found["settlement_id"].hex(),
        account=Address(found["account"]),
        model=found["model"],
        model_name="" if model is None else model.name,
        time=found["settled"],
        state=state,
        calls=found["nonce"] - found["first"] + 1,
        total=found["score"],
        positive=positive,
        all_positive=every,
        about=Amount(int(found["pool"]) * positive // every if every and state != book.VOID else 0),
    )


# Made again without it


def without(client: Client, model: int, row: int, progress: Progress) -> WithoutRecord:
    """Train the newest version that learned from it exactly without it, and compare. Nothing is kept.

    Raises ModelError ("no training data"), BadInput when no version learned from it, TooFewRecords, Cancelled.
    """
    session = client.session
    found = session.catalogue.get(model)
    known = client.datanets.index.of(found.datanet)
    record_id = next((one for one, at in known.items() if at == row), b"")
    for version in reversed(found.versions):
        if version.training is None:
            continue
        before = session.catalogue.training(version)
        if record_id not in before.data.record_ids:
            continue
        progress.step("retraining")
        started = time.monotonic()
        after = training.without(before, [record_id], progress)
        seconds = time.monotonic() - started
        own = before.data.x[[before.data.record_ids.index(record_id)]]
        apart = before.data.held_out
        changed = 0 if apart is None else int((before.head.answers(apart.x) != after.head.answers(apart.x)).sum())
        return WithoutRecord(
            model=model,
            package="0x" + version.package_hash.hex(),
            held_out=0 if before.evaluation is None else before.evaluation.records,
            right_before=0 if before.evaluation is None else before.evaluation.correct,
            right_after=0 if after.evaluation is None else after.evaluation.correct,
            changed=changed,
            own_before=before.labels[int(before.head.answers(own)[0])],
            own_after=before.labels[int(after.head.answers(own)[0])],
            seconds=seconds,
        )
    if all(version.training is None for version in found.versions):
        raise ModelError(reason="no training data", model=found.name)
    raise BadInput(field="record", reason="not in the training set", value=row)
