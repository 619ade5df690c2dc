"""What every importer is given and gives back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from core.datanets.importers.source import Source
from core.errors import TooLarge

MAX_ROWS = 200_000
MAX_FIELD = 100_000  # characters; under the csv module's own limit of 131,072
MAX_COLUMNS = 256


@dataclass(frozen=True)
class Mapping:
    """Which column is what. A column that is not there is None.

    `columns` is for tables: the file's column for each one of the Datanet's, in its order; `text` is "" then.
    """

    text: str
    label: str | None = None
    source: str | None = None
    language: str | None = None
    licence: str | None = None
    columns: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Options:
    """How to read a file; None means find out. `skip_malformed`: the person has seen the bad rows and goes on."""

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    mapping: Mapping | None = None
    skip_malformed: bool = False


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on (from 1) and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Malformed:
    """A row that cannot be used: `reason` is a key ("columns", "quote", "not JSON", "not an object", "no text",
    "no cells", "not a number", "too long"); `column` where one cell is at fault.
    """

    line: int
    reason: str
    found: int | None = None
    expected: int | None = None
    column: str = ""


class Importer(Protocol):
    """One file format: one file with one class, and its line in `importers/__init__.py`."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    def recognises(self, head: str) -> bool:
        """Whether the beginning of a file looks like this format; asked when the suffix says nothing."""

    def settle(self, head: str, options: Options) -> Options:
        """The options with what this format must know filled in."""

    def read(self, source: Source, options: Options) -> Iterator[Row | Malformed]:
        """Rows as they stand, streamed. Raises BadFile where nothing after the fault can be read."""


def capped(source: Source, line: int, columns: Sequence[str], values: Sequence[str]) -> Row:
    """A row whose cells keep to the limit. Raises TooLarge(what="field")."""
    for value in values:
        if len(value) > MAX_FIELD:
            raise TooLarge(what="field", path=str(source.path), line=line, found=len(value), limit=MAX_FIELD)
    return Row(line, dict(zip(columns, values, strict=True)))
