"""Running a list of patterns over a text so that no character is reported twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
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


class Patterns:
    """A list of patterns to run: most texts have none of their hints, and are done when that is known."""

    def __init__(self, *patterns: Pattern) -> None:
        self._patterns = patterns
        self._always: list[int] = []
        self._words: list[tuple[str, int]] = []
        signs: dict[str, list[int]] = {}  # several signs are one search, whatever number of patterns asks for them
        for number, pattern in enumerate(patterns):
            if not pattern.hints:
                self._always.append(number)
            elif len(pattern.hints) > 1 and all(len(hint) == 1 for hint in pattern.hints):
                signs.setdefault("".join(pattern.hints), []).append(number)
            else:
                self._words += [(hint, number) for hint in pattern.hints]
        self._signs = [(re.compile(f"[{re.escape(each)}]").search, numbers) for each, numbers in signs.items()]

    def find(self, check: str, row: int, text: str) -> Sequence[Finding]:
        """In the order of the text; where two overlap, the pattern listed first has it."""
        likely = [*self._always, *(number for hint, number in self._words if hint in text)]
        for search, numbers in self._signs:
            if search(text):
                likely += numbers
        taken: list[tuple[int, int, Pattern]] = []
        for number in sorted(set(likely)):
            pattern = self._patterns[number]
            for match in pattern.expression.finditer(text):
                start, stop = match.span(pattern.group)
                free = all(stop <= other or start >= end for other, end, _ in taken)
                if start >= 0 and free and pattern.valid(match.group(pattern.group)):
                    taken.append((start, stop, pattern))
        taken.sort(key=lambda each: each[0])
        return [Finding(check, p.kind, p.severity, row, start, stop, p.replacement) for start, stop, p in taken]


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
