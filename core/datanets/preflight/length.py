"""Texts too short to mean anything, too long for a record, or longer than an encoder reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight.base import Check, Finding, Item
from core.datanets.record import MAX_TEXT
from core.datanets.text import words

_SHORT = 3  # letters and digits
_READ = 2_000  # characters: about 512 word pieces, the most that the larger encoder takes in


class Length(Check):
    name: ClassVar[str] = "length"
    kinds: ClassVar[tuple[Kind, ...]] = ("text",)

    def look(self, item: Item) -> Iterable[Finding]:
        length = len(item.text)
        if length > MAX_TEXT:
            yield Finding(self.name, "too long", "danger", item.row, detail={"found": length, "limit": MAX_TEXT})
        elif length > _READ:
            yield Finding(self.name, "cut", "info", item.row, detail={"found": length, "limit": _READ})
        elif length < 4 * _SHORT and sum(map(len, words(item.text))) < _SHORT:
            yield Finding(self.name, "too short", "warning", item.row, detail={"found": length})
