"""Copies weigh nothing, noise little, honest and new work its due; each weight says why."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribution.novelty import novelty_of, shingles, words
from core.attribution.quality import quality_of
from core.attribution.weights import admit
from core.errors import BadInput
from tests.doubles import poa

K = 3
WORDS = ["ash", "bay", "cod", "dew", "elm", "fir", "gum", "hay", "ivy", "jay", "kit", "log", "mud", "nut", "oak", "pea"]


def sentences(count: int, seed: int, length: int = 9) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(f"{WORDS[i]}{j}" for i, j in rng.integers(0, 16, (length, 2))) for _ in range(count)]


def test_words_are_folded_runs_of_letters_and_digits() -> None:
    assert words("Straße, ﬁve-2\tÀ_b!") == ("strasse", "five", "2", "à", "b")
    assert words("... !") == ()
    assert shingles(("a", "b")) == {("a", "b")}
    assert shingles(("a", "b", "c", "d")) == {("a", "b", "c"), ("b", "c", "d")}
    assert shingles(()) == set()


def test_a_copy_weighs_nothing_however_it_is_dressed_and_the_first_keeps_its_weight() -> None:
    text = sentences(1, 1)[0]
    found, _ = novelty_of([text, text.upper() + "!", " " + text.replace(" ", " - ")], [0, 1, 0], [0])
    assert [entry.weight for entry in found] == [8, 0, 0]
    assert [(entry.reason, entry.source) for entry in found] == [("new", None), ("copy", 0), ("copy", 0)]


def test_a_near_copy_loses_weight_with_what_it_shares() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve"
    end = " ".join([*text.split()[:-1], "other"])
    half = " ".join(text.split()[:6] + sentences(1, 2, 6)[0].split())
    fillers = sentences(50, 3)
    found, threshold = novelty_of([*fillers, text, end, half], [0] * 50 + [1, 2, 2], [0])
    assert threshold == 32
    assert [entry.weight for entry in found[-3:]] == [8, 1, 8]
    assert (found[-2].reason, found[-2].shared, found[-2].shingles, found[-2].source) == ("near", 9, 10, 50)


def test_the_threshold_spares_99_of_100_trusted_records() -> None:
    formula = "turn on the light in the "
    trusted = [formula + f"room{i}" for i in range(200)]
    found, threshold = novelty_of(trusted, [0] * 200, [0])
    assert 32 < threshold < 64
    assert sum(entry.weight < 8 for entry in found) <= 2
    assert novelty_of(trusted, [0] * 200, [])[1] == 64


@given(st.lists(st.text("ab c", max_size=12), max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=100, deadline=None)
def test_novelty_equals_the_second_implementation(texts: list[str], flags: list[bool]) -> None:
    who = [int(not flag) for flag in flags[: len(texts)]]
    found, threshold = novelty_of(texts, who, [0])
    weights, limit = poa.novelty(texts, [not o for o in who])
    assert ([entry.weight for entry in found], threshold) == (weights, limit)


def crowd(seed: int = 4):
    """Six contributors x 90 records of 3 labels; 0 and 1 trusted, 4 labels at random, 5 copies 2."""
    X, y = poa.records(540, 12, K, seed, spread=400)
    X, y, who = np.array(X, np.int16), np.array(y), np.repeat(np.arange(6), 90)
    texts = sentences(540, seed)
    y[who == 4] = np.random.default_rng(seed).integers(0, K, 90)
    X[who == 5], y[who == 5] = X[who == 2], y[who == 2]
    texts[450:] = texts[180:270]
    return texts, X, y, who


def test_honest_work_weighs_more_than_noise_and_copies_nothing() -> None:
    texts, X, y, who = crowd()
    made = admit(texts, X, y, K, who, {0, 1})
    mean = [float(made.weights[who == c].mean()) for c in range(6)]
    assert min(mean[:4]) >= 40
    assert mean[4] <= 20  # one of three random labels is right
    assert mean[5] == 0
    assert not made.review
    assert made.quality[3, 0].reason == "measured"
    assert (5, 0) not in made.quality
    for c in range(5):
        for k in range(K):
            one = made.quality[c, k]
            assert one.weight == poa.quality(one.agree, one.count, one.core_agree, one.core_count)


def test_a_label_the_core_hardly_has_counts_as_unknown_and_asks_for_review() -> None:
    texts, X, y, who = crowd()
    y[(who < 2) & (y == 2)] = 1
    made = admit(texts, X, y, K, who, {0, 1})
    assert made.quality[3, 2].weight == 4
    assert (3, 2) in made.review
    assert (3, 1) not in made.review


def test_without_a_core_everyone_is_unknown() -> None:
    texts, X, y, who = crowd()
    made = admit(texts, X, y, K, who, set())
    assert made.core_j is None
    assert {one.weight for one in made.quality.values()} == {4}
    one_label = np.where(who < 2, 0, y)
    assert admit(texts, X, one_label, K, who, {0, 1}).core_j is None


def test_the_order_of_others_records_does_not_change_a_measured_quality() -> None:
    _, X, y, who = crowd()
    novel = np.ones(540, bool)
    first, j = quality_of(X, y, K, who, {0, 1}, novel)
    order = np.concatenate([np.arange(180), 180 + np.random.default_rng(1).permutation(360)])
    assert quality_of(X[order], y[order], K, who[order], {0, 1}, novel) == (first, j)


def test_reasons_are_plain_json_integers() -> None:
    texts, X, y, who = crowd()
    manifest = admit(texts, X, y, K, who, {0, 1}).manifest()
    assert json.loads(json.dumps(manifest)) == manifest
    assert "." not in json.dumps(manifest)


def test_no_records_need_no_weights() -> None:
    made = admit([], np.zeros((0, 4), np.int16), np.zeros(0, np.int64), 2, np.zeros(0, np.int64), set())
    assert (len(made.weights), made.quality, made.core_j) == (0, {}, None)


def test_uneven_inputs_are_refused() -> None:
    texts, X, y, who = crowd()
    with pytest.raises(BadInput):
        admit(texts[:-1], X, y, K, who, {0})
    with pytest.raises(BadInput):
        admit(texts, X, y, K, who[:-1], {0})
