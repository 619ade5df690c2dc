"""Rows of a table: personal data in their categories, and rows with next to nothing in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from core.datanets.content import Kind, cells_of
from core.datanets.preflight.base import Check, Context, Finding, Item
from core.datanets.preflight.personal_data import PersonalData
from core.datanets.preflight.secrets import Secrets
from core.errors import BadInput


class CellsOf(Check):
    """What the checks of texts find in a category; without a span, because a cell is mended as a whole."""

    name: ClassVar[str] = "cells"
    kinds: ClassVar[tuple[Kind, ...]] = ("table",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._checks = (PersonalData(context), Secrets(context))
        self._words = {column.name for column in context.columns if column.cells == "category"}

    def look(self, item: Item) -> Iterable[Finding]:
        try:
            cells = cells_of(item.text)
        except BadInput:
            return
        for name, value in cells.items():
            if name in self._words:
                alone = dataclasses.replace(item, text=value)
                for found in (each for check in self._checks for each in check.look(alone)):
                    detail = {**found.detail, "column": name}
                    yield dataclasses.replace(
                        found, check=self.name, start=None, stop=None, suggestion=None, detail=detail
                    )


class Sparse(Check):
    name: ClassVar[str] = "values"
    kinds: ClassVar[tuple[Kind, ...]] = ("table",)

    def look(self, item: Item) -> Iterable[Finding]:
        try:
            held = len(cells_of(item.text))
        except BadInput:
            return
        wanted = len(self.context.columns)
        if 2 * held < wanted:
            yield Finding(self.name, "mostly empty", "warning", item.row, detail={"found": held, "expected": wanted})
