"""The encoder is chosen by how far each misses records left out, on training records alone, and stays chosen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import BadInput, Cancelled, TooFewRecords
from core.jobs import Progress, silent
from core.models import choosing, encoders, features, manifest, package, ridge, training
from core.models.choosing import Tried
from core.models.ridge import Statistics, choose
from core.models.runtime import ModelRuntime
from core.models.training import TrainedModel
from core.values import EncoderChoice
from tests.core.models import small_topics
from tests.core.models.small_topics import LABELS
from tests.doubles import poa

ITEMS = small_topics.items()[::4]
TEXTS = [item.text for item in ITEMS]
TRIED = ("static-256", "minilm-w4", "minilm-w4+words")
Y = np.array([LABELS.index(item.label) for item in ITEMS])


@pytest.fixture(scope="module")
def chosen() -> tuple[choosing.Choice, features.Shelf]:
    """Of three encoders: the wide ones cost seconds each."""
    shelf = features.Shelf()
    weights = np.where(np.arange(len(Y)) % 7 == 0, 8, 32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "NAMES", TRIED)
        return choosing.best(TEXTS, Y, weights, 3, silent(), way="thorough", shelf=shelf), shelf


def test_the_errors_in_closed_form_are_those_of_training_without_each_record() -> None:
    rows, given = poa.records(60, 9, 3, 5, spread=900)
    x, y, w = np.array(rows, np.int16), np.array(given), np.arange(60) % 9 * 4
    statistics = Statistics.of(x, y, 3, w)
    lost = 0
    for i in np.flatnonzero(w):
        rest = np.delete(np.arange(60), i)
        head, _ = ridge.train(x[rest], y[rest], 3, w[rest], j=2)
        lost += int(w[i]) * int(head.answers(x[i : i + 1])[0] != y[i])
    assert lost == choose.wrong(statistics, x, y, w, 2)
    assert 0 < lost < w.sum()


def test_few_records_give_the_same_errors_by_the_shorter_way() -> None:
    rows, given = poa.records(60, 9, 3, 8, spread=900)
    x, y, w = np.array(rows, np.int16), np.array(given), np.arange(60) % 9 * 4 + 1
    statistics = Statistics.of(x, y, 3, w)
    j = choose.choose(choose.errors(statistics, x, y, w))
    lost, squared, found = choosing.fewer(x, y, w, 3)
    assert (lost, found) == (choose.wrong(statistics, x, y, w, j), j)
    assert squared == pytest.approx(float(choose.errors(statistics, x, y, w, [j])[0]), rel=1e-9)


def test_the_miss_is_the_squared_error_of_training_without_each_record() -> None:
    rows, given = poa.records(60, 9, 3, 5, spread=900)
    x, y, w = np.array(rows, np.int16), np.array(given), np.arange(60) % 9 * 4
    squared = 0.0
    for i in np.flatnonzero(w):
        rest = np.delete(np.arange(60), i)
        head, _ = ridge.train(x[rest], y[rest], 3, w[rest], j=2)
        scores = head.scores(x[i : i + 1])[0] / 2.0**52
        squared += float(w[i] * ((scores - np.eye(3)[y[i]]) ** 2).sum())
    assert squared == pytest.approx(float(choose.errors(Statistics.of(x, y, 3, w), x, y, w, [2])[0]), rel=1e-6)


def test_every_encoder_is_tried_in_the_order_of_cost_and_the_rule_decides(chosen) -> None:
    choice, _ = chosen
    assert tuple(one.encoder for one in choice.tried) == TRIED
    assert choice.skipped == ()
    assert choice.encoder == choosing.pick(choice.tried).encoder
    assert all(0 <= one.errors <= choice.weight for one in choice.tried)
    assert all(0 < one.miss < choosing.MILLION for one in choice.tried)
    facts = choice.canonical()
    assert {name + manifest.MISS for name in TRIED} < set(facts)


@pytest.mark.parametrize(
    ("misses", "expected"),
    [((103, 100, 101), "b"), ((102, 100, 100), "a"), ((104, 102, 100), "b"), ((103, 103, 100), "c"), ((0, 0, 0), "a")],
)
def test_the_cheapest_within_two_hundredths_of_the_closest_is_taken(misses: tuple[int, ...], expected: str) -> None:
    tried = [Tried(name, 7, miss * 1000, 0) for name, miss in zip("abc", misses, strict=True)]
    assert choosing.pick(tried).encoder == expected


def test_equal_counts_of_wrong_answers_are_told_apart_by_how_wrong_they_are() -> None:
    """A few hundred mails: three encoders tie by the count, and the closest is the best of them on new ones."""
    tried = [Tried("a", 31, 308_000, 0), Tried("b", 33, 246_000, 0), Tried("c", 32, 226_000, 0)]
    assert choosing.pick(tried).encoder == "c"


def test_slow_encoders_are_left_out_where_they_would_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "BEARABLE", 100)
    monkeypatch.setattr(encoders, "NAMES", ("static-256", "minilm-w4"))
    choice = choosing.best(TEXTS, Y, np.ones(len(Y), np.int64), 3, silent())
    assert choice.skipped == ("minilm-w4",)
    assert choice.canonical()["minilm-w4"] is None
    assert encoders.get(choice.encoder).exact


def test_rows_made_while_choosing_are_those_of_the_encoder_and_are_not_made_again(chosen) -> None:
    _, shelf = chosen

    def never(_texts: object) -> features.Features:
        raise AssertionError("encoded again")

    for name in TRIED:
        kind = encoders.get(name)
        found = shelf.rows(kind, TEXTS, silent(), never)
        np.testing.assert_array_equal(kind.features(TEXTS[:3]), found[:3])


def test_a_choice_needs_two_labels_a_known_way_and_can_be_stopped() -> None:
    one = np.zeros(len(Y), np.int64)
    with pytest.raises(TooFewRecords):
        choosing.best(TEXTS, one, one + 1, 3, silent())
    with pytest.raises(BadInput, match="unknown way"):
        choosing.best(TEXTS, Y, one + 1, 3, silent(), way="guess")
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        choosing.best(TEXTS, Y, one + 1, 3, progress)


# -- from a choice to a package that answers, and forgets -----------------------------------------------------------


@pytest.fixture(scope="module")
def runtime() -> Iterator[ModelRuntime]:
    found = ModelRuntime()
    found.encode("static-256", ["start"])
    yield found
    found.close()


def trained_by(name: str, runtime: ModelRuntime) -> TrainedModel:
    held = small_topics.held_out()
    data = training.prepare(ITEMS, held, LABELS, silent(), encoder=name, encode=runtime.encoding(name))
    return training.train(data, silent())


def test_a_package_of_floating_features_answers_in_the_worker_and_forgets_exactly(runtime, chosen) -> None:
    trained = trained_by("minilm-w4", runtime)
    facts = chosen[0].canonical()
    built = package.build(trained, name="Chosen", release=small_topics.release_of(trained), z=27, choice=facts)
    found = package.read(built.data, built.hash)
    assert found.manifest["choice"] == facts
    assert found.manifest["encoder"]["name"] == "minilm-w4"
    loaded = runtime.load(built.hash, lambda: built.data)
    (answer,) = runtime.run(loaded, [TEXTS[0]])
    assert answer.scores == tuple(trained.head.scores(answer.x[None])[0].tolist())
    assert np.abs(answer.x.astype(int) - trained.data.x[0]).max() <= 2
    gone = trained.data.record_ids[3:5]
    less = training.without(trained, gone, silent())
    assert less.head.same(training.train(trained.data.without(gone), silent(), j=trained.head.j).head)
    assert less.data.encoder == "minilm-w4"


def test_committed_integers_outlive_a_machine_that_would_encode_otherwise(runtime) -> None:
    """What another machine committed to is what is trained on, though this one would have rounded differently."""
    from dataclasses import replace

    trained = trained_by("minilm-w4", runtime)
    shifted = trained.data.x.copy()
    shifted[:, 0] += 1
    items = [replace(item, x=row) for item, row in zip(ITEMS, shifted, strict=True)]
    again = training.prepare(items, [], LABELS, silent(), encoder="minilm-w4", encode=runtime.encoding("minilm-w4"))
    np.testing.assert_array_equal(again.x, shifted)
    assert not training.train(again, silent(), j=trained.head.j).head.same(trained.head)


def test_people_see_shares_wrong_and_what_decided_of_encoders_they_know(chosen) -> None:
    from core.client.models import _choice

    facts = {"of": 400, "way": "auto", "static-256": 20, "static-256 miss": 134_100, "minilm-w4": None, "newer": 3}
    assert _choice(facts) == EncoderChoice(
        "auto", (("static-256", 0.05), ("minilm-w4", None)), (("static-256", 0.1341),)
    )
    seen = _choice(chosen[0].canonical())
    assert seen is not None
    assert min(seen.misses, key=lambda pair: pair[1])[0] in TRIED


def test_a_manifest_with_another_kind_of_choice_is_refused(trained: TrainedModel) -> None:
    from core.errors import PackageRefused

    with pytest.raises(PackageRefused, match="choice"):
        package.build(trained, name="x", release=small_topics.release_of(trained), z=27, choice={"static-256": [1]})
    for facts in ({"of": 9, "a": 10, "a miss": 5}, {"of": 9, "a": None, "a miss": 5}, {"a miss": 5}, {"weighed": 3}):
        with pytest.raises(PackageRefused, match="choice"):
            package.build(trained, name="x", release=small_topics.release_of(trained), z=27, choice=facts)
    assert manifest.FORMAT.endswith("/3")
