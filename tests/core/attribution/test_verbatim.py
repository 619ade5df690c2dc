"""Verbatim spans are those that a search without any index finds: every one, nothing else, the oldest record first."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribution import verbatim
from core.attribution.verbatim import SHORTEST, Span, credited, find, fold, folded, lots
from core.errors import BadInput, Cancelled, TooLarge
from core.jobs import Progress, silent
from tests.doubles import poa

LINES = (
    "The quick brown fox jumps over the lazy dog near the river bank.",
    "A lazy dog near the river bank sleeps all day.",
    "the  QUICK brown\nfox jumps over the lazy cat",
    "Straße nach Überlingen, 12 km weit am großen See entlang",
)


def spans(records: list[str], text: str, least: int, lot: int) -> list[tuple[int, int, int, int]]:
    return [(one.start, one.end, one.record, one.times) for one in find(records, text, silent(), least=least, lot=lot)]


PIECES = st.sampled_from(["ab", "a", "b ", "äö", "ö ", "ba.", "漢", "漢漢", "aaaa aa", "abab"])
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(TEXTS, min_size=1, max_size=6),
    TEXTS,
    st.lists(st.integers(0, 40), max_size=4),
    st.sampled_from([1, 90, 9999]),
)
def test_a_naive_search_finds_the_same(records: list[str], text: str, cuts: list[int], lot: int) -> None:
    """Few letters, so that much repeats; parts of records are pasted in; one record a lot, some, or all in one."""
    pasted = fold(text + "".join(records[cut % len(records)][cut // 2 : cut + 25] for cut in cuts))
    assert spans(records, pasted, SHORTEST, lot) == poa.verbatim([fold(one) for one in records], pasted, SHORTEST)


def test_the_earliest_registrant_is_credited() -> None:
    text = fold("She wrote: a lazy dog near the river bank sleeps. And the quick brown fox jumps over the lazy cat!")
    found = find(LINES, text, silent(), least=20)
    assert [(text[one.start : one.end], one.record, one.times) for one in found] == [
        ("a lazy dog near the river bank sleeps", 1, 1),
        ("the quick brown fox jumps over the lazy cat", 2, 1),
    ]
    copies = [*LINES, LINES[1]]
    assert [one.record for one in find(copies, text, silent(), least=20)] == [1, 2]
    assert find(copies, text, silent(), least=20)[0].times == 2


def test_no_span_crosses_from_one_record_to_the_next() -> None:
    records = ["first half of a long sentence", "that goes on in another record"]
    joined = fold(" ".join(records))
    assert [(one.start, one.end) for one in find(records, joined, silent(), least=16)] == [(0, 29), (30, 60)]


def test_case_and_white_space_do_not_matter_and_places_lead_back_to_the_text() -> None:
    text = "  Siehe STRASSE\tnach  Ü" + "berlingen, 12 KM!"
    found = folded(text)
    assert found.text == fold(text) == "siehe strasse nach überlingen, 12 km!"
    (span,) = find(LINES, found.text, silent(), least=16)
    assert found.source[found.starts[span.start] : found.ends[span.end - 1]] == "STRASSE\tnach  Überlingen, 12 KM"
    assert span.record == 3


def test_a_decomposed_letter_is_the_same_letter() -> None:
    text = unicodedata.normalize("NFD", "straße nach überlingen, 12 km")
    assert [one.length for one in find(LINES, folded(text).text, silent(), least=16)] == [30]


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="aBß\t\n İﬁ é́", max_size=40))
def test_folding_with_places_is_folding(text: str) -> None:
    found = folded(text)
    assert found.text == fold(text)
    assert len(found.starts) == len(found.ends) == len(found.text)
    assert list(found.starts) == sorted(found.starts)


def test_a_span_is_made_of_whole_words_where_a_script_keeps_them_apart() -> None:
    text = fold("xThe quick brown fox jumps over!")
    assert [text[one.start : one.end] for one in find(LINES, text, silent(), least=16)] == [
        "quick brown fox jumps over"
    ]
    own = "火山島火山島火山島火山島火山島火山島"
    assert [one.length for one in find([own], "小" + own + "大", silent(), least=16)] == [18]


def test_each_character_is_credited_once_to_the_longest_span() -> None:
    owner = credited([Span(0, 20, 5, 1), Span(10, 40, 7, 1), Span(35, 65, 3, 1)], 70)
    assert owner.tolist() == [5] * 10 + [7] * 25 + [3] * 30 + [-1] * 5


def test_lots_keep_the_order_and_lose_nothing() -> None:
    texts = ["aa", "bbbb", "c", "dddddddddd", ""]
    parts = list(lots(texts, 6))
    assert [first for first, _ in parts] == [0, 1, 3, 4]
    assert [text for _, part in parts for text in part] == texts
    assert list(lots([], 6)) == []


def test_too_much_is_refused_and_a_stop_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge):
        folded("x" * (verbatim.MOST_TEXT + 1))
    for least in (SHORTEST - 1, 257):
        with pytest.raises(BadInput):
            find(LINES, "x", silent(), least=least)
    monkeypatch.setattr(verbatim, "MOST_SPANS", 3)
    with pytest.raises(TooLarge):
        find(["a " * 16], "a " * 40, silent(), least=16)
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        find(LINES, "x" * 40, stopped)


def test_nothing_to_find_is_found_in_nothing() -> None:
    assert find([], "x" * 40, silent()) == ()
    assert find(["", " "], "x" * 40, silent()) == ()
    assert find(LINES, "", silent()) == ()
    assert find(LINES, "too short", silent()) == ()
