"""Admission weights in a form to show: by contributor, with the reasons that were kept when they were pinned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from core.attribution.novelty import FULL, novelty_of
from core.economy.settlement import contributors_of
from core.units import Address
from core.values import AdmissionView

if TYPE_CHECKING:
    from core.client.client import Client
    from core.models.catalogue import Model, Version

_MOST = FULL * FULL  # novelty times quality


def admission(client: Client, model: Model) -> tuple[AdmissionView, ...]:
    """As they were pinned when the model was first trained; records that were withdrawn since still count here."""
    first = next((version for version in model.versions if version.training is not None), model.newest)
    data = client.session.catalogue.training(first).data
    people, owner = contributors_of([Address(account) for account in data.accounts])
    mine = client.wallet.addresses()
    novelty = _novelty(client, model, first, data, people, owner)
    found = [
        _of_one(client, who, who in mine, np.flatnonzero(owner == place), data.w, novelty)
        for place, who in enumerate(people)
    ]
    return tuple(sorted(found, key=lambda one: -one.weight))


def _novelty(
    client: Client, model: Model, version: Version, data: Any, people: Any, owner: Any
) -> tuple[int, ...] | None:
    """0..8 for each record: as kept, else worked out again; None when some text is not on this device."""
    session = client.session
    digest = (version.facts["admission"] or {}).get("reasons", "")
    if digest and session.artefacts.has(digest):
        kept = tuple(int(entry["weight"]) for entry in json.loads(session.artefacts.get(digest))["novelty"])
        if len(kept) == len(data):
            return kept
    texts = client.datanets.texts_of(model.datanet, data.record_ids)
    if any(record_id not in texts for record_id in data.record_ids):
        return None
    trusted = client.datanets.training_release(model.datanet).trusted
    places = {place for place, who in enumerate(people) if who in trusted}
    compared = client.datanets.likeness(model.datanet, [texts[one] for one in data.record_ids])
    found = novelty_of(compared, owner.tolist(), places)[0]
    return tuple(entry.weight for entry in found)


def _of_one(
    client: Client, who: Address, mine: bool, records: Any, weights: Any, novelty: tuple[int, ...] | None
) -> AdmissionView:
    own = [] if novelty is None else [novelty[record] for record in records.tolist()]
    judged = [int(weights[record]) / new for record, new in zip(records.tolist(), own, strict=False) if new]
    return AdmissionView(
        contributor=who,
        name=client.wallet.name_of(who),
        mine=mine,
        records=len(records),
        weight=float(weights[records].mean()) / _MOST,
        copies=sum(new == 0 for new in own),
        near=sum(0 < new < FULL for new in own),
        quality=sum(judged) / len(judged) if judged else None,
    )
