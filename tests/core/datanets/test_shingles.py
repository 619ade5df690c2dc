"""Containment finds every text that stands in an earlier one, and only those."""

from __future__ import annotations

import random
import time
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from core.datanets.shingles import Near, near_copies
from core.datanets.text import words

WORDS = st.lists(st.sampled_from("abcdef"), max_size=12).map(" ".join)


def plain(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[n : n + 3]) for n in range(max(1, len(found) - 2))} if found else set()


def brute_force(earlier: list[str], texts: list[str], threshold: float) -> list[tuple[int, int, int] | None]:
    """By definition: every pair compared. A text wholly contained in an earlier one proves nothing more itself."""
    everything = [plain(text) for text in [*earlier, *texts]]
    skipped: set[int] = set()
    found: list[tuple[int, int, int] | None] = []
    for at in range(len(earlier), len(everything)):
        own = everything[at]
        near = next(
            (
                (other, len(own & everything[other]), len(own))
                for other in range(at)
                if other not in skipped and own and len(own & everything[other]) >= ceil(threshold * len(own))
            ),
            None,
        )
        if near is not None and near[1] == near[2]:
            skipped.add(at)
        found.append(near)
    return found


@settings(max_examples=80, deadline=None)
@given(st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=12))
def test_the_index_agrees_with_comparing_every_pair(earlier: list[str], texts: list[str]) -> None:
    found = near_copies(earlier, texts)
    expected = brute_force(earlier, texts, 0.8)
    assert [near and (near.earlier, near.shared, near.total) for near in found] == expected


def test_a_padded_copy_is_found_and_a_text_on_the_same_subject_is_not() -> None:
    first = "the narrow part of a bottle near the top where the cork is pushed in by hand"
    near = near_copies([first], [f"{first}, really", "a narrow street near the top of a hill in the old town"])
    assert near[0] == Near(1, 0, 15, 16)
    assert near[1] is None


def test_short_texts_count_as_a_whole() -> None:
    assert near_copies(["turn on"], ["Turn on!", "turn on the light", "on", "!!"]) == [
        Near(1, 0, 1, 1),
        None,
        None,
        None,
    ]


def test_ten_thousand_texts_from_one_template_do_not_take_quadratic_time() -> None:
    rng = random.Random(5)
    texts = [
        "dear customer your order number "
        f"{rng.randrange(10**9)} has been sent today and will be with you within the next two or three working days"
        for _ in range(10_000)
    ]
    start = time.process_time()
    found = near_copies([], texts)
    assert sum(near is not None for near in found) == 9_999
    assert time.process_time() - start < 40  # one on a quiet machine
