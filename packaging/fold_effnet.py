"""EfficientNet-lite0 as exported, with its padding arithmetic worked out: what ships as effnet-lite0/encoder.onnx.

    python packaging/fold_effnet.py exported.onnx resources/encoders/effnet-lite0/encoder.onnx

The export computes the pads of each Pad node by a chain of shape nodes that depend on nothing. They are evaluated once
and put into the convolution that follows, so only Conv, Clip, Add and ReduceMean are left. Needs onnx and onnxruntime;
compares both graphs on random pictures and refuses a difference.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper


def main(source: Path, target: Path) -> None:
    model = onnx.load(source)
    graph = model.graph
    pads = {node.output[0]: node for node in graph.node if node.op_type == "Pad"}
    values = evaluated(model, [node.input[1] for node in pads.values()])
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    constants |= {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t) for node in graph.node if node.op_type == "Constant"
    }
    kept = []
    for node in graph.node:
        if node.op_type in {"Conv", "Clip", "Add", "ReduceMean"}:
            made = onnx.NodeProto()
            made.CopyFrom(node)
            if node.op_type == "Conv" and node.input[0] in pads:
                pad = pads[node.input[0]]
                assert constants[pad.input[2]] == 0, "padded with something else than zeros"
                top = values[pad.input[1]]
                assert not top[[0, 1, 4, 5]].any(), "padded over channels"
                made.input[0] = pad.input[0]
                place = next(attribute for attribute in made.attribute if attribute.name == "pads")
                assert not any(place.ints)
                place.CopyFrom(helper.make_attribute("pads", [int(top[i]) for i in (2, 3, 6, 7)]))
            kept.append(made)
    used = {name for node in kept for name in node.input}
    made_here = {name for node in kept for name in node.output}
    needed = sorted(used - made_here - {port.name for port in graph.input})
    folded = helper.make_graph(
        kept,
        "effnet-lite0",
        list(graph.input),
        list(graph.output),
        [numpy_helper.from_array(np.asarray(constants[name]), name) for name in needed],
    )
    out = helper.make_model(folded, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(out)
    compare(model, out)
    target.write_bytes(out.SerializeToString(deterministic=True))


def evaluated(model: onnx.ModelProto, names: list[str]) -> dict[str, np.ndarray]:
    """What these values are; they depend on no input."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.INT64, None) for name in names)
    session = onnxruntime.InferenceSession(copy.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(names, {"image": np.zeros((1, 3, 32, 32), np.float32)})
    return dict(zip(names, found, strict=True))


def compare(one: onnx.ModelProto, other: onnx.ModelProto) -> None:
    pictures = np.random.default_rng(1).normal(0, 0.7, (3, 1, 3, 224, 224)).astype(np.float32)
    sessions = [
        onnxruntime.InferenceSession(each.SerializeToString(), providers=["CPUExecutionProvider"])
        for each in (one, other)
    ]
    for picture in pictures:
        first, second = (session.run(["embedding"], {"image": picture})[0] for session in sessions)
        difference = float(np.abs(first - second).max())
        print("largest difference", difference, "of", float(np.abs(first).max()))
        assert difference < 1e-3


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
