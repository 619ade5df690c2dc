"""What the tests of models share: one small trained model, its package, one worker a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.jobs import silent
from core.models import package, training
from core.models.package import Built
from core.models.runtime import ModelRuntime
from core.models.training import TrainedModel
from tests.core.models import small_topics


@pytest.fixture(scope="session")
def trained() -> TrainedModel:
    data = training.prepare(small_topics.items(), small_topics.held_out(), small_topics.LABELS, silent())
    return training.train(data, silent())


@pytest.fixture(scope="session")
def built(trained: TrainedModel) -> Built:
    return package.build(trained, name="Small topics", release=small_topics.release_of(trained), z=27)


@pytest.fixture(scope="module")
def runtime() -> Iterator[ModelRuntime]:
    """Started before the tests, so that its threads are not theirs."""
    found = ModelRuntime()
    found.encode("static-256", ["start"])
    yield found
    found.close()
