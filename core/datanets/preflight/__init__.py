"""What is checked before records are signed, on the device. One check a file; what it finds comes with a way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.datanets import canonical
from core.datanets.preflight.base import Check, Context, Earlier, Finding, Item, Severity
from core.datanets.preflight.cells import CellsOf, Sparse
from core.datanets.preflight.consent import Consent
from core.datanets.preflight.duplicates import Duplicates
from core.datanets.preflight.labels import Labels
from core.datanets.preflight.language import Language
from core.datanets.preflight.length import Length
from core.datanets.preflight.look_alikes import LookAlikes
from core.datanets.preflight.near_duplicates import NearDuplicates
from core.datanets.preflight.patterns import redact
from core.datanets.preflight.personal_data import PersonalData
from core.datanets.preflight.places import Places
from core.datanets.preflight.secrets import Secrets
from core.jobs import Progress

CHECKS: tuple[type[Check], ...] = (
    Duplicates,
    NearDuplicates,
    LookAlikes,
    PersonalData,
    CellsOf,
    Places,
    Secrets,
    Labels,
    Language,
    Length,
    Sparse,
    Consent,
)

__all__ = ["CHECKS", "Check", "Context", "Earlier", "Finding", "Item", "Report", "Severity", "redact", "run"]


@dataclass(frozen=True)
class Report:
    """One run. `counts` by (check, kind, severity) in findings; `labels` in records; `digest` names the findings.

    The same rows against the same Datanet give the same digest, 32 bytes.
    """

    rows: int
    flagged: int  # rows with a warning or worse
    counts: tuple[tuple[str, str, Severity, int], ...]
    labels: tuple[tuple[str, int], ...]
    digest: bytes


def run(
    items: Iterable[Item], context: Context, progress: Progress, total: int, checks: Sequence[type[Check]] = CHECKS
) -> tuple[Report, list[Finding]]:
    """Every check over every item once. Findings by row, then check; about the whole: last."""
    running = [check(context) for check in checks if context.kind in check.kinds]
    findings: list[Finding] = []
    order: dict[int, int] = {}
    labels: Counter[str] = Counter()
    for done, item in enumerate(items):
        if not done % 64:
            progress.step("looking", done, total * 2)
        order[item.row] = done
        labels[item.label] += 1
        for check in running:
            findings.extend(check.look(item))
    for number, check in enumerate(running):
        progress.step(check.name, len(running) + number, len(running) * 2)
        findings.extend(check.finish(progress))
    place = {check.name: number for number, check in enumerate(running)}
    last = len(order)
    findings.sort(key=lambda each: (last if each.row is None else order[each.row], place[each.check], each.start or 0))
    return _report(findings, order, labels), findings


def _report(findings: Sequence[Finding], order: dict[int, int], labels: Counter[str]) -> Report:
    counts = Counter((each.check, each.kind, each.severity) for each in findings)
    flagged = {each.row for each in findings if each.row is not None and each.severity != "info"}
    plain = [
        [
            None if each.row is None else order[each.row],
            each.check,
            each.kind,
            each.severity,
            each.start,
            each.stop,
            each.suggestion,
            dict(each.detail),
        ]
        for each in findings
    ]
    return Report(
        rows=len(order),
        flagged=len(flagged),
        counts=tuple((*what, count) for what, count in sorted(counts.items())),
        labels=tuple(sorted(labels.items())),
        digest=canonical.digest(plain),
    )
