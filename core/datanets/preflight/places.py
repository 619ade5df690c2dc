"""Pictures whose metadata say where they were taken: a home, a school. The file is given as it is, so that goes too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight.base import Check, Context, Finding, Item
from core.jobs import Progress


class Places(Check):
    name: ClassVar[str] = "place"
    kinds: ClassVar[tuple[Kind, ...]] = ("image",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._rows: list[tuple[int, str]] = []

    def look(self, item: Item) -> Iterable[Finding]:
        self._rows.append((item.row, item.text))
        return ()

    def finish(self, progress: Progress) -> Iterator[Finding]:
        progress.step("places")
        told = self.context.places([text for _, text in self._rows])
        for row, text in self._rows:
            if text in told:
                yield Finding(self.name, "told", "danger", row)
