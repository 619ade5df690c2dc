"""How long a password would hold out, roughly: a floor for warnings, not a promise. No Qt here."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MINIMUM_LENGTH = 8

# Beginnings of what is guessed first; enough to catch habits, not a dictionary.
_COMMON = frozenset(
    [
        "password",
        "passwort",
        "letmein",
        "welcome",
        "dragon",
        "monkey",
        "football",
        "baseball",
        "master",
        "shadow",
        "sunshine",
        "princess",
        "qwertz",
        "qwerty",
        "azerty",
        "asdf",
        "admin",
        "login",
        "iloveyou",
        "trustno1",
        "superman",
        "batman",
        "secret",
        "openledger",
        "ledger",
        "wallet",
        "bitcoin",
        "ethereum",
        "crypto",
        "changeme",
        "default",
        "hello",
        "summer",
        "winter",
    ]
)
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm")
_LEET = str.maketrans("013457@$!", "oieastasi")


@dataclass(frozen=True)
class Strength:
    """`level` 0..4; `words` says it; `hint` what would help; `enough` whether it may be used at all."""

    level: int
    words: str
    hint: str
    enough: bool


def bits(password: str) -> float:
    """Estimated guesses, as a power of two: pool by kinds of characters, less what habits give away."""
    pool = sum(
        size
        for size, pattern in ((26, "[a-z]"), (26, "[A-Z]"), (10, "[0-9]"), (33, "[ -/:-@\\[-`{-~]"), (60, "[^ -~]"))
        if re.search(pattern, password)
    )
    return _effective_length(password) * math.log2(max(pool, 2))


def _effective_length(password: str) -> float:
    plain = password.lower().translate(_LEET)
    length = float(len(password))
    for known in _COMMON:
        if known in plain:
            length -= len(known) - 1.5  # a known word is one choice, not its letters
    lowered = password.lower()
    for line in (*_ROWS, *(reversed_row[::-1] for reversed_row in _ROWS)):
        for size in range(len(line), 3, -1):
            if any(line[i : i + size] in lowered for i in range(len(line) - size + 1)):
                length -= size - 2
                break
    for run in re.findall(r"((.)\2{2,})", password):
        length -= len(run[0]) - 1
    if re.search(r"(19|20)\d\d$|\d\d?\.\d\d?\.", password):
        length -= 2.5
    half = len(password) // 2
    if half >= 3 and password[:half] == password[half : 2 * half]:
        length -= half
    return max(length, min(1.0, len(password)))


def strength(password: str) -> Strength:
    if len(password) < MINIMUM_LENGTH:
        missing = MINIMUM_LENGTH - len(password)
        return Strength(0, "Too short", f"At least {MINIMUM_LENGTH} characters; {missing} more.", enough=False)
    found = bits(password)
    if found < 36:
        return Strength(1, "Weak", "Easy to guess. Four unrelated words work better.", enough=False)
    if found < 55:
        return Strength(2, "Fair", "It will do. A few more words make it much better.", enough=True)
    if found < 75:
        return Strength(3, "Good", "", enough=True)
    return Strength(4, "Strong", "", enough=True)
