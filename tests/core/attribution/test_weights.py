"""Copies weigh nothing, noise little, honest and new work its due; each weight says why."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribution import likeness
from core.attribution.likeness import likeness_of
from core.attribution.novelty import novelty_of
from core.attribution.quality import Measure, judged, quality_of
from core.attribution.sequences import Sequences, words
from core.attribution.weights import Admission, admit
from core.errors import BadInput
from tests.audit.scripts import script
from tests.doubles import poa

again = script("weights")  # the second implementation, written from the specification
K = 3
WORDS = ["ash", "bay", "cod", "dew", "elm", "fir", "gum", "hay", "ivy", "jay", "kit", "log", "mud", "nut", "oak", "pea"]


def sentences(count: int, seed: int, length: int = 9) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(f"{WORDS[i]}{j}" for i, j in rng.integers(0, 16, (length, 2))) for _ in range(count)]


def test_copies_are_told_by_their_words_whatever_their_hashes() -> None:
    texts = [("a", "b"), (), ("b", "a"), ("a", "b"), (), ("b", "a"), ("a",)]
    found = Sequences.of(texts)
    assert found.originals().tolist() == [0, 1, 2, 0, 4, 2, 6]
    assert replace(found, hashes=np.zeros(7, np.int64)).originals().tolist() == [0, 1, 2, 0, 4, 2, 6]
    assert Sequences.of([]).originals().tolist() == []


def test_words_are_folded_runs_of_letters_and_digits() -> None:
    assert words("Straße, ﬁve-2\tÀ_b!") == ("strasse", "five", "2", "à", "b")
    assert words("... !") == ()


def test_a_copy_weighs_nothing_however_it_is_dressed_and_the_first_keeps_its_weight() -> None:
    text = sentences(1, 1)[0]
    found, _ = novelty_of([text, text.upper() + "!", " " + text.replace(" ", " - ")], [0, 1, 0], [0])
    assert [entry.weight for entry in found] == [8, 0, 0]
    assert [(entry.reason, entry.source) for entry in found] == [("new", None), ("copy", 0), ("copy", 0)]


TEXT = "one two three four five six seven eight nine ten eleven twelve"


def test_a_near_copy_loses_weight_with_what_it_shares() -> None:
    end = " ".join([*TEXT.split()[:-1], "other"])
    spliced = " ".join(TEXT.split()[:4] + sentences(1, 2, 8)[0].split())
    fillers = sentences(50, 3)
    found, thresholds = novelty_of([*fillers, TEXT, end, spliced], [0] * 50 + [1, 2, 2], [0])
    assert (thresholds.runs, thresholds.likeness) == (32, 32)
    assert [entry.weight for entry in found[-3:]] == [8, 0, 8]
    assert (found[-2].reason, found[-2].shared, found[-2].shingles, found[-2].source) == ("alike", 9, 10, 50)
    assert 12 * found[-2].common == 11 * found[-2].mass


@pytest.mark.parametrize(
    "changed",
    [
        " ".join(reversed(TEXT.split())),
        " ".join(TEXT.split()[::2] + TEXT.split()[1::2]),
        " ".join(word for word in TEXT.split() if word not in {"two", "nine"}),
        f"it is said that {TEXT}",
        TEXT.replace("four", "cuatro").replace("ten", "diez"),
    ],
    ids=["backwards", "shuffled", "two dropped", "prefixed", "two translated"],
)
def test_a_text_changed_a_little_is_known_again(changed: str) -> None:
    found, _ = novelty_of([*sentences(50, 3), TEXT, changed], [0] * 50 + [1, 2], [0])
    assert found[-2].weight == 8
    assert found[-1].weight <= 1
    assert (found[-1].source, found[-1].reason) in {(50, "alike"), (50, "near")}


def test_a_splice_of_many_older_texts_is_seen_by_its_runs() -> None:
    older = sentences(60, 5)
    spliced = " ".join(" ".join(text.split()[:4]) for text in older[50:58])
    found, _ = novelty_of([*older, spliced], [0] * 50 + [1] * 11, [0])
    assert found[-1].reason == "near"
    assert found[-1].weight < 8


def test_only_trusted_records_tell_which_words_are_common() -> None:
    flood = ["one three five"] * 40 + ["seven nine eleven"] * 40
    calm, _ = novelty_of([*sentences(50, 3), TEXT, TEXT + " more"], [0] * 50 + [1, 2], [0])
    flooded, _ = novelty_of([*sentences(50, 3), TEXT, *flood, TEXT + " more"], [0] * 50 + [1] + [3] * 80 + [2], [0])
    assert (flooded[-1].common, flooded[-1].mass) == (calm[-1].common, calm[-1].mass)


def test_the_thresholds_spare_99_of_100_trusted_records() -> None:
    formula = "turn on the light in the "
    trusted = [formula + f"room{i}" for i in range(200)]
    found, thresholds = novelty_of(trusted, [0] * 200, [0])
    assert 32 < thresholds.runs < 64
    assert sum(entry.weight < 8 for entry in found) <= 2
    free = novelty_of(trusted, [0] * 200, [])[1]
    assert (free.runs, free.likeness, free.often) == (64, 64, 32)


def orders(count: int, seed: int) -> list[str]:
    """Commands of a pattern: short, and many like an older one."""
    rng = np.random.default_rng(seed)
    made = [f"turn the {WORDS[a]} {WORDS[b]} {WORDS[c]} in room {d}" for a, b, c, d in rng.integers(0, 16, (9999, 4))]
    return list(dict.fromkeys(made))[:count]


def test_where_honest_texts_are_alike_a_copier_is_told_by_how_many_of_his_are() -> None:
    every = orders(320, 1)
    trusted, honest = every[:200], every[200:]
    wrapped = [f"listen {text} or so they say" for text in honest]
    found, thresholds = novelty_of([*trusted, *honest, *wrapped], [0] * 200 + [1] * 120 + [2] * 120, [0])
    weights = [entry.weight for entry in found]
    assert sum(weight < 8 for weight in weights[:200]) <= 2
    assert np.mean(weights[200:320]) >= 7
    assert np.mean(weights[320:]) <= 1
    assert "often" in {entry.reason for entry in found[320:]}
    assert thresholds.often >= 3


def test_copies_dealt_to_many_accounts_are_judged_together() -> None:
    every = orders(320, 1)
    wrapped = [f"listen {text} or so they say" for text in every[200:]]
    who = [0] * 200 + [1] * 120 + [2 + i for i in range(120)]
    found, _ = novelty_of([*every, *wrapped], who, [0])
    assert np.mean([entry.weight for entry in found[320:]]) <= 1


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_novelty_of_patterns_equals_the_second_implementation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(2, 6))) for _ in range(60)]
    who = rng.integers(0, 5, 60).tolist()
    found, thresholds = novelty_of(texts, who, [0, 1])
    pinned = (thresholds.runs, thresholds.likeness, thresholds.often)
    second = again.Novelty([again.words(text) for text in texts], who, {0, 1})
    assert ([asdict(entry) for entry in found], pinned) == (second.each, (second.T, second.L, second.kappa))


@given(st.lists(st.text("ab c", max_size=12), max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=100, deadline=None)
def test_novelty_equals_the_second_implementation(texts: list[str], flags: list[bool]) -> None:
    who = [int(not flag) for flag in flags[: len(texts)]]
    found, thresholds = novelty_of(texts, who, [0])
    pinned = (thresholds.runs, thresholds.likeness, thresholds.often)
    second = again.Novelty([again.words(text) for text in texts], who, {0})
    assert ([asdict(entry) for entry in found], pinned) == (second.each, (second.T, second.L, second.kappa))


@given(st.integers(0, 2**32), st.sampled_from([2, 1024]), st.sampled_from([8, 1 << 16]))
@settings(max_examples=30, deadline=None)
def test_likeness_over_sentences_equals_the_second_implementation(seed: int, reach: int, portion: int) -> None:
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 7))) for _ in range(40)]
    trusted = [bool(flag) for flag in rng.integers(0, 2, 40)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "_REACH", reach)
        patch.setattr(likeness, "_CHUNK", portion)
        patch.setattr(likeness, "_FEW", 1)
        patch.setattr(again, "REACH", reach)
        found = likeness_of(Sequences.of(words(text) for text in texts), trusted)
        second = again.likeness([again.words(text) for text in texts], trusted)
    assert [tuple((one.common, one.mass, one.source) for one in pair) for pair in found] == second


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
    assert {one.reason for one in made.quality.values()} == {"measured"}
    assert made.quality[3, 0].reason == "measured"
    assert (5, 0) not in made.quality
    assert made.manifest()["quality"] == recounted(made, {0, 1})


def recounted(made: Admission, trusted: set[int]) -> list[dict[str, int | str]]:
    """Quality by the second implementation, from the counts of the first."""
    core = {pair[1]: (one.core_count, one.core_agree, one.chance) for pair, one in made.quality.items()}
    N, P, F = zip(*(core.get(label, (0, 0, 0)) for label in range(K)), strict=True)
    given = Counter({pair: one.count for pair, one in made.quality.items()})
    agreeing = Counter({pair: one.agree for pair, one in made.quality.items()})
    return again.qualities(given, agreeing, N, P, F, next(iter(made.quality.values())).core, trusted)


def swarm(liars: int, seed: int = 4):
    """As the crowd, then `liars` accounts of 2 records each that call label 0 label 1, and a newcomer of 30."""
    texts, X, y, who = crowd(seed)
    more, truth = (np.array(part) for part in poa.records(1000, 12, K, seed, spread=400))
    lies = np.flatnonzero(truth == 0)[: 2 * liars]
    new = 970 + np.arange(30)
    texts = [*texts, *sentences(len(lies) + 30, seed + 1)]
    X = np.concatenate([X, more[lies], more[new]]).astype(np.int16)
    y = np.concatenate([y, np.ones(len(lies), np.int64), truth[new]])
    who = np.concatenate([who, 6 + np.arange(len(lies)) // 2, np.full(30, 6 + liars)])
    return texts, X, y, who


def test_one_lie_under_many_names_weighs_nothing_and_a_newcomer_beside_it_keeps_half() -> None:
    texts, X, y, who = swarm(150)
    made = admit(texts, X, y, K, who, {0, 1})
    liars = (who >= 6) & (who < 156)
    assert float(made.weights[liars].mean()) <= 1
    assert float(made.weights[who == 156].mean()) >= 32
    assert made.quality[6, 1].pool < 1 << 14
    assert made.manifest()["quality"] == recounted(made, {0, 1})


def weighed(
    counts: dict[tuple[int, int], tuple[int, int]], measures: list[Measure]
) -> dict[tuple[int, int], tuple[int, str]]:
    """By both implementations, of untrusted contributors only: (agreeing, records) by (contributor, label)."""
    held = Counter({pair: m for pair, (_, m) in counts.items()})
    agreeing = Counter({pair: a for pair, (a, _) in counts.items()})
    found = judged(held, agreeing, measures, set())
    N, P, F = zip(*((one.count, one.agree, one.answered) for one in measures), strict=True)
    second = again.qualities(held, agreeing, N, P, F, measures[0].core, set())
    assert [{"contributor": c, "label": k, **asdict(one)} for (c, k), one in found.items()] == second
    return {pair: (one.weight, one.reason) for pair, one in found.items()}


EVEN = [Measure(90, 100, 100, 200)] * 2  # two labels, each half of all answers; nine in ten of the core's own agree


def test_who_differs_under_one_label_in_good_standing_keeps_a_quarter() -> None:
    counts = {(0, 0): (400, 400), (0, 1): (0, 25), (1, 0): (0, 25)}
    assert weighed(counts, EVEN) == {(0, 0): (8, "measured"), (0, 1): (2, "differs"), (1, 0): (0, "measured")}


def test_labels_by_chance_weigh_nothing_where_there_are_two_as_where_there_are_many() -> None:
    assert weighed({(0, 0): (75, 150), (0, 1): (75, 150)}, EVEN) == {
        (0, 0): (0, "measured"),
        (0, 1): (0, "measured"),
    }
    skewed = [Measure(290, 300, 300, 400), Measure(80, 100, 100, 400)]
    assert {one for one, _ in weighed({(0, 0): (169, 225), (0, 1): (19, 75)}, skewed).values()} == {0}
    many = [Measure(90, 100, 100, 1200)] * 12
    assert weighed({(0, k): (2, 25) for k in range(12)}, many)[0, 3] == (0, "measured")


def test_who_calls_gibberish_by_chance_earns_nothing_under_the_label_that_the_model_gives_to_all_of_it() -> None:
    assert weighed({(0, 0): (150, 150), (0, 1): (0, 150)}, EVEN) == {(0, 0): (0, "chance"), (0, 1): (0, "measured")}


def test_as_good_as_the_core_and_half_way_between_it_and_chance() -> None:
    assert weighed({(0, 0): (180, 200), (0, 1): (180, 200)}, EVEN) == {
        (0, 0): (8, "measured"),
        (0, 1): (8, "measured"),
    }
    assert set(weighed({(0, 0): (140, 200), (0, 1): (140, 200)}, EVEN).values()) == {(2, "measured")}


def test_a_label_that_the_core_answers_no_oftener_than_for_any_record_is_unknown() -> None:
    measures = [Measure(99, 100, 190, 200), Measure(9, 100, 10, 200), EVEN[0]]
    found = weighed({(0, 0): (50, 50), (0, 1): (0, 50), (0, 2): (45, 50), (1, 0): (1, 1)}, measures)
    assert found == {(0, 0): (4, "unknown"), (0, 1): (4, "unknown"), (0, 2): (8, "measured"), (1, 0): (4, "unknown")}
    assert weighed({(0, 0): (50, 50), (0, 2): (40, 80)}, measures)[0, 0] == (0, "chance")


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.integers(0, 150), st.integers(0, 150)).map(lambda pair: (min(pair), max(*pair, 1))),
        min_size=1,
    ),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(0, 250)), min_size=3, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_quality_equals_the_second_implementation(
    counts: dict[tuple[int, int], tuple[int, int]], core: list[tuple[int, int, int]]
) -> None:
    weighed(counts, [Measure(min(p, n), n, f, 300) for p, n, f in core])


def test_a_label_the_core_hardly_has_counts_as_unknown() -> None:
    texts, X, y, who = crowd()
    y[(who < 2) & (y == 2)] = 1
    made = admit(texts, X, y, K, who, {0, 1})
    assert made.quality[3, 2].weight == 4
    assert (made.quality[3, 2].reason, made.quality[3, 1].reason) == ("unknown", "measured")


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
