"""Rows of a table as integers: pinned scaling, one result on every machine, and a graph that equals the reference."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from math import floor

import numpy as np
import pytest

from core.artefacts import Whole
from core.errors import BadInput, ModelError, PackageRefused
from core.jobs import silent
from core.models import choosing, encoders, features, fusing, package, sandbox, session, stored, training
from core.models.encoders.columns import INDICATOR, Columns, Number, Scaling, fit
from core.models.onnx_wire import INT64
from core.models.runtime import ModelRuntime
from core.models.training import Item, TrainedModel
from tests.doubles import poa

SCHEMA = (("width", "number"), ("height", "number"), ("colour", "category"), ("always", "number"))
LABELS = ("small", "large")
ALL = frozenset({"train", "evaluate"})


def rows(count: int, seed: int = 1) -> list[tuple[str, str]]:
    draw = random.Random(seed)
    found = []
    for number in range(count):
        large = number % 2
        cells = {
            "width": f"{draw.gauss(3 + 4 * large, 1):.2f}",
            "height": str(draw.randint(10, 20) + 8 * large),
            "colour": draw.choice(("red", "blue") if large else ("green", "blue")),
            "always": "7",
        }
        for name in ("width", "colour"):
            if draw.random() < 0.1:
                cells.pop(name)
        found.append((json.dumps(cells, sort_keys=True, separators=(",", ":")), LABELS[large]))
    return found


ROWS = rows(120)
TEXTS = [text for text, _ in ROWS]
ODD = ["{}", '{"width":"999999999999999"}', '{"colour":"never seen","height":"-5"}', '{"other":"1"}']


def items(pairs: Sequence[tuple[str, str]], salt: str) -> list[Item]:
    return [
        Item(text, label, sha256(f"{salt}{n}".encode()).digest(), bytes(20), ALL)
        for n, (text, label) in enumerate(pairs)
    ]


@pytest.fixture(scope="module")
def encoder() -> Columns:
    return fit(TEXTS, SCHEMA)


@pytest.fixture(scope="module")
def trained(encoder: Columns) -> TrainedModel:
    held = items(rows(40, seed=2), "held")
    return training.train(training.prepare(items(ROWS, "in"), held, LABELS, silent(), encoder=encoder.key), silent())


@pytest.fixture(scope="module")
def built(trained: TrainedModel) -> package.Built:
    release = package.Release(1, 1, bytes(32), bytes(32), bytes(32), "CC0-1.0")
    return package.build(trained, name="Sizes", release=release, z=27)


def test_scaling_does_not_depend_on_the_order_of_rows(encoder: Columns) -> None:
    shuffled = list(TEXTS)
    random.Random(3).shuffle(shuffled)
    assert fit(shuffled, SCHEMA).key == encoder.key
    assert encoders.get(encoder.key).hash == encoder.hash


def test_a_column_that_never_changes_is_left_out_and_missing_values_have_an_indicator(encoder: Columns) -> None:
    assert [one.name for one in encoder.scaling.numbers] == ["width", "height"]
    assert [one.missing for one in encoder.scaling.numbers] == [True, False]
    assert [(one.name, len(one.values), one.missing) for one in encoder.scaling.categories] == [("colour", 3, True)]
    assert encoder.dimensions == 2 + 3 + 1 + 3 + 1
    assert encoder.norm_class == 3


def test_numbers_are_standardised_by_integers_alone(encoder: Columns) -> None:
    x = encoder.features(TEXTS)
    for text, row in zip(TEXTS, x, strict=True):
        cells = json.loads(text)
        for place, one in enumerate(encoder.scaling.numbers):
            if one.name in cells:
                v = Fraction(cells[one.name]) * 10**one.places
                exact = Fraction(512) * (v - one.centre) / one.spread
                assert int(row[place]) == max(-2047, min(2047, floor(exact + Fraction(1, 2))))
            else:
                assert row[place] == 0
    assert abs(x[:, 0].astype(float).mean()) < 60
    assert 380 < x[:, 1].astype(float).std() < 620


def test_a_half_is_told_from_what_is_hardly_more_than_a_half() -> None:
    number = Number("a", 0, 0, 1, missing=False)
    assert [number.cell(value) for value in ("0.5", f"0.5{0:040}1", "2.5", f"-2.5{0:040}1")] == [0, 1, 2, -3]


def test_products_of_numbers_stand_behind_them(encoder: Columns) -> None:
    x = encoder.features(TEXTS).astype(int)
    for row in x.tolist():
        pairs = [(0, 0), (0, 1), (1, 1)]
        assert row[2:5] == [max(-2047, min(2047, row[i] * row[j] // 1024)) for i, j in pairs]
    names = [f"c{n}" for n in range(32)]
    many = fit([json.dumps({name: str(v) for name in names}) for v in (1, 2)], [(name, "number") for name in names])
    assert many.dimensions == 32


def test_what_was_never_seen_has_no_indicator_and_what_is_missing_has_one(encoder: Columns) -> None:
    empty, wild, odd, other = encoder.features(ODD).tolist()
    marks = [(place, code) for place, code in encoder.scaling.indicators]
    assert empty[5:-1] == [INDICATOR if code in {1, -2} and (place == 2 or code == -2) else 0 for place, code in marks]
    assert (wild[0], odd[1]) == (2047, -2047)
    assert odd[6:10] == [0, 0, 0, 0]
    assert other == empty


def test_one_wild_value_does_not_flatten_the_others() -> None:
    tame = fit([f'{{"a":"{n}"}}' for n in range(100)], (("a", "number"),))
    wild = fit([*(f'{{"a":"{n}"}}' for n in range(100)), '{"a":"999999999999999"}'], (("a", "number"),))
    a, b = (each.scaling.numbers[0] for each in (tame, wild))
    assert abs(a.spread * 10 ** (12 - a.places) / (b.spread * 10 ** (12 - b.places)) - 1) < 0.1


def test_many_categories_share_buckets() -> None:
    found = fit([f'{{"a":"value {n}"}}' for n in range(300)], (("a", "category"),))
    assert (found.scaling.categories[0].buckets, found.dimensions) == (64, 64)
    x = found.features(['{"a":"value 5"}', '{"a":"value never seen"}'])
    assert [int((row[:-1] == INDICATOR).sum()) for row in x] == [1, 1]


def test_a_table_that_tells_nothing_apart_is_refused() -> None:
    with pytest.raises(ModelError):
        fit(['{"a":"1"}', '{"a":"1"}'], (("a", "number"),))


@pytest.mark.parametrize(
    "text", ["words", "[1]", '{"width":5}', '{"width":"wide"}', '{"width":"nan"}', '{"height":"1e"}']
)
def test_what_is_no_row_is_refused(encoder: Columns, text: str) -> None:
    with pytest.raises(BadInput):
        encoder.features([text])


def test_an_enormous_exponent_costs_nothing(encoder: Columns) -> None:
    assert encoder.features(['{"width":"1e999999999"}', '{"width":"-1e-999999999"}'])[0, 0] == 2047


def noise(count: int, both: bool) -> tuple[list[str], np.ndarray]:
    """Rows of eight numbers; the label hangs on whether the first two have one sign, or on the first alone."""
    draw = np.random.default_rng(7).normal(size=(count, 8))
    texts = [json.dumps({f"n{at}": f"{value:.3f}" for at, value in enumerate(row)}) for row in draw]
    return texts, (draw[:, 0] * (draw[:, 1] if both else 1) > 0).astype(np.int64)


@pytest.mark.parametrize("both", [True, False])
def test_products_are_taken_where_they_say_something_and_left_out_where_they_cost(both: bool) -> None:
    texts, y = noise(80, both)
    fitted = fit(texts, [(f"n{at}", "number") for at in range(8)])
    w = np.full(len(y), 32, np.int64)
    chosen, choice = choosing.of_columns(fitted, texts, y, w, 2, silent())
    assert choice is not None
    assert bool(chosen.scaling.products) == both
    assert choice.encoder == ("columns+products" if both else "columns")
    assert choice.canonical().keys() == {
        "of", "way", "columns", "columns miss", "columns+products", "columns+products miss",
    }  # fmt: skip
    assert encoders.get(chosen.key).hash == chosen.hash
    assert (chosen.hash == fitted.hash) == both


def test_without_products_the_other_features_stay_as_they_are(encoder: Columns) -> None:
    plain = Columns(replace(encoder.scaling, multiplied=False))
    count = len(encoder.scaling.numbers)
    kept = np.delete(encoder.features(TEXTS), np.arange(count, count + len(encoder.scaling.products)), axis=1)
    np.testing.assert_array_equal(kept, plain.features(TEXTS))
    head = np.random.default_rng(4).integers(-(2**40), 2**40, (plain.width, 2))
    (x,) = session.open_session(fusing.fuse(plain, head)).run(["x"], plain.feeds(TEXTS[0])[1])
    np.testing.assert_array_equal(plain.features(TEXTS[:1]), x)


def test_there_is_nothing_to_choose_without_numbers_or_labels(encoder: Columns) -> None:
    one = np.zeros(len(TEXTS), np.int64)
    assert choosing.of_columns(encoder, TEXTS, one, one + 1, 2, silent()) == (encoder, None)
    colours = fit(TEXTS, SCHEMA[2:3])
    assert choosing.of_columns(colours, TEXTS, np.arange(len(TEXTS)) % 2, one + 1, 2, silent()) == (colours, None)


@pytest.mark.parametrize(
    "change",
    [
        ('"products":true', '"products":1'),
        ("512", "x"),
        ('"spread":"', '"spread":"0'),
        ('"missing":true', '"missing":1'),
    ],
)
def test_constants_in_another_form_are_refused(encoder: Columns, change: tuple[str, str]) -> None:
    data = encoder.scaling.encoded.decode()
    if change[0] in data:
        with pytest.raises(ModelError):
            Scaling.parse(data.replace(*change, 1).encode())


def test_the_graph_makes_the_same_integers(encoder: Columns) -> None:
    head = np.random.default_rng(4).integers(-(2**40), 2**40, (encoder.width, 3))
    graph = fusing.fuse(encoder, head)
    assert graph == fusing.fuse(encoders.get(encoder.key), head)
    assert sandbox.check(graph).inputs == {"cells": INT64}
    opened = session.open_session(graph)
    x = encoder.features([*TEXTS, *ODD])
    for text, row in zip([*TEXTS, *ODD], x, strict=True):
        got, scores = opened.run(["x", "scores"], encoder.feeds(text)[1])
        np.testing.assert_array_equal(got[0], row)
        np.testing.assert_array_equal(scores[0], row.astype(np.int64) @ head)
    features.check(encoder, x, len(x))


def test_a_model_of_rows_is_trained_packed_read_and_run_like_any_other(
    runtime: ModelRuntime, trained: TrainedModel, built: package.Built
) -> None:
    assert trained.evaluation is not None
    assert trained.evaluation.accuracy >= 0.9
    found = package.read(built.data, built.hash)
    assert set(found.files) == {"model.onnx", "columns.json"}
    assert found.encoder.key == trained.data.encoder
    model = runtime.load(built.hash, lambda: built.data)
    texts = [text for text, _ in rows(20, seed=5)]
    for answer, row in zip(runtime.run(model, texts), trained.encoder.features(texts), strict=True):
        np.testing.assert_array_equal(answer.x, row)
        assert list(answer.scores) == trained.head.scores(row[None])[0].tolist()
    again = stored.load(Whole(b"".join(stored.parts(trained))))
    assert again.data.encoder == trained.data.encoder


def test_withdrawal_keeps_the_scaling_and_equals_training_from_scratch(trained: TrainedModel) -> None:
    gone = trained.data.record_ids[:7]
    less = training.without(trained, gone, silent())
    scratch = training.train(trained.data.without(gone), silent(), j=trained.head.j)
    assert less.data.encoder == trained.data.encoder
    np.testing.assert_array_equal(less.head.W, scratch.head.W)
    np.testing.assert_array_equal(less.head.V, scratch.head.V)


def test_a_package_with_other_constants_is_not_the_encoder_it_names(built: package.Built, encoder: Columns) -> None:
    data = encoder.scaling.encoded
    spread = encoder.scaling.numbers[0].spread
    other = data.replace(f'"{spread}"'.encode(), f'"{spread + 1}"'.encode(), 1)
    assert len(other) == len(data)
    with pytest.raises(PackageRefused):
        package.read(built.data.replace(data, other), built.hash)


def test_a_second_implementation_of_the_specification_finds_the_same(encoder: Columns) -> None:
    for text in [*TEXTS, *ODD]:
        cells = encoder.tokens(text)
        constants = [(one.centre, one.spread) for one in encoder.scaling.numbers]
        lacking = cells[len(constants) : 2 * len(constants)]
        numbers = [(None if gone else v, *pinned) for v, pinned, gone in zip(cells, constants, lacking, strict=False)]
        assert encoder.features([text])[0].tolist()[:5] == poa.columns_row(numbers, products=True)
