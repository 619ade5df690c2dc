"""JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from core.datanets.importers.base import Malformed, Options, Row
from core.datanets.importers.json_rows import DECODER, row
from core.datanets.importers.source import Source


class JsonlFile:
    name: ClassVar[str] = "jsonl"
    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")

    def recognises(self, head: str) -> bool:
        first = next((line for line in head.splitlines() if line.strip()), "")
        if not first.lstrip().startswith("{"):
            return False
        try:
            return isinstance(DECODER.decode(first), dict)
        except (ValueError, RecursionError):
            return False

    def settle(self, head: str, options: Options) -> Options:
        del head  # nothing to find out
        return options

    def read(self, source: Source, options: Options) -> Iterator[Row | Malformed]:
        del options
        for number, line in enumerate(source.lines(), start=1):
            if not line.strip():
                continue
            try:
                value = DECODER.decode(line.strip())
            except (ValueError, RecursionError):
                yield Malformed(number, "not JSON")
            else:
                yield row(source, number, value)
