"""Running a list of patterns over a text so that no character is reported twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.datanets.preflight.base import Finding, Severity


def always(_text: str) -> bool:
    return True


@dataclass(frozen=True)
class Pattern:
    """`valid` says whether what was matched really is one: checksums, ranges. `group` is the part to take out.

    `hints` are characters or words of which a text must have one, asked first because that is cheap.
    """

    kind: str
    severity: Severity
    expression: re.Pattern[str]
    replacement: str
    valid: Callable[[str], bool] = always
    hints: tuple[str, ...] = ()
    group: int = 0


def find(check: str, row: int, text: str, patterns: Sequence[Pattern]) -> Iterator[Finding]:
    """In the order of the text; where two overlap, the pattern listed first has it."""
    taken: list[tuple[int, int, Pattern]] = []
    for pattern in patterns:
        if pattern.hints and not any(hint in text for hint in pattern.hints):
            continue
        for match in pattern.expression.finditer(text):
            start, stop = match.span(pattern.group)
            free = all(stop <= other or start >= end for other, end, _ in taken)
            if start >= 0 and free and pattern.valid(match.group(pattern.group)):
                taken.append((start, stop, pattern))
    for start, stop, pattern in sorted(taken, key=lambda each: each[0]):
        yield Finding(check, pattern.kind, pattern.severity, row, start, stop, pattern.replacement)


def redact(text: str, findings: Iterable[Finding]) -> str:
    """The text with every span that has a suggestion replaced. Overlapping spans go as one, so no end stays."""
    spans = sorted(
        (each.start, each.stop, each.suggestion)
        for each in findings
        if each.start is not None and each.stop is not None and each.suggestion is not None
    )
    merged: list[tuple[int, int, str]] = []
    for start, stop, suggestion in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, stop, suggestion))
    for start, stop, suggestion in reversed(merged):
        text = text[:start] + suggestion + text[stop:]
    return text
