"""Names that people give to accounts and contacts: one line, nothing invisible, not endless."""

from __future__ import annotations

import unicodedata

from core.errors import BadInput

LONGEST = 60  # characters
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, bidi marks, lone surrogates, unassigned


def clean_name(text: str, *, field: str = "name", longest: int = LONGEST, empty: bool = False) -> str:
    """Raises BadInput(field, reason): "empty", "length"."""
    visible = "".join(c if unicodedata.category(c) not in _INVISIBLE else " " for c in text)
    name = " ".join(unicodedata.normalize("NFC", visible).split())
    if not name and not empty:
        raise BadInput(field=field, reason="empty")
    if len(name) > longest:
        raise BadInput(field=field, reason="length", found=len(name), limit=longest)
    return name
