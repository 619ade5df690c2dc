"""columns: rows of a table as integers. The scaling is fitted once, on the records of a release, and pinned.

A row is canonical JSON {column: value} (numbers in plain decimal form, a missing value is a missing key). Exact on
every machine: the rule is integer arithmetic over decimal numbers, no float anywhere.

    cells     a row as integers: each number, 1 or 0 for each number that is missing or not, a code for each category
    number    v in units of 10^-places (halves to even), cut to +-2^52; the centre where it is missing
              d = v - centre, cut to +-4 spread;  x = floor((2 * 512 d + spread) / (2 spread)), cut to +-2047
    product   of every two numbers, each with itself too: x = floor(x_i x_j / 1024), cut to +-2047; (0, 0), (0, 1), ...
              in order, as long as there are no more than 512 of them; with more columns there are none
    code      place of the value in `values`, or with many values its bucket: Keccak-256 of the value (first 4 bytes,
              big-endian) mod `buckets`; -1 for one never seen, -2 for a missing one
    indicator x = 1024 where a cell holds the indicator's code, else 0
    bias      2047, last

Features stand in the order: numbers, products, indicators, bias. Norm class b: the least with
2^b * 2047^2 >= (numbers + products + 1) * 2047^2 + columns with indicators * 1024^2.

Products, because a head of sums alone cannot say "between" or "both": five-fold accuracy without and with them was
.949 and .963 on breast cancer, .820 and .960 on iris, .988 and .994 on penguins, .983 and .983 on wine.

Fitting: of a column's numbers the lowest and highest 2 % are drawn in to their neighbours, so that one wild value
cannot flatten all others; centre is the mean (halves upward), spread the root of the variance, both exact. A column
that never changes is left out. A category takes its most frequent values, the earlier in the alphabet on a tie.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, ModelError
from core.keccak import keccak256
from core.models import canonical
from core.models.encoders.base import FEATURE_SCALE, Encoder, Features, with_bias
from core.models.onnx_wire import INT64

UNIT = 512  # one spread
INDICATOR = 1024
PRODUCT = 1024  # what a product of two numbers is divided by
MOST_PRODUCTS = 512
REACH = 4  # spreads; past that a value counts as that far
UNKNOWN, MISSING = -1, -2
MOST_VALUES = 64  # of a category; with more its values go into that many buckets
_MOST = 1 << 52  # units of a value
_ROOM = 1 << 47  # units that the largest value of the release may take; leaves 2 * 512 * 8 spreads inside int64
_FINER = 3  # decimal places past those in the data
_DIMENSIONS = 4095
_MOST_PLACES = 12
_DIGITS = 30
_EXACT = Context(prec=1_000_000)  # digits: halves are told from more than halves, however many there are
_PREFIX = "columns "


@dataclass(frozen=True)
class Number:
    """`centre` and `spread` in units of 10^-places; `missing`: some record of the release lacks it."""

    name: str
    places: int
    centre: int
    spread: int
    missing: bool

    @property
    def middle(self) -> str:
        """The centre as a person would write it, to about a hundredth of the spread."""
        digits = max(0, self.places - max(0, len(str(self.spread)) - 2))
        return format(round(Decimal(self.centre).scaleb(-self.places), digits), "f")

    def cell(self, value: str | None) -> int:
        if value is None:
            return self.centre
        found = Decimal(value)
        if found.adjusted() > _DIGITS:  # before it becomes an integer of a million digits
            return -_MOST if found < 0 else _MOST
        return max(-_MOST, min(_MOST, int(found.scaleb(self.places, _EXACT).to_integral_value())))


@dataclass(frozen=True)
class Category:
    """Either `values` with an indicator each, or that many `buckets`."""

    name: str
    values: tuple[str, ...]
    buckets: int
    missing: bool

    def cell(self, value: str | None) -> int:
        if value is None:
            return MISSING
        if self.buckets:
            return int.from_bytes(keccak256(value.encode())[:4], "big") % self.buckets
        return self.values.index(value) if value in self.values else UNKNOWN

    @property
    def codes(self) -> range:
        return range(self.buckets or len(self.values))


@dataclass(frozen=True)
class Scaling:
    """The pinned constants: what stands as `columns.json` in a package."""

    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]

    @property
    def plain(self) -> dict[str, object]:
        return {
            "categories": [
                {"buckets": c.buckets, "missing": c.missing, "name": c.name, "values": list(c.values)}
                for c in self.categories
            ],
            "numbers": [
                {
                    "centre": str(n.centre),
                    "missing": n.missing,
                    "name": n.name,
                    "places": n.places,
                    "spread": str(n.spread),
                }
                for n in self.numbers
            ],
        }

    @cached_property
    def encoded(self) -> bytes:
        return canonical.encode(self.plain)

    @cached_property
    def indicators(self) -> tuple[tuple[int, int], ...]:
        """(place among the cells, code) of each: missing numbers first, then each category's."""
        count = len(self.numbers)
        found = [(count + place, 1) for place, one in enumerate(self.numbers) if one.missing]
        for place, each in enumerate(self.categories, start=2 * count):
            found += [(place, code) for code in each.codes]
            found += [(place, MISSING)] if each.missing else []
        return tuple(found)

    @cached_property
    def products(self) -> tuple[tuple[int, int], ...]:
        """Places of the two numbers of each."""
        count = len(self.numbers)
        if count * (count + 1) // 2 > MOST_PRODUCTS:
            return ()
        return tuple((one, other) for one in range(count) for other in range(one, count))

    @property
    def dimensions(self) -> int:
        return len(self.numbers) + len(self.products) + len(self.indicators)

    @property
    def norm_class(self) -> int:
        full = len(self.numbers) + len(self.products) + 1
        spent = full * FEATURE_SCALE**2 + len({c for c, _ in self.indicators}) * INDICATOR**2
        return next(b for b in range(13) if FEATURE_SCALE**2 << b >= spent)

    @classmethod
    def parse(cls, data: bytes) -> Scaling:
        """Exactly `encoded`, with sizes in their bounds. Raises ModelError("scaling")."""
        try:
            value: Any = canonical.decode(data)
            found = cls(tuple(map(_number, value["numbers"])), tuple(map(_category, value["categories"])))
        except (BadInput, KeyError, TypeError, ValueError) as error:
            raise ModelError(reason="scaling") from error
        names = [*(one.name for one in found.numbers), *(one.name for one in found.categories)]
        if found.encoded != data or len(set(names)) != len(names) or not 0 < found.dimensions <= _DIMENSIONS:
            raise ModelError(reason="scaling")
        return found


