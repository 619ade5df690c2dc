"""No part flickers up as a window of its own before it has its place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.errors import DiskFull
from core.jobs import Progress
from tests.doubles.still_client import StillClient, prepared
from ui import ask, tasks
from ui.pages import Context
from ui.pages.settings import SettingsPage
from ui.widgets import LabeledField, Notice, PasswordField, ProgressPanel, StatTile, Text, column
from ui.window import Window


def test_parts_wait_for_their_parent(qtbot: QtBot, windows_shown: list[str]) -> None:
    notice = Notice("info", "Said", "before it has a place")
    field = LabeledField("Password", PasswordField(), "A hint")
    field.fail("wrong")
    host = QWidget()
    qtbot.addWidget(host)
    column(notice, field, StatTile("One", "1", "OPEN", "hint"), Text("words", wrap=True), parent=host)
    host.show()
    assert windows_shown == ["QWidget ''"]
    assert notice.isVisible()
    assert field.isVisible()


def test_every_screen_of_the_gate_comes_up_in_its_place(
    qtbot: QtBot, window: Window, client: StillClient, windows_shown: list[str], tmp_path: Path
) -> None:
    gate = window.gate
    steps = (gate.show_phrase, gate.quiz, gate.password, gate.enter_phrase, gate.enter_invite, gate.enter_backup)
    for step in (*steps, gate.unlock):
        gate._show(step)
        step.failed(DiskFull(path="/x"))
    gate.enter_backup._took(tmp_path)
    gate.enter_invite.show_invite(tmp_path, client.joining.invite_says)
    gate.password.ask_sharing(True)
    gate.unlock._explain()
    gate.working.begin("Working", "", steps=True)
    gate._show(gate.working)
    gate.working.failed(DiskFull(path="/x"))
    gate._show(gate.ready)
    assert windows_shown == []


def test_the_frame_settings_and_dialogs_too(
    qtbot: QtBot, window: Window, client: StillClient, context: Context, windows_shown: list[str]
) -> None:
    window.show_frame(client)
    window.frame.go("settings")
    window.frame.say_error(DiskFull(path="/x"))
    ask.confirm(window, prepared(risks=("new address",)))
    window.findChild(ask.Sheet).reject()
    qtbot.waitUntil(lambda: not tasks.engine().running)
    assert windows_shown == ["ConfirmDialog 'confirm'"]


def test_a_progress_panel_follows_from_where_it_stands(qtbot: QtBot, windows_shown: list[str]) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    panel = ProgressPanel()
    column(panel, parent=host)
    host.show()

    def work(*, progress: Progress) -> None:
        progress.step("solve", 1, 2)

    panel.follow(tasks.run(host, work, title="Train"))
    assert panel.isVisible()
    qtbot.waitUntil(lambda: not panel.isVisible())
    assert windows_shown == ["QWidget ''"]


def test_a_page_alone(qtbot: QtBot, context: Context, windows_shown: list[str]) -> None:
    page = SettingsPage(context)
    qtbot.addWidget(page)
    page.show()
    assert windows_shown == ["SettingsPage 'page-settings'"]
