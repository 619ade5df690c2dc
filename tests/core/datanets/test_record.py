"""A record is clean, complete and has one byte form, or it is not made."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datanets.record import MAX_TEXT, Record
from core.datanets.text import clean, clean_line, key
from core.errors import BadInput
from core.keccak import keccak256

TRAIN = frozenset({"train"})
ANY = st.text(alphabet=st.characters(), max_size=60)


def test_the_canonical_bytes_are_sorted_compact_json_in_utf_8() -> None:
    record = Record("Grüße, 世界", "hello", "CC0-1.0", frozenset({"train", "evaluate"}), "a book", "de")
    assert record.canonical.decode() == (
        '{"label":"hello","language":"de","licence":"CC0-1.0","source":"a book","text":"Grüße, 世界",'
        '"uses":["evaluate","train"],"v":1}'
    )
    assert record.content_hash == keccak256(record.canonical)


def test_the_hash_of_a_known_record_never_changes() -> None:
    record = Record("a small bird", "animal", "CC0-1.0", TRAIN)
    assert record.content_hash.hex() == "e7b6613963c24085362ddd7a1ed2da0646c9221984d25b4ba5cf80dcaff05e88"


@given(ANY, ANY, ANY, st.sets(st.sampled_from(["train", "evaluate", "share"]), min_size=1))
def test_what_is_written_is_what_is_read(text: str, label: str, source: str, uses: set[str]) -> None:
    if not clean(text):
        return
    record = Record.make(text, label, "CC-BY-4.0", uses, source, "en")
    assert Record.parse(record.canonical) == record


@given(ANY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert clean_line(clean_line(text)) == clean_line(text)
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("pay \u202eevil\u202c me", "pay evil me"),  # an override that turns the reading around
        ("a\u200bb\ufeffc\u2060", "abc"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("bell\x07 and \x00null\x1b[31m", "bell and null[31m"),
        ("e\u0301", "\u00e9"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("\U000e0041tag", "tag"),
        ("  around \t", "around"),
        ("नमस्\u200dते", "नमस्\u200dते"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_invisible_and_directing_characters_are_taken_out(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_texts_are_compared_without_case_width_and_spacing() -> None:
    assert key("Turn  ON\nthe light") == key("turn on the light")
    assert key("\uff54\uff55\uff52\uff4e on the light") == key("turn on the light")
    assert key("turn on the lights") != key("turn on the light")


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"text": ""}, "text", "missing"),
        ({"text": "x" * (MAX_TEXT + 1)}, "text", "too long"),
        ({"text": "a\u202eb"}, "text", "not clean"),
        ({"label": "two\nlines"}, "label", "not clean"),
        ({"label": "x" * 101}, "label", "too long"),
        ({"licence": ""}, "licence", "missing"),
        ({"licence": "all mine!"}, "licence", "form"),
        ({"uses": frozenset()}, "uses", "missing"),
        ({"uses": frozenset({"sell"})}, "uses", "unknown"),
        ({"source": "x" * 301}, "source", "too long"),
        ({"language": "english"}, "language", "form"),
    ],
)
def test_a_record_that_breaks_a_rule_says_which(change: dict[str, object], field: str, reason: str) -> None:
    values = {"text": "a text", "label": "a", "licence": "CC0-1.0", "uses": TRAIN, **change}
    with pytest.raises(BadInput) as refused:
        Record(**values)  # type: ignore[arg-type]
    assert (refused.value.field, refused.value.reason) == (field, reason)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b'"v":1', b'"v":1.0'),
        lambda data: data.replace(b'"v":1', b'"v":true'),
        lambda data: data.replace(b'"v":1', b'"v":2'),
        lambda data: data.replace(b",", b", ", 1),
        lambda data: data.replace(b'"text":"a text"', b'"text":"a text","text":"a text"'),
        lambda data: data.replace(b"a text", b"a \\u0074ext"),
        lambda data: data.replace(b'["evaluate","train"]', b'["train","evaluate"]'),
        lambda data: data.replace(b'["evaluate","train"]', b'["train","train"]'),
        lambda data: data.replace(b'"a text"', b"7"),
        lambda data: data.replace(b"a text", b"a \xff"),
        lambda data: data[:-1],
        lambda data: b"[" * 100_000,
        lambda data: b"{}",
        lambda data: data + b" " * 300_000,
        lambda data: json.dumps(json.loads(data)).encode(),
    ],
)
def test_bytes_that_are_not_the_one_form_are_refused(change: object) -> None:
    data = Record("a text", "a", "CC0-1.0", frozenset({"train", "evaluate"})).canonical
    changed = change(data)  # type: ignore[operator]
    assert changed != data
    with pytest.raises(BadInput):
        Record.parse(changed)
