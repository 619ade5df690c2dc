"""Labels: missing, outside the schema, or so unevenly filled that a model will not learn the small ones."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from typing import ClassVar

from core.datanets.preflight.base import Check, Context, Finding, Item
from core.jobs import Progress

_FEW = 30  # below this many trusted records a label counts as unknown when quality is weighed
_UNEVEN = 10  # times as many records as the smallest label


class Labels(Check):
    name: ClassVar[str] = "label"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known = set(context.labels)
        self._folded = {label.casefold(): label for label in context.labels}
        self._counts: Counter[str] = Counter()
        self._suggestions: dict[str, str | None] = {}

    def look(self, item: Item) -> Iterable[Finding]:
        if not self._known:
            return
        if item.label in self._known:
            self._counts[item.label] += 1
        elif not item.label:
            yield Finding(self.name, "missing", "warning", item.row)
        else:
            suggestion = self._closest(item.label)
            detail = {"label": item.label}
            yield Finding(self.name, "not in the schema", "danger", item.row, suggestion=suggestion, detail=detail)

    def _closest(self, label: str) -> str | None:
        folded = label.casefold()
        if folded not in self._suggestions:
            close = difflib.get_close_matches(folded, self._folded, n=1, cutoff=0.8)
            self._suggestions[folded] = self._folded[close[0]] if close else None
        return self._suggestions[folded]

    def finish(self, progress: Progress) -> Iterable[Finding]:
        progress.check()
        most = max(self._counts.values(), default=0)
        for label in self.context.labels if most else ():
            count = self._counts[label]
            detail: dict[str, str | int] = {"label": label, "found": count, "most": most}
            if count and count * _UNEVEN < most:
                yield Finding(self.name, "uneven", "warning", detail=detail)
            elif count < _FEW:
                yield Finding(self.name, "few", "info", detail=detail)