def _number(value: Any) -> Number:
    found = Number(value["name"], value["places"], int(value["centre"]), int(value["spread"]), value["missing"])
    whole = type(found.places) is int and 0 <= found.places <= _MOST_PLACES and type(found.missing) is bool
    if not whole or abs(found.centre) > _ROOM or not 0 < found.spread <= _ROOM or not isinstance(found.name, str):
        raise ValueError("number")
    return found


def _category(value: Any) -> Category:
    found = Category(value["name"], tuple(value["values"]), value["buckets"], value["missing"])
    texts = isinstance(found.name, str) and all(isinstance(one, str) for one in found.values)
    whole = type(found.buckets) is int and 0 <= found.buckets <= MOST_VALUES and type(found.missing) is bool
    if not texts or not whole or len(found.values) > MOST_VALUES or bool(found.values) == bool(found.buckets):
        raise ValueError("category")
    return found


class Columns(Encoder):
    """`key` ("columns " and the constants) names one everywhere an encoder is named."""

    name = "columns"
    kind = "table"
    specials = False
    rule = "512 a spread, halves upward; products/1024 up to 512 of them; indicators 1024"
    exact = True
    licence = "CC0-1.0"

    def __init__(self, scaling: Scaling) -> None:
        self.scaling = scaling
        self.dimensions = scaling.dimensions
        self.norm_class = scaling.norm_class
        self.limit = len(scaling.numbers) + len(scaling.categories)

    @classmethod
    def of_key(cls, key: str) -> Columns:
        return cls(Scaling.parse(key.removeprefix(_PREFIX).encode()))

    @property
    def key(self) -> str:
        return _PREFIX + self.scaling.encoded.decode()

    @cached_property
    def hash(self) -> bytes:
        """Over the rule and the constants: another release may have another."""
        return keccak256(
            canonical.encode(
                {
                    "features": {
                        "bias": FEATURE_SCALE,
                        "dimensions": self.dimensions,
                        "norm": self.norm_class,
                        "rule": self.rule,
                    },
                    "files": {"columns.json": hashlib.sha256(self.scaling.encoded).hexdigest()},
                    "format": "openledger-encoder/1",
                    "name": self.name,
                }
            )
        )

    @property
    def package_files(self) -> dict[str, bytes]:
        return {"columns.json": self.scaling.encoded}

    @property
    def ports(self) -> dict[str, int]:
        return {"cells": INT64}

    @property
    def probes(self) -> tuple[str, ...]:
        """A row of centres and first values, and an empty one."""
        numbers = {one.name: str(Decimal(one.centre + one.spread).scaleb(-one.places)) for one in self.scaling.numbers}
        first = {one.name: one.values[0] for one in self.scaling.categories if one.values}
        return (json.dumps(numbers | first), "{}")

    def tokens(self, text: str) -> list[int]:
        """A row's cells: numbers, which of them are missing, categories. Raises BadInput."""
        found = _row(text)
        try:
            numbers = [one.cell(found.get(one.name)) for one in self.scaling.numbers]
        except (ArithmeticError, ValueError) as error:
            raise BadInput(field="text", reason="not a row") from error
        lacking = [int(one.name not in found) for one in self.scaling.numbers]
        return [*numbers, *lacking, *(one.cell(found.get(one.name)) for one in self.scaling.categories)]

    def feeds(self, content: str) -> tuple[list[int], dict[str, NDArray[Any]]]:
        cells = self.tokens(content)
        return cells, {"cells": np.array([cells], np.int64)}

    def rows(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        """Of cells as `tokens` gives them: int64 [len(tokens), dimensions], without the bias."""
        found = np.zeros((len(tokens), self.dimensions), np.int64)
        for row, cells in enumerate(tokens):
            numbers = [scaled(cell, one) for cell, one in zip(cells, self.scaling.numbers, strict=False)]
            products = [product(numbers[one], numbers[other]) for one, other in self.scaling.products]
            found[row] = [
                *numbers,
                *products,
                *(INDICATOR * (cells[at] == code) for at, code in self.scaling.indicators),
            ]
        return found

    def features(self, texts: Sequence[str]) -> Features:
        return with_bias(self.rows([self.tokens(text) for text in texts]))


def scaled(units: int, column: Number) -> int:
    """The standardised value in Python integers: the reference for the graph."""
    d = max(-REACH * column.spread, min(REACH * column.spread, units - column.centre))
    x = (2 * UNIT * d + column.spread) // (2 * column.spread)
    return max(-FEATURE_SCALE, min(FEATURE_SCALE, x))


def product(one: int, other: int) -> int:
    return max(-FEATURE_SCALE, min(FEATURE_SCALE, one * other // PRODUCT))


def _row(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadInput(field="text", reason="not a row") from error
    if not isinstance(value, dict) or not all(isinstance(cell, str) for cell in value.values()):
        raise BadInput(field="text", reason="not a row")
    return value


def fit(rows: Sequence[str], columns: Sequence[tuple[str, str]]) -> Columns:
    """The constants of these rows; `columns` (name, "number" or "category") as the Datanet has them.

    Order of rows does not matter. Raises ModelError when no column tells rows apart, or features are too many.
    """
    table = [_row(row) for row in rows]
    numbers: list[Number] = []
    categories: list[Category] = []
    for name, cells in columns:
        values = [row[name] for row in table if name in row]
        lacking = len(values) < len(table)
        if cells == "number":
            numbers += _fit_number(name, [Decimal(value) for value in values], lacking)
        else:
            categories += _fit_category(name, values, lacking)
    found = Scaling(tuple(numbers), tuple(categories))
    if not 0 < found.dimensions <= _DIMENSIONS:
        raise ModelError(reason="columns", found=found.dimensions, limit=_DIMENSIONS)
    return Columns(found)


def _fit_number(name: str, values: list[Decimal], lacking: bool) -> list[Number]:
    if len(set(values)) < 2:
        return [Number(name, 0, int(values[0].to_integral_value()), 1, True)] if values and lacking else []
    largest = max(abs(value) for value in values)
    places = max(max(0, -int(value.normalize().as_tuple().exponent)) for value in values) + _FINER
    places = min(places, _MOST_PLACES)
    while places and largest.scaleb(places) >= _ROOM:
        places -= 1
    units = sorted(int(value.scaleb(places).to_integral_value()) for value in values)
    edge = len(units) // 50
    low, high = units[edge], units[-1 - edge]
    drawn = units if low == high else [min(high, max(low, unit)) for unit in units]
    count, total = len(drawn), sum(drawn)
    centre = (2 * total + count) // (2 * count)
    spread = math.isqrt((count * sum(unit * unit for unit in drawn) - total * total) // (count * count))
    return [Number(name, places, centre, max(1, spread), lacking)]


def _fit_category(name: str, values: list[str], lacking: bool) -> list[Category]:
    found = Counter(values)
    if len(found) + lacking < 2:
        return []
    if len(found) > MOST_VALUES:
        return [Category(name, (), MOST_VALUES, lacking)]
    return [Category(name, tuple(sorted(found, key=lambda value: (-found[value], value))), 0, lacking)]
