"""Personal data by rules: what has a form or a checksum. Names of people have neither and are not looked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import ClassVar

from core.datanets.content import Kind
from core.datanets.preflight import identifiers
from core.datanets.preflight.base import Check, Finding, Item, Severity
from core.datanets.preflight.patterns import Pattern, Patterns, always

_DIGIT = tuple("0123456789")
_STREET = (
    r"(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Boulevard|Blvd\.?|Lane|Ln\.?|Drive|Dr\.?|Court|Square|Terrace|Crescent)"
)
_WORD = r"[\w'\u2019.-]{1,30}"
_RUE = ("rue ", "avenue ", "boulevard ", "place ", "chemin ", "allée ", "quai ")


def _rule(
    kind: str,
    expression: str,
    replacement: str,
    valid: Callable[[str], bool] = always,
    hints: tuple[str, ...] = _DIGIT,
) -> Pattern:
    severity: Severity = "warning" if kind in {"ip address", "street"} else "danger"
    return Pattern(kind, severity, re.compile(expression), replacement, valid, hints)


PATTERNS = Patterns(
    _rule(
        "email",
        r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
        "[email]",
        hints=("@",),
    ),
    _rule(
        "iban",
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        "[iban]",
        valid=identifiers.iban,
    ),
    _rule(
        "card",
        r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d.,-]\d|\d)",
        "[card]",
        valid=identifiers.card,
    ),
    # National identity numbers: United States, United Kingdom, Spain, Italy, France, Brazil, Poland
    _rule("national id", r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])", "[id]", valid=identifiers.ssn),
    _rule(
        "national id",
        r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
        "[id]",
    ),
    _rule("national id", r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b", "[id]", valid=identifiers.dni),
    _rule(
        "national id",
        r"\b[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
        "[id]",
        valid=identifiers.codice_fiscale,
    ),
    _rule(
        "national id",
        r"(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)",
        "[id]",
        valid=identifiers.nir,
    ),
    _rule("national id", r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)", "[id]", valid=identifiers.cpf),
    _rule("national id", r"(?<![\d.,+-])\d{11}(?![\d.,-]?\d)", "[id]", valid=identifiers.pesel),
    _rule("ip address", r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)", "[ip]", valid=identifiers.ip),
    _rule(
        "ip address",
        r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])",
        "[ip]",
        valid=identifiers.ip,
        hints=(":",),
    ),
    _rule("phone", r"(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\d)", "[phone]", hints=("+",)),
    _rule(
        "phone",
        r"(?<![\w.,/+-])\(?\d{1,5}\)?(?:[ .-]\d{2,4}){2,4}(?![\w-]|[.,]\d)",
        "[phone]",
        valid=identifiers.phone,
    ),
    _rule("street", rf"\b\d{{1,5}}[A-Za-z]?,? (?:[A-Z]{_WORD} ){{1,3}}{_STREET}(?!\w)", "[address]"),
    _rule(
        "street",
        r"\b[A-ZÄÖÜ][\wäöüß.-]{1,40}(?:straße|strasse|str\.|allee|gasse|weg|platz) \d{1,4}(?: ?[a-z]\b)?",
        "[address]",
    ),
    _rule(
        "street",
        rf"\b\d{{1,4}}(?: bis| ter)?,? (?:{'|'.join(name.strip() for name in _RUE)}) (?:{_WORD} ?){{1,4}}",
        "[address]",
        hints=_RUE,
    ),
    _rule(
        "street",
        rf"\b(?:Calle|Avenida|Avda\.|Plaza|Paseo|Via|Viale|Piazza) (?:{_WORD} ){{1,4}}?(?:n[ºo°]\.? ?)?\d{{1,4}}\b",
        "[address]",
    ),
)


class PersonalData(Check):
    name: ClassVar[str] = "personal data"
    kinds: ClassVar[tuple[Kind, ...]] = ("text",)

    def look(self, item: Item) -> Iterable[Finding]:
        return PATTERNS.find(self.name, item.row, item.text)
