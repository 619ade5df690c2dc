"""Exact duplicates: the same text apart from case, width and spacing, in the file or in the Datanet already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from core.datanets.preflight.base import Check, Context, Finding, Item, Severity
from core.jobs import Progress

_BATCH = 500


class Duplicates(Check):
    """Kinds: "same record", and "other label" where one text is labelled in two ways, which no model can learn."""

    name: ClassVar[str] = "duplicate"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._first: dict[bytes, tuple[int, int, str]] = {}  # row, number, label: no texts are held

    def look(self, item: Item) -> Iterable[Finding]:
        own = item.row, item.number, item.label
        first = self._first.setdefault(item.key, own)
        if first is not own:
            return (_finding(item.row, item.label, first[2], {"of": first[1]}),)
        return ()

    def finish(self, progress: Progress) -> Iterator[Finding]:
        keys = list(self._first)
        for start in range(0, len(keys), _BATCH):
            progress.step("duplicates", start, len(keys))
            batch = keys[start : start + _BATCH]
            found = self.context.matches(batch)
            for each in batch:
                if each in found:
                    earlier, (row, _, label) = found[each], self._first[each]
                    detail: dict[str, str | int] = {"contribution": earlier.contribution, "index": earlier.index}
                    yield _finding(row, label, earlier.label, detail)


def _finding(row: int, own: str, label: str, detail: dict[str, str | int]) -> Finding:
    other = bool(label and own) and label.casefold() != own.casefold()
    severity: Severity = "danger" if other else "warning"
    if other:
        detail = {**detail, "label": label}
    return Finding(Duplicates.name, "other label" if other else "same record", severity, row, detail=detail)
