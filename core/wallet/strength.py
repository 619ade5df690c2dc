"""How long a password would hold, roughly: the cheapest way to put it together from what guessers try first.

Like zxcvbn (Wheeler 2016) in idea, much smaller: common passwords, words, runs on the keyboard and in the alphabet,
repetitions, years; everything else is guessed character by character. Bits are for the whole password.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

MOST = 100  # characters looked at; what is longer is no weaker
_LEVELS = (28.0, 40.0, 54.0, 68.0)  # bits from which a score of 1, 2, 3, 4 begins
_POOL = {"lower": 26, "upper": 26, "digit": 10, "other": 33, "foreign": 200}  # characters of a kind
_WORD_BITS = 11.0  # a guesser's list of two thousand words
_CASE_BITS = 1.0
_LETTER_BITS = 3.0  # of a letter in text that could be spoken: names and words that no short list holds
_VOWELS = frozenset("aeiouyäöüàáâèéêìíîòóôùúû")
_LEET = str.maketrans("@4301!5$7", "aaeoiisst")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
)
# the most frequent ones of every published list, and what people add to a wallet's password
_COMMON = """
password passwort motdepasse contrasena senha 123456 12345678 123456789 1234567890 qwerty qwerty123 111111 000000
abc123 password1 iloveyou admin welcome letmein monkey dragon football baseball sunshine princess master shadow
superman batman trustno1 starwars whatever freedom michael jordan charlie michelle jessica ashley daniel thomas
summer winter spring autumn computer internet secret passw0rd login hello hallo test testing changeme default
pokemon liverpool arsenal chelsea soccer hockey killer ginger pepper cookie banana orange purple cheese hunter
bitcoin ethereum crypto wallet openledger blockchain satoshi metamask money lambo moon hodl tothemoon ledger
"""


@dataclass(frozen=True)
class Strength:
    """`score` 0 (falls at once) to 4 (holds); `weaknesses` are keys: "common", "word", "run", "repeat", "year",
    "short", "yours" (contains what was to be avoided).
    """

    bits: float
    score: int
    weaknesses: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    end: int
    bits: float
    weakness: str = ""


@cache
def _dictionary() -> dict[str, tuple[float, str]]:
    from core.wallet.phrase import completions

    words = {word: (_WORD_BITS, "word") for letter in "abcdefghijklmnopqrstuvwxyz" for word in completions(letter, 999)}
    words |= {word: (math.log2(rank + 2), "common") for rank, word in enumerate(_COMMON.split())}
    return words


def estimate(password: str, avoid: Iterable[str] = ()) -> Strength:
    """`avoid` holds words that a guesser who knows the person would try: their names, the account's name."""
    text = password[:MOST]
    own = {word.casefold() for word in avoid if len(word) > 2}
    best = [0.0] + [math.inf] * len(text)  # bits for the first i characters
    weak: list[frozenset[str]] = [frozenset()] * (len(text) + 1)
    character = math.log2(sum(_POOL[kind] for kind in set(map(_kind, text))) or 1)
    for i in range(len(text)):
        for part in _parts(text, i, own, character):
            bits = best[i] + part.bits
            if bits < best[part.end]:
                best[part.end], weak[part.end] = bits, weak[i] | {part.weakness}
    bits, found = best[-1], weak[-1]
    score = sum(bits >= level for level in _LEVELS)
    if score < 2 and len(text) < 10:
        found |= {"short"}
    return Strength(round(bits, 1), score, tuple(sorted(found - {""})) if score < 4 else ())


def _parts(text: str, i: int, own: set[str], character: float) -> list[_Part]:
    """Ways to go on at `i`. `character` is what one more costs to guess, in bits."""
    parts = [_Part(i + 1, character)]
    rest = text[i:]
    plain = rest.casefold()
    for size in range(4, min(len(rest), 20) + 1):
        piece = plain[:size]
        case = 0.0 if rest[:size] in {piece, piece.capitalize()} else _CASE_BITS * 3
        capital = _CASE_BITS if rest[:size] != piece else 0.0
        known = _dictionary().get(piece) or _leet(piece)
        if piece in own:
            known = (1.0, "yours")
        if known is not None:
            parts.append(_Part(i + size, known[0] + capital + case, known[1]))
        if piece.isalpha() and not case and 0.2 <= sum(c in _VOWELS for c in piece) / size <= 0.7:
            parts.append(_Part(i + size, _LETTER_BITS * size + capital))
    parts += _runs(plain, i)
    parts += _repeats(rest, i, character)
    if year := re.match(r"(19|20)\d\d", rest):
        parts.append(_Part(i + year.end(), 7.0, "year"))
    return parts


def _leet(piece: str) -> tuple[float, str] | None:
    plain = piece.translate(_LEET)
    known = _dictionary().get(plain) if plain != piece else None
    return (known[0] + 2.0, known[1]) if known is not None else None


def _runs(plain: str, i: int) -> list[_Part]:
    parts = []
    for row in _ROWS:
        for line in (row, row[::-1]):
            size = 0
            at = line.find(plain[0])
            while at >= 0 and size < min(len(plain), len(line) - at) and line[at + size] == plain[size]:
                size += 1
            if size >= 4:
                parts.append(_Part(i + size, 5.0 + math.log2(size), "run"))
    return parts


def _repeats(rest: str, i: int, character: float) -> list[_Part]:
    """One piece of up to eight characters several times over costs the piece and the count."""
    parts = []
    for size in range(1, min(8, len(rest) // 2) + 1):
        piece = rest[:size]
        times = 1
        while rest.startswith(piece, times * size):
            times += 1
        if times * size >= 3 and times > 1:
            parts.append(_Part(i + times * size, size * character + math.log2(times), "repeat"))
    return parts


def _kind(character: str) -> str:
    if character.isascii():
        if character.isdigit():
            return "digit"
        if character.isalpha():
            return "lower" if character.islower() else "upper"
        return "other"
    return "foreign"
