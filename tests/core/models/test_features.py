"""No text is encoded twice, long work shows itself and can be stopped, and features are checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from core.errors import Cancelled, ModelError
from core.jobs import Progress, silent
from core.models import encoders, features

STATIC = encoders.get("static-256")


def test_equal_texts_and_cached_texts_are_encoded_once() -> None:
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> features.Features:
        asked.extend(texts)
        return STATIC.features(texts)

    cache: dict[bytes, bytes] = {}
    first = features.compute(STATIC, ["a dog", "a cat", "a dog"], silent(), cache=cache, encode=encode)
    again = features.compute(STATIC, ["a cat", "a cow"], silent(), cache=cache, encode=encode)
    assert asked == ["a dog", "a cat", "a cow"]
    np.testing.assert_array_equal(first[0], first[2])
    np.testing.assert_array_equal(first[1], again[0])
    np.testing.assert_array_equal(STATIC.features(["a dog", "a cat", "a dog"]), first)


def test_a_cached_row_belongs_to_one_encoder() -> None:
    assert features.key(STATIC, "a") != features.key(encoders.get("minilm-w4"), "a")


def test_nothing_to_encode_gives_no_rows() -> None:
    assert features.compute(STATIC, [], silent()).shape == (0, 257)


def test_progress_is_said_and_a_cancel_is_honoured_between_chunks() -> None:
    seen: list[float | None] = []
    progress = Progress(report=lambda done, _words: seen.append(done))

    def encode(texts: Sequence[str]) -> features.Features:
        progress.cancel()
        return STATIC.features(texts)

    with pytest.raises(Cancelled):
        features.compute(STATIC, [f"text {i}" for i in range(600)], progress, encode=encode)
    assert seen


def test_features_of_another_family_are_refused() -> None:
    good = STATIC.features(["a dog"])
    for bad in (good.astype(np.int32), good[:, :-1], np.zeros_like(good), np.full_like(good, 2047)):
        with pytest.raises(ModelError):
            features.check(STATIC, bad, 1)
    with pytest.raises(ModelError):
        features.check(STATIC, good, 2)
