"""Numbers that can be checked: card, IBAN, addresses of machines, national identity numbers, phone numbers.

Each function takes text of the right shape and says whether it can be a real one.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date

_DIGITS = re.compile(r"\D")


_CARDS = re.compile(
    r"4(\d{12}|\d{15}|\d{18})|5[0-8]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6\d{15}|6\d{18}"
)


def card(text: str) -> bool:
    """A payment card: first digits and length of a network in use, and ISO/IEC 7812-1's check digit (Luhn)."""
    plain = _DIGITS.sub("", text)
    if not _CARDS.fullmatch(plain):
        return False
    digits = [int(digit) for digit in plain]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616: moved and read in base 36, the remainder by 97 is 1."""
    plain = re.sub(r"\s", "", text).upper()
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def ip(text: str) -> bool:
    """A real address: neither a version number's zeros nor the machine itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_reserved)


def phone(text: str) -> bool:
    """A number without its country, as people group it: enough digits, and not a date, a range of years or a count."""
    plain = text.strip()
    digits = _DIGITS.sub("", plain)
    if re.fullmatch(r"\d{4}([-/. ]\d{1,2}){2}|(\d{1,2}[-/. ]){2}\d{4}|\d{4}\s*-\s*\d{4}", plain):
        return False
    if re.fullmatch(r"\d{3}-\d{2}-\d{4}", plain):  # the shape of a social security number that was never given
        return False
    if re.fullmatch(r"\d{1,3}([ .]\d{3})+", plain) and not plain.startswith("0"):  # 1 000 000
        return False
    return 9 <= len(digits) <= 13 and len(set(digits)) > 2


def ssn(text: str) -> bool:
    """United States: areas 000, 666 and 900-999, group 00 and serial 0000 are never given."""
    area, group, serial = text.split("-")
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23."""
    plain = text.upper().replace("-", "").translate(str.maketrans("XYZ", "012", ""))
    number, letter = plain[:-1], text[-1].upper()
    return number.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == letter


def codice_fiscale(text: str) -> bool:
    """Italy: odd places weighted by a table, even ones by value, modulo 26."""
    odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    values = [int(c) if c.isdigit() else ord(c) - 65 for c in text.upper()]
    total = sum(odd[value] if place % 2 == 0 else value for place, value in enumerate(values[:15]))
    return total % 26 == values[15]


def nir(text: str) -> bool:
    """France: 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    plain = re.sub(r"\s", "", text).upper().replace("2A", "19").replace("2B", "18")
    return plain.isdigit() and 97 - int(plain[:13]) % 97 == int(plain[13:])


def cpf(text: str) -> bool:
    """Brazil: two check digits modulo 11."""
    digits = [int(digit) for digit in _DIGITS.sub("", text)]
    for length in (9, 10):
        total = sum(digit * weight for digit, weight in zip(digits[:length], range(length + 1, 1, -1), strict=True))
        if digits[length] != total * 10 % 11 % 10:
            return False
    return len(set(digits)) > 1


def pesel(text: str) -> bool:
    """Poland: a weighted sum modulo 10, and the birth date in front must exist."""
    digits = [int(digit) for digit in text]
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    if (10 - sum(a * b for a, b in zip(digits[:10], weights, strict=True)) % 10) % 10 != digits[10]:
        return False
    century, month = divmod(int(text[2:4]), 20)
    try:
        date({0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[century] + int(text[:2]), month, int(text[4:6]))
    except ValueError:
        return False
    return True
