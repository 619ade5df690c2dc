"""ONNX files have one byte form here, and reading refuses whatever it does not know."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import PackageRefused
from core.models import encoders, sandbox
from core.models.onnx_wire import check_tensor, parse_model, tensor, tensor_array, write

EMPTY = write("Model", {"ir_version": 10, "graph": {"name": "empty"}})


@pytest.mark.parametrize("name", ["static-256", "minilm-w4"])
def test_reading_and_writing_a_shipped_encoder_gives_its_own_bytes(name: str) -> None:
    data = encoders.get(name).onnx
    assert write("Model", parse_model(data)) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no graph"),
        (b"\xff" * 11, "truncated"),
        (EMPTY[:-1], "truncated"),
        (EMPTY + EMPTY, "repeated field"),
        (EMPTY + b"\xca\x01\x00", "unexpected field"),  # field 25: local functions
        (EMPTY + b"\xa2\x01\x00", "unexpected field"),  # field 20: training
        (EMPTY + b"\x0b", "wire type"),  # a group
        (b"\x08\x80\x00" + EMPTY[2:], "varint"),  # a number written longer than it is
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "varint"),  # past 64 bits
    ],
)
def test_malformed_files_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        parse_model(data)
    assert caught.value.values["reason"] == reason


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_or_read_never_worse(noise: bytes) -> None:
    for data in (noise, EMPTY + noise):
        try:
            sandbox.check(data)
        except PackageRefused:
            continue


@given(st.integers(0, 199), st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_a_flipped_bit_is_refused_or_read_never_worse(place: int, bit: int) -> None:
    data = bytearray(encoders.get("static-256").onnx)
    data[place] ^= 1 << bit
    try:
        sandbox.check(bytes(data))
    except PackageRefused:
        return


@pytest.mark.parametrize("kind", ["float32", "float64", "int8", "int16", "int32", "int64", "uint8"])
def test_an_array_survives_the_way_there_and_back(kind: str) -> None:
    values = np.arange(6).reshape(2, 3).astype(kind)
    np.testing.assert_array_equal(values, tensor_array(tensor("t", values)))


@pytest.mark.parametrize(
    "claim",
    [
        {"dims": [1 << 40], "data_type": 1, "raw_data": b""},
        {"dims": [3], "data_type": 1, "raw_data": b"\0" * 8},
        {"dims": [-1, -3], "data_type": 3, "raw_data": b"\0" * 3},
        {"dims": [1] * 9, "data_type": 3, "raw_data": b"\0"},
        {"dims": [2], "data_type": 7, "int64_data": [1, 2], "raw_data": b"\0" * 16},
        {"dims": [1], "data_type": 8, "raw_data": b"a"},
        {"dims": [3], "data_type": 22, "raw_data": b"\0"},
    ],
)
def test_a_tensor_that_is_not_what_it_claims_is_refused(claim: dict[str, object]) -> None:
    with pytest.raises(PackageRefused):
        check_tensor(claim)


def test_listed_numbers_count_like_raw_ones() -> None:
    check_tensor({"dims": [2], "data_type": 7, "int64_data": [1, -2]})
    assert tensor_array({"dims": [2], "data_type": 7, "int64_data": [1, -2]}).tolist() == [1, -2]
