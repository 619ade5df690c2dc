"""The fused graph gives the integers of the reference arithmetic, to the last one, and always the same bytes."""

from __future__ import annotations

from functools import cached_property
from math import isqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ModelError
from core.models import encoders, evaluation, fuse
from core.models.encoders.static256 import Static256, normalise
from core.models.onnx_wire import parse_model, write
from core.models.session import open_session
from tests.core.models import small_topics

RANDOM = np.random.default_rng(7)
TEXTS = [item.text for item in small_topics.items()[::9]] + ["", "zzzz \u0378", "dog " * 600]


def head(width: int) -> np.ndarray:
    return RANDOM.integers(-(2**40), 2**40, (width, 5))


@pytest.mark.parametrize("name", encoders.NAMES)
def test_features_and_scores_equal_the_reference(name: str) -> None:
    encoder = encoders.get(name)
    weights = head(encoder.width)
    session = open_session(fuse.fuse(encoder, weights))
    expected = encoder.features(TEXTS)
    for text, row in zip(TEXTS, expected, strict=True):
        ids = np.array(encoder.tokens(text), np.int64).reshape(1, -1)
        x, scores = session.run(["x", "scores"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        np.testing.assert_array_equal(row, x[0])
        np.testing.assert_array_equal(evaluation.scores(row[None], weights), scores)


class Listed(Static256):
    """static-256 with a table of our choosing: token i gives row i."""

    def __init__(self, table: np.ndarray) -> None:
        self._table = table

    @cached_property
    def onnx(self) -> bytes:
        model = parse_model(encoders.get("static-256").onnx)
        for constant in model["graph"]["initializer"]:
            if constant["name"] == "table":
                constant["dims"], constant["raw_data"] = list(self._table.shape), self._table.tobytes()
        return write("Model", model)


# Rows that put the square root just below, at and above an integer, and quotients exactly half-way.
EDGES = (
    [1, 1, 1, 1],
    [3],
    [2, 2],
    [1] * 8,
    [1, 1, 1],
    [127] * 256,
    [-127] * 256,
    [127] + [-127] * 255,
    [5, 5, 5, 5, 5],
)


def edge_table() -> np.ndarray:
    rows = np.zeros((len(EDGES) + 40, 256), np.int8)
    for index, values in enumerate(EDGES):
        rows[index, : len(values)] = values
    rows[len(EDGES) :] = RANDOM.integers(-127, 128, (40, 256))
    return rows


TABLE = edge_table()
SESSION = open_session(fuse.fuse(Listed(TABLE), np.zeros((257, 2), np.int64)))


@given(st.lists(st.tuples(st.integers(0, len(TABLE) - 1), st.integers(1, 600)), min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_roots_and_halves_in_double_are_those_of_integers(parts: list[tuple[int, int]]) -> None:
    ids = np.array([[token for token, times in parts for _ in range(times)]], np.int64)
    sums = TABLE[ids[0]].astype(np.int64).sum(axis=0)
    (x,) = SESSION.run(["x"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    np.testing.assert_array_equal(normalise(sums[None])[0], x[0, :-1])


def test_a_floor_of_a_rounded_double_root_is_the_integer_root_at_every_edge() -> None:
    roots = np.concatenate([np.arange(1, 4096), 2**26 - np.arange(1, 4096)])
    for offset in (-1, 0, 1):
        squares = roots * roots + offset
        squares = squares[squares < 2**52]
        found = np.floor(np.sqrt(squares.astype(np.float64))).astype(np.int64)
        assert found.tolist() == [isqrt(int(s)) for s in squares]


WORDS = open_session(fuse.fuse(encoders.get("words-1024"), np.zeros((1025, 2), np.int64)))


@given(st.lists(st.integers(0, 30521), max_size=600))
@settings(max_examples=60, deadline=None)
def test_words_in_the_graph_are_those_of_integers(tokens: list[int]) -> None:
    ids = np.array([tokens], np.int64)
    (x,) = WORDS.run(["x"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    np.testing.assert_array_equal(encoders.get("words-1024").rows([tokens])[0], x[0, :-1])


def test_a_long_letter_in_the_graph_is_that_of_integers() -> None:
    encoder = encoders.get("static-256+words")
    text = " ".join(f"dear {word} and {number}" for number, word in enumerate(("sir", "madam", "friend") * 400))
    ids, feeds = encoder.feeds(text)
    (x,) = open_session(fuse.fuse(encoder, head(encoder.width))).run(["x"], feeds)
    assert len(ids) == 2048
    np.testing.assert_array_equal(encoder.features([text]), x)


@pytest.mark.parametrize("name", ["static-256", "words-1024", "static-256+words"])
def test_padding_changes_nothing_for_integer_features(name: str) -> None:
    encoder = encoders.get(name)
    session = open_session(fuse.fuse(encoder, head(encoder.width)))
    ids = np.array([[*encoder.tokens("a kind of dog"), 0, 3899, 2003]], np.int64)
    mask = np.array([[1, 1, 1, 1, 0, 0, 0]], np.int64)
    (x,) = session.run(["x"], {"input_ids": ids, "attention_mask": mask})
    np.testing.assert_array_equal(encoder.features(["a kind of dog"]), x)


@pytest.mark.parametrize("name", ["static-256", "static-256+words"])
def test_the_same_head_gives_the_same_bytes_and_the_checker_of_onnx_accepts_them(name: str) -> None:
    import onnx

    encoder = encoders.get(name)
    weights = head(encoder.width)
    data = fuse.fuse(encoder, weights)
    assert data == fuse.fuse(encoder, weights.copy())
    onnx.checker.check_model(data, full_check=True)


def test_heads_that_could_overflow_are_refused() -> None:
    encoder = encoders.get("static-256")
    weights = np.zeros((257, 2), np.int64)
    weights[:, 1] = 2**62 // 2047 // 257
    fuse.check_head(encoder, weights)
    weights[0, 1] *= 300
    with pytest.raises(ModelError, match="head range"):
        fuse.fuse(encoder, weights)
    with pytest.raises(ModelError, match="head shape"):
        fuse.fuse(encoder, weights[:-1])
