"""Where it mattered: one record and one contributor, with reasons, links there and back, and a next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, ModelError
from core.units import Amount
from core.values import Verified, WeightView
from tests.doubles.still_client import ADA, BELA
from tests.doubles.still_traces import FOR, SETTLEMENT, WEIGHT, StillTraceClient, in_model, person, trace
from tests.ui.at_page import AtPage
from ui import trace_words as words
from ui.pages.trace import TracePage
from ui.tables import TableView
from ui.theme import theme

Opens = Callable[..., AtPage]


@pytest.fixture
def client(tmp_path: Path) -> StillTraceClient:
    return StillTraceClient(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, client: StillTraceClient, tmp_path: Path) -> Iterator[Opens]:
    opened: list[AtPage] = []

    def open_(*target: Any) -> AtPage:
        at = AtPage(qtbot, TracePage, client, tmp_path)
        opened.append(at)
        if target:
            at.page.open(target)
            at.still()
        return at

    yield open_
    for one in opened:
        one.leave()


def press(at: AtPage, name: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    at.qtbot.keyClick(at.find(name), key)
    at.still()


# -- a record ----------------------------------------------------------------------------------------------------------


def test_a_record_says_its_weight_its_effect_its_answers_and_its_pay(page: Opens) -> None:
    said = page("record", 700, "models").words()
    assert "Its label counts 4 of 8: 15 of the contributor's 30 records" in said
    assert "1,544th of 3,588 records, counted from the most helpful" in said
    assert "the model would give it another label (nearest: “food”)" in said
    assert "It spoke for 98 and against 102 of your newest 200 of 600 calls." in said
    assert "1,096 of 2,876 records (38 %) did" in said


def test_influence_and_pay_are_named_apart_and_calls_stay_with_their_caller(page: Opens) -> None:
    said = page("record", 700, "models").words()
    assert words.INFLUENCE in said
    assert words.PAY in said
    assert words.PRIVATE in said


def test_text_from_outside_is_shown_as_it_is_and_never_as_markup(page: Opens) -> None:
    at = page("record", 700, "models")
    shown = at.find("trace-text", QLabel)
    assert shown.text() == "<b>a large fork</b> for meat"
    assert all(one.textFormat() == Qt.TextFormat.PlainText for one in at.page.findChildren(QLabel) if one.text())


def test_a_row_of_a_table_is_shown_as_names_and_values(page: Opens, client: StillTraceClient) -> None:
    cells = '{"colour":"red","length":"7.4"}'
    answers = tuple(replace(one, text=cells, kind="table") for one in FOR)
    client.datanets.kind = "table"
    client.explaining.records[700] = trace(text=cells, models=(in_model(supported=answers),))
    at = page("record", 700, "models")
    assert at.find("trace-text", QLabel).text() == "colour:  red\nlength:  7.4"
    assert "colour red · length 7.4" in at.words()
    assert "{" not in at.words()


def test_from_a_record_to_its_contributor_and_back_to_where_it_began(page: Opens) -> None:
    at = page("record", 700, "models")
    at.click("trace-contributor")
    assert at.sees("person")
    at.click("back")
    assert at.sees("trace-record")
    assert at.went == []
    at.click("back")
    assert at.went == [("models", None)]


def test_answers_models_and_settlements_open_with_the_keyboard(page: Opens) -> None:
    at = page("record", 700, "models")
    press(at, "trace-answers-1-for-0")
    press(at, "trace-answers-1-against-0", Qt.Key.Key_Space)
    at.click("trace-model-1")
    table = at.find("trace-pay", TableView)
    table.selectRow(0)
    press(at, "trace-pay")
    assert at.went == [
        ("models", ("call", 1, 40)),
        ("models", ("call", 1, 90)),
        ("models", 1),
        ("earnings", (SETTLEMENT, BELA)),
    ]


def test_the_model_is_really_made_again_without_the_record(page: Opens, client: StillTraceClient) -> None:
    at = page("record", 700, "models")
    at.click("trace-without-1")
    assert ("without", 1, 700) in client.explaining.asked
    said = at.find("trace-said-1-words", QLabel).text()
    assert "1 answer changed: 944 right before, 943 after" in said
    assert "it now answers “food” instead of “artifact”" in said


def test_the_proof_is_checked_in_one_click_and_a_lie_is_said(page: Opens, client: StillTraceClient) -> None:
    at = page("record", 700, "models")
    at.click("trace-verify")
    assert at.find("trace-verified-title", QLabel).text() == "The proof holds"
    client.datanets.verified = Verified(False, (("root on the ledger", False, "block 9"),))
    at.click("trace-verify")
    assert at.find("trace-verified-title", QLabel).text() == "The proof does not hold"
    assert "The ledger holds another root" in at.words()


def test_a_record_that_no_model_learned_from_says_so_and_what_comes_next(page: Opens, client: StillTraceClient) -> None:
    client.explaining.records[700] = trace(models=(), pay=(), worse=0, settled_with=0)
    at = page("record", 700, "datanets")
    assert "No model that was trained on this device has learned from it." in at.words()
    at.click("trace-nowhere-action")
    at.click("trace-pay-empty-action")
    assert at.went == [("models", None), ("earnings", None)]


def test_a_record_of_no_weight_carries_nothing(page: Opens, client: StillTraceClient) -> None:
    copy = WeightView(0, 64, 0, "copy", 12, 12, 3)
    model = in_model(weight=copy, doubt=None, supports=0, opposes=0, supported=(), opposed=())
    client.explaining.records = {700: trace(models=(model,)), 3: trace(3)}
    at = page("record", 700, "datanets")
    assert "It had no say in your newest 200 of 600 calls." in at.words()
    assert "It repeats an older record, and copies weigh nothing." in at.words()
    assert "no answer depends on it" in at.words()
    assert not at.sees("trace-without-1")
    at.click("trace-source-1")
    assert client.explaining.asked[-1] == ("record", 3)
    at.click("back")
    assert at.sees("trace-source-1")


def test_stopping_and_failing_are_said_where_they_happen(page: Opens, client: StillTraceClient) -> None:
    client.explaining.error = Cancelled()
    assert page("record", 700, "models").find("trace-said-title", QLabel).text() == "Stopped"
    client.explaining.error = ModelError(reason="no training data")
    assert page("record", 700, "models").find("trace-said-title", QLabel).text()


def test_what_is_shown_stays_still_when_nothing_changed(page: Opens, client: StillTraceClient) -> None:
    at = page("record", 700, "models")
    before = at.find("trace-what")
    at.page.refresh()
    at.still()
    assert at.find("trace-what") is before
    assert client.explaining.asked.count(("record", 700)) == 2


# -- a contributor -----------------------------------------------------------------------------------------------------


def test_a_contributor_shows_records_weights_agreement_influence_and_pay(page: Opens) -> None:
    at = page("person", BELA, "models")
    said = at.words()
    assert at.find("person-given-value", QLabel).text() == "360"
    assert at.find("person-share-value", QLabel).text() == "+6.2 %"
    for part in ("Trusted core", "25 of 30 agree", "core: 74 of 90", "12 given, not measured", words.OTHERS_PAY):
        assert part in said
    assert "They spoke for 129 and against 71 of your newest 200 of 600 calls." in said


def test_from_a_contributor_to_answers_records_and_payments(page: Opens) -> None:
    at = page("person", BELA, "earnings")
    press(at, "person-answers-1-for-1")
    press(at, "person-datanet-1")
    table = at.find("person-pay", TableView)
    table.selectRow(0)
    press(at, "person-pay")
    at.click("back")
    assert at.went == [
        ("models", ("call", 1, 41)),
        ("datanets", (1, "records")),
        ("earnings", (SETTLEMENT, BELA)),
        ("earnings", None),
    ]


def test_a_newcomer_is_told_what_to_do_first(page: Opens) -> None:
    at = page("person", ADA, "home")
    assert "Give your first records" in at.words()
    at.click("person-empty-action")
    assert at.went == [("datanets", None)]


def test_an_own_contributor_is_told_what_would_help_most(page: Opens, client: StillTraceClient) -> None:
    one = person(ADA, mine=True)
    low = tuple(replace(each, weight=1, reason="measured") for each in one.models[0].quality)
    client.explaining.people[ADA] = replace(one, models=(replace(one.models[0], quality=low),))
    at = page("person", ADA, "home")
    assert "Some labels count for little" in at.words()
    at.click("person-next-action")
    assert at.went == [("datanets", (1, "records"))]


def test_without_a_target_the_page_leads_on(page: Opens) -> None:
    at = page()
    at.click("trace-empty-action")
    assert at.went == [("datanets", None)]


def test_both_pages_stand_in_dark_as_in_light(page: Opens) -> None:
    at = page("record", 700, "models")
    theme().set_mode("dark")
    at.click("trace-contributor")
    assert at.page.grab().toImage().pixelColor(4, 4).lightness() < 100
    theme().set_mode("light")


# -- words -------------------------------------------------------------------------------------------------------------


def test_every_weight_has_its_reason_in_words() -> None:
    said = {
        words.weight_words(one)
        for one in (
            WEIGHT,
            WeightView(0, 64, 0, "copy"),
            WeightView(20, 64, 5, "near", 6, 12, None, 4, "unknown", 0, 3, 0, 7),
            WeightView(3, 64, 3, "often", 0, 12, None, 1, "chance", 75, 150, 90, 100),
            WeightView(64),
            WeightView(8, 64, 2, "a reason of tomorrow", 0, 0, None, 4, "another"),
        )
    }
    assert len(said) == 6
    assert any("records of this label (7) are too few, or too much like others" in one for one in said)
    assert any("far more of this contributor's records than of trusted ones" in one for one in said)
    assert any("less than half as far above chance" in one for one in said)
    assert any("6 of its 12 runs of words" in one for one in said)
    assert any("were not kept on this device" in one for one in said)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (0.25, "+0.25"), (-1.3e-5, "\N{MINUS SIGN}0.000013"), (12.0, "+12.00"), (1e-30, "+0.000000000000")],
)
def test_small_figures_keep_two_digits_that_say_something(value: float, shown: str) -> None:
    assert words.score(value) == shown


def test_places_and_signs_read_as_people_write_them() -> None:
    assert [words.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 1_102)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "1,102nd",
    ]  # fmt: skip
    assert [words.signed(share) for share in (0.25, -0.048, 0.0001)] == ["+25.0 %", "\N{MINUS SIGN}4.8 %", "0.0 %"]


def test_the_next_step_follows_what_is_there() -> None:
    full = person()
    waiting = replace(full, given=(replace(full.given[0], accepted=0),))
    unused = replace(full, models=())
    copier = replace(full, models=(replace(full.models[0], admission=replace(full.models[0].admission, copies=300)),))
    unasked = replace(full, models=(replace(full.models[0], calls=0, calls_all=0),))
    nobody = replace(full.models[0], quality=tuple(replace(one, core_count=0) for one in full.models[0].quality))
    untrusted = replace(full, models=(replace(nobody, calls_all=0),))
    keys = [words.next_step(one)[0] for one in (full, waiting, unused, copier, untrusted, unasked)]
    assert keys == ["", "review", "build", "copies", "trust", "ask"]
    assert words.next_step(replace(full, given=(), models=(), payouts=(), total=Amount(0)))[0] == ""
