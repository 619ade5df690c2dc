"""Figures are counted, not estimated, and the baselines are honest rivals."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput
from core.models import canonical, evaluation
from core.models.evaluation import Bin

ONE = 1 << evaluation.SCORE_BITS


def scored(scores: list[list[float]], labels: list[int]) -> evaluation.Evaluation:
    """Features that pick a row of the head, so scores are what we say."""
    x = np.eye(len(scores), dtype=np.int16)
    head = np.array([[int(value * ONE) for value in row] for row in scores], np.int64)
    return evaluation.evaluate(head, x, np.array(labels))


def test_counts_right_answers_and_confusions() -> None:
    found = scored([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [0, 1, 1])
    assert (found.records, found.correct) == (3, 2)
    assert found.confusion == ((1, 0), (1, 1))
    assert found.accuracy == pytest.approx(2 / 3)


def test_a_tie_goes_to_the_smaller_label() -> None:
    assert evaluation.answers(np.array([[5, 7, 7], [0, 0, 0]])).tolist() == [1, 0]


def test_the_hardest_records_come_first_and_are_wrong() -> None:
    found = scored([[0.9, 0.1], [0.9, 0.1], [0.55, 0.45], [0.1, 0.9]], [0, 1, 1, 1])
    assert [(hard.index, hard.label, hard.answered) for hard in found.hardest] == [(1, 1, 0), (2, 1, 0)]
    assert found.hardest[0].margin < found.hardest[1].margin < 0


def test_confidence_is_the_share_that_was_right_at_such_a_margin() -> None:
    bins = (Bin(0, 10, 3), Bin(1000, 10, 6), Bin(5000, 10, 9))
    assert [evaluation.confidence(margin, bins) for margin in (-5, 0, 999, 1000, 10**6)] == [0.3, 0.3, 0.3, 0.6, 0.9]
    assert evaluation.confidence(1, ()) == 0.0


def test_calibration_bins_count_every_record_once_and_never_part_equal_margins() -> None:
    found = scored([[0.5, 0.0]] * 15 + [[0.9, 0.0]] * 15, [0] * 20 + [1] * 10)
    assert sum(item.records for item in found.calibration) == 30
    assert [item.records for item in found.calibration] == [15, 15]
    assert sum(item.correct for item in found.calibration) == found.correct


def test_nothing_held_out_is_an_error() -> None:
    with pytest.raises(BadInput):
        evaluation.evaluate(np.zeros((3, 2), np.int64), np.zeros((0, 3), np.int16), np.zeros(0, np.int64))


def test_majority_always_gives_the_most_frequent_label() -> None:
    assert evaluation.majority_baseline(np.array([0, 1, 1, 2]), np.array([1, 1, 0])) == 2
    assert evaluation.majority_baseline(np.array([0, 1]), np.array([0, 0, 1])) == 2


def test_tfidf_finds_the_class_of_rare_shared_words() -> None:
    train = ["the cat purrs", "the cat sleeps", "the engine roars", "the engine stops"]
    model = evaluation.TfIdfCentroids(train, np.array([0, 0, 1, 1]), 2)
    assert model.answers(["a cat in the engine room purrs", "engine", "CAT", "nothing known"]).tolist() == [0, 1, 0, 0]
    assert evaluation.tfidf_baseline(train, np.array([0, 0, 1, 1]), ["cat", "cat"], np.array([0, 1]), 2) == 1


def test_an_evaluation_can_stand_in_a_manifest() -> None:
    found = scored([[0.9, 0.1], [0.2, 0.8]], [0, 1])
    assert canonical.decode(canonical.encode(found.canonical())) == found.canonical()
