"""Words: every error has its own, foreign text cannot dress up, figures never lie."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC

import pytest

from core import errors
from core.units import Amount
from core.values import TrustView
from ui import text
from ui.words import ERRORS, REASONS


def leaves(kind: type[BaseException] = errors.OpenLedgerError) -> list[type[BaseException]]:
    found = [kind]
    for below in kind.__subclasses__():
        found += leaves(below)
    return found


ALL = sorted((kind for kind in leaves() if kind.__module__ == "core.errors"), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_of_core_has_words_of_its_own(kind: type[BaseException]) -> None:
    assert kind.__name__ in ERRORS


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_words_say_what_happened_and_what_to_do_even_when_values_are_missing(kind: type[BaseException]) -> None:
    said = text.explain(kind())
    assert said.title
    assert said.what_to_do.endswith(".") or kind is errors.RpcError
    assert "{" not in said.title + said.what_to_do
    assert "nvalid" not in said.title + said.what_to_do


@pytest.mark.parametrize("group", sorted(REASONS))
def test_reasons_belong_to_errors_that_exist(group: str) -> None:
    assert hasattr(errors, group)
    assert all(words.endswith(".") for words in REASONS[group].values())


def test_values_are_put_into_the_words() -> None:
    said = text.explain(errors.InsufficientFunds(needed=2 * 10**18, available=5 * 10**17))
    assert said.title == "Not enough OPEN"
    assert "2.0000 OPEN" in said.what_to_do
    assert "0.5000 OPEN" in said.what_to_do


def test_a_reason_says_exactly_what_to_do() -> None:
    said = text.explain(errors.BadAddress(field="address", reason="checksum", value="0x12"))
    assert said.what_to_do == "One or more characters are wrong. Copy it again from where you got it."
    assert "0x12" not in said.detail


def test_an_unknown_error_says_so_and_keeps_its_text_for_the_details() -> None:
    said = text.explain(ValueError("odd"))
    assert said.title == "Something unexpected happened"
    assert said.detail == "ValueError: odd"


def test_an_error_of_the_system_is_worded_by_its_kind() -> None:
    assert text.explain(FileNotFoundError(2, "gone")).title == "The file is not there"


def test_text_of_the_node_is_cleaned_before_it_is_shown() -> None:
    said = text.explain(errors.RpcError(method="eth_call", code=-1, message="<b>pay</b>\u202e\x00 here\n", data=None))
    assert said.what_to_do == "It says: <b>pay</b> here"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain", "plain"),
        ("a\u202eb\u2066c\u200fd", "abcd"),  # bidirectional controls
        ("a\x00b\x1bc\x7f", "abc"),
        ("one\n two\t\tthree  ", "one two three"),
        ("\ue000private\ufeff", "private"),
        ("नमस्ते क\u200dष", "नमस्ते क\u200dष"),  # joiners inside words stay
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_foreign_text_is_plain_and_capped(given: str, shown: str) -> None:
    assert text.foreign(given) == shown


def test_foreign_lines_stay_lines_when_asked_for() -> None:
    assert text.foreign("a\r\nb\u202e\nc", lines=True) == "a\n\nb\nc"


def test_a_huge_foreign_text_costs_little() -> None:
    assert len(text.foreign("\u202e" * 50_000_000 + "x")) <= 300


@pytest.mark.parametrize(
    ("wei", "shown"),
    [
        (0, "0.0000"),
        (1, "<0.0001"),
        (10**14, "0.0001"),
        (1_234_567_899_999_999_999_999, "1,234.5678"),
        (10**18 - 1, "0.9999"),
    ],
)
def test_amounts_are_cut_and_never_shown_as_zero_when_they_are_not(wei: int, shown: str) -> None:
    assert text.amount(Amount(wei)) == shown


def test_a_change_carries_its_sign() -> None:
    assert text.change(15 * 10**17) == "+1.5000 OPEN"
    assert text.change(-15 * 10**17) == "\N{MINUS SIGN}1.5000 OPEN"
    assert text.change(0) == "0.0000 OPEN"


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (3, "just now"),
        (61, "1 minute ago"),
        (600, "10 minutes ago"),
        (3700, "1 hour ago"),
        (90_000, "yesterday"),
        (3 * 86_400, "3 days ago"),
        (-50, "just now"),
    ],
)
def test_times_are_said_as_people_say_them(passed: int, shown: str) -> None:
    assert text.ago(1_000_000 - passed, 1_000_000) == shown


def test_older_times_are_dates() -> None:
    assert text.ago(0, 86_400 * 30).startswith("1 Jan 1970") or text.ago(0, 86_400 * 30).startswith("31 Dec 1969")
    assert text.moment(0, UTC) == "1 Jan 1970, 00:00"


@pytest.mark.parametrize(("given", "shown"), [(512, "512 bytes"), (1500, "1.5 kB"), (89_000_000, "89.0 MB")])
def test_sizes(given: int, shown: str) -> None:
    assert text.size(given) == shown


@pytest.mark.parametrize(("given", "shown"), [(0.012, "12 ms"), (4.25, "4.2 s"), (65, "65 s"), (600, "10 min")])
def test_durations(given: float, shown: str) -> None:
    assert text.duration(given) == shown


@pytest.mark.parametrize("state", ["local", "proven", "quorum", "unverified", "stale", "failed"])
def test_every_trust_state_has_a_word_and_a_sentence(state: str) -> None:
    said = text.trust(TrustView(state, "unreachable", block=42, since=0), now=100_000)  # type: ignore[arg-type]
    assert said.title
    assert "Checked at block 42." in said.what_to_do
    assert "The node cannot be reached." in said.what_to_do


def test_unknown_keys_are_shown_readable() -> None:
    assert text.word("what", "model.publish") == "Publish a model"
    assert text.word("what", "new_kind.of") == "New kind of"
    assert text.tone("tx", "failed") == "danger"
    assert text.tone("tx", "never heard") == ""


def test_words_need_no_screen() -> None:
    code = "import sys, ui.text; sys.exit(any(name.startswith(('PySide6', 'shiboken6')) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_tooltip_cannot_be_dressed_up() -> None:
    assert text.plain_tip("plain words") == "plain words"
    assert text.plain_tip('<a href="x">pay</a>\n&amp;') == (
        "<qt>&lt;a href=&quot;x&quot;&gt;pay&lt;/a&gt;<br>&amp;amp;</qt>"
    )


def test_a_moment_to_come_is_as_short_as_it_is_clear() -> None:
    now = 1_795_389_000.0  # 22 Nov 2026, 23:10 UTC
    said = [text.until(now + later, now, UTC) for later in (60, 3_600, 86_400 * 60)]
    assert said == ["23:11", "23 Nov, 00:10", "21 Jan 2027, 23:10"]
