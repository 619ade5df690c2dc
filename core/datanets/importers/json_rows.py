"""JSON values to rows, for JSON Lines and JSON arrays alike."""

from __future__ import annotations

import json
from typing import Any

from core.datanets.importers.base import MAX_COLUMNS, Malformed, Row, capped
from core.datanets.importers.source import Source
from core.datanets.text import clean_line


def refuse_constant(text: str) -> None:
    """NaN and Infinity are not JSON."""
    raise ValueError(text)


DECODER = json.JSONDecoder(parse_constant=refuse_constant)


def row(source: Source, line: int, value: Any) -> Row | Malformed:
    """An object's plain members; nested ones are left out. A bare string is a text."""
    if isinstance(value, str):
        return capped(source, line, ["text"], [value])
    if not isinstance(value, dict):
        return Malformed(line, "not an object")
    if len(value) > MAX_COLUMNS:
        return Malformed(line, "columns", found=len(value), expected=MAX_COLUMNS)
    cells = {clean_line(name)[:100] or "?": _cell(item) for name, item in value.items()}
    plain = {name: cell for name, cell in cells.items() if cell is not None}
    return capped(source, line, list(plain), list(plain.values()))


def _cell(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return None if isinstance(value, dict | list) else json.dumps(value)
