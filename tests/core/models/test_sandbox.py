"""A hostile graph is refused from its bytes alone: no session is opened to find out."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.errors import PackageRefused
from core.models import encoders, fuse, sandbox
from core.models.onnx_wire import INT64, Message, tensor, write

PORT = {"name": "x", "type": {"tensor_type": {"elem_type": INT64}}}


def model(nodes: list[Message], constants: list[Message] | None = None, **extra: object) -> bytes:
    graph = {
        "name": "g",
        "node": nodes,
        "initializer": constants or [],
        "input": [PORT],
        "output": [{**PORT, "name": "y"}],
    }
    return write("Model", {"ir_version": 10, "graph": graph, "opset_import": [{"version": 21}], **extra})


def node(kind: str, inputs: list[str], output: str = "y", **extra: object) -> Message:
    return {"input": inputs, "output": [output], "op_type": kind, **extra}


def refusal(data: bytes) -> str:
    with pytest.raises(PackageRefused) as caught:
        sandbox.check(data)
    return str(caught.value.values["reason"])


def field(number: int, body: bytes) -> bytes:
    """A length-delimited field, for what our own writer cannot say."""

    def varint(value: int) -> bytes:
        return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])

    return varint(number << 3 | 2) + varint(len(body)) + body


@pytest.mark.parametrize("name", encoders.NAMES)
def test_what_this_program_exports_passes(name: str) -> None:
    encoder = encoders.get(name)
    found = sandbox.check(fuse.fuse(encoder, np.zeros((encoder.width, 3), np.int64)))
    assert set(found.inputs) == {"input_ids", "attention_mask"}
    assert set(found.outputs) == {"x", "scores"}


def test_nested_local_functions_are_refused_at_once() -> None:
    calls = [field(7, field(4, f"f{i + 1}".encode())) for i in range(40) for _ in range(2)]
    functions = b"".join(field(25, field(1, f"f{i}".encode()) + calls[i]) for i in range(40))
    start = time.process_time()
    assert refusal(model([node("Identity", ["x"])]) + functions) == "unexpected field"
    assert time.process_time() - start < 10  # 2^40 calls take days


@pytest.mark.parametrize("kind", ["If", "Loop", "Scan", "SequenceMap", "RandomNormal", "StringConcat", "Foo", ""])
def test_operators_off_the_list_are_refused(kind: str) -> None:
    assert refusal(model([node(kind, ["x"])])) == "operator"


def test_subgraphs_are_refused() -> None:
    body = field(6, write("Graph", {"name": "inner"})) + field(1, b"body")
    inner = field(1, b"x") + field(2, b"y") + field(4, b"Identity") + field(5, body)
    assert refusal(field(7, field(1, inner))) == "unexpected field"


def test_external_data_is_refused() -> None:
    outside = field(13, field(1, b"location") + field(2, b"../../etc/passwd"))
    weights = write("Tensor", {"dims": [1], "data_type": 1, "name": "w"}) + outside
    assert refusal(field(7, field(5, weights))) == "unexpected field"


def test_external_data_location_alone_is_refused() -> None:
    weights = write("Tensor", {"dims": [1], "data_type": 1, "name": "w"}) + b"\x70\x01"
    assert refusal(field(7, field(5, weights))) == "unexpected field"


def test_a_constant_expand_bomb_of_a_hundred_bytes_is_refused() -> None:
    bomb = model([node("Expand", ["x", "s"])], [tensor("s", np.array([1 << 28], np.int64))])
    assert len(bomb) < 120
    assert refusal(bomb) == "shape"


def test_a_bomb_whose_shape_is_a_constant_node_is_refused() -> None:
    shape = {"input": [], "output": ["s"], "op_type": "Constant"}
    shape["attribute"] = [{"name": "value", "type": 4, "t": tensor("", np.array([1 << 14, 1 << 14], np.int64))}]
    assert refusal(model([shape, node("ConstantOfShape", ["s"])])) == "shape"


def test_a_weight_that_claims_a_terabyte_is_refused() -> None:
    claim = {"dims": [1 << 20, 1 << 20], "data_type": 3, "name": "w", "raw_data": b""}
    assert refusal(model([node("Identity", ["x"])], [claim])) == "tensor size"


def test_other_domains_are_refused() -> None:
    data = model([node("Identity", ["x"])], opset_import=[{"version": 21}, {"domain": "evil.example", "version": 1}])
    assert refusal(data) == "domain"
    assert refusal(model([node("Identity", ["x"], domain="evil.example")])) == "operator"
    assert refusal(model([node("Attention", ["x"], domain="com.microsoft")])) == "operator"


def test_old_and_future_operator_sets_are_refused() -> None:
    assert refusal(model([node("Identity", ["x"])], opset_import=[{"version": 7}])) == "opset"
    assert refusal(model([node("Identity", ["x"])], opset_import=[{"version": 99}])) == "opset"


def test_caps_hold_for_nodes_constants_and_size() -> None:
    many = [node("Identity", ["x"], f"v{i}") for i in range(sandbox.MAX_NODES + 1)]
    assert refusal(model(many)) == "too many: node"
    constants = [tensor(f"c{i}", np.zeros(1, np.int64)) for i in range(sandbox.MAX_CONSTANTS + 1)]
    assert refusal(model([node("Identity", ["x"])], constants)) == "too many: initializer"
    assert refusal(bytes(sandbox.MAX_MODEL + 1)) == "model too large"


def test_values_are_made_once_and_before_their_use() -> None:
    assert refusal(model([node("Identity", ["z"])])) == "used before made"
    assert refusal(model([node("Identity", ["y"])])) == "used before made"
    assert refusal(model([node("Identity", ["x"]), node("Identity", ["x"])])) == "made twice"
    assert refusal(model([node("Identity", ["x"], "other")])) == "output names"
    twice = [tensor("c", np.zeros(1, np.int64)), tensor("c", np.ones(1, np.int64))]
    assert refusal(model([node("Identity", ["x"])], twice)) == "constant names"


def test_many_small_fields_end_early() -> None:
    flood = b"\x08\x01" * 3_000_000
    start = time.process_time()
    assert refusal(field(7, field(5, flood)))
    assert time.process_time() - start < 20
