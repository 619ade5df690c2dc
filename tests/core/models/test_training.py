"""Training uses what may be used, gives one result, and forgets exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadInput, Cancelled, TooFewRecords
from core.jobs import Progress, silent
from core.models import encoders, evaluation, features, training
from core.models.training import TrainedModel
from tests.core.models import small_topics
from tests.core.models.small_topics import LABELS, item


def test_a_small_model_learns_its_topics(trained: TrainedModel) -> None:
    assert trained.evaluation is not None
    assert trained.evaluation.records == 6
    assert trained.evaluation.correct >= 5
    assert trained.evaluation.majority == 2


def test_records_whose_terms_do_not_allow_training_are_left_out_and_counted() -> None:
    items = small_topics.items()
    secret = item("only to look at", "animal", frozenset({"share"}))
    measured = item("only to measure with", "animal", frozenset({"evaluate"}))
    data = training.prepare([*items, secret, measured], [secret, measured], LABELS, silent())
    assert len(data) == len(items)
    assert data.excluded == 2
    assert secret.record_id not in data.record_ids
    assert data.held_out is not None
    assert len(data.held_out.y) == 1


def test_the_same_records_give_the_same_model_in_any_chunks_and_from_a_shelf(trained: TrainedModel) -> None:
    shelf = features.Shelf()
    for _ in range(2):
        data = training.prepare(small_topics.items(), small_topics.held_out(), LABELS, silent(), shelf=shelf)
        assert training.train(data, silent()).head.same(trained.head)


def test_a_withdrawal_equals_training_from_scratch_without_the_records(trained: TrainedModel) -> None:
    gone = [trained.data.record_ids[i] for i in (0, 17, 40, 99)]
    less = training.without(trained, gone, silent())
    scratch = training.train(trained.data.without(gone), silent(), j=trained.head.j)
    assert less.head.same(scratch.head)
    assert not less.head.same(trained.head)
    assert less.data.record_ids == scratch.data.record_ids
    assert less.evaluation == scratch.evaluation
    assert len(less.data) == len(trained.data) - 4


def test_a_held_out_record_leaves_the_measurement_and_never_was_in_the_head(trained: TrainedModel) -> None:
    apart = trained.data.held_out
    assert apart is not None
    gone = [apart.record_ids[1], apart.record_ids[4]]
    less = training.without(trained, gone, silent())
    assert less.head.same(trained.head)
    assert less.data.record_ids == trained.data.record_ids
    held = [one for one in small_topics.held_out() if one.record_id not in gone]
    scratch = training.train(training.prepare(small_topics.items(), held, LABELS, silent()), silent())
    assert (less.evaluation, less.head.same(scratch.head)) == (scratch.evaluation, True)  # baselines, too
    assert less.data.held_out is not None
    np.testing.assert_array_equal(less.data.held_out.x[:], scratch.data.held_out.x[:])
    with pytest.raises(BadInput):
        training.without(less, gone, silent())


def test_trained_and_held_out_records_leave_together_exactly(trained: TrainedModel) -> None:
    apart = trained.data.held_out
    assert apart is not None
    gone = [*trained.data.record_ids[5:9], *apart.record_ids[:2]]
    less = training.without(trained, gone, silent())
    scratch = training.train(trained.data.without(gone), silent(), j=trained.head.j)
    assert less.head.same(scratch.head)
    assert less.evaluation == scratch.evaluation
    assert (len(less.data), less.evaluation and less.evaluation.records) == (len(trained.data) - 4, 4)


def test_where_all_held_out_records_leave_nothing_is_measured(trained: TrainedModel) -> None:
    apart = trained.data.held_out
    assert apart is not None
    less = training.without(trained, apart.record_ids, silent())
    assert (less.data.held_out, less.evaluation, less.head.same(trained.head)) == (None, None, True)


def test_a_withdrawal_keeps_weights_and_lambda(trained: TrainedModel) -> None:
    weights = np.arange(len(trained.data)) % 9
    heavy = training.train(trained.data.weighted(weights), silent())
    gone = [heavy.data.record_ids[i] for i in (3, 4, 5)]
    less = training.without(heavy, gone, silent())
    assert less.head.j == heavy.head.j
    assert less.data.w.tolist() == np.delete(weights, [3, 4, 5]).tolist()
    assert less.head.same(training.train(less.data, silent(), j=heavy.head.j).head)


def test_records_that_are_not_in_the_model_cannot_be_withdrawn(trained: TrainedModel) -> None:
    with pytest.raises(BadInput):
        training.without(trained, [bytes(32)], silent())


def test_withdrawing_nearly_everything_is_refused(trained: TrainedModel) -> None:
    rest = [rid for rid, y in zip(trained.data.record_ids, trained.data.y, strict=True) if y != 0]
    with pytest.raises(TooFewRecords):
        training.without(trained, rest, silent())


def test_a_label_with_one_record_is_refused_by_name() -> None:
    items = [*small_topics.items(), item("a lonely thing", "thing")]
    with pytest.raises(TooFewRecords) as caught:
        training.prepare(items, [], [*LABELS, "thing"], silent())
    assert caught.value.values == {"label": "thing", "found": 1, "needed": 2}


def test_labels_outside_the_schema_are_refused() -> None:
    with pytest.raises(BadInput):
        training.prepare([item("x", "other")], [], LABELS, silent())
    with pytest.raises(BadInput):
        training.prepare(small_topics.items(), [], ["animal", "animal"], silent())


def test_a_held_out_record_cannot_be_trained_on() -> None:
    items = small_topics.items()
    with pytest.raises(BadInput, match="also trained on"):
        training.prepare(items, items[:1], LABELS, silent())


def test_the_same_record_cannot_stand_twice_in_a_release() -> None:
    items = small_topics.items()
    with pytest.raises(BadInput, match="twice"):
        training.prepare([*items, items[0]], [], LABELS, silent())


def test_committed_features_of_an_exact_encoder_must_be_those_of_the_text() -> None:
    items = small_topics.items()
    x = encoders.get("static-256").features([items[0].text])[0]
    good = [replace(items[0], x=x), *items[1:]]
    training.prepare(good, [], LABELS, silent())
    x = x.copy()
    x[0] += 1
    with pytest.raises(BadInput, match="not those of the text"):
        training.prepare([replace(items[0], x=x), *items[1:]], [], LABELS, silent())


def test_committed_features_of_a_floating_encoder_are_authoritative() -> None:
    items = small_topics.items()[::6]
    rows = np.zeros((len(items), 385), np.int16)
    rows[:, -1] = 2047
    rows[np.arange(len(items)), np.arange(len(items))] = 2000
    given = [replace(one, x=row) for one, row in zip(items, rows, strict=True)]
    data = training.prepare(given, [], LABELS, silent(), encoder="minilm-w4")
    np.testing.assert_array_equal(data.x, rows)


def test_weights_out_of_range_are_refused(trained: TrainedModel) -> None:
    for weights in (np.full(len(trained.data), 65), np.ones(3, np.int64), np.full(len(trained.data), -1)):
        with pytest.raises(BadInput):
            trained.data.weighted(weights)


def test_a_cancel_stops_between_steps(trained: TrainedModel) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        training.prepare(small_topics.items(), [], LABELS, progress)
    with pytest.raises(Cancelled):
        training.train(trained.data, progress)


def test_the_answers_are_those_of_the_integer_scores(trained: TrainedModel) -> None:
    apart = trained.data.held_out
    assert apart is not None
    scores = evaluation.scores(apart.x, trained.head.W)
    np.testing.assert_array_equal(trained.head.scores(apart.x), scores)
    np.testing.assert_array_equal(trained.head.answers(apart.x), evaluation.answers(scores))
