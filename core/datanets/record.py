"""One record: a text, its label, and the terms it is given under."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from core.datanets import canonical, licences
from core.datanets.text import clean, clean_line
from core.errors import BadInput
from core.keccak import keccak256

MAX_TEXT = 20_000  # characters
MAX_LABEL = 100
MAX_SOURCE = 300
MAX_CANONICAL = 200_000  # bytes; nothing that passes the caps above is longer
USES = ("evaluate", "share", "train")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")  # BCP 47, the part in daily use


@dataclass(frozen=True)
class Record:
    """Clean and complete, or not made at all. Raises BadInput with the field and a reason.

    text      1 to 20,000 characters, as `core.datanets.text.clean` leaves it
    label     of the Datanet's schema, or "" where a curator shall label it
    licence   an SPDX identifier
    uses      what others may do with it: some of "train", "evaluate", "share"; never none
    source    where it comes from, free text, may be ""
    language  BCP 47, may be ""
    """

    text: str
    label: str
    licence: str
    uses: frozenset[str]
    source: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        _text(self.text)
        _line("label", self.label, MAX_LABEL)
        _line("source", self.source, MAX_SOURCE)
        licences.check(self.licence)
        check_uses(self.uses)
        check_language(self.language)

    @classmethod
    def make(
        cls, text: str, label: str, licence: str, uses: Iterable[str], source: str = "", language: str = ""
    ) -> Record:
        """From text as it came: cleaned first."""
        return cls(clean(text), clean_line(label), licence, frozenset(uses), clean_line(source), language)

    @classmethod
    def parse(cls, data: bytes) -> Record:
        """From canonical bytes of another machine. Raises BadInput unless they are exactly `canonical`."""
        value = canonical.decode(data, field="record", limit=MAX_CANONICAL)
        fields = {"label", "language", "licence", "source", "text", "uses", "v"}
        if not isinstance(value, dict) or set(value) != fields or type(value["v"]) is not int or value["v"] != 1:
            raise BadInput(field="record", reason="fields")
        uses = value["uses"]
        if not isinstance(uses, list) or not all(isinstance(use, str) for use in uses) or uses != sorted(set(uses)):
            raise BadInput(field="uses", reason="form")
        texts = [value[name] for name in ("text", "label", "licence", "source", "language")]
        if not all(isinstance(text, str) for text in texts):
            raise BadInput(field="record", reason="fields")
        return cls(texts[0], texts[1], texts[2], frozenset(uses), texts[3], texts[4])

    @property
    def canonical(self) -> bytes:
        return canonical.encode(
            {
                "label": self.label,
                "language": self.language,
                "licence": self.licence,
                "source": self.source,
                "text": self.text,
                "uses": sorted(self.uses),
                "v": 1,
            }
        )

    @cached_property
    def content_hash(self) -> bytes:
        """Keccak-256 of the canonical bytes, 32 bytes. Guessable for a guessable text: never published unsalted."""
        return keccak256(self.canonical)


def _text(text: str) -> None:
    if not text:
        raise BadInput(field="text", reason="missing", value="")
    if len(text) > MAX_TEXT:
        raise BadInput(field="text", reason="too long", value=len(text))
    if clean(text) != text:
        raise BadInput(field="text", reason="not clean", value=text[:80])


def _line(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise BadInput(field=field, reason="too long", value=len(text))
    if clean_line(text) != text:
        raise BadInput(field=field, reason="not clean", value=text[:80])


def check_uses(uses: Iterable[str]) -> frozenset[str]:
    found = frozenset(uses)
    if not found:
        raise BadInput(field="uses", reason="missing", value="")
    if not found.issubset(USES):
        raise BadInput(field="uses", reason="unknown", value=", ".join(sorted(found.difference(USES)))[:80])
    return found


def check_language(language: str) -> str:
    if language and not _LANGUAGE.fullmatch(language):
        raise BadInput(field="language", reason="form", value=language[:80])
    return language


def pack_uses(uses: Iterable[str]) -> str:
    """As kept in the vault: sorted, comma between."""
    return ",".join(sorted(set(uses)))


def unpack_uses(packed: str) -> frozenset[str]:
    return frozenset(packed.split(",")) if packed else frozenset()
