"""Is this ONNX file one we are willing to hand to onnxruntime? Answered from its bytes, before any session exists.

A session may run code of the graph while it is being made (constant folding), and a model of 1,845 bytes with nested
local functions kept one busy for over 20 s, so nothing is opened first and asked later. Functions, subgraphs (If,
Loop, Scan), external, sparse and string tensors do not even parse (`onnx_wire`); this module adds the allow-list, the
caps, and shapes that are plainly bombs. What a graph computes at run time is bounded by the worker's limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import PackageRefused
from core.models.onnx_wire import INT64, Message, check_tensor, parse_model, tensor_array

MAX_MODEL = 128 * 1024 * 1024  # bytes; ours have 8 and 14 MB
MAX_NODES = 2_000  # MiniLM has 568
MAX_CONSTANTS = 1_000
MAX_PORTS = 8  # inputs or outputs of the graph
MAX_NAME = 300
MAX_ELEMENTS = 1 << 24  # of any tensor that a constant shape asks for: 128 MB of int64
_OPSETS = range(13, 25)

# Plain arithmetic on tensors. Not here: control flow, sequences, optionals, strings, random numbers, and operators
# whose cost is not proportional to what they read or write.
_PLAIN = """
Abs Add And ArgMax Cast Clip Concat Constant ConstantOfShape Conv Div Equal Erf Exp Expand Flatten Floor Gather
GatherElements Gemm Greater GreaterOrEqual Identity LayerNormalization Less LessOrEqual MatMul Max Min Mul Neg
Not Or Pow Range ReduceL2 ReduceMax ReduceMean ReduceSum Relu Reshape Round Shape Sigmoid Slice Softmax Sqrt
Squeeze Sub Tanh Transpose Unsqueeze Where
"""
OPERATORS = {
    "": frozenset(_PLAIN.split()),
    "com.microsoft": frozenset({"MatMulNBits", "GatherBlockQuantized"}),  # 4-bit weights
}
_SHAPED = {"Expand": 1, "ConstantOfShape": 0, "Reshape": 1}  # which input is a shape


@dataclass(frozen=True)
class Structure:
    """What a checked model is: names and types of its ports, its constants by name."""

    inputs: dict[str, int]
    outputs: dict[str, int]
    constants: dict[str, Message]
    nodes: int


def check(data: bytes) -> Structure:
    """Raises PackageRefused with a reason key; else the model may be opened inside the worker."""
    if len(data) > MAX_MODEL:
        raise PackageRefused(reason="model too large", found=len(data), limit=MAX_MODEL)
    model = parse_model(data)
    _opsets(model)
    graph = model["graph"]
    for what, limit in (
        ("node", MAX_NODES),
        ("initializer", MAX_CONSTANTS),
        ("input", MAX_PORTS),
        ("output", MAX_PORTS),
    ):
        if len(graph[what]) > limit:
            raise PackageRefused(reason=f"too many: {what}", found=len(graph[what]), limit=limit)
    constants = {str(item.get("name", "")): item for item in graph["initializer"]}
    if len(constants) != len(graph["initializer"]) or "" in constants:
        raise PackageRefused(reason="constant names")
    for node in graph["node"]:
        _node(node)
    for item in _tensors(graph):
        check_tensor(item)  # its claim must be its bytes
    _names(graph, constants)
    _shapes(graph, constants)
    return Structure(_ports(graph["input"]), _ports(graph["output"]), constants, len(graph["node"]))


def _opsets(model: Message) -> None:
    for opset in model.get("opset_import", []):
        domain, version = opset.get("domain", ""), opset.get("version", 0)
        if domain not in OPERATORS:
            raise PackageRefused(reason="domain", found=domain[:100])
        if domain == "" and version not in _OPSETS:
            raise PackageRefused(reason="opset", found=version)


def _node(node: Message) -> None:
    domain, kind = node.get("domain", ""), node.get("op_type", "")
    if kind not in OPERATORS.get(domain, frozenset()):
        raise PackageRefused(reason="operator", found=f"{domain[:100]}:{kind[:100]}")
    names = [*node.get("input", []), *node.get("output", []), *(a.get("name", "") for a in node.get("attribute", []))]
    if len(names) > 64 or any(len(name) > MAX_NAME for name in names):
        raise PackageRefused(reason="node names")


def _tensors(graph: Message) -> Iterator[Message]:
    yield from graph["initializer"]
    for node in graph["node"]:
        for attribute in node.get("attribute", []):
            if "t" in attribute:
                yield attribute["t"]


def _names(graph: Message, constants: dict[str, Message]) -> None:
    """Each value is made once, before it is used: no cycles, no double meaning."""
    made = set(constants)
    for port in graph["input"]:
        if port.get("name", "") in made or not port.get("name"):
            raise PackageRefused(reason="input names")
        made.add(port["name"])
    for node in graph["node"]:
        if not made.issuperset(name for name in node.get("input", []) if name):
            raise PackageRefused(reason="used before made", node=node.get("op_type", ""))
        for name in node.get("output", []):
            if name and name in made:
                raise PackageRefused(reason="made twice", name=name)
            made.add(name)
    if not made.issuperset(port.get("name", "") for port in graph["output"]):
        raise PackageRefused(reason="output names")


def _shapes(graph: Message, constants: dict[str, Message]) -> None:
    """Shapes written down in the file itself: Expand to 2^28 numbers fits 96 bytes."""
    known = {name: item for name, item in constants.items() if item.get("data_type") == INT64}
    for node in graph["node"]:
        kind = node["op_type"]
        if kind == "Constant":
            values = [a["t"] for a in node.get("attribute", []) if "t" in a and a["t"].get("data_type") == INT64]
            known.update((name, values[0]) for name in node.get("output", []) if values)
        elif kind in _SHAPED:
            names = node.get("input", [])
            place = _SHAPED[kind]
            shape = known.get(names[place]) if len(names) > place else None
            if shape is not None:
                _modest(shape, kind)


def _modest(shape: Message, kind: str) -> None:
    elements = 1
    for size in tensor_array(shape).ravel()[:16]:
        elements *= max(1, abs(int(size)))
    if elements > MAX_ELEMENTS or np.prod(shape.get("dims", []), dtype=object) > 16:
        raise PackageRefused(reason="shape", node=kind, found=elements, limit=MAX_ELEMENTS)


def _ports(ports: list[Message]) -> dict[str, int]:
    return {port["name"]: port.get("type", {}).get("tensor_type", {}).get("elem_type", 0) for port in ports}
