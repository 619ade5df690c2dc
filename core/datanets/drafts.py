"""A contribution being put together: rows from files, fixes, and undo, all in the vault until it is signed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.clock import Clock, SystemClock
from core.datanets import importers, licences
from core.datanets.importers import Malformed, Mapped, Options
from core.datanets.importers import pictures as picture_files
from core.datanets.pictures import Pictures
from core.datanets.preflight.base import Severity
from core.datanets.preflight.patterns import redact
from core.datanets.record import MAX_LABEL, MAX_SOURCE, check_language, check_uses, pack_uses, unpack_uses
from core.datanets.store import datanets as datanet_store
from core.datanets.store import drafts as store
from core.datanets.store import findings as finding_store
from core.datanets.store.query import Where
from core.datanets.text import clean, clean_line
from core.errors import BadFile, BadInput, TooLarge
from core.jobs import Progress
from core.storage import Database
from core.units import Address

MAX_ROWS = 200_000
_WORST: tuple[Severity | None, ...] = (None, "info", "warning", "danger")


@dataclass(frozen=True)
class Draft:
    """`undoable` names the newest step ("import", "edit", "exclude", "redact", ...), None when there is none."""

    id: int
    datanet_id: int
    account: Address
    title: str
    frozen: bool
    rows: int
    included: int
    undoable: str | None
    created: int
    updated: int


@dataclass(frozen=True)
class DraftRow:
    """`position` from 0; `worst` is the worst finding of the last preflight."""

    id: int
    position: int
    text: str
    label: str
    licence: str
    uses: frozenset[str]
    source: str
    language: str
    included: bool
    worst: Severity | None
    kind: str = "text"


@dataclass(frozen=True)
class Terms:
    """What rows get that do not say it themselves."""

    licence: str
    uses: frozenset[str] = frozenset({"train", "evaluate"})
    source: str = ""
    language: str = ""


@dataclass(frozen=True)
class Imported:
    """`skipped` rows were malformed and left out because the person said so."""

    rows: int
    skipped: tuple[Malformed, ...]


class Drafts:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    def create(self, datanet_id: int, account: Address, title: str = "") -> Draft:
        with self._db.transaction():
            datanet_store.get(self._db, datanet_id)
            draft = store.add(self._db, datanet_id, account.raw, clean_line(title)[:200], self._clock.now())
            return self.get(draft)

    def get(self, draft_id: int) -> Draft:
        return _draft(store.get(self._db, draft_id))

    def of(self, datanet_id: int) -> list[Draft]:
        """Those not signed yet."""
        return [_draft(row) for row in store.of_datanet(self._db, datanet_id, frozen=False)]

    def discard(self, draft_id: int) -> None:
        """The draft goes for good; signed ones stay. Raises DatanetError(reason="signed")."""
        with self._db.transaction():
            store.end(self._db, store.begin(self._db, draft_id, "discard", self._clock.now()), 0)
            store.remove(self._db, draft_id)

    def inspect(self, draft_id: int, path: Path, options: Options, progress: Progress) -> importers.Inspection:
        """What a file holds, with the columns guessed from the Datanet's labels."""
        rules = datanet_store.get(self._db, self.get(draft_id).datanet_id).rules
        return importers.inspect(path, options, progress, rules.labels, rules.columns)

    def add_file(self, draft_id: int, path: Path, options: Options, terms: Terms, progress: Progress) -> Imported:
        """All rows of a file as one step, or none. Raises BadFile at a malformed row unless told to skip them."""
        if options.mapping is None:
            settled = self.inspect(draft_id, path, options, progress).options
            options = dataclasses.replace(settled, skip_malformed=options.skip_malformed)
        skipped: list[Malformed] = []
        columns = datanet_store.get(self._db, self.get(draft_id).datanet_id).rules.columns
        rows = list(importers.read(path, options, progress, skipped, columns))
        progress.check()
        return Imported(self._insert(draft_id, "import", rows, terms), tuple(skipped))

    def add_pictures(
        self, draft_id: int, path: Path, pictures: Pictures, terms: Terms, progress: Progress, *, skip: bool = False
    ) -> Imported:
        """All pictures of a folder, a zip or a file as one step, or none. Raises BadFile at one that cannot be used
        unless told to skip it.
        """
        rows: list[Mapped] = []
        skipped: list[Malformed] = []
        for found in picture_files.find(path, progress):
            progress.step("pictures", found.number, 0)
            try:
                text = pictures.add(found.read()).text
            except (BadFile, TooLarge) as error:
                fault = picture_files.fault(found, error)
                if not skip:
                    raise BadFile(path=found.name, reason=fault.reason, line=found.number) from error
                skipped.append(fault)
                continue
            rows.append(Mapped(found.number, text, found.label, found.name, "", ""))
        progress.check()
        return Imported(self._insert(draft_id, "import", rows, terms), tuple(skipped))

    def add_rows(self, draft_id: int, rows: Iterable[tuple[str, str]], terms: Terms) -> int:
        """(text, label) pairs, typed or pasted, as one step. Blank ones are left out."""
        mapped = [
            Mapped(number, clean(text), clean_line(label), "", "", "")
            for number, (text, label) in enumerate(rows, start=1)
            if clean(text)
        ]
        return self._insert(draft_id, "add", mapped, terms)

    def _insert(self, draft_id: int, kind: str, rows: Sequence[Mapped], terms: Terms) -> int:
        licences.check(terms.licence)
        uses = pack_uses(check_uses(terms.uses))
        language = check_language(terms.language)
        source = clean_line(terms.source)[:MAX_SOURCE]
        values = [
            (
                row.text,
                row.label[:MAX_LABEL],
                row.licence[:100] or terms.licence,
                uses,
                row.source[:MAX_SOURCE] or source,
                _language(row.language) or language,
            )
            for row in rows
        ]
        with self._db.transaction():
            found = self.get(draft_id).rows + len(values)
            if found > MAX_ROWS:
                raise TooLarge(what="rows", found=found, limit=MAX_ROWS)
            step = store.begin(self._db, draft_id, kind, self._clock.now())
            return store.end(self._db, step, store.insert(self._db, draft_id, step, values))

    def rows(
        self,
        draft_id: int,
        *,
        search: str = "",
        included: bool | None = None,
        check: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[DraftRow]:
        """A page in the order of import. `check` keeps rows with a finding of it, "" those with a warning or worse."""
        kind = datanet_store.get(self._db, self.get(draft_id).datanet_id).rules.kind
        return [_row(row, kind) for row in store.page(self._db, draft_id, search, included, check, offset, limit)]

    def count(self, draft_id: int, *, search: str = "", included: bool | None = None, check: str | None = None) -> int:
        return store.count(self._db, draft_id, search, included, check)

    def include(self, draft_id: int, rows: Iterable[int], *, included: bool = True) -> int:
        """Take rows in or leave them out; how many changed. One step."""
        where = store.select(draft_id, rows, None, None)
        return self._set(draft_id, "include" if included else "exclude", [("included", int(included))], where)

    def exclude_found(self, draft_id: int, check: str, kind: str | None = None) -> int:
        """Leave out every row that a check (and kind) found."""
        return self._set(draft_id, "exclude", [("included", 0)], store.select(draft_id, None, check, kind))

    def set_terms(self, draft_id: int, licence: str, uses: Iterable[str], rows: Iterable[int] | None = None) -> int:
        """Licence and uses for all rows or given ones. One step; how many rows changed."""
        values = [("licence", licences.check(licence)), ("uses", pack_uses(check_uses(uses)))]
        return self._set(draft_id, "terms", values, store.select(draft_id, rows, None, None))

    def _set(self, draft_id: int, kind: str, values: Sequence[tuple[str, object]], where: Where) -> int:
        with self._db.transaction():
            step = store.begin(self._db, draft_id, kind, self._clock.now())
            for column, value in values:
                store.set_column(self._db, step, where, column, value)
            return store.end(self._db, step, store.changed(self._db, step))

    def edit(self, draft_id: int, row: int, *, text: str | None = None, label: str | None = None) -> int:
        """1 when something changed. Raises BadInput for an empty text or a label that is too long."""
        new: dict[str, object] = {}
        if text is not None:
            new["text"] = clean(text)
            if not new["text"]:
                raise BadInput(field="text", reason="missing", value="")
        if label is not None:
            plain = clean_line(label)
            if len(plain) > MAX_LABEL:
                raise BadInput(field="label", reason="too long", value=plain[:MAX_LABEL])
            new["label"] = plain
        return self._set_rows(draft_id, "edit", [(row, new)])

    def redact(self, draft_id: int, rows: Iterable[int] | None = None, check: str | None = None) -> int:
        """Put the suggestions of preflight in place, in all rows or given ones: one step, how many rows changed.

        Spans are replaced ("[email]"), labels outside the schema become the closest one where one was suggested.
        """
        with self._db.transaction():
            run = finding_store.preflight(self._db, "draft", draft_id)
            if run is None:
                return 0
            findings = finding_store.suggested(self._db, run["id"], rows, check)
            texts = {row["id"]: row for row in store.rows_of(self._db, draft_id, list(findings))}
            changes = []
            for row_id, row in texts.items():
                new: dict[str, object] = {"text": clean(redact(row["text"], findings[row_id]))}
                labels = [each.suggestion for each in findings[row_id] if each.start is None]
                if labels:
                    new["label"] = labels[0]
                changes.append((row_id, new))
            return self._set_rows(draft_id, "redact", changes)

    def _set_rows(self, draft_id: int, kind: str, changes: Sequence[tuple[int, dict[str, object]]]) -> int:
        with self._db.transaction():
            step = store.begin(self._db, draft_id, kind, self._clock.now())
            return store.end(self._db, step, store.set_rows(self._db, draft_id, step, changes))

    def undo(self, draft_id: int) -> str | None:
        """Take back the newest step; what it was, or None. Raises DatanetError(reason="signed")."""
        return store.undo(self._db, draft_id)


def _language(text: str) -> str:
    """A file's own word for a language, where it is a tag at all."""
    try:
        return check_language(text.lower() if len(text) <= 3 else text)
    except BadInput:
        return ""


def _draft(row: Any) -> Draft:
    return Draft(
        row["id"],
        row["datanet_id"],
        Address(row["account"]),
        row["title"],
        bool(row["frozen"]),
        row["rows"],
        row["included"],
        row["undoable"],
        row["created"],
        row["updated"],
    )


def _row(row: Any, kind: str) -> DraftRow:
    return DraftRow(
        row["id"],
        row["position"],
        row["text"],
        row["label"],
        row["licence"],
        unpack_uses(row["uses"]),
        row["source"],
        row["language"],
        bool(row["included"]),
        _WORST[row["worst"] or 0],
        kind,
    )
