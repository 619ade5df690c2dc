"""The tokenizer gives the tokens BERT's reference gives, on every machine, whatever the text."""

from __future__ import annotations

import time
import unicodedata

import pytest

from core.errors import TooLarge
from core.models import encoders
from core.models.encoders.base import read_resource
from core.models.encoders.wordpiece import MAX_TEXT, WordPiece

# Made with the reference tokenizer of all-MiniLM-L6-v2, without special tokens.
REFERENCE = {
    "Hello, world!": ["hello", ",", "world", "!"],
    "unaffable": ["una", "##ffa", "##ble"],
    "Éclair à la carte": ["ec", "##lai", "##r", "a", "la", "cart", "##e"],
    "東京 is big": ["東", "京", "is", "big"],
    "don't-stop": ["don", "'", "t", "-", "stop"],
    "tab\tand\nnewline\u00a0space": ["tab", "and", "new", "##line", "space"],
    "zero\u200bwidth\x00nul": ["zero", "##wi", "##dt", "##hn", "##ul"],
    "ﬁne print": ["ﬁ", "##ne", "print"],
    "smile 😀 here": ["smile", "[UNK]", "here"],
    "": [],
    "   ": [],
}


@pytest.fixture(scope="module")
def wordpiece() -> WordPiece:
    return encoders.get("static-256").wordpiece


@pytest.mark.parametrize(("text", "pieces"), REFERENCE.items())
def test_gives_the_pieces_of_the_reference(wordpiece: WordPiece, text: str, pieces: list[str]) -> None:
    assert [wordpiece.ids[piece] for piece in pieces] == wordpiece.tokens(text)


def test_a_text_cannot_name_a_special_token(wordpiece: WordPiece) -> None:
    assert not {wordpiece.ids["[CLS]"], wordpiece.ids["[SEP]"]}.intersection(wordpiece.tokens("[CLS] hello [SEP]"))


def test_a_word_of_more_than_a_hundred_characters_is_unknown(wordpiece: WordPiece) -> None:
    assert [wordpiece.unknown] == wordpiece.tokens("a" * 101)
    assert wordpiece.unknown not in wordpiece.tokens("a" * 100)


def test_characters_newer_than_the_table_are_unknown_words_not_gaps(wordpiece: WordPiece) -> None:
    unassigned = "\u0378"
    assert [wordpiece.ids["a"], wordpiece.unknown, wordpiece.ids["b"]] == wordpiece.tokens(f"a x{unassigned}y b")


def test_a_lone_surrogate_is_no_crash(wordpiece: WordPiece) -> None:
    assert [wordpiece.unknown] == wordpiece.tokens("\ud800")


def test_the_table_of_characters_is_unicode_14() -> None:
    if unicodedata.unidata_version != "14.0.0":
        pytest.skip(f"this Python knows Unicode {unicodedata.unidata_version}; the table is 14.0")
    ranges = [line.split("..") for line in read_resource("unicode-14.txt").decode().split()]
    listed = {code for first, last in ranges for code in range(int(first, 16), int(last, 16) + 1)}
    assert {code for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cn", "Cs"}} == listed


def test_a_book_is_refused(wordpiece: WordPiece) -> None:
    with pytest.raises(TooLarge):
        wordpiece.tokens("a" * (MAX_TEXT + 1))


def test_the_longest_text_takes_a_moment_only(wordpiece: WordPiece) -> None:
    start = time.process_time()
    for letter in ("é", "!", "京", "\u0378"):
        wordpiece.tokens(letter * MAX_TEXT)
    assert time.process_time() - start < 40  # three on a quiet machine; what grows with the square takes hours
