"""What a record's text holds: words, a row of named columns, or a reference to a picture. One class a kind.

A record has one canonical text whatever it is, so commitments, releases and undo know nothing of kinds:

    text    the words themselves
    table   canonical JSON {column: value}, all values strings: numbers in plain decimal form, categories as they are;
            a missing value is a missing column
    image   canonical JSON {"bytes": n, "height": px, "media": "image/png", "sha256": hex, "width": px}; the bytes are
            kept beside the vault under that digest and travel with the records
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Literal, get_args

from core.datanets import canonical
from core.datanets.text import clean, clean_line
from core.errors import BadInput
from core.keccak import keccak256

Kind = Literal["text", "table", "image"]
Cells = Literal["number", "category"]

MAX_COLUMNS = 256
MAX_COLUMN = 60  # characters of a column's name
MAX_VALUE = 100  # characters of a category
MAX_ROW = 20_000  # characters of a whole row; as MAX_TEXT of a record
MAX_DIGITS = 15  # before the point: as many as a double holds
MAX_PLACES = 9  # behind it
MEDIA = ("image/jpeg", "image/png", "image/webp")
MAX_PICTURE = 8 * 1024 * 1024  # bytes of one file
MAX_SIDE = 12_000  # pixels
_MISSING = frozenset({"", "?", "-", "na", "n/a", "nan", "null", "none"})
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, and whether it holds numbers or categories."""

    name: str
    cells: Cells = "number"

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > MAX_COLUMN or clean_line(self.name) != self.name:
            raise BadInput(field="columns", reason="name", value=self.name[:MAX_COLUMN])
        if self.cells not in get_args(Cells):
            raise BadInput(field="columns", reason="unknown", value=str(self.cells)[:40])

    def value(self, raw: str) -> str | None:
        """A cell as it is kept; None when it is missing. Raises BadInput("not a number", "too long")."""
        plain = clean_line(raw)
        if plain.casefold() in _MISSING:
            return None
        if self.cells == "number":
            return number(plain, self.name)
        if len(plain) > MAX_VALUE:
            raise BadInput(field=self.name, reason="too long", value=len(plain))
        return plain


