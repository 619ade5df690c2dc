"""The graph of a table's model: cells in, the same integers out as `encoders.columns` makes.

    cells int64 [b, cells]  ->  x int16 [b, d], scores int64 [b, K]

Integers throughout. Division cuts towards zero in a graph, so 4096 spreads are added before it and taken off after:
with |d| <= 4 spread the numerator 2 * 512 d + spread + 8192 spread is positive, so cutting is the floor; it stays below
12,289 spread < 2^61. A product, at most 2047^2 in size, is lifted by 4096 * 1024 in the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.models import fuse
from core.models.encoders.base import FEATURE_SCALE
from core.models.encoders.columns import INDICATOR, PRODUCT, REACH, UNIT, Columns, Scaling
from core.models.onnx_wire import INT64, Message, write

_OPSET = 18
_SHIFT = 4096


def fuse_columns(encoder: Columns, head: NDArray[np.int64]) -> bytes:
    """The fused model; `head` is W int64 [encoder.width, K]. Same inputs, same bytes. Raises ModelError."""
    fuse.check_head(encoder, head)
    scaling = encoder.scaling
    nodes: list[Message] = []
    constants: list[Message] = []
    out = fuse.Graph(nodes, constants)
    out.constant("last_axis", np.array([1], np.int64))
    numbers = _numbers(scaling, out) if scaling.numbers else ""
    parts = [numbers] if numbers else []
    parts += [_products(scaling, out, numbers)] if scaling.products else []
    parts += [_indicators(scaling, out)] if scaling.indicators else []
    dense = parts[0] if len(parts) == 1 else out.add("Concat", parts, "dense", axis=1)
    fuse.finish(out, dense, head)
    cells = 2 * len(scaling.numbers) + len(scaling.categories)
    return write("Model", fuse.model("columns-ridge", out, [("cells", INT64, cells)], head, [{"version": _OPSET}]))


def _numbers(scaling: Scaling, out: fuse.Graph) -> str:
    def constant(name: str, values: list[int]) -> str:
        return out.constant(name, np.array([values], np.int64))

    spread = [one.spread for one in scaling.numbers]
    out.constant("number_places", np.arange(len(spread), dtype=np.int64))
    found = out.add("Gather", ["cells", "number_places"], "numbers", axis=1)
    away = out.add("Sub", [found, constant("centre", [one.centre for one in scaling.numbers])], "away")
    near = out.add("Min", [away, constant("reach", [REACH * one for one in spread])], "near")
    d = out.add("Max", [near, constant("other_reach", [-REACH * one for one in spread])], "d")
    units = out.add("Mul", [d, out.constant("units", np.array(2 * UNIT, np.int64))], "in_units")
    above = out.add("Add", [units, constant("lift", [one + 2 * _SHIFT * one for one in spread])], "above")
    lifted = out.add("Div", [above, constant("two_spreads", [2 * one for one in spread])], "lifted")
    x = out.add("Sub", [lifted, out.constant("shift", np.array(_SHIFT, np.int64))], "standard")
    out.constant("most", np.array(FEATURE_SCALE, np.int64))
    out.constant("least", np.array(-FEATURE_SCALE, np.int64))
    return out.add("Max", [out.add("Min", [x, "most"], "not_above"), "least"], "scaled")


def _products(scaling: Scaling, out: fuse.Graph, numbers: str) -> str:
    for name, side in (("left", 0), ("right", 1)):
        out.constant(f"{name}_places", np.array([pair[side] for pair in scaling.products], np.int64))
    left, right = (out.add("Gather", [numbers, f"{name}_places"], name, axis=1) for name in ("left", "right"))
    lift = out.constant("product_lift", np.array(_SHIFT * PRODUCT, np.int64))
    above = out.add("Add", [out.add("Mul", [left, right], "multiplied"), lift], "multiplied_above")
    lifted = out.add("Div", [above, out.constant("product_unit", np.array(PRODUCT, np.int64))], "multiplied_lifted")
    x = out.add("Sub", [lifted, "shift"], "multiplied_floor")
    return out.add("Max", [out.add("Min", [x, "most"], "products_not_above"), "least"], "products")


def _indicators(scaling: Scaling, out: fuse.Graph) -> str:
    out.constant("indicator_places", np.array([at for at, _ in scaling.indicators], np.int64))
    codes = out.constant("indicator_codes", np.array([[code for _, code in scaling.indicators]], np.int64))
    found = out.add("Gather", ["cells", "indicator_places"], "coded", axis=1)
    same = out.add("Cast", [out.add("Equal", [found, codes], "same")], "marks", to=INT64)
    return out.add("Mul", [same, out.constant("indicator", np.array(INDICATOR, np.int64))], "indicators")
