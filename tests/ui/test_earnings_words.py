"""Labels whose sums would say too much are named before a settlement file leaves."""

from __future__ import annotations

from ui.disclosing import few_calls_words


def test_nothing_is_said_where_every_label_has_enough_calls() -> None:
    assert few_calls_words(()) == ""


def test_labels_with_few_calls_are_named_with_their_number() -> None:
    said = few_calls_words((("animal", 1), ("plant", 63)))
    assert "animal (1), plant (63)." in said
    assert "64" in said


def test_many_such_labels_are_counted() -> None:
    assert "and 3 more labels" in few_calls_words(tuple((f"label {k}", k) for k in range(1, 8)))


def test_calls_that_are_elsewhere_are_said_to_be_uncounted() -> None:
    said = few_calls_words((("animal", None), ("plant", None)))
    assert "nobody here can say how many were answered with animal, plant" in said
    assert "None" not in said
