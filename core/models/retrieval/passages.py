"""A document's sentences, and the one that answers best. Nothing is written anew: a passage is a part of the text."""

from __future__ import annotations

import re

_LONGEST = 400  # characters; a sentence without an end is cut at white space near here
# An end mark with what closes it, then white space; East Asian marks need none; a line break ends a sentence too.
_END = re.compile(
    r"[.!?\u2026\u061f\u0964]+[)\]}\"'\u201d\u2019\u00bb]*(?=\s)|[\u3002\uff01\uff1f]+[\u300d\u300f\u201d]*|\n"
)


def split(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of each sentence in characters. All but the white space around them is in one."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in [match.end() for match in _END.finditer(text)] + [len(text)]:
        found += _trimmed(text, start, end)
        start = end
    return tuple(found)


def _trimmed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while True:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if end - start <= _LONGEST:
            return [*found, (start, end)] if start < end else found
        cut = next((at for at in range(start + _LONGEST, start, -1) if text[at].isspace()), start + _LONGEST)
        shown = cut
        while text[shown - 1].isspace():
            shown -= 1
        found.append((start, shown))
        start = cut
