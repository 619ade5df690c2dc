"""CSV for spreadsheets, in which no cell can become a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import IO

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> str:
    """A cell beginning with = + - @ tab or CR gets an apostrophe, which spreadsheets show as plain text."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(file: IO[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Rows written, CRLF between them (RFC 4180). `file` is opened with newline=""."""
    writer = csv.writer(file)
    writer.writerow([safe_cell(name) for name in header])
    count = 0
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        count += 1
    return count
