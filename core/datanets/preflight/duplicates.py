"""Exact duplicates: the same text apart from case, width and spacing, in the file or in the Datanet already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from core.datanets.preflight.base import Check, Context, Finding, Item, Severity
from core.datanets.text import key
from core.jobs import Progress

_BATCH = 500


class Duplicates(Check):
    """Kinds: "same record", and "other label" where one text is labelled in two ways, which no model can learn."""

    name: ClassVar[str] = "duplicate"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._first: dict[bytes, Item] = {}

    def look(self, item: Item) -> Iterable[Finding]:
        first = self._first.setdefault(key(item.text), item)
        if first is not item:
            yield _finding(item, first.label, {"of": first.number})

    def finish(self, progress: Progress) -> Iterator[Finding]:
        keys = list(self._first)
        for start in range(0, len(keys), _BATCH):
            progress.step("duplicates", start, len(keys))
            batch = keys[start : start + _BATCH]
            found = self.context.matches(batch)
            for each in batch:
                if each in found:
                    earlier = found[each]
                    detail: dict[str, str | int] = {"contribution": earlier.contribution, "index": earlier.index}
                    yield _finding(self._first[each], earlier.label, detail)


def _finding(item: Item, label: str, detail: dict[str, str | int]) -> Finding:
    other = bool(label and item.label) and label.casefold() != item.label.casefold()
    severity: Severity = "danger" if other else "warning"
    if other:
        detail = {**detail, "label": label}
    return Finding(Duplicates.name, "other label" if other else "same record", severity, item.row, detail=detail)
