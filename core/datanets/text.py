"""Text from files and people, made harmless once: NFC, no control, bidi or invisible characters.

What is left out cannot be seen, but changes what is compared, shown or read aloud: controls (C0 but tab and newline,
C1), bidi marks and overrides (Trojan Source), zero-width spaces and word joiners, byte-order marks, tag characters,
noncharacters. Joiners U+200C and U+200D stay: Indic scripts, Persian and emoji need them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_GONE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_HALF = re.compile("[\ud800-\udfff]")  # a lone surrogate has no UTF-8
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"[ -~]*")  # nothing to do: nine texts of ten in English


def clean(raw: str) -> str:
    """Several lines allowed; cleaning twice changes nothing more."""
    if _PLAIN.fullmatch(raw):
        return raw.strip()
    text = _GONE.sub("", _BREAKS.sub("\n", _HALF.sub("\ufffd", raw)))
    return unicodedata.normalize("NFC", text).strip()


def clean_line(raw: str) -> str:
    """For names and labels: one line, single spaces."""
    return _SPACES.sub(" ", clean(raw)).strip()


def key(text: str) -> bytes:
    """16 bytes that are equal for texts equal apart from case, width and spacing."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.blake2b(folded.encode(), digest_size=16).digest()


def words(text: str) -> list[str]:
    """Case-folded runs of letters and digits, for comparing texts."""
    return _WORD.findall(text.casefold())


_WORD = re.compile(r"\w+")
