"""Models: the list, building, publishing, the playground, settling and retraining, on a client that stands still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from core.errors import TooFewRecords
from core.settings import SettingsFile
from core.units import Amount
from core.values import HeadChoice, TryView, Verified
from tests.doubles.market_client import CARL
from tests.doubles.still_client import ADA
from tests.doubles.still_models import LABELS, StillModelsClient, datanet, model, release
from ui import tasks
from ui.pages.base import Context
from ui.pages.models import ModelsPage
from ui.theme import install


class Heard:
    """What the window would have done."""

    def __init__(self) -> None:
        self.went: list[tuple[str, object]] = []
        self.said: list[str] = []


def page_of(qtbot: Any, client: StillModelsClient, folder: Path) -> tuple[ModelsPage, Heard]:
    install(qtbot_app(), "light")
    heard = Heard()
    context = Context(
        client,  # type: ignore[arg-type]
        SettingsFile(folder / "settings.json"),
        lambda name, target=None: heard.went.append((name, target)),
        lambda title, _words="", _tone="success": heard.said.append(title),
        lambda: None,
    )
    page = ModelsPage(context)
    qtbot.addWidget(page)
    page.resize(972, 704)
    page.show()
    still(qtbot)
    return page, heard


def qtbot_app() -> Any:
    from PySide6.QtWidgets import QApplication

    return QApplication.instance()


def still(qtbot: Any) -> None:
    """Until nothing runs any more."""
    qtbot.waitUntil(lambda: not tasks.engine().running)
    qtbot.wait(1)


def find(page: QWidget, name: str) -> Any:
    found = page.findChild(QWidget, name)
    assert found is not None, name
    return found


def click(qtbot: Any, page: QWidget, name: str) -> None:
    button = find(page, name)
    assert isinstance(button, QPushButton)
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def dialog(qtbot: Any, page: QWidget, name: str) -> Any:
    qtbot.waitUntil(lambda: page.findChild(QWidget, name) is not None)
    return find(page, name)


def words_in(part: QWidget) -> str:
    return "\n".join(label.text() for label in part.findChildren(QLabel) if label.isVisible())


@pytest.fixture
def full(tmp_path: Path) -> StillModelsClient:
    return StillModelsClient(tmp_path)


# -- the list ----------------------------------------------------------------------------------------------------------


def test_each_model_stands_with_its_state_price_speed_and_datanet(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    said = words_in(find(page, "model-1"))
    for words in ("Topics of definitions", "WordNet topics, version 2", "Published", "8.1 MB", "0.01 OPEN a call"):
        assert words in said
    assert "Outdated" in words_in(find(page, "model-2"))
    assert "free" in words_in(find(page, "model-3"))


def test_accuracy_is_said_beside_both_baselines(qtbot, full, tmp_path) -> None:
    from ui.pages.model_bars import AccuracyBars

    page, _ = page_of(qtbot, full, tmp_path)
    bars = find(page, "model-1").findChild(AccuracyBars)
    assert "This model 78.7 %, Word counts (TF-IDF) 66.3 %, Most frequent label 12.5 %" in bars.accessibleName()


def test_without_a_release_the_next_step_is_a_datanet(qtbot, tmp_path) -> None:
    page, heard = page_of(qtbot, StillModelsClient(tmp_path, full=False, datanets=[]), tmp_path)
    assert not find(page, "models-build").isVisible()
    click(qtbot, page, "models-empty-action")
    assert heard.went == [("datanets", None)]


def test_who_knows_which_encoder_they_want_may_say_so(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    click(qtbot, page, "models-build")
    click(qtbot, page, "release-next")
    assert find(page, "encoder-auto").isChecked()
    assert not find(page, "encoder-static-256").isVisible()
    click(qtbot, page, "options-more")
    click(qtbot, page, "encoder-static-256")
    click(qtbot, page, "options-train")
    still(qtbot)
    assert full.models.asked[-1][3] == "static-256"


def test_with_a_release_the_next_step_is_to_build(qtbot, tmp_path) -> None:
    page, _ = page_of(qtbot, StillModelsClient(tmp_path, full=False), tmp_path)
    click(qtbot, page, "models-empty-action")
    assert find(page, "release-1").isVisible()


def test_a_card_opens_with_the_keyboard(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    qtbot.keyClick(find(page, "model-2"), Qt.Key.Key_Return)
    still(qtbot)
    assert find(page, "retrain-go").isVisible()


def test_many_models_can_be_searched(qtbot, full, tmp_path) -> None:
    full.models.views = [model(number, name=f"Model {number}") for number in range(1, 9)]
    page, _ = page_of(qtbot, full, tmp_path)
    find(page, "models-search").setText("model 7")
    qtbot.wait(5)
    assert [card.isVisible() for card in (find(page, "model-7"),)] == [True]
    assert page.findChild(QWidget, "model-6") is None or not find(page, "model-6").isVisible()


def test_every_screen_has_one_primary_button_at_most(qtbot, full, tmp_path) -> None:
    full.earnings.unsettled = ((0, 3, Amount.parse("0.03")),)
    page, _ = page_of(qtbot, full, tmp_path)

    def primaries() -> list[str]:
        return [
            b.objectName() for b in page.findChildren(QPushButton) if b.property("kind") == "primary" and b.isVisible()
        ]

    assert primaries() == ["models-build"]
    for number, tab, wanted in (
        (1, "use", ["playground-run"]),
        (1, "about", []),
        (2, "about", ["retrain-go"]),
        (3, "about", ["about-publish"]),
        (3, "report", []),
    ):
        page.show_model(number, tab)
        still(qtbot)
        assert primaries() == wanted


# -- building ----------------------------------------------------------------------------------------------------------


def test_a_model_is_built_from_release_to_ledger(qtbot, full, tmp_path) -> None:
    page, heard = page_of(qtbot, full, tmp_path)
    click(qtbot, page, "models-build")
    click(qtbot, page, "release-next")
    assert find(page, "options-name").text() == "WordNet topics"
    find(page, "options-name").setText("My topics")
    click(qtbot, page, "options-train")
    still(qtbot)
    assert full.models.asked == [("train", 1, "My topics", "auto", None)]
    assert "Chosen for you: Meanings and words" in words_in(page)
    assert "20.4 % wrong, off by 0.318, chosen" in words_in(page)
    assert "not tried: it would have taken more than half a minute" in words_in(page)
    assert "78.7 %" in words_in(page)
    assert "344 of 360 records repeat earlier ones" in words_in(page)
    click(qtbot, page, "report-publish")
    still(qtbot)
    find(page, "publish-builder").setValue(20)
    assert find(page, "publish-contributors").text() == "65 %"
    assert "0x" + "09" * 32 in words_in(page)
    click(qtbot, page, "publish-sign")
    click(qtbot, dialog(qtbot, page, "confirm"), "confirm-yes")
    still(qtbot)
    assert full.models.asked[1] == ("publish", 9, 0, Amount.parse("0.01"), (6500, 2000, 1000, 500))
    assert heard.said == ["Published"]


def test_a_file_of_held_out_records_is_used_and_can_be_left_out_again(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    page.open("build")
    click(qtbot, page, "release-next")
    page.builder.options.take(tmp_path / "rows.csv")
    assert find(page, "held-out-file").text() == "rows.csv"
    click(qtbot, page, "options-train")
    still(qtbot)
    assert full.models.asked[0][4] == tmp_path / "rows.csv"
    page.builder.options.take(None)
    assert not find(page, "held-out-file").isVisible()


def test_training_that_fails_says_why_and_leads_back(qtbot, full, tmp_path) -> None:
    full.models.error = TooFewRecords(label="plant", found=1, needed=2)
    page, _ = page_of(qtbot, full, tmp_path)
    page.open(("build", 1))
    click(qtbot, page, "release-next")
    click(qtbot, page, "options-train")
    still(qtbot)
    assert "Too few records" in words_in(page)
    click(qtbot, page, "train-again")
    assert find(page, "options-train").isVisible()


def test_a_split_that_leaves_contributors_less_than_half_cannot_be_signed(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    page.publish(3)
    still(qtbot)
    find(page, "publish-builder").setValue(80)
    assert find(page, "publish-builder").value() == 40
    assert not find(page, "publish-sign").isEnabled()
    assert "At least half of each fee goes to the contributors" in words_in(page)
    find(page, "publish-builder").setValue(25)
    find(page, "publish-treasury").setValue(5)
    find(page, "publish-fee").setText("a lot")
    assert not find(page, "publish-sign").isEnabled()


# -- the playground ----------------------------------------------------------------------------------------------------


def ask(qtbot: Any, page: ModelsPage, text: str, number: int = 1) -> None:
    page.open(("use", number))
    still(qtbot)
    find(page, "playground-text").setPlainText(text)
    qtbot.keyClick(find(page, "playground-text"), Qt.Key.Key_Return)
    still(qtbot)


def test_enter_runs_and_the_answer_comes_with_who_carried_it(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    ask(qtbot, page, "an island")
    said = words_in(page)
    assert find(page, "answer-label").text() == "location"
    for words in (
        "98 % were right",
        "0.39 ms",
        "0.01 OPEN",
        "Records that speak for it",
        "a strait between two islands",
    ):
        assert words in said
    assert "Ada" in find(page, "influence").findChild(QWidget).parent().chart.accessibleName()
    assert "\N{MINUS SIGN}4.8 %" in page.one.playground.influence._bars.accessibleName()  # negative influence is shown
    assert "3 OPEN left" in find(page, "playground-money").text()


def test_an_uncovered_call_asks_to_set_open_aside_and_then_runs(qtbot, full, tmp_path) -> None:
    full.models.deposit = Amount(0)
    page, heard = page_of(qtbot, full, tmp_path)
    ask(qtbot, page, "an island")
    assert find(page, "deposit").isVisible()
    assert find(page, "deposit-amount").text() == "1"
    find(page, "deposit-amount").setText("2.5")
    click(qtbot, page, "deposit-sign")
    click(qtbot, dialog(qtbot, page, "confirm"), "confirm-yes")
    still(qtbot)
    assert ("deposit", 0, Amount.parse("2.5")) in full.models.asked
    assert heard.said == ["Set aside"]
    assert not find(page, "deposit").isVisible()
    click(qtbot, page, "playground-run")
    still(qtbot)
    assert find(page, "answer-label").text() == "location"


def test_a_draft_costs_nothing_and_asks_nobody_to_pay(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    page.show_model(3, "use")
    still(qtbot)
    assert "cost nothing" in find(page, "playground-money").text()
    assert not find(page, "playground-payer").isVisible()


def test_a_correction_says_which_label_counts(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    ask(qtbot, page, "an island")
    choice = find(page, "answer-right-label")
    assert "location" not in [choice.itemText(at) for at in range(choice.count())]
    choice.setCurrentIndex(choice.findData("plant"))
    click(qtbot, page, "answer-correct")
    still(qtbot)
    assert ("correct", 1, "plant") in full.models.asked
    assert find(page, "answer-label").text() == "plant"
    assert find(page, "answer-corrected").text() == "was location"


def test_verify_shows_each_check_in_words(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    ask(qtbot, page, "an island")
    click(qtbot, page, "answer-verify")
    still(qtbot)
    said = words_in(page)
    for words in ("Everything agrees", "The text gives the same integers", "The ledger names this very package"):
        assert words in said


def test_a_check_that_fails_is_never_green(qtbot, full, tmp_path) -> None:
    full.models.verified = Verified(False, (("features", True, ""), ("contributors", False, "0x" + "11" * 20)))
    page, _ = page_of(qtbot, full, tmp_path)
    ask(qtbot, page, "an island")
    click(qtbot, page, "answer-verify")
    still(qtbot)
    assert "Something does not agree" in words_in(page)
    assert "A contributor's share differs from retraining" in words_in(page)


def test_an_earlier_call_opens_again(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    ask(qtbot, page, "first")
    ask(qtbot, page, "second")
    calls = page.one.playground._calls
    assert [one.text for one in calls.model.shown] == ["second", "first"]
    calls.opened.emit(calls.model.shown[1])
    still(qtbot)
    assert find(page, "playground-text").toPlainText() == "first"
    assert "call 1" in find(page, "answer-facts").text()


def test_foreign_text_stays_plain(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    ask(qtbot, page, "first")
    evil = "<b>bold</b>\u202etxt"
    kept = full.models.calls[0]
    full.models.calls[0] = replace(kept, supporting=(replace(kept.supporting[0], text=evil),))
    page.one.playground._again(full.models.calls[0])
    still(qtbot)
    assert "<b>bold</b>txt" in words_in(page)
    labels = page.findChildren(QLabel)
    assert all(label.textFormat() != Qt.TextFormat.RichText for label in labels)


# -- settling and retraining -------------------------------------------------------------------------------------------


def test_unsettled_calls_are_settled_by_whoever_may(qtbot, full, tmp_path) -> None:
    full.earnings.unsettled = ((1, 600, Amount.parse("6")),)
    page, heard = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    assert "600 calls are not settled yet" in find(page, "settle-words").text()
    payer, poster = find(page, "settle-payer"), find(page, "settle-poster")
    assert [payer.itemData(at) for at in range(payer.count())] == [1]
    assert "builder" in poster.itemText(0)
    assert "contributor" in poster.itemText(1)
    poster.setCurrentIndex(1)
    click(qtbot, page, "settle-go")
    click(qtbot, dialog(qtbot, page, "confirm"), "confirm-yes")
    still(qtbot)
    assert ("settle", 1, 1, 1) in full.models.asked
    assert heard.said == ["Settled"]


def test_what_became_of_the_last_settlement_stands_beside_its_calls(qtbot, full, tmp_path) -> None:
    full.earnings.unsettled = ((0, 2, Amount.parse("0.02")),)
    tried = TryView(ADA, "Account 1", 1, "Topics", 2, Amount.parse("0.02"), "0x" + "7a" * 32, "WrongPool")
    full.earnings.tried = (tried,)
    page, _heard = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    assert "somebody began or ended supporting the model" in words_in(page)
    assert find(page, "settle-go").isEnabled()
    full.earnings.tried = (replace(tried, refused=""),)
    page.show_model(1, "about")
    still(qtbot)
    assert "A settlement is on its way" in words_in(page)


def test_saying_no_to_a_settlement_signs_nothing(qtbot, full, tmp_path) -> None:
    full.earnings.unsettled = ((0, 2, Amount.parse("0.02")),)
    page, heard = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    click(qtbot, page, "settle-go")
    click(qtbot, dialog(qtbot, page, "confirm"), "confirm-no")
    still(qtbot)
    assert full.signed == []
    assert len(full.forgotten) == 1
    assert heard.said == []
    assert find(page, "settle-go").isEnabled()


def test_its_builder_changes_the_fee_and_retires_it(qtbot, full, tmp_path) -> None:
    page, heard = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    assert find(page, "offer").isVisibleTo(page)
    click(qtbot, page, "offer-fee")
    sheet = dialog(qtbot, page, "fee")
    find(sheet, "fee-edit").setText("0.02")
    click(qtbot, sheet, "fee-yes")
    click(qtbot, dialog(qtbot, page, "confirm"), "confirm-yes")
    still(qtbot)
    assert ("fee", 1, Amount.parse("0.02")) in full.models.asked
    click(qtbot, page, "offer-retire")
    click(qtbot, dialog(qtbot, page, "confirm"), "confirm-yes")
    still(qtbot)
    assert ("retire", 1) in full.models.asked
    assert heard.said == ["The fee is changed", "Retired"]


@pytest.mark.parametrize("family", ["ridge", "softmax"])
def test_the_fee_of_a_model_with_either_head_can_be_changed(qtbot, full, tmp_path, family: str) -> None:
    full.models.views[0] = replace(full.models.views[0], head=HeadChoice(family))
    page, _heard = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    assert find(page, "offer-fee").isVisibleTo(page)


def test_every_part_of_a_fee_is_shown(qtbot, full, tmp_path) -> None:
    full.models.views[0] = replace(full.models.views[0], split=(6000, 2500, 1000, 500))
    page, _heard = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    said = page.one.about._split.accessibleName()
    assert "Contributors 60.00%, Builder 25.00%, Supporters 10.00%, Treasury 5.00%" in said
    assert "contributors get the supporters' part" in words_in(page)
    page.one.about.show_model(replace(full.models.views[0], fee=Amount(0)), (), (), ())
    assert "there is nothing to split" in words_in(page)


def test_nobody_but_its_builder_is_offered_that_and_nobody_twice(qtbot, full, tmp_path) -> None:
    page, _heard = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    for changed in (replace(full.models.views[0], builder=CARL), replace(full.models.views[0], state="retired")):
        page.one.about.offer.show_model(changed, page.one._accounts)
        assert not find(page, "offer").isVisibleTo(page)
    page.one.about.offer.show_model(full.models.views[0], page.one._accounts)
    click(qtbot, page, "offer-fee")
    sheet = dialog(qtbot, page, "fee")
    find(sheet, "fee-edit").setText("much")
    click(qtbot, sheet, "fee-yes")
    still(qtbot)
    assert "This is not an amount" in words_in(page)
    assert not [one for one in full.models.asked if one[0] == "fee"]


def test_an_outdated_model_is_retrained_with_a_receipt(qtbot, full, tmp_path) -> None:
    page, heard = page_of(qtbot, full, tmp_path)
    page.show_model(2, "use")
    still(qtbot)
    click(qtbot, page, "model-outdated-action")
    click(qtbot, page, "retrain-go")
    confirm = dialog(qtbot, page, "confirm")
    assert find(page, "retrain-equal").text() == "Equal to training from scratch, bit for bit."
    said = words_in(find(page, "retrain"))
    assert "0x" + "77" * 32 in said
    assert "78.7 % before, 78.6 % after" in said
    click(qtbot, confirm, "confirm-yes")
    still(qtbot)
    assert ("retrain", 2, 0) in full.models.asked
    assert heard.said == ["Retrained"]


def test_an_outdated_draft_is_built_again(qtbot, full, tmp_path) -> None:
    full.models.views = [model(4, "outdated")]
    page, _ = page_of(qtbot, full, tmp_path)
    page.show_model(4, "about")
    still(qtbot)
    click(qtbot, page, "retrain-build")
    assert find(page, "release-1").isVisible()


def test_a_draft_is_thrown_away_only_after_a_question(qtbot, full, tmp_path) -> None:
    page, heard = page_of(qtbot, full, tmp_path)
    page.show_model(3, "about")
    still(qtbot)
    click(qtbot, page, "about-remove")
    click(qtbot, dialog(qtbot, page, "remove"), "remove-yes")
    still(qtbot)
    assert ("remove", 3) in full.models.asked
    assert heard.said == ["Thrown away"]


def test_hashes_are_whole(qtbot, full, tmp_path) -> None:
    page, _ = page_of(qtbot, full, tmp_path)
    page.show_model(1, "about")
    still(qtbot)
    said = words_in(page)
    for value in ("0x" + "01" * 32, release().root, release().manifest_hash):
        assert value in said


def test_releases_of_every_datanet_can_be_chosen(qtbot, tmp_path) -> None:
    nets = [
        datanet(release()),
        datanet(release(1), number=2, name="Swahili intents"),
        datanet(number=3, name="None yet"),
    ]
    client = StillModelsClient(tmp_path, datanets=nets)
    page, _ = page_of(qtbot, client, tmp_path)
    page.open(("build", 2))
    assert find(page, "release-2").isChecked()
    assert page.findChild(QWidget, "release-3") is None


# -- words and pictures ------------------------------------------------------------------------------------------------


def test_the_commonest_mistakes_are_named() -> None:
    from ui.pages.model_confusion import confusions

    assert confusions(("a", "b"), ((8, 2), (0, 9))) == [("a", "b", 2, 10)]


def test_the_matrix_reads_without_colour_and_fits_its_room(qtbot) -> None:
    from ui.pages.model_confusion import ConfusionMatrix

    install(qtbot_app(), "light")
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    counts = tuple(tuple(9 if a == b else 1 for b in range(len(LABELS))) for a in range(len(LABELS)))
    matrix.show_counts(LABELS, counts)
    matrix.resize(700, matrix.heightForWidth(700))
    last = matrix._place(len(LABELS) - 1, len(LABELS) - 1)
    assert last.right() <= 700
    assert last.bottom() <= matrix.height()
    assert "Commonest mistakes: animal answered as artifact: 1 of 16" in matrix.accessibleName()
    assert matrix._said_at(last.center().toPoint()).startswith("9 of 16 records labelled time were answered time")


def test_signed_shares_keep_their_sign() -> None:
    from ui.trace_words import signed

    assert [signed(share) for share in (0.25, -0.048, 0.0001)] == ["+25.0 %", "\N{MINUS SIGN}4.8 %", "0.0 %"]
