"""What a table in a file would make of a Datanet: its columns, which of them holds the labels, and the labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.datanets import importers
from core.datanets.content import Column, guess_columns
from core.datanets.importers import Options
from core.datanets.importers.mapping import guess_label
from core.datanets.text import clean_line
from core.errors import BadFile
from core.jobs import Progress

MAX_SAMPLE = 2_000  # rows that the guess looks at
MAX_LABELS = 64


@dataclass(frozen=True)
class Schema:
    """`label` is the file's column of the labels, None when none of them could be."""

    columns: tuple[Column, ...]
    label: str | None
    labels: tuple[str, ...]


def schema_of(path: Path, progress: Progress, label: str | None = None) -> Schema:
    """A guess for the person to look at; `label` names the column of the labels. Raises BadFile, TooLarge."""
    rows = importers.sample(path, Options(), progress, MAX_SAMPLE)
    if not rows:
        raise BadFile(path=str(path), reason="empty")
    found = label if label is not None else guess_label(rows)
    values = [clean_line(row.cells.get(found, "")) for row in rows] if found is not None else []
    labels = tuple(dict.fromkeys(value for value in values if value))
    return Schema(guess_columns([row.cells for row in rows], found), found, labels[:MAX_LABELS])
