"""The graph of a picture's model: EfficientNet-lite0, its means as integers, the head.

    image float32 [b, 3, 224, 224]  ->  x int16 [b, 1281], scores int64 [b, K]

The means are floats and stand within a tolerance of any other machine's; from x on everything is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.models import fuse
from core.models.encoders.base import FEATURE_SCALE
from core.models.encoders.effnet import SIDE, EffNet
from core.models.onnx_wire import DOUBLE, FLOAT, INT64, parse_model, write


def fuse_effnet(encoder: EffNet, head: NDArray[np.int64]) -> bytes:
    """The fused model; `head` is W int64 [1281, K]. Same inputs, same bytes. Raises ModelError."""
    fuse.check_head(encoder, head)
    source = parse_model(encoder.onnx)
    nodes = [{name: node[name] for name in node if name != "doc_string"} for node in source["graph"]["node"]]
    out = fuse.Graph(nodes, list(source["graph"]["initializer"]))
    out.constant("last_axis", np.array([1], np.int64))
    out.constant("feature_scale", np.array(float(FEATURE_SCALE)))
    wide = out.add("Cast", ["embedding"], "means", to=DOUBLE)
    squares = out.add("ReduceSum", [out.add("Mul", [wide, wide], "squares"), "last_axis"], "total", keepdims=1)
    least = out.constant("shortest", np.array(1e-6))
    length = out.add("Max", [out.add("Sqrt", [squares], "root"), least], "length")
    scaled = out.add("Div", [out.add("Mul", [wide, "feature_scale"], "scaled"), length], "unit")
    low = out.constant("least", np.array(-float(FEATURE_SCALE)))
    whole = out.add("Clip", [out.add("Round", [scaled], "rounded"), low, "feature_scale"], "clipped")
    dense = out.add("Cast", [whole], "dense", to=INT64)
    fuse.finish(out, dense, head)
    model = fuse.model("effnet-lite0-ridge", out, [("image", FLOAT, 3)], head, source["opset_import"])
    shape = model["graph"]["input"][0]["type"]["tensor_type"]["shape"]["dim"]
    shape += [{"dim_value": SIDE}, {"dim_value": SIDE}]
    return write("Model", model)
