"""A model's card in words and as a file: every figure beside its count, limits from what was measured, no markup in."""

from __future__ import annotations

import html.parser
from dataclasses import replace
from pathlib import Path

from tests.doubles.still_models import card, model
from ui import model_card

NASTY = "<script>alert(1)</script> [a](b) | `c`"


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.append(tag)


def test_the_card_says_what_for_how_good_of_what_and_what_not() -> None:
    said = model_card.markdown(card(model()))
    titles = [line[3:] for line in said.splitlines() if line.startswith("## ")]
    assert titles == [
        "What it is for",
        "What it learned from",
        "How it works",
        "How good it is",
        "How sure it is",
        "Its labels",
        "Its commonest mistakes",
        "Hard records",
        "Admission weights",
        "What it cannot do",
        "How to check it",
    ]
    assert "944 of 1,200 held-out records answered right, 78.7 %" in said
    assert "between 76.3 % and 80.9 % (95 %)" in said
    assert "| Word counts (TF-IDF) | 796 | 66.3 % |" in said
    assert "12 records did not allow it." in said
    assert "`0x" + "97" * 32 + "`" in said


def test_a_model_of_rows_or_pictures_is_not_said_to_read_texts() -> None:
    for kind, reads in (("table", "It reads a row of values"), ("image", "It reads a picture")):
        one = card(model(kind=kind))
        said = model_card.markdown(replace(one, right=one.right_tfidf))
        assert reads in said
        assert "a text" not in said
        assert "| Nearest average |" in said
        assert "It does no better than comparing with the average of each label." in said


def test_a_file_names_no_record() -> None:
    one = card(model())
    assert one.hardest
    for text in (model_card.markdown(one), model_card.page(one)):
        assert "carved" not in text
        assert one.hardest[0].text not in text
        assert "“artifact” near “food”" in text


def test_text_from_outside_stays_text_in_both_forms() -> None:
    one = card(model(name=NASTY), datanet_name=NASTY, description=NASTY)
    reader = Reader()
    reader.feed(model_card.page(one))
    assert "script" not in reader.tags
    assert reader.tags.count("a") == 0
    written = model_card.markdown(one)
    assert "<script>" not in written.replace("\\<script\\>", "")
    assert "[a](b)" not in written
    assert "default-src 'none'" in model_card.page(one)


def test_limits_come_from_what_was_measured() -> None:
    one = card(model())
    weak = replace(one, labels=(replace(one.labels[0], held_out=100, right=40), replace(one.labels[1], held_out=5)))
    said = " ".join(model_card.limits(replace(weak, right_tfidf=one.right)))
    assert "It often misses “animal” (40 %)." in said
    assert "Too few held-out records to judge “artifact” (5)." in said
    assert "no better than counting words" in said


def test_an_unmeasured_model_says_so_and_has_no_empty_tables() -> None:
    one = card(
        model(), held_out=0, right=0, right_tfidf=0, right_majority=0, interval=None, calibration=(), hardest=None
    )
    said = model_card.markdown(one)
    assert "It was not measured: no records were held out." in said
    assert "Answered by" not in said
    assert "Its training data is not on this device." in said


def test_the_ending_of_the_name_chooses_the_form(tmp_path: Path) -> None:
    one = card(model())
    model_card.write(one, tmp_path / "card.md")
    model_card.write(one, tmp_path / "card.html")
    assert (tmp_path / "card.md").read_text("utf-8").startswith("# Topics of definitions")
    assert (tmp_path / "card.html").read_text("utf-8").startswith("<!doctype html>")


def test_who_is_not_heard_at_all_is_named_with_what_to_do() -> None:
    said = model_card.weight_words(card(model(), silent=(("Dora", 120), (NASTY, 40))))
    assert "Nothing counts of Dora (120)" in said
    assert "should be trusted, under People of the Datanet" in said
    assert "Nothing counts" not in model_card.weight_words(card(model(), silent=()))
