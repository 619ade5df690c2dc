"""Files to rows: CSV, JSON Lines, JSON, plain lines. Streamed, capped, with the line of every fault."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.datanets.content import Column, row_of
from core.datanets.importers.base import MAX_ROWS, Importer, Malformed, Mapping, Options, Row
from core.datanets.importers.csv_file import CsvFile
from core.datanets.importers.json_file import JsonFile
from core.datanets.importers.jsonl_file import JsonlFile
from core.datanets.importers.lines_file import LinesFile
from core.datanets.importers.mapping import guess, guess_table
from core.datanets.importers.source import Source
from core.datanets.text import clean, clean_line
from core.errors import BadFile, BadInput, TooLarge
from core.jobs import Progress

# In the order in which content is asked; the last takes any text.
IMPORTERS: tuple[Importer, ...] = (
    JsonlFile(),
    JsonFile(),
    CsvFile(),
    LinesFile(),
)

MAX_MALFORMED = 1_000
_SAMPLE = 200  # rows that the guess looks at
_SHOWN = 20

__all__ = ["IMPORTERS", "Inspection", "Malformed", "Mapped", "Mapping", "Options", "Row", "inspect", "read", "sample"]


@dataclasses.dataclass(frozen=True)
class Mapped:
    """A row's fields by meaning, cleaned; `line` where it begins."""

    line: int
    text: str
    label: str
    source: str
    language: str
    licence: str


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What a file holds, before anything is taken from it. `options` are complete: give them to `read`."""

    options: Options
    columns: tuple[str, ...]
    sample: tuple[Row, ...]
    rows: int  # that can be used
    malformed: tuple[Malformed, ...]


def inspect(
    path: Path, options: Options, progress: Progress, labels: Sequence[str] = (), schema: Sequence[Column] = ()
) -> Inspection:
    """Read the whole file once and say what is in it; `schema` are the columns of a Datanet of tables.

    Raises BadFile or TooLarge; malformed rows are listed.
    """
    source = Source(path, options.encoding, progress)
    importer, options = _settle(source, options)
    sample: list[Row] = []
    bad: list[Malformed] = []
    waiting = _rows(importer, source, options)
    for item in waiting:
        if isinstance(item, Row):
            sample.append(item)
        else:
            bad.append(item)
        if len(sample) >= _SAMPLE or len(bad) > MAX_MALFORMED:
            break
    guessed = guess_table(sample, schema, labels) if schema else guess(sample, labels)
    options = dataclasses.replace(options, mapping=options.mapping or guessed)
    if options.mapping is None and schema and options.header is False:  # a first line of names that looks like values
        return inspect(path, dataclasses.replace(options, header=True), progress, labels, schema)
    if options.mapping is None and schema and not bad:
        raise BadFile(path=str(path), reason="no column of the table")
    if options.mapping is None:
        raise _first_fault(path, bad) if bad else BadFile(path=str(path), reason="empty")
    columns = tuple(dict.fromkeys(name for row in sample for name in row.cells))
    _check_mapping(options.mapping, columns)
    counted = 0
    for row in sample:
        counted += _count(_mapped(row, options.mapping, schema), bad)
    for item in waiting:
        counted += _count(_mapped(item, options.mapping, schema) if isinstance(item, Row) else item, bad)
        if len(bad) > MAX_MALFORMED:
            break
    if len(bad) > MAX_MALFORMED:
        raise BadFile(path=str(path), reason="too many malformed rows", line=bad[0].line, limit=MAX_MALFORMED)
    if not counted:
        raise _first_fault(path, bad) if bad else BadFile(path=str(path), reason="empty")
    bad.sort(key=lambda fault: fault.line)
    return Inspection(options, columns, tuple(sample[:_SHOWN]), counted, tuple(bad))


def sample(path: Path, options: Options, progress: Progress, most: int) -> list[Row]:
    """The first rows as they stand, before any meaning. Raises BadFile, TooLarge."""
    source = Source(path, options.encoding, progress)
    importer, options = _settle(source, options)
    found = (item for item in _rows(importer, source, options) if isinstance(item, Row))
    return list(itertools.islice(found, most))


def read(
    path: Path,
    options: Options,
    progress: Progress,
    skipped: list[Malformed] | None = None,
    schema: Sequence[Column] = (),
) -> Iterator[Mapped]:
    """The rows, by meaning; `options.mapping` must be set, as `inspect` sets it.

    Raises BadFile at the first malformed row unless `options.skip_malformed`; then those go to `skipped`.
    """
    source = Source(path, options.encoding, progress)
    importer, options = _settle(source, options)
    if options.mapping is None:
        raise BadInput(field="mapping", reason="missing")
    faults = 0
    for item in _rows(importer, source, options):
        row = _mapped(item, options.mapping, schema) if isinstance(item, Row) else item
        if isinstance(row, Mapped):
            yield row
            continue
        faults += 1
        if not options.skip_malformed:
            raise _first_fault(path, [row])
        if faults > MAX_MALFORMED:
            raise BadFile(path=str(path), reason="too many malformed rows", line=row.line, limit=MAX_MALFORMED)
        if skipped is not None:
            skipped.append(row)


def _settle(source: Source, options: Options) -> tuple[Importer, Options]:
    head = source.head()
    suffix = source.path.suffix.lower()
    if options.format is not None:
        importer = next((each for each in IMPORTERS if each.name == options.format), None)
        if importer is None:
            raise BadInput(field="format", reason="unknown", value=options.format)
    else:
        named = next((each for each in IMPORTERS if suffix in each.suffixes), None)
        importer = named or next(each for each in IMPORTERS if each.recognises(head))
    found = dataclasses.replace(options, format=importer.name, encoding=source.encoding)
    return importer, importer.settle(head, found)


def _rows(importer: Importer, source: Source, options: Options) -> Iterator[Row | Malformed]:
    for count, item in enumerate(importer.read(source, options), start=1):
        if count > MAX_ROWS:
            raise TooLarge(what="rows", path=str(source.path), line=item.line, found=count, limit=MAX_ROWS)
        yield item


def _mapped(row: Row, mapping: Mapping, schema: Sequence[Column]) -> Mapped | Malformed:
    def cell(column: str | None) -> str:
        return row.cells.get(column, "") if column is not None else ""

    try:
        named = zip(schema, mapping.columns, strict=True)
        text = row_of({one.name: cell(at) for one, at in named}, schema) if schema else clean(cell(mapping.text))
    except BadInput as error:
        return Malformed(row.line, str(error.values["reason"]), column=str(error.values["field"]))
    if not text:
        return Malformed(row.line, "no cells" if schema else "no text")
    return Mapped(
        row.line,
        text,
        clean_line(cell(mapping.label)),
        clean_line(cell(mapping.source)),
        clean_line(cell(mapping.language)),
        clean_line(cell(mapping.licence)),
    )


def _count(row: Mapped | Malformed, bad: list[Malformed]) -> int:
    if isinstance(row, Mapped):
        return 1
    bad.append(row)
    return 0


def _check_mapping(mapping: Mapping, columns: Sequence[str]) -> None:
    fields = [field.name for field in dataclasses.fields(mapping) if field.name != "columns"]
    asked = [(name, getattr(mapping, name)) for name in fields if name != "text" or not mapping.columns]
    for name, column in [*asked, *(("columns", column) for column in mapping.columns)]:
        if column is not None and column not in columns:
            raise BadInput(field=name, reason="no such column", value=column)


def _first_fault(path: Path, bad: Sequence[Malformed]) -> BadFile:
    fault = min(bad, key=lambda each: each.line)
    return BadFile(
        path=str(path),
        reason=fault.reason,
        line=fault.line,
        found=fault.found,
        expected=fault.expected,
        column=fault.column,
    )
