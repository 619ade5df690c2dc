"""One contributor: what they gave, what it weighs, which answers it carried, and what it was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.attribution.novelty import FULL
from core.client.influences import Influences, Part, Reasons
from core.client.record_traces import SHOWN
from core.jobs import Progress
from core.models.catalogue import Model
from core.units import Address, Amount
from core.values import AdmissionView, GivenView, InfluencedAnswer, LabelQuality, PayoutView, PersonInModel, PersonView

if TYPE_CHECKING:
    from core.client.client import Client

_LABELS = """
SELECT CASE r.decision WHEN 'relabel' THEN r.final_label ELSE r.label END AS label, count(*) AS records,
       coalesce(sum(r.withdrawal_id IS NOT NULL), 0) AS withdrawn
FROM contributions c JOIN records r ON r.datanet_id = c.datanet_id AND r.contribution_id = c.id
WHERE c.datanet_id = ? AND c.account = ? AND c.number IS NOT NULL GROUP BY 1 ORDER BY records DESC, label
"""


def person(client: Client, influences: Influences, account: Address, progress: Progress) -> PersonView:
    """Somebody who gave nothing is a person with nothing to show. Raises Cancelled."""
    mine = client.wallet.addresses()
    models = [_in_model(client, influences, model, account, progress) for model in client.session.catalogue.all()]
    payouts = _payouts(client, account)
    paid = (one.amount for one in payouts if one.state in {"waiting", "claimable", "claimed"})
    return PersonView(
        account=account,
        name=client.wallet.name_of(account),
        mine=account in mine,
        given=tuple(_given(client, account)),
        models=tuple(one for one in models if one is not None),
        payouts=payouts,
        total=sum(paid, Amount(0)),
    )


def _given(client: Client, account: Address) -> list[GivenView]:
    found = []
    for datanet in client.datanets.catalogue.all():
        one = next((each for each in client.datanets.people.all(datanet.id) if each.address == account), None)
        if one is None:
            continue
        rows = client.session.db.all(_LABELS, datanet.id, account.raw)
        found.append(
            GivenView(
                datanet=datanet.id,
                name=datanet.rules.name,
                trusted=one.trusted,
                curator=one.curator,
                contributions=one.contributions,
                records=one.records,
                accepted=one.accepted,
                withdrawn=sum(int(row["withdrawn"]) for row in rows),
                labels=tuple((row["label"], int(row["records"])) for row in rows),
            )
        )
    return found


def _in_model(
    client: Client, influences: Influences, model: Model, account: Address, progress: Progress
) -> PersonInModel | None:
    """None when the model, as far as its training is here, has no record of this account."""
    parts = [part for part in influences.parts(model, progress) if account in part.tables.people]
    if not parts:
        return None
    progress.check()
    reasons = influences.reasons(model)
    measured = [one for part in parts for one in _answers(influences, part, account)]
    ordered = sorted(measured, key=lambda one: -one.share)
    return PersonInModel(
        model=model.id,
        name=model.name,
        state=model.state,
        all_records=len(parts[-1].tables.tables.record_ids),
        admission=_admission(client, parts[-1], reasons, account),
        quality=_quality(reasons, account, parts[-1].tables.trained.labels),
        calls=sum(len(part.calls) for part in parts),
        calls_all=sum(part.all_calls for part in parts),
        supports=sum(one.share > 0 for one in measured),
        opposes=sum(one.share < 0 for one in measured),
        share=float(np.mean([one.share for one in measured])) if measured else 0.0,
        supported=tuple(one for one in ordered[:SHOWN] if one.share > 0),
        opposed=tuple(one for one in reversed(ordered[-SHOWN:]) if one.share < 0),
    )


def _answers(influences: Influences, part: Part, account: Address) -> list[InfluencedAnswer]:
    """Influence is shown as a share: as an integer it passes 64 bits, and stands in the answer's own panel."""
    place = part.tables.people.index(account)
    labels, kind = part.tables.trained.labels, part.tables.trained.encoder.kind
    return [
        InfluencedAnswer(
            call.id, part.version.model, call.text, labels[call.label], call.at, 0, float(shares[place]), kind
        )
        for call, shares in zip(part.calls, influences.people(part), strict=True)
    ]


def _admission(client: Client, part: Part, reasons: Reasons | None, account: Address) -> AdmissionView:
    """As in the model's report, from the reasons that were kept rather than from all texts again."""
    t = part.tables.tables
    own = np.flatnonzero(part.tables.owner == part.tables.people.index(account))
    weights = np.asarray(t.weights)[own]
    novelty = [
        int(reasons.novelty.get(t.record_ids[at], {}).get("weight", FULL)) if reasons is not None else FULL
        for at in own.tolist()
    ]
    judged = [int(weight) / new for weight, new in zip(weights.tolist(), novelty, strict=True) if new]
    return AdmissionView(
        contributor=account,
        name=client.wallet.name_of(account),
        mine=account in client.wallet.addresses(),
        records=len(own),
        weight=float(weights.mean()) / (FULL * FULL),
        copies=sum(new == 0 for new in novelty),
        near=sum(0 < new < FULL for new in novelty),
        quality=sum(judged) / len(judged) if judged and reasons is not None else None,
    )


def _quality(reasons: Reasons | None, account: Address, labels: tuple[str, ...]) -> tuple[LabelQuality, ...]:
    found = [] if reasons is None else [(k, one) for (who, k), one in reasons.quality.items() if who == account]
    return tuple(
        LabelQuality(
            label=labels[k],
            weight=int(one.get("weight", 0)),
            reason=str(one.get("reason", "")),
            agree=int(one.get("agree", 0)),
            count=int(one.get("count", 0)),
            core_agree=int(one.get("core_agree", 0)),
            core_count=int(one.get("core_count", 0)),
        )
        for k, one in sorted(found, key=lambda each: -int(each[1].get("count", 0)))
        if k < len(labels)
    )


def _payouts(client: Client, account: Address) -> tuple[PayoutView, ...]:
    """Of every settlement whose data is here, newest first."""
    if "Settlement" not in client.session.pinned["contracts"]:
        return ()
    return client.earnings.of_account(account)
