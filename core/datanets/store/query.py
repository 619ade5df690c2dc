"""Putting together a query from constant fragments and bound values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.datanets.text import clean_line

_LONGEST = 500  # characters of a search that are looked at


@dataclass
class Where:
    """Conditions joined by AND. Fragments are constants of this package; what comes from outside is bound."""

    parts: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, part: str, *values: object) -> Where:
        self.parts.append(part)
        self.values.extend(values)
        return self

    def join(self, *around: str) -> str:
        """`around[0]` + WHERE conditions + the rest of `around`."""
        return " ".join([around[0], "WHERE", " AND ".join(self.parts or ["1"]), *around[1:]])


def many(values: Iterable[object]) -> str:
    """A list as one bound value, for `IN (SELECT value FROM json_each(?))`: no limit on how many."""
    return json.dumps(list(values))


def like(text: str) -> str:
    r"""For LIKE ? ESCAPE '\': the text anywhere, its own % and _ taken as they are."""
    escaped = clean_line(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def fts(words: str) -> str:
    """What a person types, as an FTS5 query: every word must be there, the last may be unfinished. "" finds nothing.

    Words are quoted, so that AND, NEAR, *, ^ and : are looked for and not obeyed.
    """
    terms = [
        '"' + word.replace('"', '""') + '"'
        for word in clean_line(words[:_LONGEST]).split()
        if any(c.isalnum() for c in word)
    ]
    return " ".join(terms) + "*" if terms else ""
