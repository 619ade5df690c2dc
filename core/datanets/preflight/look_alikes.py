"""Pictures that look the same: the same drawing in another file, another size or another format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight.base import Check, Context, Earlier, Finding, Item
from core.jobs import Progress

_NEAR = 8  # one bit in so many may differ, of those that either print has
_CHUNK = 512


class LookAlikes(Check):
    """Equal files are what `Duplicates` finds; it is not said twice."""

    name: ClassVar[str] = "look-alike"
    kinds: ClassVar[tuple[Kind, ...]] = ("image",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._rows: list[tuple[int, int, str]] = []

    def look(self, item: Item) -> Iterable[Finding]:
        self._rows.append((item.row, item.number, item.text))
        return ()

    def finish(self, progress: Progress) -> Iterator[Finding]:
        import numpy as np

        earlier = list(self.context.texts())
        texts = [*(one.text for one in earlier), *(text for _, _, text in self._rows)]
        prints = self.context.prints(texts)
        blank = bytes(32)  # an even surface looks like any other: no word on those
        table = np.frombuffer(b"".join(prints.get(text, blank) for text in texts), np.uint64).reshape(-1, 4)
        usable = np.array([prints.get(text, blank) != blank for text in texts], bool)
        first: dict[str, int] = {}
        for place, text in enumerate(texts):
            first.setdefault(text, place)
        for done, (row, _, text) in enumerate(self._rows):
            if not done % _CHUNK:
                progress.step("near duplicates", done, len(self._rows))
            place = len(earlier) + done
            if not usable[place] or first[text] != place:
                continue
            apart = np.bitwise_count(table[:place] ^ table[place]).sum(axis=1, dtype=np.int64)
            either = np.bitwise_count(table[:place] | table[place]).sum(axis=1, dtype=np.int64)
            alike = usable[:place] & (_NEAR * apart <= either)
            if alike.any():
                yield self._finding(row, earlier, int(np.argmin(np.where(alike, apart, 257))))

    def _finding(self, row: int, earlier: list[Earlier], found: int) -> Finding:
        if found < len(earlier):
            detail: dict[str, str | int] = {"contribution": earlier[found].contribution, "index": earlier[found].index}
        else:
            detail = {"of": self._rows[found - len(earlier)][1]}
        return Finding(self.name, "looks the same", "warning", row, detail=detail)
