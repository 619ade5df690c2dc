"""From an empty folder to a profile, locked and opened again, backed up and brought back - through the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.start import Clients, make_application, make_window
from core.paths import ProfilePaths
from core.settings import SettingsFile
from ui import tasks
from ui.window import Window

PASSWORD = "violet tractor seldom breathes"
PATIENCE = 120_000  # milliseconds; a busy machine seals keys and puts up contracts slowly


class Person:
    """Someone in front of a window of an own profile folder."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot = qtbot
        paths = ProfilePaths(root)
        paths.prepare()
        settings = SettingsFile(paths.settings)
        make_application(settings)
        self.clients = Clients(paths)
        self.window: Window = make_window(self.clients, settings)
        qtbot.addWidget(self.window)
        self.window.show()
        self.clients.fetch()

    def find(self, kind: type, name: str) -> QWidget:
        found = [one for one in self.window.findChildren(kind, name) if one.isVisible()]
        assert found, f"{name} is not on the screen"
        return found[0]

    def press(self, name: str) -> None:
        button = self.find(QPushButton, name)
        assert button.isEnabled(), name
        button.click()

    def type(self, **words: str) -> None:
        for name, text in words.items():
            self.find(QLineEdit, name.replace("_", "-")).setText(text)

    def tick(self, name: str) -> None:
        self.find(QCheckBox, name).setChecked(True)

    def until(self, holds: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=PATIENCE)

    def at(self, step: str) -> None:
        self.until(lambda: self.window.gate is not None and self.window.gate.step.objectName() == step)

    def inside(self) -> None:
        self.until(lambda: self.window.frame is not None and not tasks.engine().running)

    def says(self, name: str) -> str:
        label = self.find(QLabel, name)
        assert isinstance(label, QLabel)
        return label.text()

    def account(self) -> str:
        return self.find(QPushButton, "account-chip").accessibleName()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.window.frame is not None:
            self.window.lock()
        self.until(lambda: not tasks.engine().running)
        self.window.close()
        self.clients.close()


def make_profile(person: Person) -> str:
    """Through create, quiz and password; returns the phrase as the person wrote it down."""
    person.press("create")
    person.at("phrase")
    person.press("phrase-show")
    words = person.window.gate.show_phrase.grid.accessibleName().split()[1::2]
    phrase = [word.rstrip(".") for word in words]
    person.tick("phrase-written")
    person.press("phrase-next")
    person.at("quiz")
    for number, asked in enumerate(person.window.gate.quiz.asked):
        person.find(QLineEdit, f"quiz-{number}").setText(phrase[asked - 1])
    person.press("quiz-next")
    person.at("new-password")
    choose_password(person)
    return " ".join(phrase)


def choose_password(person: Person) -> None:
    person.type(new_password_first=PASSWORD, new_password_again=PASSWORD)
    person.tick("new-password-understood")
    person.press("new-password-next")
    person.at("ready")
    person.press("ready-next")
    person.inside()


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_a_profile_is_made_locked_opened_backed_up_and_brought_back(qtbot: QtBot, tmp_path: Path) -> None:
    backup = tmp_path / "mine.olbackup"
    with Person(qtbot, tmp_path / "first") as person:
        phrase = make_profile(person)
        assert len(phrase.split()) == 12
        before = person.account()
        assert "verified" in person.find(QPushButton, "network-chip").text()
        lock_and_unlock(person)
        assert person.account() == before
        back_up(person, backup)
        address = person.window.frame.topbar._account.toolTip().splitlines()[0]

    with Person(qtbot, tmp_path / "second") as other:
        other.press("restore-backup")
        other.at("enter-backup")
        other.window.gate.enter_backup._took(backup)
        other.type(backup_password=PASSWORD)
        other.press("enter-backup-next")
        other.at("ready")
        other.press("ready-next")
        other.inside()
        assert other.account() == before

    with Person(qtbot, tmp_path / "third") as third:
        third.press("restore")
        third.at("enter-phrase")
        third.find(QPlainTextEdit, "enter-phrase-words").setPlainText(phrase)
        third.press("enter-phrase-next")
        third.at("new-password")
        choose_password(third)
        # the same account, on a ledger of its own
        assert third.window.frame.topbar._account.toolTip().splitlines()[0] == address


def lock_and_unlock(person: Person) -> None:
    person.window.lock()
    person.at("unlock")
    person.type(unlock_password="not this one")
    person.press("unlock-next")
    person.until(lambda: person.find(QPushButton, "unlock-next").isEnabled())
    assert person.says("unlock-password-hint").startswith("Wrong password")
    person.type(unlock_password=PASSWORD)
    person.press("unlock-next")
    person.inside()


def back_up(person: Person, backup: Path) -> None:
    person.window.frame.go("settings")
    page = person.window.frame.current
    page.back_up_to(backup)
    person.until(lambda: not tasks.engine().running)
    assert person.says("backup-said-title") == "The backup is written"
    page.check_backup(backup, PASSWORD)
    person.until(lambda: not tasks.engine().running)
    assert person.says("backup-said-title") == "The backup is whole"
