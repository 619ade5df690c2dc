"""Secrets: keys with a known shape, private keys, passwords in the open, and runs of recovery-phrase words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight.base import Check, Finding, Item
from core.datanets.preflight.patterns import Pattern, Patterns

_LENGTHS = (24, 21, 18, 15, 12)  # words of a BIP-39 phrase, longest first
_SHORTEST = _LENGTHS[-1]
_WORD = re.compile(r"[a-z]+")
_ARMOUR = r"[A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
_NAMES = r"password|passwd|passphrase|api[_ -]?key|secret[_ -]?key|access[_ -]?token"


def _not_plain(text: str) -> bool:
    """A password worth the name is no single plain word: it has a digit or a sign in it."""
    return not text.isalpha()


PATTERNS = Patterns(
    Pattern(
        "private key",
        "danger",
        re.compile(rf"-----BEGIN {_ARMOUR}(.*?-----END {_ARMOUR}|.*)", re.DOTALL),
        "[secret]",
        hints=("PRIVATE KEY",),
    ),
    Pattern("key", "danger", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), "[secret]", hints=("AKIA", "ASIA")),
    Pattern("key", "danger", re.compile(r"\bgh[oprsu]_[A-Za-z0-9]{36,255}\b"), "[secret]", hints=("gh",)),
    Pattern("key", "danger", re.compile(r"\bgithub_pat_[A-Za-z0-9_]{40,255}\b"), "[secret]", hints=("github_pat_",)),
    Pattern("key", "danger", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,100}"), "[secret]", hints=("glpat-",)),
    Pattern("key", "danger", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,255}"), "[secret]", hints=("xox",)),
    Pattern("key", "danger", re.compile(r"\bAIza[0-9A-Za-z_-]{35}(?![\w-])"), "[secret]", hints=("AIza",)),
    Pattern("key", "danger", re.compile(r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,255}\b"), "[secret]", hints=("k_",)),
    Pattern("key", "danger", re.compile(r"\bsk-[A-Za-z0-9_-]{20,255}"), "[secret]", hints=("sk-",)),
    Pattern("key", "danger", re.compile(r"\bhf_[A-Za-z0-9]{30,100}\b"), "[secret]", hints=("hf_",)),
    Pattern(
        "token",
        "danger",
        re.compile(r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{0,2000}"),
        "[secret]",
        hints=("eyJ",),
    ),
    Pattern(
        "password",
        "danger",
        re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:([^\s/@]{1,100})@"),
        "[secret]",
        hints=("://",),
        group=1,
    ),
    Pattern(
        "password",
        "warning",
        re.compile(rf"(?i)\b(?:{_NAMES})\"?\s{{0,3}}[:=]\s{{0,3}}\"?([^\s\"',;]{{6,200}})"),
        "[secret]",
        _not_plain,
        hints=(":", "="),
        group=1,
    ),
    Pattern("hex key", "warning", re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{64}(?![0-9A-Za-z])"), "[secret]"),
)


class Secrets(Check):
    name: ClassVar[str] = "secret"
    kinds: ClassVar[tuple[Kind, ...]] = ("text",)

    def look(self, item: Item) -> Iterable[Finding]:
        found = PATTERNS.find(self.name, item.row, item.text)
        return [*found, *self._phrases(item)] if _may_hold_phrase(item.text) else found

    def _phrases(self, item: Item) -> Iterator[Finding]:
        """Twelve or more list words in a row. Prose hardly ever does it: "the", "of" and "a" are not on the list."""
        numbers = _word_numbers()
        run: list[tuple[int, int, int]] = []
        for match in [*_WORD.finditer(item.text.lower()), None]:
            number = numbers.get(match.group()) if match else None
            broken = match is None or number is None or (run and _apart(item.text[run[-1][1] : match.start()]))
            if broken and len(run) >= _SHORTEST:
                valid = _has_phrase([each[2] for each in run])
                kind = "recovery phrase" if valid else "phrase words"
                yield Finding(
                    self.name, kind, "danger" if valid else "warning", item.row, run[0][0], run[-1][1], "[secret]"
                )
            if broken:
                run = []
            if match is not None and number is not None:
                run.append((*match.span(), number))


def _may_hold_phrase(text: str) -> bool:
    """Of twelve words in a row one is the twelfth, the twenty-fourth, ... of the text: only those are looked up."""
    if text.count(" ") + text.count("\n") < _SHORTEST - 1:
        return False
    return not _word_numbers().keys().isdisjoint(_WORD.findall(text.lower())[_SHORTEST - 1 :: _SHORTEST])


def _apart(between: str) -> bool:
    """Words of a phrase may be numbered or stand on lines of their own, but nothing long stands between them."""
    return len(between) > 6 or any(c.isalpha() for c in between)


@cache
def _word_numbers() -> dict[str, int]:
    from mnemonic import Mnemonic  # only once something needs it

    return {word: number for number, word in enumerate(Mnemonic("english").wordlist)}


def _has_phrase(numbers: list[int]) -> bool:
    """Whether some stretch of these words has BIP-39's checksum."""
    for length in _LENGTHS:
        for start in range(len(numbers) - length + 1):
            bits = 0
            for number in numbers[start : start + length]:
                bits = bits << 11 | number
            check = length // 3
            entropy = (bits >> check).to_bytes(length * 4 // 3, "big")
            if hashlib.sha256(entropy).digest()[0] >> (8 - check) == bits & ((1 << check) - 1):
                return True
    return False
