"""Credit of a document is what leaving it out takes from the answer: held against really leaving it out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribution.documents import PARTS, carried, originals, score_of
from core.errors import BadInput
from tests.doubles import poa

SCORES = st.lists(st.integers(-2, 7), min_size=1, max_size=24)


@settings(max_examples=150, deadline=None)
@given(SCORES, st.integers(1, 8), st.integers(0, 2**16))
def test_credit_equals_real_removal(scores: list[int], k: int, seed: int) -> None:
    owner = np.random.default_rng(seed).integers(0, 5, len(scores))
    found = carried(np.array(scores, np.int64), owner, k)
    documents, people = poa.carried(scores, owner.tolist(), k)
    assert [(place, credit) for place, _, credit in found.documents] == documents
    assert list(found.contributors) == people
    assert found.score == sum(score for _, score, _ in found.documents)
    for place in range(len(scores)):
        without = np.delete(np.array(scores, np.int64), place)
        credit = next((one[2] for one in found.documents if one[0] == place), 0)
        assert found.score - score_of(without, k) == credit


@settings(max_examples=60, deadline=None)
@given(SCORES, st.integers(1, 8), st.integers(0, 2**16))
def test_a_contributor_carries_at_least_what_his_documents_do(scores: list[int], k: int, seed: int) -> None:
    """They stand in for each other: without all of them more is missing than without one at a time."""
    owner = np.random.default_rng(seed).integers(0, 3, len(scores))
    found = carried(np.array(scores, np.int64), owner, k)
    for who, credit in found.contributors:
        assert credit >= sum(one[2] for one in found.documents if owner[one[0]] == who)


def test_two_equal_documents_carry_nothing_alone_and_all_together() -> None:
    found = carried(np.array([9, 9, 2]), np.array([0, 0, 1]), 1)
    assert (found.documents, found.next_score) == (((0, 9, 0),), 9)
    assert found.contributors == ((0, 7),)
    assert found.shares() == ((0,), (PARTS,))


def test_shares_add_up() -> None:
    documents, people = carried(np.array([9, 8, 7, 3, 1]), np.array([0, 1, 0, 2, 2]), 3).shares()
    assert (sum(documents), sum(people)) == (PARTS, PARTS)


def test_the_part_left_over_goes_to_the_older_whoever_ranks_first() -> None:
    """25, 4 and 1 of 30 leave the same remainder of a million, and one part over."""
    documents, people = carried(np.array([1, 4, 25]), np.array([0, 1, 2]), 3).shares()
    assert documents == people == (833_333, 133_333, 33_334)


def test_nothing_found_is_carried_by_nobody() -> None:
    found = carried(np.array([0, -4]), np.array([0, 1]), 8)
    assert (found.score, found.documents, found.contributors, found.shares()) == (0, (), (), ((), ()))


def test_an_answer_has_one_to_eight_documents() -> None:
    for k in (0, 9):
        with pytest.raises(BadInput):
            carried(np.array([1]), np.array([0]), k)
    with pytest.raises(BadInput):
        carried(np.array([1, 2]), np.array([0]), 1)


def test_a_repeated_text_is_no_document_of_its_own() -> None:
    assert originals(["A dog.", "a  DOG", "...", "a cat", "a dog!"]) == [True, False, False, True, False]
