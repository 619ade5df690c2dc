"""Plain text: every line that is not blank is a record without a label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from core.datanets.importers.base import Malformed, Options, Row, capped
from core.datanets.importers.source import Source


class LinesFile:
    name: ClassVar[str] = "lines"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".text", ".md")

    def recognises(self, head: str) -> bool:
        return bool(head.strip())

    def settle(self, head: str, options: Options) -> Options:
        del head
        return options

    def read(self, source: Source, options: Options) -> Iterator[Row | Malformed]:
        del options
        for number, line in enumerate(source.lines(), start=1):
            if line.strip():
                yield capped(source, number, ["text"], [line.rstrip("\n")])
