"""What a table shows, as CSV. No Qt here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe before it; plain numbers stay numbers."""
    if cell.startswith(_STARTS) and not _number(cell):
        return f"'{cell}"
    return cell


def _number(cell: str) -> bool:
    plain = cell.replace(",", "").lstrip("+-")
    return plain.replace(".", "", 1).isdigit() and plain.isascii()


def to_csv(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """RFC 4180, with a header line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(title) for title in titles])
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return out.getvalue()
