"""A trained model kept for later is the same model, or an error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.artefacts import Whole
from core.errors import BadFile, BadInput
from core.jobs import silent
from core.models import stored, training
from core.models.training import TrainedModel
from tests.core.models import small_topics


def test_a_stored_model_comes_back_whole(trained: TrainedModel) -> None:
    content = b"".join(stored.parts(trained))
    found = stored.load(Whole(content))
    assert found.head.same(trained.head)
    assert found.labels == trained.labels
    assert found.evaluation == trained.evaluation
    assert found.data.record_ids == trained.data.record_ids
    assert found.data.accounts == trained.data.accounts
    for name in ("x", "y", "w"):
        np.testing.assert_array_equal(getattr(trained.data, name), getattr(found.data, name))
        assert getattr(found.data, name).dtype == getattr(trained.data, name).dtype
    assert b"".join(stored.parts(found)) == content


def test_a_model_that_came_back_forgets_exactly_too(trained: TrainedModel) -> None:
    gone = trained.data.record_ids[:3]
    found = stored.load(Whole(b"".join(stored.parts(trained))))
    assert training.without(found, gone, silent()).head.same(training.without(trained, gone, silent()).head)


def test_a_model_without_held_out_records_survives_too() -> None:
    data = training.prepare(small_topics.items(), [], small_topics.LABELS, silent())
    model = training.train(data, silent(), j=3)
    found = stored.load(Whole(b"".join(stored.parts(model))))
    assert found.data.held_out is None
    assert found.evaluation is None


def test_what_was_held_out_comes_back_with_its_ids_and_can_leave(trained: TrainedModel) -> None:
    content = Whole(b"".join(stored.parts(trained)))
    found, apart = stored.load(content), trained.data.held_out
    assert apart is not None
    assert found.data.held_out is not None
    assert found.data.held_out.record_ids == apart.record_ids
    assert stored.record_ids(content) == list(trained.data.record_ids)
    assert stored.record_ids(content, held_out=True) == [*trained.data.record_ids, *apart.record_ids]
    less = training.without(found, apart.record_ids[:1], silent())
    assert less.evaluation == training.without(trained, apart.record_ids[:1], silent()).evaluation
    kept = b"".join(stored.parts(less))
    assert apart.x[:1].tobytes() not in kept  # its features are gone, and its id
    assert apart.record_ids[0] not in kept


def test_a_model_kept_before_held_out_records_had_ids_is_read_as_it_was(trained: TrainedModel) -> None:
    apart = trained.data.held_out
    assert apart is not None
    plain = replace(trained.data, held_out=replace(apart, record_ids=(), right=None))
    content = b"".join(stored.parts(replace(trained, data=plain)))
    for magic in (b"OLTM1\n", content[:6]):
        found = stored.load(Whole(magic + content[6:]))
        assert found.evaluation == trained.evaluation
        assert found.data.held_out is not None
        assert found.data.held_out.record_ids == ()
    with pytest.raises(BadInput):
        training.without(found, apart.record_ids[:1], silent())


@given(cut=st.integers(0, 4000), noise=st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_damaged_bytes_are_an_error_never_a_crash(cut: int, noise: bytes) -> None:
    content = b"OLTM2\n" + cut.to_bytes(4, "little") + noise
    with pytest.raises(BadFile):
        stored.load(Whole(content))


def test_a_truncated_model_is_an_error(trained: TrainedModel) -> None:
    content = b"".join(stored.parts(trained))
    for length in (0, 6, 10, 200, len(content) - 1):
        with pytest.raises(BadFile):
            stored.load(Whole(content[:length]))
    with pytest.raises(BadFile):
        stored.load(Whole(content + b"\0"))
