"""BERT's uncased WordPiece tokenizer over a vocab.txt (Devlin et al. 2018; Wu et al. 2016, section 4.1).

Which characters exist is pinned to Unicode 14.0 by a table, because Python's own table grows with every version and
a text must give the same tokens on every machine: a later character counts as a letter that no piece has, so its word
is unknown. Text can never name a special token: "[CLS]" is three tokens.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from core.errors import TooLarge

MAX_TEXT = 200_000  # characters; past that it is a book, not a record
_LONGEST_WORD = 100  # characters; longer words are unknown, as in the reference
_KEPT_CONTROLS = "\t\n\r"
_UNSEEN = "\u16a0"  # a runic letter; no piece of the vocabulary holds it
_CJK = re.compile(
    "([\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f\U0002b740-\U0002b81f"
    "\U0002b820-\U0002ceaf\U0002f800-\U0002fa1f])"
)
_ASCII_PUNCTUATION = frozenset(map(chr, (*range(33, 48), *range(58, 65), *range(91, 97), *range(123, 127))))


class WordPiece:
    """`tokens(text)` -> ids, without special tokens. `vocabulary`: one piece a line, the line number is its id.

    `assigned`: lines "FIRST..LAST" in hex, the characters that exist.
    """

    def __init__(self, vocabulary: str, assigned: str) -> None:
        self.ids = {piece: index for index, piece in enumerate(vocabulary.split("\n")) if piece}
        self.unknown = self.ids["[UNK]"]
        ranges = (line.split("..") for line in assigned.split())
        body = "".join(f"\\U{int(first, 16):08x}-\\U{int(last, 16):08x}" for first, last in ranges)
        self._missing = re.compile(f"[^{body}]")
        self._cache: dict[str, tuple[int, ...]] = {}

    def tokens(self, text: str) -> list[int]:
        """Ids of the whole text. Raises TooLarge past MAX_TEXT characters."""
        if len(text) > MAX_TEXT:
            raise TooLarge(what="text", found=len(text), limit=MAX_TEXT)
        found: list[int] = []
        for word in self.words(text):
            ids = self._cache.get(word)
            if ids is None:
                ids = self._pieces(word)
                if len(self._cache) < 100_000:
                    self._cache[word] = ids
            found += ids
        return found

    def words(self, text: str) -> Iterator[str]:
        """Cleaned, lower-cased, accents stripped, split at white space and at each mark of punctuation."""
        if not text.isascii():
            text = _CJK.sub(r" \1 ", self._missing.sub(_UNSEEN, text))
        for token in self._clean(text).split():
            plain = token.lower()
            if not plain.isascii():
                decomposed = unicodedata.normalize("NFD", plain)
                plain = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
            yield from _split_punctuation(plain)

    @staticmethod
    def _clean(text: str) -> str:
        if text.isprintable() and text.isascii():
            return text
        kept = []
        for c in text:
            category = unicodedata.category(c)
            if c in _KEPT_CONTROLS or category == "Zs":
                kept.append(" ")
            elif c != "\ufffd" and category[0] != "C":
                kept.append(c)
        return "".join(kept)

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return (self.unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                index = self.ids.get(prefix + word[start:end])
                if index is not None:
                    break
            else:
                return (self.unknown,)  # one hole makes the whole word unknown
            found.append(index)
            start = end
        return tuple(found)


def _split_punctuation(word: str) -> Iterator[str]:
    if word.isalnum():
        yield word
        return
    start = 0
    for index, c in enumerate(word):
        if c in _ASCII_PUNCTUATION or unicodedata.category(c)[0] == "P":
            if start < index:
                yield word[start:index]
            yield c
            start = index + 1
    if start < len(word):
        yield word[start:]
