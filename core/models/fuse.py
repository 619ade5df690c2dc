"""Encoder, integer normalisation and head as one ONNX graph, whose integers equal the reference arithmetic.

    input_ids, attention_mask int64 [b, s]  ->  x int16 [b, d], scores int64 [b, K]

Why the double arithmetic inside is exact (static-256): with at most 2^15 tokens of |entry| <= 127, |isum| < 2^22, so
S = sum isum^2 over 256 entries is an integer below 2^52 and every partial sum is exact in any order.
  root      IEEE sqrt is correctly rounded. If S = k^2 the result is k. Otherwise k^2 < S < (k+1)^2 for k = isqrt(S) and
            sqrt(S) <= sqrt((k+1)^2 - 1) < k + 1 - 1/(2(k+1)) with k + 1 <= 2^26, so its distance to k + 1 is more than
            2^-27; doubles below 2^26 stand at most 2^-27 apart, so rounding never reaches k + 1: floor gives isqrt(S).
  quotient  N = 2047 isum is exact (< 2^33) and |N / r| <= 2047 (see static256.normalise). If N / r is not half-way
            between integers it is at least 1/(2r) >= 2^-27 away from that point, and the division errs by at most
            2^-43: it stays on its side. If it is half-way it is a double itself. Round (half to even) is then right.
  scores    int64 throughout: training refuses heads with 2047 * max_k sum_j |W_jk| >= 2^62.
minilm-w4: unit float32 times 2047 is exact in double (24 + 11 bits), then the same Round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.models.encoders.base import FEATURE_SCALE, Encoder
from core.models.onnx_wire import DOUBLE, INT16, INT64, Message, parse_model, tensor, write

_INT_ATTRIBUTE = 2
HEAD = "head_w"
_IR_VERSION = 10
_PRODUCER = "openledger-contributor"


class _Graph:
    """Nodes in order; each call adds one and returns the name of its output."""

    def __init__(self, nodes: list[Message], initializers: list[Message]) -> None:
        self.nodes = nodes
        self.initializers = initializers

    def add(self, op: str, inputs: list[str], output: str, **attributes: int) -> str:
        node: Message = {"input": inputs, "output": [output], "name": output, "op_type": op}
        if attributes:
            node["attribute"] = [
                {"name": name, "i": value, "type": _INT_ATTRIBUTE} for name, value in sorted(attributes.items())
            ]
        self.nodes.append(node)
        return output

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.initializers.append(tensor(name, values))
        return name


def fuse(encoder: Encoder, head: NDArray[np.int64]) -> bytes:
    """The fused model; `head` is W int64 [encoder.width, K]. Same inputs, same bytes. Raises ModelError."""
    check_head(encoder, head)
    source = parse_model(encoder.onnx)
    graph, opsets = source["graph"], source["opset_import"]
    out = _Graph(*_encoder_part(encoder, graph))
    out.constant("feature_scale", np.array(float(FEATURE_SCALE)))
    out.constant("last_axis", np.array([1], np.int64))
    dense = _integers(encoder, out)
    _finish(out, dense, head)
    size = {"b": encoder.width, "k": head.shape[1]}
    model = {
        "ir_version": _IR_VERSION,
        "producer_name": _PRODUCER,
        "graph": {
            "name": f"{encoder.name}-ridge",
            "node": out.nodes,
            "initializer": out.initializers,
            "input": [_port("input_ids", INT64, "s"), _port("attention_mask", INT64, "s")],
            "output": [_port("x", INT16, size["b"]), _port("scores", INT64, size["k"])],
        },
        "opset_import": opsets,
    }
    return write("Model", model)


def check_head(encoder: Encoder, head: NDArray[np.int64]) -> None:
    if head.dtype != np.int64 or head.ndim != 2 or head.shape[0] != encoder.width:
        raise ModelError(reason="head shape", found=str(head.shape))
    largest = max(sum(abs(int(value)) for value in column) for column in head.T)
    if FEATURE_SCALE * largest >= 2**62:
        raise ModelError(reason="head range")


def _encoder_part(encoder: Encoder, graph: Message) -> tuple[list[Message], list[Message]]:
    """Nodes and constants that lead to the output the integers are made from; what only fed other outputs goes."""
    needed = {"isum" if encoder.exact else "embedding"}
    kept = []
    for node in reversed(graph["node"]):
        if needed.intersection(node["output"]):
            needed.update(node.get("input", []))
            kept.append({name: node[name] for name in node if name not in {"doc_string", "metadata_props"}})
    return kept[::-1], [constant for constant in graph["initializer"] if constant["name"] in needed]


def _integers(encoder: Encoder, out: _Graph) -> str:
    """The encoder's rule as nodes; returns the name of the dense int64 [b, d - 1]."""
    if not encoder.exact:
        unit = out.add("Cast", ["embedding"], "unit", to=DOUBLE)
        whole = out.add("Round", [out.add("Mul", [unit, "feature_scale"], "scaled")], "rounded")
        low = out.constant("least", np.array(-float(FEATURE_SCALE)))
        clipped = out.add("Clip", [whole, low, "feature_scale"], "clipped")
        return out.add("Cast", [clipped], "dense", to=INT64)
    out.constant("one", np.array(1.0))
    sums = out.add("Cast", ["isum"], "sums", to=DOUBLE)
    squares = out.add("Mul", [sums, sums], "squares")
    total = out.add("ReduceSum", [squares, "last_axis"], "total", keepdims=1)
    root = out.add("Max", [out.add("Floor", [out.add("Sqrt", [total], "sqrt")], "floor"), "one"], "root")
    quotient = out.add("Div", [out.add("Mul", [sums, "feature_scale"], "scaled"), root], "quotient")
    return out.add("Cast", [out.add("Round", [quotient], "rounded")], "dense", to=INT64)


def _finish(out: _Graph, dense: str, head: NDArray[np.int64]) -> None:
    out.constant("nought", np.array(0, np.int64))
    out.constant("bias_value", np.array(FEATURE_SCALE, np.int64))
    out.constant(HEAD, head)
    rows = out.add("Mul", [out.add("ReduceSum", [dense, "last_axis"], "rows", keepdims=1), "nought"], "empty")
    bias = out.add("Add", [rows, "bias_value"], "bias")
    wide = out.add("Concat", [dense, bias], "wide", axis=1)
    out.add("MatMul", [wide, HEAD], "scores")
    out.add("Cast", [wide], "x", to=INT16)


def _port(name: str, kind: int, second: str | int) -> Message:
    dimension: Message = {"dim_param": second} if isinstance(second, str) else {"dim_value": second}
    shape = {"dim": [{"dim_param": "b"}, dimension]}
    return {"name": name, "type": {"tensor_type": {"elem_type": kind, "shape": shape}}}


# For the graphs of other content (fuse_columns, fuse_effnet)

Graph = _Graph
finish = _finish


def model(
    name: str, out: Graph, inputs: Sequence[tuple[str, int, int]], head: NDArray[np.int64], opsets: list[Message]
) -> Message:
    """A model of these nodes; `inputs` (name, type, second dimension)."""
    ports = [_port(port, kind, second) for port, kind, second in inputs]
    outputs = [_port("x", INT16, head.shape[0]), _port("scores", INT64, head.shape[1])]
    graph: Message = {
        "name": name,
        "node": out.nodes,
        "initializer": out.initializers,
        "input": ports,
        "output": outputs,
    }
    return {"ir_version": _IR_VERSION, "producer_name": _PRODUCER, "graph": graph, "opset_import": opsets}
