"""Licence and consent: said for every record, and fitting the Datanet's licence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from core.datanets import licences
from core.datanets.preflight.base import Check, Context, Finding, Item
from core.datanets.record import USES
from core.errors import BadInput


class Consent(Check):
    name: ClassVar[str] = "consent"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[tuple[str, frozenset[str]], list[Finding]] = {}  # a file says the same for all its rows

    def look(self, item: Item) -> Iterable[Finding]:
        said = item.licence, item.uses
        found = self._known.get(said)
        if found is None:
            found = self._known[said] = list(self._judge(item))
        return [replace(each, row=item.row) for each in found]

    def _judge(self, item: Item) -> Iterator[Finding]:
        yield from self._licence(item)
        if not item.uses:
            yield Finding(self.name, "no uses", "danger", item.row)
        elif not item.uses.issubset(USES):
            yield Finding(self.name, "unknown use", "danger", item.row)
        elif "train" not in item.uses:
            yield Finding(self.name, "not for training", "info", item.row)

    def _licence(self, item: Item) -> Iterable[Finding]:
        detail: dict[str, str | int] = {"licence": item.licence}
        try:
            licences.check(item.licence)
        except BadInput as error:
            kind = "no licence" if error.reason == "missing" else "licence not understood"
            yield Finding(self.name, kind, "danger", item.row, detail=detail)
            return
        if item.licence not in licences.LICENCES and item.licence != self.context.licence:
            yield Finding(self.name, "licence unknown", "warning", item.row, detail=detail)
        elif self.context.licence and not licences.fits(item.licence, self.context.licence):
            detail["datanet"] = self.context.licence
            yield Finding(self.name, "licence differs", "warning", item.row, detail=detail)
