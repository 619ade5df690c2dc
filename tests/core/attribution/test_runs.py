"""Runs in older records, all at once in sorted integers: what a table of shingles, record by record, would find."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribution import runs
from core.attribution.sequences import Sequences
from core.errors import Cancelled
from core.jobs import Progress, silent

TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=7).map(tuple), max_size=14)


def by_table(sequences):
    seen, found = {}, []
    for record, words in enumerate(sequences):
        own = {words[i : i + 3] for i in range(len(words) - 2)} if len(words) > 2 else {words} if words else set()
        sources = Counter(seen[one] for one in own if one in seen)
        best = min(sources, key=lambda source: (-sources[source], source), default=-1)
        found.append((len(own), sources.total(), best))
        for one in own:
            seen.setdefault(one, record)
    return found


def at_once(sequences):
    return list(zip(*(column.tolist() for column in runs.runs_of(Sequences.of(sequences), silent())), strict=True))


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_they_are_those_of_a_table(sequences) -> None:
    assert at_once(sequences) == by_table(sequences)


def test_portions_and_more_words_than_fit_in_a_number_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    sequences = [tuple(f"w{i}" for i in rng.integers(0, 9, rng.integers(0, 12))) for _ in range(60)]
    expected = by_table(sequences)
    monkeypatch.setattr(runs, "_PORTION", 20)
    assert at_once(sequences) == expected
    monkeypatch.setattr(runs, "_LIMIT", 1)
    assert at_once(sequences) == expected


def test_short_texts_have_one_run_and_empty_ones_none() -> None:
    assert [total for total, _, _ in at_once([("a", "b"), ("a", "b", "c", "d"), (), ("a",)])] == [1, 2, 0, 1]


def test_it_can_be_stopped() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        runs.runs_of(Sequences.of([("a",)]), progress)
