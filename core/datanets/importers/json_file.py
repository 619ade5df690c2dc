"""A JSON array of objects (or of strings)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from core.datanets.importers.base import Malformed, Options, Row
from core.datanets.importers.json_rows import DECODER, row
from core.datanets.importers.source import Source
from core.errors import BadFile, TooLarge

MAX_SIZE = 64 * 1024 * 1024  # bytes: the text stands in memory as a whole, its rows do not
_SPACE = re.compile(r"[ \t\r\n]*")


class JsonFile:
    name: ClassVar[str] = "json"
    suffixes: ClassVar[tuple[str, ...]] = (".json",)

    def recognises(self, head: str) -> bool:
        return re.match(r"\s*\[\s*[\{\"\]]", head) is not None

    def settle(self, head: str, options: Options) -> Options:
        del head
        return options

    def read(self, source: Source, options: Options) -> Iterator[Row | Malformed]:
        del options
        if source.size > MAX_SIZE:
            raise TooLarge(what="file", path=str(source.path), found=source.size, limit=MAX_SIZE)
        text = source.whole()
        place = _after_space(text, 0)
        if text[place : place + 1] != "[":
            raise BadFile(path=str(source.path), reason="not a list", line=1)
        line = 1 + text.count("\n", 0, place)
        end = _after_space(text, place + 1)
        while text[end : end + 1] != "]":
            line += text.count("\n", place, end)
            place = end
            try:
                value, end = DECODER.raw_decode(text, place)
            except (ValueError, RecursionError) as error:
                line += text.count("\n", place, getattr(error, "pos", place))
                raise BadFile(path=str(source.path), reason="not JSON", line=line) from error
            yield row(source, line, value)
            end = _after_space(text, end)
            if text[end : end + 1] == ",":
                end = _after_space(text, end + 1)
            elif text[end : end + 1] != "]":
                line += text.count("\n", place, end)
                raise BadFile(path=str(source.path), reason="not JSON", line=line)


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place
