"""Exact scores, a ranking without chance, withdrawal to the byte, and a package that cannot say another thing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput, Cancelled, ModelError, PackageRefused
from core.jobs import Progress, silent
from core.models import encoders
from core.models.retrieval import index as indexes
from core.models.retrieval import package, passages, quality
from core.models.retrieval.index import Index, ranking
from tests.core.models import small_topics

RELEASE = package.Release(7, 2, bytes([5]) * 32, bytes([6]) * 32, "CC0-1.0")


@pytest.fixture(scope="module")
def index() -> Index:
    return indexes.build(small_topics.items(), small_topics.LABELS, silent())


def query(text: str) -> np.ndarray:
    return encoders.get("static-256").features([text])[0]


def made(rows: np.ndarray) -> Index:
    """An index of any rows: what stands in it need not come from a text."""
    count = len(rows)
    ids = tuple(bytes([number]) * 32 for number in range(count))
    return Index("static-256", ("a", "b"), rows, np.zeros(count, np.int64), ids, (bytes(20),) * count, 0, 0)


def test_scores_are_the_dot_products_of_the_integers_without_the_bias(index: Index) -> None:
    x = query("a big dog")
    wanted = [sum(int(a) * int(b) for a, b in zip(x[:-1], row[:-1], strict=True)) for row in index.x]
    assert index.scores(x).tolist() == wanted


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 40, 700, 2047]))
def test_no_size_of_features_loses_a_unit(seed: int, size: int) -> None:
    """Also where single precision no longer holds the sums: all features at their largest."""
    random = np.random.default_rng(seed)
    rows = random.integers(-size, size + 1, (9, 300)).astype(np.int16)
    rows[0] = size
    found = made(rows[1:]).scores(rows[0])
    assert found.tolist() == (rows[1:, :-1].astype(object) @ rows[0, :-1].astype(object)).tolist()


def test_larger_first_then_the_older_and_nothing_that_does_not_fit() -> None:
    assert ranking(np.array([5, 9, 0, 9, -3, 5, 9]), 4) == (1, 3, 6, 0)
    assert ranking(np.array([5, 9, 0, 9, -3, 5, 9]), 8) == (1, 3, 6, 0, 5)
    assert ranking(np.array([0, -1]), 8) == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 6), max_size=40), st.integers(1, 9))
def test_the_ranking_is_that_of_a_full_sort(scores: list[int], most: int) -> None:
    full = sorted((place for place, score in enumerate(scores) if score > 0), key=lambda at: (-scores[at], at))
    assert ranking(np.array(scores, np.int64), most) == tuple(full[:most])


def test_a_text_without_known_words_finds_nothing(index: Index) -> None:
    assert ranking(index.scores(query("")), 8) == ()


def test_only_records_that_may_train_are_documents() -> None:
    items = small_topics.items()
    items[3] = replace(items[3], uses=frozenset({"evaluate", "share"}))
    items[5] = replace(items[5], weight=0)
    found = indexes.build(items, small_topics.LABELS, silent())
    assert (len(found), found.excluded, found.copies) == (len(items) - 2, 1, 1)
    assert {items[3].record_id, items[5].record_id}.isdisjoint(found.record_ids)
    with pytest.raises(ModelError):
        indexes.build([items[3], items[5]], small_topics.LABELS, silent())


def test_committed_features_must_be_those_of_the_text() -> None:
    items = small_topics.items()
    items[0] = replace(items[0], x=query("another text"))
    with pytest.raises(BadInput, match="not those of the text"):
        indexes.build(items, small_topics.LABELS, silent())


def test_a_withdrawn_document_is_gone_to_the_byte(index: Index) -> None:
    items = small_topics.items()
    gone = {items[4].record_id, items[30].record_id}
    scratch = indexes.build([one for one in items if one.record_id not in gone], small_topics.LABELS, silent())
    left, again = (package.build(one, name="t", release=RELEASE, k=5) for one in (index.without(gone), scratch))
    assert (left.hash, left.data) == (again.hash, again.data)
    with pytest.raises(BadInput):
        index.without([bytes(32)])
    with pytest.raises(ModelError):
        index.without(index.record_ids)


def test_a_package_comes_back_as_it_was(index: Index) -> None:
    built = package.build(index, name="Topics", release=RELEASE, k=5)
    found = package.read(built.data, built.hash)
    assert found.k == 5
    assert found.manifest["release"]["records"] == len(index)
    assert np.array_equal(found.index.x, index.x)
    assert (found.index.record_ids, found.index.accounts) == (index.record_ids, index.accounts)
    assert package.build(found.index, name="Topics", release=RELEASE, k=5) == built


def test_a_changed_byte_is_refused_wherever_it_stands(index: Index) -> None:
    built = package.build(index, name="Topics", release=RELEASE, k=5)
    for at in (2, 8, 40, len(built.data) // 2, len(built.data) - 1):
        data = bytearray(built.data)
        data[at] ^= 1
        with pytest.raises(PackageRefused):
            package.read(bytes(data), built.hash)
    for data in (built.data[:-1], built.data + b"\0", built.data[:9], b""):
        with pytest.raises(PackageRefused):
            package.read(data, built.hash)


def test_a_manifest_that_claims_another_shape_is_refused(index: Index) -> None:
    """Its hash is right, because whoever lies made it: what it says does not fit what it holds."""
    from core.keccak import keccak256
    from core.models import canonical

    built = package.build(index, name="Topics", release=RELEASE, k=5)
    facts = canonical.decode(built.manifest)
    assert isinstance(facts, dict)
    content = built.data[10 + len(built.manifest) :]
    lies = (
        {"arrays": [["x", "i2", [10**9, 10**9]]]},
        {"index": {**facts["index"], "k": 9}},
        {"index": {**facts["index"], "d": 3}},
        {"release": {**facts["release"], "records": 3}},
        {"encoder": {"name": "static-256", "hash": "00" * 32}},
        {"labels": ["only one"]},
        {"format": "openledger-index/9"},
    )
    for lie in lies:
        raw = canonical.encode({**facts, **lie})
        with pytest.raises(PackageRefused):
            package.read(b"OLIX1\n" + len(raw).to_bytes(4, "little") + raw + content, keccak256(raw))


def test_it_stops_when_it_is_told_to(index: Index) -> None:
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        index.scores(query("a dog"), stopped)


def test_quality_asks_each_record_without_itself(index: Index) -> None:
    found = quality.measure(index, [item.text for item in small_topics.items()], silent())
    assert found is not None
    assert (found["records"], found["majority"]) == (len(index), 36)
    assert found["same"] > found["majority"]


def test_word_search_ranks_by_rare_words() -> None:
    search = quality.WordSearch(["a red boat", "a red house", "a red boat house", "a green tree"])
    assert search.best("red boat", 3) == [0, 2, 1]
    assert search.best("nothing of it", 3) == []


def test_sentences_are_parts_of_the_text() -> None:
    text = 'It rains. "Really?" he said! Yes…  and 3.5 mm more\nThe end'
    parts = [text[start:end] for start, end in passages.split(text)]
    assert parts == ["It rains.", '"Really?"', "he said!", "Yes…", "and 3.5 mm more", "The end"]
    assert [text[a:b] for text in ["火山。島。"] for a, b in passages.split(text)] == ["火山。", "島。"]
    assert passages.split(" \n ") == ()


def test_a_long_sentence_is_cut_at_white_space_and_keeps_none_of_it() -> None:
    text = "x" * 150 + " \t" + "y" * 300
    assert [text[a:b] for a, b in passages.split(text)] == ["x" * 150, "y" * 300]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab .!?\n。 ", max_size=60), st.integers(0, 900))
def test_no_character_is_lost_between_sentences(text: str, more: int) -> None:
    whole = text + "x" * more
    parts = passages.split(whole)
    assert "".join("".join(whole[a:b].split()) for a, b in parts) == "".join(whole.split())
    assert all(0 < b - a <= 400 for a, b in parts)
