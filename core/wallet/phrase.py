"""Recovery phrases: English BIP-39. Other languages stay out: mnemonic 0.21 gets Russian, Turkish and Japanese wrong.

Errors name a position, never a word: a phrase must not end up in a log.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import cache

from core.errors import BadInput, BadPhrase

LENGTHS = (12, 15, 18, 21, 24)
NEW_LENGTHS = (12, 24)
_LONGEST_PASSPHRASE = 256  # characters
_BITS_PER_WORD = 11


@cache
def _words() -> tuple[str, ...]:
    from mnemonic import Mnemonic  # 37 ms

    return tuple(Mnemonic("english").wordlist)


def new_phrase(words: int = 12) -> str:
    """A fresh phrase from the system's randomness: 12 words hold 128 bits, 24 hold 256."""
    if words not in NEW_LENGTHS:
        raise BadInput(field="words", reason="range", value=words)
    from mnemonic import Mnemonic

    return str(Mnemonic("english").generate(words * _BITS_PER_WORD * 32 // 33))


def check_phrase(text: str) -> str:
    """The phrase in its one form (lower case, single spaces). Raises BadPhrase: "length" (with `found`), "word" (with
    the `position` of the first unknown one, from 1), "checksum" (a word is wrong or out of order).
    """
    words = unicodedata.normalize("NFKD", text).lower().split()
    if len(words) not in LENGTHS:
        raise BadPhrase(field="phrase", reason="length", found=len(words))
    known = {word: number for number, word in enumerate(_words())}
    for position, word in enumerate(words, start=1):
        if word not in known:
            raise BadPhrase(field="phrase", reason="word", position=position)
    bits = 0
    for word in words:
        bits = bits << _BITS_PER_WORD | known[word]
    checksum_bits = len(words) // 3
    entropy = (bits >> checksum_bits).to_bytes(len(words) * 4 // 3, "big")
    if hashlib.sha256(entropy).digest()[0] >> (8 - checksum_bits) != bits & ((1 << checksum_bits) - 1):
        raise BadPhrase(field="phrase", reason="checksum")
    return " ".join(words)


def completions(start: str, most: int = 5) -> tuple[str, ...]:
    """Words that begin so, for typing a phrase in. Four letters always name one word."""
    plain = start.strip().lower()
    return tuple(word for word in _words() if plain and word.startswith(plain))[:most]


def seed(phrase: str, passphrase: str = "") -> bytes:
    """64 bytes (BIP-39: PBKDF2-HMAC-SHA512, 2048 rounds). Raises BadPhrase, BadInput."""
    if len(passphrase) > _LONGEST_PASSPHRASE:
        raise BadInput(field="passphrase", reason="length")
    try:
        salt = ("mnemonic" + unicodedata.normalize("NFKD", passphrase)).encode()
    except UnicodeEncodeError:
        raise BadInput(field="passphrase", reason="characters") from None  # the cause would hold it
    return hashlib.pbkdf2_hmac("sha512", check_phrase(phrase).encode(), salt, 2048)
