"""Texts in another language than the Datanet's.

Measured on 6,000 English dictionary glosses and 6,000 short commands: "the best guess is not English" was wrong 392
times; "at least 20 bytes of letters, and English has less than 1 % of the probability" was wrong 0 times, and it still
catches short French, Spanish, German and Russian sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight.base import Check, Context, Finding, Item
from core.jobs import Progress

_LETTERS = 20  # bytes of UTF-8: ideographs say more each
_DOUBT = 0.01
_SURE = 0.8
_ENOUGH = 20  # sure texts before a file's own language is believed
_CLOSE = 0.001  # so near a threshold the library itself decides
_CLEAR = 0.6  # no other language can be as probable
_TOGETHER = 1_024  # texts looked at together, or
_CHARACTERS = 1 << 20
_OTHERS = bytes(sorted(set(range(128)) - set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")))

Row = tuple[int, str]


class Language(Check):
    """Held against the Datanet's languages; where it names none, against the one that most sure texts are in."""

    name: ClassVar[str] = "language"
    kinds: ClassVar[tuple[Kind, ...]] = ("text",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wanted = {language.split("-")[0] for language in context.languages}
        self._sure: Counter[str] = Counter()
        self._waiting: list[Row] = []
        self._characters = 0
        self._doubtful: list[Row] = []

    def look(self, item: Item) -> Iterable[Finding]:
        if not _enough(item.text):
            return ()
        self._waiting.append((item.row, item.text))
        self._characters += len(item.text)
        full = len(self._waiting) >= _TOGETHER or self._characters >= _CHARACTERS
        return self._together() if full else ()

    def _together(self) -> list[Finding]:
        rows, self._waiting, self._characters = self._waiting, [], 0
        if self._wanted:
            return self._judged(rows)
        for language, sure in _languages([text for _, text in rows]):
            if sure:
                self._sure[language] += 1
        self._doubtful += rows
        return []

    def finish(self, progress: Progress) -> Iterator[Finding]:
        progress.step("language")
        yield from self._together()
        if not self._sure or self._wanted:
            return
        main, count = max(self._sure.items(), key=lambda each: (each[1], each[0]))
        if count < _ENOUGH or count * 2 <= self._sure.total():
            return
        self._wanted = {main}
        done = 0
        for rows in _portions(self._doubtful):
            progress.step("language", done, len(self._doubtful))
            yield from self._judged(rows)
            done += len(rows)

    def _judged(self, rows: Sequence[Row]) -> list[Finding]:
        """One for each text whose language is not wanted, and in none of the wanted ones with any likelihood."""
        import numpy as np

        from core.datanets.preflight import tongues

        names = tongues.languages()
        known = self._wanted.intersection(names)
        if not known:  # a language that the identifier never learnt is not doubted
            return []
        likely, whole = tongues.shares([text for _, text in rows])
        wanted = likely[:, [place for place, name in enumerate(names) if name in known]].sum(axis=1)
        decided = whole & (abs(wanted - _DOUBT) > _CLOSE) & ((wanted > _DOUBT) | (likely.max(axis=1) > _CLEAR))
        found = []
        for at in np.flatnonzero(~decided | (wanted < _DOUBT)).tolist():
            row, text = rows[at]
            if decided[at]:
                language = names[int(likely[at].argmax())]
            else:
                ranked = tongues.exact(text)
                language = next(iter(ranked))
                if language in self._wanted or sum(ranked[each] for each in known) >= _DOUBT:
                    continue
            found.append(Finding(self.name, "other language", "warning", row, detail={"language": language}))
        return found


def _languages(texts: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Of each text: its language, and whether that is sure."""
    from core.datanets.preflight import tongues

    names = tongues.languages()
    likely, whole = tongues.shares(texts)
    best = likely.argmax(axis=1)
    shares = likely.max(axis=1)
    for text, place, share, sure in zip(texts, best.tolist(), shares.tolist(), whole.tolist(), strict=True):
        if sure and abs(share - _SURE) > _CLOSE:
            yield names[place], share > _SURE  # more than .8 leaves no other language as much
        else:
            language, probability = next(iter(tongues.exact(text).items()))
            yield language, probability >= _SURE


def _enough(text: str) -> bool:
    if text.isascii():
        return len(text.encode().translate(None, _OTHERS)) >= _LETTERS
    return len("".join(filter(str.isalpha, text)).encode()) >= _LETTERS


def _portions(rows: Sequence[Row]) -> Iterator[list[Row]]:
    portion: list[Row] = []
    characters = 0
    for row in rows:
        portion.append(row)
        characters += len(row[1])
        if len(portion) >= _TOGETHER or characters >= _CHARACTERS:
            yield portion
            portion, characters = [], 0
    if portion:
        yield portion
