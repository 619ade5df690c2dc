"""An encoder is what its hash says, and its integers depend on the text alone."""

from __future__ import annotations

import shutil
from fractions import Fraction
from math import isqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadFile, ModelError
from core.models import encoders, features
from core.models.encoders.base import FOLDER, SHARED, read_resource, with_bias
from core.models.encoders.minilm import quantise
from core.models.encoders.static256 import normalise
from core.models.encoders.words import roots_of_shares
from tests.doubles import poa

# On the ledger stand these; another value is another encoder.
HASHES = {
    "static-256": "1d483b63fc3b1c72f1fc72e2aa94eea6623c58098ceec0836fc3627be97b5f20",
    "words-1024": "4932cbdf81c2a81dfbd1bd8e264e5de6f829bbd0338b173f410ba9240ff625df",
    "static-256+words": "849c97fb5ef108cff828353e15bb8808ec386543942bee79efd33aa63d388807",
    "minilm-w4+words": "bdc1304792c23424443e8048213f56e9b85b4453d6676b3c459e00e16b267d60",
    "minilm-w4": "09c01e7f47e56e9dd8142d44bcdf35147794c42c66b50a2911c65d3a7fc61c07",
}
TEXTS = ["a kind of dog", "", "the river that flows through the city", "zzzz qqqq \u0378", "a kind of dog"]


@pytest.mark.parametrize(("name", "expected"), HASHES.items())
def test_the_hash_of_an_encoder_is_pinned(name: str, expected: str) -> None:
    assert expected == encoders.get(name).hash.hex()
    assert encoders.get(name) is encoders.by_hash(bytes.fromhex(expected))


def test_an_unknown_encoder_is_an_error() -> None:
    with pytest.raises(ModelError):
        encoders.get("static-512")
    with pytest.raises(ModelError):
        encoders.by_hash(bytes(32))


def test_licence_and_notice_ship_with_the_encoders() -> None:
    assert b"Apache License" in read_resource("LICENSE")
    assert b"all-MiniLM-L6-v2" in read_resource("NOTICE")


@pytest.mark.parametrize("name", ["static-256/encoder.onnx", "vocab.txt"])
def test_a_changed_file_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(FOLDER, tmp_path / "encoders")
    path = tmp_path / "encoders" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadFile, match="digest"):
        read_resource(name, tmp_path / "encoders")
    path.unlink()
    with pytest.raises(BadFile, match="unreadable"):
        read_resource(name, tmp_path / "encoders")


def test_every_shipped_file_is_in_the_manifest() -> None:
    with_graph = [part for name in encoders.NAMES for part in encoders.get(name).parts if part.has_graph]
    for name in (*SHARED, *(f"{encoder.name}/encoder.onnx" for encoder in with_graph)):
        assert read_resource(name)


@pytest.mark.parametrize("name", encoders.NAMES)
def test_a_row_depends_on_its_text_alone(name: str) -> None:
    encoder = encoders.get(name)
    together = encoder.features(TEXTS)
    alone = np.concatenate([encoder.features([text]) for text in TEXTS])
    np.testing.assert_array_equal(alone, together)
    np.testing.assert_array_equal(together[0], together[4])
    features.check(encoder, together, len(TEXTS))


def test_an_empty_text_gives_zeros_and_the_bias() -> None:
    (row,) = encoders.get("static-256").features([""])
    assert not row[:-1].any()
    assert row[-1] == 2047


def test_static_features_equal_a_few_written_down() -> None:
    (row,) = encoders.get("static-256").features(["a kind of dog"])
    assert row[:8].tolist() == [-286, -501, -88, 319, -33, -154, 44, -143]
    assert int(np.abs(row.astype(int)).sum()) == 27526


@pytest.mark.parametrize("name", ["static-256", "words-1024", "static-256+words"])
def test_only_the_first_2048_tokens_of_a_text_count(name: str) -> None:
    encoder = encoders.get(name)
    np.testing.assert_array_equal(encoder.features(["dog " * 2048]), encoder.features(["dog " * 2048 + "cat"]))
    assert (encoder.features(["dog " * 2047]) != encoder.features(["dog " * 2047 + "cat"])).any()


def test_long_texts_are_cut_with_room_for_the_special_tokens() -> None:
    ids = encoders.get("minilm-w4").tokens("dog " * 1000)
    known = encoders.get("minilm-w4").wordpiece.ids
    assert len(ids) == 256
    assert (known["[CLS]"], known["[SEP]"]) == (ids[0], ids[-1])


