"""The estimate is low for what guessers try first and high for what they cannot."""

from __future__ import annotations

import random
import string
import time

import pytest

from core.wallet.strength import estimate


@pytest.mark.parametrize(
    "password",
    ["", "a", "password", "Passw0rd!", "qwerty123", "aaaaaaaaaaaa", "abcabcabcabc", "sunshine1987", "12345678901234",
     "openledger2024", "iloveyoumoon", "zyxwvutsrq", "P@ssw0rd", "bitcoin1"],
)  # fmt: skip
def test_what_is_tried_first_scores_nothing(password):
    assert estimate(password, avoid=["OpenLedger"]).score == 0


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "9vK#q2Lm!x7RtZ", "Grüße aus Köln-Nippes", "wolf bicycle 47 umbrella"]
)
def test_what_holds_scores_high(password):
    assert estimate(password).score >= 3


def test_one_more_random_character_is_never_weaker():
    draw = random.Random(1)
    text = ""
    last = 0.0
    for _ in range(30):
        text += draw.choice(string.ascii_letters + string.digits)
        bits = estimate(text).bits
        assert bits >= last - 8  # a word or run may form
        last = max(last, bits)
    assert estimate(text).score == 4


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("monkey12", "common"),
        ("abandon", "word"),
        ("qwertzuiop", "run"),
        ("xyxyxyxy", "repeat"),
        ("mk1984", "year"),
        ("k9$x", "short"),
        ("alice1", "yours"),
    ],
)
def test_it_says_why(password, weakness):
    assert weakness in estimate(password, avoid=["Alice"]).weaknesses


def test_a_strong_one_is_not_nagged_about():
    assert estimate("correct horse battery staple").weaknesses == ()


@pytest.mark.parametrize("password", ["x" * 100_000, "ab" * 50_000, "\ud800" * 50, "🦊" * 40, "1q2w3e" * 500])
def test_any_text_is_answered_while_it_is_typed(password):
    estimate("warm")
    start = time.process_time()
    estimate(password)
    assert time.process_time() - start < 10  # milliseconds; what grows with the square takes minutes
