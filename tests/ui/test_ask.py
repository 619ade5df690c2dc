"""Questions do not block, can be awaited, and close with their answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.doubles.still_client import ADA, prepared
from ui import ask, tasks
from ui.dialogs.confirm import ConfirmDialog, raw_words
from ui.widgets import Button, Text


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def click(owner: QWidget, name: str) -> None:
    button = owner.findChild(Button, name)
    assert button is not None, name
    button.click()


def test_a_question_is_answered_yes_or_no(qtbot: QtBot, owner: QWidget) -> None:
    answers: list[bool] = []
    for name in ("question-yes", "question-no"):
        ask.question(owner, "Delete the draft?", "It is not signed yet.", yes="Delete", danger=True).then(
            answers.append
        )
        click(owner, name)
        qtbot.waitUntil(lambda: owner.findChild(ask.Sheet) is None)
    assert answers == [True, False]


def test_escape_is_no(qtbot: QtBot, owner: QWidget) -> None:
    answers: list[bool] = []
    ask.question(owner, "Go?", "").then(answers.append)
    qtbot.keyClick(owner.findChild(ask.Sheet), Qt.Key.Key_Escape)
    assert answers == [False]


def test_enter_alone_does_not_do_what_cannot_be_undone(qtbot: QtBot, owner: QWidget) -> None:
    answers: list[bool] = []
    ask.question(owner, "Delete?", "", yes="Delete", danger=True).then(answers.append)
    qtbot.keyClick(owner.findChild(ask.Sheet), Qt.Key.Key_Return)
    assert answers == []
    click(owner, "question-no")


def test_a_task_waits_for_the_answer_without_holding_anything_up(qtbot: QtBot, owner: QWidget) -> None:
    async def steps() -> str:
        if not await ask.question(owner, "Go on?", ""):
            return "no"
        return await ask.line(owner, "Name", "Name", start="Ada") or "none"

    answers: list[str] = []
    tasks.start(owner, steps(), on_done=answers.append)
    click(owner, "question-yes")
    qtbot.waitUntil(lambda: owner.findChild(QLineEdit, "line-edit") is not None)
    owner.findChild(QLineEdit, "line-edit").setText("Bela")
    click(owner, "line-yes")
    qtbot.waitUntil(lambda: answers == ["Bela"])


def test_a_password_is_asked_for_hidden(qtbot: QtBot, owner: QWidget) -> None:
    answers: list[str | None] = []
    ask.password(owner, "Back up", "").then(answers.append)
    edit = owner.findChild(QLineEdit, "ask-password-edit")
    assert edit.echoMode() == QLineEdit.EchoMode.Password
    edit.setText("secret")
    click(owner, "ask-password-yes")
    qtbot.waitUntil(lambda: owner.findChild(ask.Sheet) is None)
    ask.password(owner, "Back up", "").then(answers.append)
    click(owner, "ask-password-no")
    assert answers == ["secret", None]


def test_files_are_asked_for_without_blocking(qtbot: QtBot, owner: QWidget, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    found: list[Path | None] = []
    ask.open_file(owner, "Choose", "CSV (*.csv)").then(found.append)
    dialog = owner.findChild(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(file))
    dialog.accept()
    ask.open_file(owner, "Choose").then(found.append)
    owner.findChildren(QFileDialog)[-1].reject()
    qtbot.waitUntil(lambda: len(found) == 2)
    assert found == [file, None]


def test_what_is_signed_is_said_in_words_with_whole_addresses(qtbot: QtBot, owner: QWidget) -> None:
    dialog = ConfirmDialog(owner, prepared())
    ask.opened(dialog)
    shown = [label.text() for label in dialog.findChildren(Text)]
    assert "Send OPEN" in shown
    assert "\N{MINUS SIGN}1.500000 OPEN" in shown
    assert "at most 0.000021000 OPEN" in shown
    assert str(prepared().to) in shown
    assert not any("…" in words for words in shown)
    focus = dialog.focusWidget()
    assert focus is None or focus is dialog  # no button is pointed at before the person has read
    click(owner, "confirm-no")


def test_the_raw_call_is_one_click_away(qtbot: QtBot, owner: QWidget) -> None:
    dialog = ConfirmDialog(owner, prepared())
    ask.opened(dialog)
    raw = dialog.findChild(object, "confirm-raw-text")
    assert not raw.isVisible()
    click(owner, "confirm-raw")
    assert raw.isVisible()
    assert '"data": "0x0102"' in raw.toPlainText()
    click(owner, "confirm-no")


def test_a_grave_risk_comes_first_and_enter_does_not_sign(qtbot: QtBot, owner: QWidget) -> None:
    answers: list[bool] = []
    action = prepared(risks=("new address", "looks like a known address"))
    ask.confirm(owner, action).then(answers.append)
    dialog = owner.findChild(ConfirmDialog)
    titles = [label.text() for label in dialog.findChildren(Text, "confirm-risk-title")]
    assert titles == ["Stop and look", "Careful"]
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert answers == []
    click(owner, "confirm-yes")
    assert answers == [True]


def test_foreign_names_in_a_confirmation_stay_plain(qtbot: QtBot, owner: QWidget) -> None:
    action = prepared(details=(("to", str(ADA)), ("datanet", "<b>evil</b>\u202egnp.exe")))
    dialog = ConfirmDialog(owner, action)
    ask.opened(dialog)
    shown = [label for label in dialog.findChildren(Text) if "evil" in label.text()]
    assert [label.text() for label in shown] == ["<b>evil</b>gnp.exe"]
    assert shown[0].textFormat() == Qt.TextFormat.PlainText
    click(owner, "confirm-no")


def test_raw_words_are_capped_and_clean() -> None:
    assert len(raw_words({"data": b"\xff" * 100_000})) <= 20_000
    assert "\u202e" not in raw_words({"name": "a\u202eb"})
