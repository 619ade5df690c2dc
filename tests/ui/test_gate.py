"""The ways in: create, restore, backup, look around, unlock - by what a person sees and presses."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.errors import BadFile, DiskFull, NodeUnreachable
from core.jobs import Progress
from tests.doubles.still_client import PASSWORD, PHRASE, StillClient
from ui.doors import Doors
from ui.onboarding import Gate


@dataclass
class Ways:
    """A client that stands still behind real doors, and what was put aside."""

    client: StillClient
    aside: list[str] = field(default_factory=list)
    sample_steps: int = 2000

    def doors(self) -> Doors:
        coming: Future = Future()
        coming.set_result(self.client)
        return Doors(coming, self._sample, self._put_aside)

    def _put_aside(self) -> None:
        self.aside.append(self.client.profile.now)
        self.client.profile.now = "empty"

    def _sample(self, progress: Progress) -> StillClient:
        for number in range(self.sample_steps):
            progress.step("datanet", number, self.sample_steps)
            time.sleep(0.0001)
        return self.client


@pytest.fixture
def ways(client: StillClient) -> Ways:
    return Ways(client)


def make(qtbot: QtBot, ways: Ways, state: str = "empty") -> Gate:
    ways.client.profile.now = state
    gate = Gate(ways.doors(), state)  # type: ignore[arg-type]
    gate.resize(1000, 800)
    qtbot.addWidget(gate)
    gate.show()
    return gate


def press(gate: QWidget, name: str) -> None:
    button = gate.findChild(QPushButton, name)
    assert button is not None, name
    assert button.isVisible(), name
    assert button.isEnabled(), name
    button.click()


def fill(gate: QWidget, name: str, words: str) -> None:
    gate.findChild(QLineEdit, name).setText(words)


def at(qtbot: QtBot, gate: Gate, name: str) -> None:
    qtbot.waitUntil(lambda: gate.step.objectName() == name)


def write_down(qtbot: QtBot, gate: Gate) -> None:
    press(gate, "create")
    at(qtbot, gate, "phrase")
    qtbot.waitUntil(lambda: len(gate.show_phrase.grid._words) == 12)
    press(gate, "phrase-show")
    gate.findChild(QCheckBox, "phrase-written").setChecked(True)
    press(gate, "phrase-next")
    at(qtbot, gate, "quiz")


def answer(gate: Gate) -> None:
    for number, asked in enumerate(gate.quiz.asked):
        fill(gate, f"quiz-{number}", PHRASE.split()[asked - 1].upper() + " ")


def to_password(qtbot: QtBot, gate: Gate) -> None:
    write_down(qtbot, gate)
    answer(gate)
    press(gate, "quiz-next")
    at(qtbot, gate, "new-password")


def set_password(gate: Gate) -> None:
    fill(gate, "new-password-first", PASSWORD)
    fill(gate, "new-password-again", PASSWORD)
    gate.findChild(QCheckBox, "new-password-understood").setChecked(True)
    press(gate, "new-password-next")


def test_a_profile_is_made_in_four_short_steps(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    write_down(qtbot, gate)
    answer(gate)
    press(gate, "quiz-next")
    at(qtbot, gate, "new-password")
    set_password(gate)
    at(qtbot, gate, "ready")
    with qtbot.waitSignal(gate.opened) as opened:
        press(gate, "ready-next")
    assert opened.args == [ways.client]
    assert ways.client.profile.asked == ["create"]


def test_the_phrase_is_covered_first_and_never_text_to_copy(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    press(gate, "create")
    qtbot.waitUntil(lambda: len(gate.show_phrase.grid._words) == 12)
    assert gate.show_phrase.grid.accessibleName() == "The words are covered"
    assert not gate.findChild(QCheckBox, "phrase-written").isEnabled()
    press(gate, "phrase-show")
    assert "1 legal." in gate.show_phrase.grid.accessibleName()
    for label in gate.findChildren(QLabel):
        assert "sausage" not in label.text()
    assert gate.show_phrase.grid.contextMenuPolicy() == Qt.ContextMenuPolicy.DefaultContextMenu
    assert "sausage" not in QGuiApplication.clipboard().text()


def test_twenty_four_words_are_offered(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    press(gate, "create")
    at(qtbot, gate, "phrase")
    press(gate, "length-24")
    qtbot.waitUntil(lambda: len(gate.show_phrase.grid._words) == 24)


def test_a_wrong_word_in_the_quiz_asks_for_three_others(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    write_down(qtbot, gate)
    assert not gate.findChild(QPushButton, "quiz-next").isEnabled()
    answer(gate)
    fill(gate, "quiz-1", "wrong")
    press(gate, "quiz-next")
    words = gate.findChild(QLabel, "quiz-notice-words")
    qtbot.waitUntil(lambda: words.text().startswith("At least one word was not right"))
    assert gate.step is gate.quiz
    answer(gate)
    press(gate, "quiz-next")
    at(qtbot, gate, "new-password")


def test_from_the_quiz_the_words_can_be_seen_again(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    write_down(qtbot, gate)
    press(gate, "quiz-back")
    assert gate.step is gate.show_phrase
    assert gate.show_phrase.grid.accessibleName() == "The words are covered"


def test_a_password_must_be_good_the_same_and_understood(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    to_password(qtbot, gate)
    go = gate.findChild(QPushButton, "new-password-next")
    fill(gate, "new-password-first", "password1")
    fill(gate, "new-password-again", "password1")
    gate.findChild(QCheckBox, "new-password-understood").setChecked(True)
    assert not go.isEnabled()
    fill(gate, "new-password-first", PASSWORD)
    assert not go.isEnabled()
    fill(gate, "new-password-again", PASSWORD)
    assert go.isEnabled()
    gate.findChild(QCheckBox, "new-password-understood").setChecked(False)
    assert not go.isEnabled()


def test_what_a_forgotten_password_means_is_said_before_the_first_money(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    to_password(qtbot, gate)
    words = gate.findChild(QLabel, "forgotten-words")
    assert words.isVisible()
    assert "only your recovery phrase" in words.text()


def test_a_failure_stays_on_the_screen_and_trying_again_goes_on_with_what_is_there(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    ways.client.profile.fails = DiskFull(path="/x")
    to_password(qtbot, gate)
    set_password(gate)
    title = lambda: gate.findChild(QLabel, "working-notice-title")  # noqa: E731
    qtbot.waitUntil(lambda: title() is not None and title().text() == "The disk is full")
    press(gate, "working-again")
    at(qtbot, gate, "ready")
    assert ways.client.profile.asked == ["create", "lock"]  # the half-made profile was opened, not made twice


def test_a_phrase_brings_a_profile_back(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    press(gate, "restore")
    at(qtbot, gate, "enter-phrase")
    edit = gate.findChild(QPlainTextEdit, "enter-phrase-words")
    edit.setPlainText("legal winner")
    assert not gate.findChild(QPushButton, "enter-phrase-next").isEnabled()
    edit.setPlainText(PHRASE.replace("yellow", "year"))
    press(gate, "enter-phrase-next")
    hint = gate.findChild(QLabel, "enter-phrase-words-hint")
    qtbot.waitUntil(lambda: "not in this order" in hint.text())
    edit.setPlainText(f"  {PHRASE.upper()}\n")
    press(gate, "enter-phrase-next")
    at(qtbot, gate, "new-password")
    set_password(gate)
    at(qtbot, gate, "ready")
    assert ways.client.profile.asked == ["restore"]


def to_invite(qtbot: QtBot, gate: Gate, tmp_path: Path) -> Path:
    press(gate, "join")
    at(qtbot, gate, "enter-invite")
    file = tmp_path / "anns.olinvite"
    file.write_bytes(b"")
    gate.enter_invite.picked.emit(file)
    return file


def words_of(gate: Gate) -> str:
    return "\n".join(one.text() for one in gate.findChildren(QLabel) if one.isVisible())


def test_an_invite_is_shown_and_checked_before_anything_is_made(qtbot: QtBot, ways: Ways, tmp_path: Path) -> None:
    gate = make(qtbot, ways)
    go = gate.enter_invite._next
    assert not go.isEnabled()
    to_invite(qtbot, gate, tmp_path)
    qtbot.waitUntil(go.isEnabled)
    said = words_of(gate)
    for part in (
        "anns.olinvite says",
        "Ann's ledger",
        "http://127.0.0.1:8545 (on this machine)",
        "24149591",
        "block 12",
    ):
        assert part in said
    press(gate, "enter-invite-next")
    at(qtbot, gate, "phrase")
    assert ways.client.joining.asked == [("look", "anns.olinvite"), ("check", "anns.olinvite")]
    press(gate, "phrase-show")
    gate.findChild(QCheckBox, "phrase-written").setChecked(True)
    press(gate, "phrase-next")
    at(qtbot, gate, "quiz")
    answer(gate)
    press(gate, "quiz-next")
    at(qtbot, gate, "new-password")
    assert not gate.findChild(QWidget, "sharing").isVisible()
    set_password(gate)
    at(qtbot, gate, "ready")
    assert ways.client.joining.asked[-1] == ("join", "anns.olinvite")
    assert ways.client.profile.asked == []
    assert "no OPEN here yet" in words_of(gate)


def test_a_file_that_is_no_invite_leaves_nothing_of_the_one_before(qtbot: QtBot, ways: Ways, tmp_path: Path) -> None:
    gate = make(qtbot, ways)
    file = to_invite(qtbot, gate, tmp_path)
    qtbot.waitUntil(gate.enter_invite._next.isEnabled)
    ways.client.joining.fails = BadFile(path=str(file), reason="not an invite")
    gate.enter_invite.picked.emit(file)
    qtbot.waitUntil(lambda: "is not an invite" in words_of(gate))
    assert not gate.findChild(QPushButton, "enter-invite-next").isEnabled()
    assert "Ann's ledger" not in words_of(gate)


def test_a_network_that_does_not_answer_is_told_with_whom_to_ask(qtbot: QtBot, ways: Ways, tmp_path: Path) -> None:
    gate = make(qtbot, ways)
    to_invite(qtbot, gate, tmp_path)
    qtbot.waitUntil(gate.enter_invite._next.isEnabled)
    ways.client.joining.fails = NodeUnreachable(endpoint="http://127.0.0.1:8545", reason="ConnectError")
    press(gate, "enter-invite-next")
    qtbot.waitUntil(lambda: "Its node does not answer" in words_of(gate))
    assert "Ask whoever invited you" in words_of(gate)
    press(gate, "enter-invite-next")
    at(qtbot, gate, "phrase")


@pytest.mark.parametrize(("chosen", "shared"), [(None, False), ("shared", True), ("alone", False)])
def test_a_new_network_is_for_oneself_unless_chosen(qtbot: QtBot, ways: Ways, chosen: str | None, shared: bool) -> None:
    gate = make(qtbot, ways)
    to_password(qtbot, gate)
    assert "a few seconds" in gate.findChild(QLabel, "sharing-words").text()
    if chosen is not None:
        press(gate, f"sharing-{chosen}")
        assert ("wait a day" in gate.findChild(QLabel, "sharing-words").text()) is shared
    set_password(gate)
    at(qtbot, gate, "ready")
    assert ways.client.profile.shared is shared


def test_a_backup_brings_everything_back(qtbot: QtBot, ways: Ways, tmp_path: Path) -> None:
    gate = make(qtbot, ways)
    press(gate, "restore-backup")
    at(qtbot, gate, "enter-backup")
    file = tmp_path / "mine.olbackup"
    file.write_bytes(b"")
    gate.enter_backup._took(file)
    fill(gate, "backup-password", "not this one")
    press(gate, "enter-backup-next")
    hint = gate.findChild(QLabel, "backup-password-hint")
    qtbot.waitUntil(lambda: hint.text().startswith("Wrong password"))
    fill(gate, "backup-password", PASSWORD)
    press(gate, "enter-backup-next")
    at(qtbot, gate, "ready")
    assert ways.client.profile.asked == ["restore mine.olbackup"]


def test_looking_around_shows_progress_and_opens(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    with qtbot.waitSignal(gate.opened) as opened:
        press(gate, "look-around")
        at(qtbot, gate, "working")
        assert gate.findChild(QPushButton, "working-stop").isVisible()
    assert opened.args == [ways.client]


def test_looking_around_can_be_stopped(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    ways.sample_steps = 1_000_000
    press(gate, "look-around")
    at(qtbot, gate, "working")
    press(gate, "working-stop")
    at(qtbot, gate, "welcome")


def test_a_wrong_password_says_so_and_the_third_offers_help(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways, "locked")
    hint = gate.findChild(QLabel, "unlock-password-hint")
    go = gate.findChild(QPushButton, "unlock-next")
    assert not go.isEnabled()
    for attempt in range(3):
        fill(gate, "unlock-password", f"wrong {attempt}")
        press(gate, "unlock-next")
        qtbot.waitUntil(go.isEnabled)
        assert hint.text().startswith("Wrong password")
    assert gate.findChild(QPushButton, "unlock-phrase").isVisible()
    fill(gate, "unlock-password", PASSWORD)
    with qtbot.waitSignal(gate.opened):
        press(gate, "unlock-next")


def test_a_forgotten_password_leads_to_the_phrase_and_keeps_the_old_files(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways, "locked")
    press(gate, "unlock-forgotten")
    press(gate, "unlock-phrase")
    press(gate, "put-aside-yes")
    at(qtbot, gate, "enter-phrase")
    assert ways.aside == []
    gate.findChild(QPlainTextEdit, "enter-phrase-words").setPlainText(PHRASE)
    press(gate, "enter-phrase-next")
    at(qtbot, gate, "new-password")
    set_password(gate)
    at(qtbot, gate, "ready")
    assert ways.aside == ["locked"]
    assert ways.client.profile.asked == ["restore"]


def test_without_consent_nothing_is_put_aside(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways, "locked")
    press(gate, "unlock-forgotten")
    press(gate, "unlock-backup")
    press(gate, "put-aside-no")
    assert gate.step is gate.unlock
    assert ways.aside == []


def test_secrets_are_dropped_on_the_way_back(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    to_password(qtbot, gate)
    fill(gate, "new-password-first", PASSWORD)
    for name in ("new-password-back", "quiz-back", "phrase-back"):
        press(gate, name)
    assert gate.step is gate.welcome
    assert gate.show_phrase.grid._words == ()
    assert gate.findChild(QLineEdit, "new-password-first").text() == ""
    assert gate.findChild(QLineEdit, "quiz-0").text() == ""


def test_escape_goes_back(qtbot: QtBot, ways: Ways) -> None:
    gate = make(qtbot, ways)
    gate.activateWindow()
    qtbot.waitUntil(gate.isActiveWindow)
    press(gate, "restore")
    at(qtbot, gate, "enter-phrase")
    qtbot.keyClick(gate, Qt.Key.Key_Escape)
    assert gate.step is gate.welcome
