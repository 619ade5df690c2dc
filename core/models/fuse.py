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
words-1024: a bucket is a look-up in a table of int32; how many tokens have it, times 2047^2 and divided by how many
have any, is integer arithmetic, and the root of at most 2047^2 is floored as above. The widest tensor is int32
[b, s, 1024]: 8 MB for 2,048 tokens; texts run one by one.
minilm-w4: unit float32 times 2047 is exact in double (24 + 11 bits), then the same Round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.models.encoders.base import FEATURE_SCALE, Encoder
from core.models.encoders.minilm import MiniLM
from core.models.encoders.static256 import Static256
from core.models.encoders.words import NOWHERE, Words, buckets
from core.models.onnx_wire import BOOL, DOUBLE, INT16, INT32, INT64, Message, parse_model, tensor, write

_INT_ATTRIBUTE = 2
HEAD = "head_w"
_IR_VERSION = 10
_PRODUCER = "openledger-contributor"
_NO_GRAPH: Message = {"graph": {"node": [], "initializer": []}, "opset_import": [{"version": 18}]}


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
    source = parse_model(encoder.onnx) if encoder.has_graph else _NO_GRAPH
    opsets = source["opset_import"]
    out = _Graph(*_encoder_part(encoder, source["graph"]))
    out.constant("feature_scale", np.array(float(FEATURE_SCALE)))
    out.constant("last_axis", np.array([1], np.int64))
    blocks = [_block(part, out) for part in encoder.parts]
    dense = blocks[0] if len(blocks) == 1 else out.add("Concat", blocks, "joined", axis=1)
    _finish(out, dense, head)
    size = {"b": encoder.width, "k": head.shape[1]}
    model = {
        "ir_version": _IR_VERSION,
        "producer_name": _PRODUCER,
        "graph": {
            "name": f"{encoder.name}-scores",
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
    outputs: dict[type[Encoder], str] = {Static256: "isum", MiniLM: "embedding"}
    needed = {name for part in encoder.parts for kind, name in outputs.items() if isinstance(part, kind)}
    kept = []
    for node in reversed(graph["node"]):
        if needed.intersection(node["output"]):
            needed.update(node.get("input", []))
            kept.append({name: node[name] for name in node if name not in {"doc_string", "metadata_props"}})
    return kept[::-1], [constant for constant in graph["initializer"] if constant["name"] in needed]


def _block(part: Encoder, out: _Graph) -> str:
    """An encoder's rule as nodes; returns the name of its int64 [b, dimensions]."""
    if isinstance(part, Words):
        return _words(part, out)
    if not part.exact:
        unit = out.add("Cast", ["embedding"], "unit", to=DOUBLE)
        whole = out.add("Round", [out.add("Mul", [unit, "feature_scale"], "scaled")], "rounded")
        low = out.constant("least", np.array(-float(FEATURE_SCALE)))
        clipped = out.add("Clip", [whole, low, "feature_scale"], "clipped")
        return out.add("Cast", [clipped], "dense", to=INT64)
    return _normalised(out, out.add("Cast", ["isum"], "sums", to=DOUBLE))


def _words(part: Words, out: _Graph) -> str:
    """The root of each bucket's share of the tokens that the mask lets through."""
    known = len(part.wordpiece.ids)
    out.constant("word_table", buckets(np.arange(known, dtype=np.int64)).astype(np.int32))
    out.constant("word_range", np.arange(part.dimensions, dtype=np.int32).reshape(1, 1, -1))
    out.constant("word_nowhere", np.array(NOWHERE, np.int32))
    out.constant("word_whole", np.array(FEATURE_SCALE**2, np.int64))
    out.constant("word_some", np.array(1, np.int64))
    out.constant("word_axis", np.array([2], np.int64))
    found = out.add("Gather", ["word_table", "input_ids"], "word_found")
    kept = out.add(
        "Where", [out.add("Cast", ["attention_mask"], "word_mask", to=BOOL), found, "word_nowhere"], "word_kept"
    )
    equal = out.add("Equal", [out.add("Unsqueeze", [kept, "word_axis"], "word_column"), "word_range"], "word_equal")
    hits = out.add("Cast", [equal], "word_hits", to=INT32)
    count = out.add("Cast", [out.add("ReduceSum", [hits, "last_axis"], "word_hit", keepdims=0)], "word_count", to=INT64)
    total = out.add("ReduceSum", [count, "last_axis"], "word_total", keepdims=1)
    parts = out.add("Mul", [count, "word_whole"], "word_parts")
    share = out.add("Div", [parts, out.add("Max", [total, "word_some"], "word_all")], "word_share")
    root = out.add("Sqrt", [out.add("Cast", [share], "word_wide", to=DOUBLE)], "word_root")
    return out.add("Cast", [out.add("Floor", [root], "word_floor")], "word_dense", to=INT64)


def _normalised(out: _Graph, sums: str) -> str:
    """round_half_even(2047 sums / isqrt(sum of squares)) by row of exact integers in double: int64."""
    out.constant("one", np.array(1.0))
    squares = out.add("Mul", [sums, sums], "squares")
    total = out.add("ReduceSum", [squares, "last_axis"], "total", keepdims=1)
    floor = out.add("Floor", [out.add("Sqrt", [total], "sqrt")], "floor")
    root = out.add("Max", [floor, "one"], "root")
    scaled = out.add("Mul", [sums, "feature_scale"], "scaled")
    quotient = out.add("Div", [scaled, root], "quotient")
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
