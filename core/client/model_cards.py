"""A model's card: what it learned from, how good it is on records it never saw, and what names it."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from core.attribution.novelty import FULL
from core.client.influences import Influences, Part, Reasons, others
from core.errors import DatanetError
from core.jobs import Progress
from core.models.evaluation import MARGIN_BITS
from core.units import Address
from core.values import CalibrationBin, DatanetView, HardRecord, LabelCard, ModelCard

if TYPE_CHECKING:
    from core.client.client import Client

HARDEST = 12
_HEARD = 30  # measured records from which on it says something that all of them weigh nothing
_SPLIT = "differs"  # the reason of a label that waits for a person's judgement (PoA-1, section 7)
_Z = 1.959963984540054  # 97.5 % point of the normal distribution


def card(client: Client, influences: Influences, model: int, progress: Progress) -> ModelCard:
    found = client.session.catalogue.get(model)
    version = found.newest
    facts = version.facts
    metrics = facts["metrics"] or {}
    part = next((one for one in reversed(influences.parts(found, progress)) if one.version.id == version.id), None)
    reasons = influences.reasons(found)
    datanet = _datanet(client, found.datanet)
    release = facts["release"]
    shown = () if datanet is None else datanet.releases
    manifest_hash = next((one.manifest_hash for one in shown if one.version == release["version"]), "")
    held, right = int(metrics.get("records", 0)), int(metrics.get("correct", 0))
    lineage = facts["lineage"] or {}
    weights = np.zeros(0, np.int64) if part is None else np.asarray(part.tables.tables.weights)
    return ModelCard(
        view=client.models.get(model),
        datanet_name="" if datanet is None else datanet.name,
        description="" if datanet is None else datanet.description,
        licence=facts["licence"]["data"],
        encoder_licence=facts["licence"]["encoder"],
        encoder_hash=facts["encoder"]["hash"],
        family=str(facts["head"].get("family", "ridge")),
        width=facts["head"]["d"],
        head_hash=facts["head"]["hash"],
        release_root="0x" + release["root"],
        manifest_hash=manifest_hash,
        features_root="0x" + release["features"],
        contributors=0 if part is None else len(part.tables.people),
        excluded=release["excluded"],
        held_out=held,
        right=right,
        right_tfidf=int(metrics.get("tfidf", 0)),
        right_majority=int(metrics.get("majority", 0)),
        interval=wilson(right, held) if held else None,
        labels=_labels(facts["labels"], metrics, part),
        calibration=tuple(
            CalibrationBin(margin / 2**MARGIN_BITS, count, good)
            for margin, count, good in metrics.get("calibration", ())
        ),
        hardest=None if part is None else _hardest(client, found.datanet, influences, part),
        weights=tuple((int(w), int((weights == w).sum())) for w in np.unique(weights)),
        **_reasoned(reasons),
        silent=() if reasons is None else _silent(client, reasons),
        review=() if reasons is None else _review(client, reasons, facts["labels"]),
        retrained_from="0x" + str(lineage["package"]) if lineage.get("package") else "",
        withdrawn=int(lineage.get("withdrawn", 0)),
    )


def wilson(right: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): honest for few records and near 0 and 1, unlike the usual one."""
    share, z2 = right / whole, _Z * _Z
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    reach = _Z * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _datanet(client: Client, number: int) -> DatanetView | None:
    try:
        return client.datanets.get(number)
    except DatanetError:
        return None


def _labels(labels: list[str], metrics: dict[str, Any], part: Part | None) -> tuple[LabelCard, ...]:
    confusion = metrics.get("confusion") or [[0] * len(labels) for _ in labels]
    learned = [0] * len(labels)
    if part is not None:
        learned = np.bincount(np.asarray(part.tables.tables.labels), minlength=len(labels)).tolist()
    return tuple(
        LabelCard(label, int(learned[k]), sum(confusion[k]), confusion[k][k], sum(row[k] for row in confusion))
        for k, label in enumerate(labels)
    )


def _hardest(client: Client, datanet: int, influences: Influences, part: Part) -> tuple[HardRecord, ...]:
    """Records that the model made without them would answer otherwise, the farthest first."""
    doubts = np.nan_to_num(influences.doubts(part), nan=-np.inf)
    t = part.tables.tables
    order = [int(at) for at in np.argsort(-doubts, kind="stable")[:HARDEST] if doubts[at] > 0]
    texts = client.datanets.texts_of(datanet, [t.record_ids[at] for at in order])
    known = client.datanets.index.of(datanet)
    return tuple(
        HardRecord(
            row=known.get(t.record_ids[at]),
            position=at,
            text=texts.get(t.record_ids[at], ""),
            label=part.tables.trained.labels[int(t.labels[at])],
            otherwise=other,
            doubt=float(doubts[at]),
        )
        for at, other in zip(order, others(part, order), strict=True)
    )


def _reasoned(reasons: Reasons | None) -> dict[str, int]:
    if reasons is None:
        return {"copies": 0, "near": 0, "unmeasured": 0}
    novelty = [int(one.get("weight", FULL)) for one in reasons.novelty.values()]
    return {
        "copies": sum(new == 0 for new in novelty),
        "near": sum(0 < new < FULL for new in novelty),
        "unmeasured": sum(one.get("reason") == "unknown" for one in reasons.quality.values()),
    }


def _review(client: Client, reasons: Reasons, labels: list[str]) -> tuple[tuple[str, str, int], ...]:
    """Who differs from the trusted core under which label, in good standing otherwise, with how many records there."""
    found = [
        (who, k, int(one.get("count", 0))) for (who, k), one in reasons.quality.items() if one.get("reason") == _SPLIT
    ]
    return tuple((client.wallet.name_of(who), labels[k], n) for who, k, n in sorted(found, key=lambda one: -one[2]))


def _silent(client: Client, reasons: Reasons) -> tuple[tuple[str, int], ...]:
    """Whom the trusted core contradicts so far that nothing of theirs counts: for a person to look at, as no rule can
    tell one who is right against the core from one who guesses.
    """
    records, heard = Counter[Address](), set[Address]()
    for (who, _), one in reasons.quality.items():
        records[who] += 0 if one.get("reason") == "unknown" else int(one.get("count", 0))
        if int(one.get("weight", 0)):
            heard.add(who)
    found = [(who, count) for who, count in records.items() if count >= _HEARD and who not in heard]
    return tuple((client.wallet.name_of(who), count) for who, count in sorted(found, key=lambda pair: -pair[1]))
