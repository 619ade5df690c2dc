"""Near duplicates: most of a text's word shingles stand in one earlier text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight.base import Check, Context, Finding, Item
from core.datanets.text import key
from core.jobs import Progress

_PAGE = 2_048  # earlier texts held together


class NearDuplicates(Check):
    """What an exact duplicate is, `Duplicates` says; it is not said twice."""

    name: ClassVar[str] = "near duplicate"
    kinds: ClassVar[tuple[Kind, ...]] = ("text",)

    def __init__(self, context: Context) -> None:
        from core.datanets.shingles import NearCopies  # numpy, which the first screen does not wait for

        super().__init__(context)
        self._keys: set[bytes] = set()
        self._rows: list[tuple[int, int, bytes]] = []
        self._copies = NearCopies()

    def look(self, item: Item) -> Iterable[Finding]:
        if item.key not in self._keys:
            self._keys.add(item.key)
            self._rows.append((item.row, item.number, item.key))
            self._copies.judge(item.text)
        return ()

    def finish(self, progress: Progress) -> Iterator[Finding]:
        origins = self._hold(progress)
        for done, ((row, _, exact), near) in enumerate(zip(self._rows, self._copies.search(), strict=True)):
            if not done % 512:
                progress.step("near duplicates", done, len(self._rows))
            if near is None or exact not in self._keys:
                continue
            detail: dict[str, str | int] = {"percent": 100 * near.shared // near.total}
            if near.earlier < len(origins):
                contribution, index = origins[near.earlier]
                detail |= {"contribution": contribution, "index": index}
            else:
                detail |= {"of": self._rows[near.earlier - len(origins)][1]}
            yield Finding(self.name, "mostly the same", "warning", row, detail=detail)

    def _hold(self, progress: Progress) -> list[tuple[int, int]]:
        """The Datanet's own texts: contribution and index of those that have something in common with the rows."""
        origins: list[tuple[int, int]] = []
        texts = iter(self.context.texts())
        done = 0
        while page := list(islice(texts, _PAGE)):
            progress.step("near duplicates", done)
            done += len(page)
            self._keys.difference_update(key(each.text) for each in page)
            held = self._copies.hold([each.text for each in page])
            origins += [(each.contribution, each.index) for each, kept in zip(page, held, strict=True) if kept]
        return origins
