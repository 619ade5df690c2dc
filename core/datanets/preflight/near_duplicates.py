"""Near duplicates: most of a text's word shingles stand in one earlier text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight.base import Check, Context, Earlier, Finding, Item
from core.datanets.shingles import Containment, Shingle, Shingler
from core.datanets.text import key
from core.jobs import Progress


class NearDuplicates(Check):
    """What an exact duplicate is, `Duplicates` says; it is not said twice."""

    name: ClassVar[str] = "near duplicate"
    kinds: ClassVar[tuple[Kind, ...]] = ("text",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._keys: set[bytes] = set()
        self._rows: list[tuple[int, int, bytes]] = []
        self._shingles: list[frozenset[Shingle]] = []
        self._shingler = Shingler()

    def look(self, item: Item) -> Iterable[Finding]:
        exact = key(item.text)
        if exact not in self._keys:
            self._keys.add(exact)
            self._rows.append((item.row, item.number, exact))
            self._shingles.append(self._shingler.learn(item.text))
        return ()

    def finish(self, progress: Progress) -> Iterator[Finding]:
        wanted: frozenset[Shingle] = frozenset().union(*self._shingles)
        known: list[frozenset[Shingle]] = []
        origins: list[Earlier] = []
        for number, earlier in enumerate(self.context.texts()):
            if not number % 512:
                progress.step("near duplicates", number)
            exact = key(earlier.text)
            self._keys.discard(exact)
            shared = self._shingler.known(earlier.text) & wanted
            if shared:
                known.append(shared)
                origins.append(earlier)
        containment = Containment([*known, *self._shingles], len(known))
        for done, ((row, _, exact), near) in enumerate(zip(self._rows, containment.search(), strict=True)):
            if not done % 512:
                progress.step("near duplicates", done, len(self._rows))
            if near is None or exact not in self._keys:
                continue
            detail: dict[str, str | int] = {"percent": 100 * near.shared // near.total}
            if near.earlier < len(known):
                origin = origins[near.earlier]
                detail |= {"contribution": origin.contribution, "index": origin.index}
            else:
                detail |= {"of": self._rows[near.earlier - len(known)][1]}
            yield Finding(self.name, "mostly the same", "warning", row, detail=detail)