@given(st.lists(st.integers(-65024, 65024), min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_normalising_rounds_exact_fractions_half_to_even(sums: list[int]) -> None:
    root = isqrt(sum(v * v for v in sums))
    expected = [round(Fraction(2047 * v, root)) if root else 0 for v in sums]
    assert expected == normalise(np.array([sums], np.int64))[0].tolist()


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=256))
@settings(max_examples=100, deadline=None)
def test_small_sums_stay_in_range_and_in_their_norm_class(sums: list[int]) -> None:
    dense = normalise(np.array([sums], np.int64))
    assert np.abs(dense).max() <= 2047
    assert (dense * dense).sum() + 2047**2 <= 4 * 2047**2


@given(st.lists(st.one_of(st.integers(0, 30521), st.integers(2000, 2003)), max_size=600))
@settings(max_examples=60, deadline=None)
def test_words_are_those_of_the_second_implementation(tokens: list[int]) -> None:
    found = encoders.get("words-1024").rows([tokens])
    assert poa.word_features(tokens) == with_bias(found)[0].tolist()
    assert (found * found).sum() <= 2047**2


@given(st.integers(1, 2048), st.integers(0, 2048))
@settings(max_examples=300, deadline=None)
def test_the_root_of_a_share_is_that_of_integers(count: int, more: int) -> None:
    (row,) = roots_of_shares(np.array([[count, more]], np.int64)).tolist()
    assert row == [isqrt(2047**2 * part // (count + more)) for part in (count, more)]


def test_a_word_said_four_times_counts_twice_and_special_tokens_never() -> None:
    encoder = encoders.get("words-1024")
    np.testing.assert_array_equal(encoder.features(["dog cat dog"]), encoder.features(["cat dog dog"]))
    dog, cat = (encoder.features([word])[0, :-1].argmax() for word in ("dog", "cat"))
    row = encoder.features(["cat " + "dog " * 4])[0]
    assert (row[dog], row[cat]) == (isqrt(2047**2 * 4 // 5), isqrt(2047**2 // 5)) == (1830, 915)
    assert not encoder.rows([[0, 100, 101, 102, 103]]).any()
    assert encoder.features(["zzzz\u0378"])[0, :-1].max() == 0


@pytest.mark.parametrize("dense", ["static-256", "minilm-w4"])
def test_joined_features_are_those_of_both_over_the_same_tokens(dense: str) -> None:
    joined, alone, words = encoders.get(f"{dense}+words"), encoders.get(dense), encoders.get("words-1024")
    text = "the river " + "dog " * 2100
    expected = [*alone.features([text])[0, :-1], *words.rows([alone.tokens(text)])[0], 2047]
    assert joined.features([text])[0].tolist() == expected
    assert (joined.width, joined.limit, joined.exact) == (alone.dimensions + 1025, alone.limit, alone.exact)


def test_the_exact_half_of_joined_features_is_checked_though_the_other_is_not_exact() -> None:
    encoder = encoders.get("minilm-w4+words")
    ids = encoder.tokens("a kind of dog")
    (row,) = encoder.features(["a kind of dog"])
    row[0] += 1
    assert encoder.agrees(ids, row)
    row[400] += 1
    assert not encoder.agrees(ids, row)


@pytest.mark.parametrize(("name", "place", "by", "holds"), [
    ("static-256", 3, 1, False), ("minilm-w4", 3, 2, True), ("minilm-w4", 3, 3, False),
    ("minilm-w4+words", 3, -2, True), ("minilm-w4+words", 400, 1, False),
])  # fmt: skip
def test_two_machines_may_differ_by_two_where_floats_are_involved_and_nowhere_else(name, place, by, holds) -> None:
    row = encoders.get(name).features(["a kind of dog"])[0] if name == "static-256" else blank(name)
    other = row.copy()
    other[place] += by
    assert encoders.get(name).alike(row, row)
    assert encoders.get(name).alike(row, other) == holds


def blank(name: str) -> np.ndarray:
    row = np.zeros(encoders.get(name).width, np.int16)
    row[-1] = 2047
    return row


def test_quantising_rounds_to_the_nearest_and_clips() -> None:
    values = np.array([[0.4 / 2047, 0.6 / 2047, 1.0, -1.0000001, 0.0]], np.float32)
    assert quantise(values)[0].tolist() == [0, 1, 2047, -2047, 0]
