"""Running preflight over a draft or over a contribution under review, and keeping what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from core.clock import Clock, SystemClock
from core.datanets import preflight
from core.datanets.pictures import seen
from core.datanets.preflight import Context, Finding, Item, Report
from core.datanets.store import contributions as contribution_store
from core.datanets.store import datanets as datanet_store
from core.datanets.store import drafts as draft_store
from core.datanets.store import findings as store
from core.datanets.store.findings import Subject
from core.jobs import Progress
from core.storage import Database


@dataclass(frozen=True)
class Checked:
    """A kept run. `counts` (check, kind, severity, number) are of rows still included; `stale`: rows changed since."""

    report: Report
    counts: tuple[tuple[str, str, str, int], ...]
    stale: bool
    when: int


class Preflights:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    def run_draft(self, draft_id: int, progress: Progress) -> Report:
        """Over the included rows, against all that the Datanet holds. A stopped run leaves the one before in place."""
        draft = draft_store.get(self._db, draft_id)
        context = self._context(draft["datanet_id"], None)
        items = store.draft_items(self._db, draft_id)
        report, findings = preflight.run(items, context, progress, draft["included"])
        self._save("draft", draft_id, draft["step"] or 0, report, findings)
        return report

    def run_contribution(self, contribution_id: int, progress: Progress) -> Report:
        """Over a contribution's records, against earlier contributions only: the first to commit is no duplicate."""
        contribution = contribution_store.get(self._db, contribution_id)
        context = self._context(contribution["datanet_id"], contribution["number"] or 2**62)
        items = store.contribution_items(self._db, contribution_id)
        report, findings = preflight.run(items, context, progress, contribution["count"])
        self._save("contribution", contribution_id, 0, report, findings)
        return report

    def _context(self, datanet_id: int, number: int | None) -> Context:
        rules = datanet_store.get(self._db, datanet_id).rules
        earlier = store.earlier_contributions(self._db, datanet_id, number)
        return Context(
            labels=rules.labels,
            languages=rules.languages,
            licence=rules.licence,
            matches=lambda keys: store.matches(self._db, datanet_id, earlier, keys),
            texts=lambda: store.texts(self._db, earlier),
            kind=rules.kind,
            columns=rules.columns,
            prints=lambda texts: {text: one.print for text, one in seen(self._db, texts).items()},
            places=lambda texts: {text for text, one in seen(self._db, texts).items() if one.place},
        )

    def _save(self, subject: Subject, subject_id: int, step: int, report: Report, findings: Sequence[Finding]) -> None:
        plain = {
            "rows": report.rows,
            "flagged": report.flagged,
            "counts": report.counts,
            "labels": report.labels,
            "digest": report.digest.hex(),
        }
        store.save(self._db, subject, subject_id, step, json.dumps(plain), findings, self._clock.now())

    def draft(self, draft_id: int) -> Checked | None:
        """The last run over a draft, None when there was none."""
        return self._checked("draft", draft_id, draft_store.get(self._db, draft_id)["step"] or 0)

    def contribution(self, contribution_id: int) -> Checked | None:
        return self._checked("contribution", contribution_id, 0)

    def _checked(self, subject: Subject, subject_id: int, step: int) -> Checked | None:
        run = store.preflight(self._db, subject, subject_id)
        if run is None:
            return None
        plain = json.loads(run["report"])
        report = Report(
            plain["rows"],
            plain["flagged"],
            tuple((check, kind, severity, number) for check, kind, severity, number in plain["counts"]),
            tuple((label, number) for label, number in plain["labels"]),
            bytes.fromhex(plain["digest"]),
        )
        counts = tuple(store.counts(self._db, subject, run["id"]))
        return Checked(report, counts, run["step_id"] != step, run["created"])

    def findings(
        self,
        *,
        draft: int | None = None,
        contribution: int | None = None,
        check: str | None = None,
        kind: str | None = None,
        rows: Sequence[int] | None = None,
        offset: int = 0,
        limit: int = 200,
    ) -> list[Finding]:
        """A page of the last run's findings, or all of given rows. Nothing when it never ran."""
        subject: Subject = "draft" if draft is not None else "contribution"
        subject_id = draft if draft is not None else contribution
        run = store.preflight(self._db, subject, subject_id) if subject_id is not None else None
        if run is None:
            return []
        if rows is not None:
            return store.of_rows(self._db, run["id"], rows)
        return store.page(self._db, run["id"], check, kind, offset, limit)


__all__ = ["Checked", "Finding", "Item", "Preflights", "Report"]
