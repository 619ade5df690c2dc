"""Guessing which column holds the text and which the label; the person sees the guess and may change it."""

from __future__ import annotations

from collections.abc import Sequence

from core.datanets.content import Column
from core.datanets.importers.base import Mapping, Row
from core.datanets.text import clean_line

_NAMES: dict[str, tuple[str, ...]] = {
    "text": ("text", "sentence", "content", "message", "utterance", "body", "question", "gloss", "document", "comment",
             "review", "query", "input", "prompt"),
    "label": ("label", "labels", "category", "class", "topic", "intent", "target", "tag", "sentiment", "output"),
    "source": ("source", "origin", "url", "from"),
    "language": ("language", "lang", "locale"),
    "licence": ("licence", "license"),
}  # fmt: skip
KNOWN_NAMES = frozenset(name for names in _NAMES.values() for name in names)


def guess(rows: Sequence[Row], labels: Sequence[str] = ()) -> Mapping | None:
    """From the first rows and the Datanet's labels. None when no column could be a text.

    Names count most, then agreement with the labels, then shape: labels are few and short, texts many and long.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row.cells))
    if not columns:
        return None
    values = {name: [row.cells.get(name, "") for row in rows] for name in columns}
    named = {field: _named(columns, names) for field, names in _NAMES.items()}
    label = named["label"] or _label(columns, values, labels, taken={named["text"]} if named["text"] else set())
    rest = [name for name in columns if name not in {label, named["source"], named["language"], named["licence"]}]
    text = named["text"] or max(rest, key=lambda name: _length(values[name]), default=None)
    if text is None:
        return None
    return Mapping(text, label, named["source"], named["language"], named["licence"])


def guess_table(rows: Sequence[Row], schema: Sequence[Column], labels: Sequence[str] = ()) -> Mapping | None:
    """For a Datanet of tables: columns by their names, the label by agreement with the Datanet's labels or its name.

    None when the file has none of the columns.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row.cells))
    folded = {column.casefold(): column for column in reversed(columns)}
    cells = tuple(folded.get(column.name.casefold()) for column in schema)
    taken = {name for name in cells if name is not None}
    if not taken:
        return None
    rest = [name for name in columns if name not in taken]
    values = {name: [row.cells.get(name, "") for row in rows] for name in rest}
    named = {field: _named(rest, _NAMES[field]) for field in ("label", "source", "licence")}
    label = _label(rest, values, labels, taken=set()) or named["label"] or (rest[0] if len(rest) == 1 else None)
    source = named["source"] if named["source"] != label else None
    return Mapping("", label, source, None, named["licence"] if named["licence"] != label else None, cells)


def guess_label(rows: Sequence[Row]) -> str | None:
    """The column of the labels in a table nobody described yet: by its name, else the last with few distinct words."""
    columns = list(dict.fromkeys(name for row in rows for name in row.cells))
    usual = _named(columns, (*_NAMES["label"], "species", "diagnosis", "outcome", "kind", "type"))
    if usual is not None:
        return usual
    for name in reversed(columns):
        distinct = {clean_line(row.cells.get(name, "")) for row in rows}
        if 2 <= len(distinct) <= min(64, len(rows) // 2) and not all(_plain_number(value) for value in distinct):
            return name
    return None


def _plain_number(value: str) -> bool:
    try:
        float(value or "0")
    except ValueError:
        return False
    return True


def _named(columns: list[str], names: tuple[str, ...]) -> str | None:
    folded = {column.casefold(): column for column in reversed(columns)}
    return next((folded[name] for name in names if name in folded), None)


def _label(columns: list[str], values: dict[str, list[str]], labels: Sequence[str], taken: set[str]) -> str | None:
    wanted = {label.casefold() for label in labels}
    best: tuple[float, str] | None = None
    for name in columns:
        filled = [clean_line(value) for value in values[name] if value.strip()]
        if name in taken or not filled or len(columns) == 1:
            continue
        known = sum(value.casefold() in wanted for value in filled) / len(filled)
        few = len(filled) >= 4 and len(set(filled)) <= len(filled) // 2 and max(map(len, filled)) <= 60
        score = known + (0.4 if few else 0.0)
        if score >= 0.4 and (best is None or score > best[0]):
            best = (score, name)
    return best[1] if best else None


def _length(values: list[str]) -> float:
    return sum(map(len, values)) / max(1, len(values))
