"""Amounts and addresses: converted once at the edge, money never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext

from core.errors import BadAddress, BadAmount
from core.keccak import keccak256

WEI_PER_OPEN = 10**18
MAX_WEI = 2**256 - 1


@dataclass(frozen=True, order=True)
class Amount:
    """A sum of OPEN, held in wei (10^-18 OPEN)."""

    wei: int

    def __post_init__(self) -> None:
        if not isinstance(self.wei, int) or isinstance(self.wei, bool) or not 0 <= self.wei <= MAX_WEI:
            raise BadAmount(field="amount", reason="range", value=str(self.wei))

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.wei + other.wei)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.wei - other.wei)

    def __bool__(self) -> bool:
        return self.wei != 0

    @classmethod
    def parse(cls, text: str) -> Amount:
        """From what a person types ("1.5", "1,000"), in OPEN. Raises BadAmount; never rounds."""
        plain = text.strip().removesuffix("OPEN").strip().replace("\u202f", "").replace(",", "").replace("_", "")
        if not re.fullmatch(r"[0-9]{0,60}(\.[0-9]{0,60})?", plain) or plain in {"", "."}:
            raise BadAmount(field="amount", reason="not a number", value=text)
        with localcontext() as context:
            context.prec = 200
            try:
                wei = Decimal(plain) * WEI_PER_OPEN
            except InvalidOperation as error:  # pragma: no cover - the pattern above excludes it
                raise BadAmount(field="amount", reason="not a number", value=text) from error
            if wei != wei.to_integral_value():
                raise BadAmount(field="amount", reason="more than 18 decimals", value=text)
            return cls(int(wei))

    def text(self, decimals: int | None = None) -> str:
        """OPEN without the unit: every digit when `decimals` is None, else cut (not rounded) to that many."""
        whole, fraction = divmod(self.wei, WEI_PER_OPEN)
        digits = f"{fraction:018d}"
        digits = digits.rstrip("0") if decimals is None else digits[:decimals]
        return f"{whole:,}.{digits}" if digits else f"{whole:,}"

    def __str__(self) -> str:
        return f"{self.text()} OPEN"


@dataclass(frozen=True, order=True)
class Address:
    """A 20-byte account address; `str()` is its EIP-55 checksum form."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 20:
            raise BadAddress(field="address", reason="length", value=self.raw.hex())

    @classmethod
    def parse(cls, text: str) -> Address:
        """From hex. All-lower or all-upper case passes; mixed case must match EIP-55. Raises BadAddress."""
        plain = text.strip()
        if not re.fullmatch(r"0x[0-9a-fA-F]{40}", plain):
            raise BadAddress(field="address", reason="form", value=text)
        address = cls(bytes.fromhex(plain[2:]))
        body = plain[2:]
        if body not in {body.lower(), body.upper()} and plain != str(address):
            raise BadAddress(field="address", reason="checksum", value=text)
        return address

    def __str__(self) -> str:
        plain = self.raw.hex()
        digest = keccak256(plain.encode()).hex()
        return "0x" + "".join(c.upper() if int(d, 16) >= 8 else c for c, d in zip(plain, digest, strict=False))

    def short(self) -> str:
        """First six and last four characters, for chips beside a name; never where a decision is made."""
        whole = str(self)
        return f"{whole[:8]}…{whole[-6:]}"


ZERO_ADDRESS = Address(bytes(20))
