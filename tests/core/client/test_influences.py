"""Influence turned round: what leaving a record out does to held-out answers is what retraining without it does."""

from __future__ import annotations

import numpy as np
import pytest

from core.attribution.doubt import doubt
from core.client.influences import Part, Reasons, _effects, others
from core.client.model_cards import wilson
from core.client.record_traces import weight_view
from core.client.tables import ModelTables, make
from core.jobs import silent
from core.models import training
from core.units import Address
from tests.core.models.small_topics import LABELS, held_out, items

ADA = Address(bytes([1]) * 20)


@pytest.fixture(scope="module")
def tables() -> ModelTables:
    data = training.prepare(items(), held_out(), LABELS, silent())
    return make(training.train(data, silent()), bytes(32), None)


def test_the_effect_of_a_record_on_held_out_answers_is_that_of_retraining(tables: ModelTables) -> None:
    trained = tables.trained
    found, apart = _effects(tables), trained.data.held_out
    assert found is not None
    assert apart is not None
    for at in (0, 17, 60):
        without = training.without(trained, [trained.data.record_ids[at]], silent())
        change = (trained.head.scores(apart.x) - without.head.scores(apart.x)).astype(np.float64) / 2.0**52
        lead = change[np.arange(len(apart.y)), apart.y] - change.mean(axis=1)
        assert found.mean[at] == pytest.approx(lead.mean(), rel=1e-4, abs=1e-9)
    assert sorted(found.rank.tolist()) == list(range(1, len(found.rank) + 1))
    assert found.mean[np.argmin(found.rank)] == found.mean.max()


def test_a_doubted_record_gets_its_nearest_other_label(tables: ModelTables) -> None:
    t, trained = tables.tables, tables.trained
    part = Part(None, tables, (), 0)  # type: ignore[arg-type] - others asks for no version
    doubts = doubt(t.head, t.X, t.labels, t.weights)
    at = int(np.argmax(doubts))
    (other,) = others(part, [at])
    assert other != trained.labels[int(t.labels[at])]
    without = training.without(trained, [t.record_ids[at]], silent())
    answered = trained.labels[int(without.head.answers(t.X[[at]])[0])]
    assert (answered != trained.labels[int(t.labels[at])]) == bool(doubts[at] > 0)


def test_without_held_out_records_no_effect_is_claimed() -> None:
    data = training.prepare(items(), [], LABELS, silent())
    assert _effects(make(training.train(data, silent()), bytes(32), None)) is None


@pytest.mark.parametrize(
    ("right", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (944, 1200, 0.7626, 0.8089)],
)
def test_intervals_are_wilsons(right: int, whole: int, low: float, high: float) -> None:
    # the first three stand in Newcombe (1998), Statistics in Medicine 17, and in every table of the method
    assert wilson(right, whole) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_weight_is_shown_with_the_reasons_that_were_kept_and_none_that_were_not() -> None:
    first, second = bytes([1]) * 32, bytes([2]) * 32
    novelty = {"weight": 0, "reason": "copy", "shared": 4, "shingles": 4, "source": 0}
    quality = {"weight": 5, "reason": "measured", "agree": 3, "count": 4, "core_agree": 8, "core_count": 9, "later": 1}
    reasons = Reasons({first: {"weight": 8, "reason": "new"}, second: novelty}, {(ADA, 1): quality}, (first, second))
    shown = weight_view(reasons, second, ADA, 1, 0, {first: 41, second: 42})
    assert (shown.novelty_reason, shown.source, shown.quality, shown.core_count) == ("copy", 41, 5, 9)
    unknown = weight_view(None, second, ADA, 1, 12, {})
    assert (unknown.weight, unknown.novelty, unknown.quality, unknown.source) == (12, None, None, None)
