"""Records that come later: the model with them is the model trained on all, and taking them away gives the old one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import BadInput
from core.jobs import silent
from core.models import training
from core.models.training import TrainedModel


def test_adding_equals_scratch_and_withdrawal_undoes_it(trained: TrainedModel) -> None:
    data = trained.data
    late = data.record_ids[::9]
    first = training.train(data.without(late), silent())
    more = data.take(data.positions(late))
    larger = training.added(first, more, silent())
    joined = first.data.joined(more)
    assert len(joined) == len(data)
    assert larger.head.same(training.train(joined, silent(), j=first.head.j).head)
    assert larger.evaluation is not None
    assert training.without(larger, late, silent()).head.same(first.head)


def test_records_of_another_kind_or_there_already_are_refused(trained: TrainedModel) -> None:
    data = trained.data
    with pytest.raises(BadInput):
        data.joined(data)
    late = data.record_ids[:3]
    rest, more = data.without(late), data.take(data.positions(late))
    for other in (replace(more, encoder="minilm-w4"), replace(more, labels=more.labels[::-1])):
        with pytest.raises(BadInput):
            rest.joined(other)
