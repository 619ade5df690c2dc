"""CSV and its relatives: comma, semicolon, tab or bar, quoted cells with newlines, with or without a header."""

from __future__ import annotations

import csv
import dataclasses
import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import ClassVar

from core.datanets.importers.base import MAX_COLUMNS, Malformed, Options, Row, capped
from core.datanets.importers.mapping import KNOWN_NAMES
from core.datanets.importers.source import Source
from core.datanets.text import clean_line
from core.errors import BadFile, TooLarge

_DELIMITERS = "\t,;|"  # on a tie the rarer in prose goes first
_SNIFFED = 200  # records
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class CsvFile:
    name: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".tab")

    def recognises(self, head: str) -> bool:
        delimiter, share = _sniff(head)
        return delimiter is not None and share >= 0.9

    def settle(self, head: str, options: Options) -> Options:
        delimiter = options.delimiter or _sniff(head)[0] or ","
        header = _has_header(_records(head, delimiter)) if options.header is None else options.header
        return dataclasses.replace(options, delimiter=delimiter, header=header)

    def read(self, source: Source, options: Options) -> Iterator[Row | Malformed]:
        lines = _Lines(source.lines(keep_ends=True))
        reader = csv.reader(lines, delimiter=options.delimiter or ",", strict=True)
        columns: list[str] = []
        while True:
            start = lines.mark()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "field larger" in str(error) and lines.taken == 1:
                    raise TooLarge(
                        what="field", path=str(source.path), line=start, limit=csv.field_size_limit()
                    ) from error
                lines.rewind()  # an unclosed quote swallows all that follows: only its own line is lost
                yield Malformed(start, "quote")
                continue
            if not cells:
                continue
            if not columns:
                columns = _columns(source, start, cells, named=bool(options.header))
                if options.header:
                    continue
            if len(cells) != len(columns):
                yield Malformed(start, "columns", found=len(cells), expected=len(columns))
            else:
                yield capped(source, start, columns, cells)


class _Lines:
    """Lines that remember what was taken since the last mark, so that a bad record can be given back but its first."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._next = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self._next += 1
        return line

    @property
    def taken(self) -> int:
        return len(self._taken)

    def mark(self) -> int:
        """The number of the line that comes next."""
        self._taken = []
        return self._next

    def rewind(self) -> None:
        back = self._taken[1:]
        self._again.extendleft(reversed(back))
        self._next -= len(back)


def _records(head: str, delimiter: str) -> list[list[str]]:
    """The first records, without the last where the head may have cut it."""
    found: list[list[str]] = []
    reader = csv.reader(head.splitlines(keepends=True), delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                found.append(cells)
            if len(found) >= _SNIFFED:
                return found
    except csv.Error:
        return found
    return found[:-1] if len(head) >= 65_536 else found


def _sniff(head: str) -> tuple[str | None, float]:
    """The delimiter that cuts most records into the same number of cells, more than one; and that share."""
    best: tuple[str | None, float] = (None, 0.0)
    for delimiter in _DELIMITERS:
        widths = Counter(len(cells) for cells in _records(head, delimiter))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        share = count / max(1, widths.total())
        if width > 1 and share > best[1]:
            best = (delimiter, share)
    return best


def _has_header(records: list[list[str]]) -> bool:
    """A first record of short, distinct names, one of which is a usual name or does not occur again below."""
    if not records:
        return False
    first = [clean_line(cell) for cell in records[0]]
    if any(not name or len(name) > 40 or name.isdigit() for name in first) or len(set(first)) != len(first):
        return False
    if any(name.casefold() in KNOWN_NAMES for name in first):
        return True
    below = records[1:]
    if len(below) < 3 or len(first) < 2:
        return False
    for position, name in enumerate(first):
        column = {cells[position] for cells in below if len(cells) > position}
        if len(column) <= len(below) // 2 and name not in column:  # a label column whose first cell is no label
            return True
        if not _NUMBER.fullmatch(name) and all(_NUMBER.fullmatch(cell.strip()) for cell in column):
            return True  # a word over nothing but numbers
    return False


def _columns(source: Source, line: int, cells: list[str], *, named: bool) -> list[str]:
    if len(cells) > MAX_COLUMNS:
        raise BadFile(path=str(source.path), reason="columns", line=line, found=len(cells), limit=MAX_COLUMNS)
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = (clean_line(cell)[:100] if named else "") or str(position)
        number = 2
        plain = name
        while name in names:
            name = f"{plain} ({number})"
            number += 1
        names.append(name)
    return names