def number(raw: str, field: str = "number") -> str:
    """Plain decimal form: no exponent, no needless zeros, at most 15 digits before the point and 9 behind."""
    try:
        found = Decimal(raw)
    except InvalidOperation as error:
        raise BadInput(field=field, reason="not a number", value=raw[:80]) from error
    if not found.is_finite() or found.adjusted() >= MAX_DIGITS:
        raise BadInput(field=field, reason="not a number", value=raw[:80])
    text = format(round(found, MAX_PLACES), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


class Text:
    """Words: the text is the content."""

    name: ClassVar[Kind] = "text"
    task: ClassVar[str] = "text classification"
    carries: ClassVar[bool] = False  # whether a file belongs to each record

    def check(self, text: str, columns: Sequence[Column]) -> None:
        """Raises BadInput(field="text") unless it is content of this kind."""

    def shown(self, text: str) -> str:
        """One line for lists, exports and the terminal."""
        return text

    def likeness(self, text: str, columns: Sequence[Column]) -> str:
        """The words that tell a copy from something new (PoA-1, section 7)."""
        del columns
        return text


class Table(Text):
    name: ClassVar[Kind] = "table"
    task: ClassVar[str] = "table classification"

    def check(self, text: str, columns: Sequence[Column]) -> None:
        found = cells_of(text)
        known = {column.name: column for column in columns}
        for name, value in found.items():
            if name not in known or known[name].value(value) != value:
                raise BadInput(field="text", reason="not a row", value=name[:80])

    def shown(self, text: str) -> str:
        try:
            return " · ".join(f"{name} {value}" for name, value in cells_of(text).items())
        except BadInput:
            return text

    def likeness(self, text: str, columns: Sequence[Column]) -> str:
        """A word a cell, in the order of the columns: three cells in a row make a shingle."""
        found = cells_of(text)
        cells = [f"{column.name}\0{found[column.name]}" for column in columns if column.name in found]
        return " ".join(keccak256(cell.encode()).hex()[:16] for cell in cells)


class Image(Text):
    name: ClassVar[Kind] = "image"
    task: ClassVar[str] = "image classification"
    carries: ClassVar[bool] = True

    def check(self, text: str, columns: Sequence[Column]) -> None:
        del columns
        Picture.parse(text)

    def shown(self, text: str) -> str:
        try:
            found = Picture.parse(text)
        except BadInput:
            return text
        return f"{found.media.removeprefix('image/').upper()} {found.width} x {found.height} · {found.sha256[:12]}"

    def likeness(self, text: str, columns: Sequence[Column]) -> str:
        del columns
        return keccak256(text.encode()).hex()


@dataclass(frozen=True)
class Picture:
    """What a picture's record says: media type, pixels, length and SHA-256 (hex) of the file as it was given."""

    sha256: str
    media: str
    width: int
    height: int
    bytes: int

    def __post_init__(self) -> None:
        sizes = (0 < self.width <= MAX_SIDE, 0 < self.height <= MAX_SIDE, 0 < self.bytes <= MAX_PICTURE)
        if self.media not in MEDIA or not all(sizes) or not _DIGEST.fullmatch(self.sha256):
            raise BadInput(field="text", reason="not a picture", value=self.media[:80])

    @property
    def text(self) -> str:
        return canonical.encode(
            {
                "bytes": self.bytes,
                "height": self.height,
                "media": self.media,
                "sha256": self.sha256,
                "width": self.width,
            }
        ).decode()

    @classmethod
    def parse(cls, text: str) -> Picture:
        """Raises BadInput(field="text") unless it is exactly `text` of a picture."""
        value = canonical.decode(text.encode(), field="text", limit=1_000)
        if not isinstance(value, dict) or set(value) != {"bytes", "height", "media", "sha256", "width"}:
            raise BadInput(field="text", reason="not a picture")
        numbers = all(type(value[name]) is int for name in ("bytes", "height", "width"))
        if not numbers or not isinstance(value["media"], str) or not isinstance(value["sha256"], str):
            raise BadInput(field="text", reason="not a picture")
        return cls(value["sha256"], value["media"], value["width"], value["height"], value["bytes"])


KINDS: dict[Kind, Text] = {kind.name: kind for kind in (Text(), Table(), Image())}
TASKS: dict[str, Kind] = {kind.task: kind.name for kind in KINDS.values()}


def cells_of(text: str) -> dict[str, str]:
    """A row's cells by column. Raises BadInput(field="text", reason="not a row")."""
    value = canonical.decode(text.encode(), field="text", limit=4 * MAX_ROW)
    if not isinstance(value, dict) or not value or not all(isinstance(cell, str) for cell in value.values()):
        raise BadInput(field="text", reason="not a row")
    return value


def row_of(cells: Mapping[str, str], columns: Sequence[Column]) -> str:
    """The canonical text of a row, "" when every cell is missing. Raises BadInput naming the column."""
    found: dict[str, str] = {}
    for column in columns:
        value = column.value(cells.get(column.name, ""))
        if value is not None:
            found[column.name] = value
    text = canonical.encode(found).decode() if found else ""
    if len(text) > MAX_ROW or clean(text) != text:
        raise BadInput(field="text", reason="too long" if len(text) > MAX_ROW else "not clean", value=len(text))
    return text


def guess_columns(rows: Sequence[Mapping[str, str]], label: str | None) -> tuple[Column, ...]:
    """The columns of a file but the one of the labels: numbers where every filled cell of these rows is one."""
    names = list(dict.fromkeys(name for row in rows for name in row if name != label))
    return tuple(_guessed(name, [row.get(name, "") for row in rows]) for name in names[:MAX_COLUMNS])


def _guessed(name: str, values: Sequence[str]) -> Column:
    column = Column(clean_line(name)[:MAX_COLUMN])
    try:
        filled = [column.value(value) for value in values]
    except BadInput:
        return Column(column.name, "category")
    return column if any(value is not None for value in filled) else Column(column.name, "category")


def check_columns(kind: Kind, columns: Sequence[Column]) -> None:
    """A table has 1 to 256 columns with names of their own; nothing else has any. Raises BadInput."""
    if kind not in KINDS:
        raise BadInput(field="kind", reason="unknown", value=str(kind)[:40])
    if (kind == "table") != bool(columns) or len(columns) > MAX_COLUMNS:
        raise BadInput(field="columns", reason="count", value=len(columns))
    if len({column.name.casefold() for column in columns}) != len(columns):
        raise BadInput(field="columns", reason="twice", value="")


def plain_columns(columns: Sequence[Column]) -> list[dict[str, str]]:
    return [{"cells": column.cells, "name": column.name} for column in columns]


def parse_columns(value: Any) -> tuple[Column, ...]:
    """As `plain_columns` wrote it. Raises BadInput(field="columns")."""
    if not isinstance(value, list) or len(value) > MAX_COLUMNS:
        raise BadInput(field="columns", reason="form")
    for each in value:
        if not isinstance(each, dict) or set(each) != {"cells", "name"} or not isinstance(each["name"], str):
            raise BadInput(field="columns", reason="form")
    return tuple(Column(each["name"], each["cells"]) for each in value)
