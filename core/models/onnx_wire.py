"""ONNX files read and written without a protobuf library: a strict subset, and exactly one byte form for a model.

Reading refuses whatever our exporters and a plain classifier do not need: unknown fields, repeated single fields,
groups, subgraphs, functions, sparse and external tensors. So nothing that onnxruntime would see goes unseen here.
Writing puts fields in numeric order, so the same model has the same bytes (and package hash) on every machine,
whatever versions of libraries are installed. Field numbers: onnx.proto, IR version 10.

A message is a dict: absent single fields are absent, repeated ones are lists (absent when empty). Bytes fields and
strings stay `bytes`-like; names become text in `sandbox`.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import PackageRefused

Message = dict[str, Any]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LIMIT_FIELDS = 100_000  # in one file; MiniLM has about 9,000
_LIMIT_DEPTH = 10


@dataclass(frozen=True)
class _Field:
    name: str
    kind: str  # int, float, double, bytes, text, or the name of a message
    many: bool = False


_S: dict[str, dict[int, _Field]] = {
    "Model": {
        1: _Field("ir_version", "int"),
        2: _Field("producer_name", "text"),
        3: _Field("producer_version", "text"),
        5: _Field("model_version", "int"),
        6: _Field("doc_string", "text"),
        7: _Field("graph", "Graph"),
        8: _Field("opset_import", "OperatorSet", many=True),
        14: _Field("metadata_props", "Entry", many=True),
    },
    "Entry": {1: _Field("key", "text"), 2: _Field("value", "text")},
    "OperatorSet": {1: _Field("domain", "text"), 2: _Field("version", "int")},
    "Graph": {
        1: _Field("node", "Node", many=True),
        2: _Field("name", "text"),
        5: _Field("initializer", "Tensor", many=True),
        10: _Field("doc_string", "text"),
        11: _Field("input", "ValueInfo", many=True),
        12: _Field("output", "ValueInfo", many=True),
        13: _Field("value_info", "ValueInfo", many=True),
        16: _Field("metadata_props", "Entry", many=True),
    },
    "Node": {
        1: _Field("input", "text", many=True),
        2: _Field("output", "text", many=True),
        3: _Field("name", "text"),
        4: _Field("op_type", "text"),
        5: _Field("attribute", "Attribute", many=True),
        6: _Field("doc_string", "text"),
        7: _Field("domain", "text"),
        9: _Field("metadata_props", "Entry", many=True),
    },
    "Attribute": {
        1: _Field("name", "text"),
        2: _Field("f", "float"),
        3: _Field("i", "int"),
        4: _Field("s", "bytes"),
        5: _Field("t", "Tensor"),
        7: _Field("floats", "float", many=True),
        8: _Field("ints", "int", many=True),
        13: _Field("doc_string", "text"),
        20: _Field("type", "int"),
    },
    "Tensor": {
        1: _Field("dims", "int", many=True),
        2: _Field("data_type", "int"),
        4: _Field("float_data", "float", many=True),
        5: _Field("int32_data", "int", many=True),
        7: _Field("int64_data", "int", many=True),
        8: _Field("name", "text"),
        9: _Field("raw_data", "bytes"),
        10: _Field("double_data", "double", many=True),
        12: _Field("doc_string", "text"),
        16: _Field("metadata_props", "Entry", many=True),
    },
    "ValueInfo": {
        1: _Field("name", "text"),
        2: _Field("type", "Type"),
        3: _Field("doc_string", "text"),
        4: _Field("metadata_props", "Entry", many=True),
    },
    "Type": {1: _Field("tensor_type", "TensorType")},
    "TensorType": {1: _Field("elem_type", "int"), 2: _Field("shape", "Shape")},
    "Shape": {1: _Field("dim", "Dimension", many=True)},
    "Dimension": {1: _Field("dim_value", "int"), 2: _Field("dim_param", "text")},
}

_SCALARS = {"int": _VARINT, "float": _FIXED32, "double": _FIXED64}
_PACKING = {"float": "<f", "double": "<d"}

# Types with whole bytes a number, and their numpy codes
DTYPES: dict[int, str] = {1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 11: "<f8"}
FLOAT, INT8, INT16, INT32, INT64, BOOL, DOUBLE = 1, 3, 5, 6, 7, 9, 11


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.fields = 0

    def varint(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        while at < end:
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >= 1 << 64 or (byte == 0 and shift):
                    raise PackageRefused(reason="varint")
                return value, at
            shift += 7
            if shift > 63:
                break
        raise PackageRefused(reason="truncated")

    def message(self, kind: str, at: int, end: int, depth: int) -> Message:
        if depth > _LIMIT_DEPTH:
            raise PackageRefused(reason="too deep", limit=_LIMIT_DEPTH)
        schema = _S[kind]
        found: Message = {}
        while at < end:
            self._count()
            key, at = self.varint(at, end)
            field = schema.get(key >> 3)
            if field is None:
                raise PackageRefused(reason="unexpected field", message=kind, field=key >> 3)
            values, at = self._values(field, key & 7, at, end, depth)
            if field.many:
                found.setdefault(field.name, []).extend(values)
            elif field.name in found:
                raise PackageRefused(reason="repeated field", message=kind, field=field.name)
            else:
                found[field.name] = values[0]
        return found

    def _count(self) -> None:
        self.fields += 1
        if self.fields > _LIMIT_FIELDS:
            raise PackageRefused(reason="too many fields", limit=_LIMIT_FIELDS)

    def _values(self, field: _Field, wire: int, at: int, end: int, depth: int) -> tuple[list[Any], int]:
        scalar = _SCALARS.get(field.kind)
        if scalar is not None and wire == scalar:
            value, at = self._scalar(field.kind, at, end)
            return [value], at
        if wire != _BYTES or (scalar is not None and not field.many):
            raise PackageRefused(reason="wire type", field=field.name)
        size, at = self.varint(at, end)
        if size > end - at:
            raise PackageRefused(reason="truncated")
        stop = at + size
        if scalar is None:
            return [self._block(field.kind, at, stop, depth)], stop
        values = []
        while at < stop:  # packed
            self._count()
            value, at = self._scalar(field.kind, at, stop)
            values.append(value)
        return values, stop

    def _scalar(self, kind: str, at: int, end: int) -> tuple[int | float, int]:
        if kind == "int":
            value, at = self.varint(at, end)
            return value - (1 << 64) if value >> 63 else value, at
        size = struct.calcsize(_PACKING[kind])
        if end - at < size:
            raise PackageRefused(reason="truncated")
        return struct.unpack_from(_PACKING[kind], self.data, at)[0], at + size

    def _block(self, kind: str, at: int, stop: int, depth: int) -> Any:
        if kind == "bytes":
            return self.data[at:stop]
        if kind == "text":
            try:
                return bytes(self.data[at:stop]).decode()
            except UnicodeDecodeError as error:
                raise PackageRefused(reason="text") from error
        return self.message(kind, at, stop, depth + 1)


def parse_model(data: bytes) -> Message:
    """The model as nested dicts; large tensors are views into `data`. Raises PackageRefused."""
    model = _Reader(data).message("Model", 0, len(data), 0)
    if "graph" not in model:
        raise PackageRefused(reason="no graph")
    graph = model["graph"]
    for name in ("node", "initializer", "input", "output"):
        graph.setdefault(name, [])
    return model


def _write_varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _write_value(field: _Field, number: int, value: Any) -> bytes:
    if field.kind == "int":
        return _write_varint(number << 3 | _VARINT) + _write_varint(value)
    if field.kind in _PACKING:
        return _write_varint(number << 3 | _SCALARS[field.kind]) + struct.pack(_PACKING[field.kind], value)
    if field.kind == "bytes":
        body = bytes(value)
    elif field.kind == "text":
        body = value.encode()
    else:
        body = write(field.kind, value)
    return _write_varint(number << 3 | _BYTES) + _write_varint(len(body)) + body


def write(kind: str, message: Message) -> bytes:
    """The one byte form of a message: fields in numeric order, repeated scalars unpacked."""
    unknown = set(message) - {field.name for field in _S[kind].values()}
    assert not unknown, f"no such field of {kind}: {unknown}"
    parts = []
    for number, field in sorted(_S[kind].items()):
        if field.name in message:
            values = message[field.name] if field.many else [message[field.name]]
            parts += [_write_value(field, number, value) for value in values]
    return b"".join(parts)


def tensor(name: str, values: NDArray[Any]) -> Message:
    """A tensor message from an array of a type in DTYPES."""
    for number, code in DTYPES.items():
        if np.dtype(code) == values.dtype:
            raw = np.ascontiguousarray(values).astype(code).tobytes()
            return {"dims": list(values.shape), "data_type": number, "name": name, "raw_data": raw}
    raise AssertionError(f"no ONNX type for {values.dtype}")


def check_tensor(message: Message) -> None:
    """Raises PackageRefused unless the tensor holds exactly the numbers its dims claim, in one of our types."""
    number = message.get("data_type", 0)
    listed = [name for name in _LISTED if name in message]
    dims = message.get("dims", [])
    count = math.prod(dims[:_MAX_RANK])
    if len(dims) > _MAX_RANK or any(not 0 <= size < 1 << 31 for size in dims):
        raise PackageRefused(reason="tensor size", tensor=str(message.get("name", ""))[:100])
    if number in _NIBBLES and not listed:
        fits = len(message.get("raw_data", b"")) == (count + 1) // 2
    elif number not in DTYPES:
        raise PackageRefused(reason="tensor type", found=number)
    elif listed:
        fits = "raw_data" not in message and listed == [_list_of(number)] and len(message[listed[0]]) == count
    else:
        fits = len(message.get("raw_data", b"")) == count * np.dtype(DTYPES[number]).itemsize
    if not fits:
        raise PackageRefused(reason="tensor size", tensor=str(message.get("name", ""))[:100])


_MAX_RANK = 8
_NIBBLES = {21, 22}  # uint4, int4: two numbers a byte
_LISTED = ("float_data", "int32_data", "int64_data", "double_data")


def _list_of(number: int) -> str:
    return {FLOAT: "float_data", INT64: "int64_data", DOUBLE: "double_data"}.get(number, "int32_data")


def tensor_array(message: Message) -> NDArray[Any]:
    """The array of a tensor of a type in DTYPES. Raises PackageRefused when its size is not the one its dims claim."""
    check_tensor(message)
    code = DTYPES.get(message["data_type"])
    if code is None:
        raise PackageRefused(reason="tensor type", found=message["data_type"])
    name = _list_of(message["data_type"])
    if name in message:
        return np.array(message[name]).astype(code).reshape(message.get("dims", []))
    return np.frombuffer(message.get("raw_data", b""), code).reshape(message.get("dims", []))
