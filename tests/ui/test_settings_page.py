"""Settings: what is chosen is kept; the password and the backup say what happened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from core.errors import BadFile, DiskFull
from core.jobs import Progress
from core.settings import SettingsFile
from tests.doubles.still_client import PASSWORD, StillClient
from ui import tasks
from ui.pages import Context
from ui.pages.settings import SettingsPage
from ui.theme import install, theme
from ui.widgets import Button, Text

NEW = "violet tractor seldom breathes"


@dataclass(frozen=True)
class Report:
    path: Path
    created: int = 1_700_000_000
    names: tuple[str, ...] = ("vault.db", "keys.json")
    size: int = 1_500_000


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> SettingsPage:
    made = SettingsPage(context)
    qtbot.addWidget(made)
    made.resize(1000, 900)
    made.show()
    return made


def fill(page: SettingsPage, **words: str) -> None:
    for name, text in words.items():
        page.findChild(QLineEdit, f"password-{name}").setText(text)


def idle(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not tasks.engine().running)


def test_the_theme_changes_at_once_and_is_kept(
    qtbot: QtBot, page: SettingsPage, settings: SettingsFile, client: StillClient, qapp: QApplication
) -> None:
    page.findChild(Button, "theme-dark").click()
    assert theme().dark
    idle(qtbot)
    assert SettingsFile(client.paths.settings).values.theme == "dark"
    install(qapp, "light")


def test_the_minutes_to_lock_are_kept(qtbot: QtBot, page: SettingsPage, settings: SettingsFile) -> None:
    box = page.findChild(QComboBox, "lock-minutes")
    assert box.currentText() == "After 15 minutes"
    box.setCurrentIndex(5)
    box.activated.emit(5)
    idle(qtbot)
    assert (box.currentText(), settings.values.lock_minutes) == ("Never", 0)


def test_the_password_is_changed_when_all_is_right(qtbot: QtBot, page: SettingsPage, client: StillClient) -> None:
    change = page.findChild(Button, "password-change")
    fill(page, old=PASSWORD, new=NEW, again="something else entirely here")
    assert not change.isEnabled()
    fill(page, again=NEW)
    change.click()
    title = page.findChild(Text, "password-said-title")
    qtbot.waitUntil(lambda: title.text() == "The password is changed")
    assert client.profile.asked == ["change password"]
    assert page.findChild(QLineEdit, "password-new").text() == ""


def test_a_wrong_old_password_is_said_at_its_field(qtbot: QtBot, page: SettingsPage) -> None:
    fill(page, old="not it", new=NEW, again=NEW)
    page.findChild(Button, "password-change").click()
    hint = page.findChild(Text, "password-old-hint")
    qtbot.waitUntil(lambda: hint.text().startswith("Wrong password"))


def test_a_backup_is_written_and_said(qtbot: QtBot, page: SettingsPage, client: StillClient, tmp_path: Path) -> None:
    def backup(path: Path, *, progress: Progress) -> Report:
        progress.step("writing", 1, 2)
        return Report(path)

    client.profile.backup = backup  # type: ignore[attr-defined]
    page.back_up_to(tmp_path / "a.olbackup")
    title = page.findChild(Text, "backup-said-title")
    qtbot.waitUntil(lambda: title.text() == "The backup is written")
    assert "1.5 MB" in page.findChild(Text, "backup-said-words").text()


def test_a_full_disk_is_said_in_words(qtbot: QtBot, page: SettingsPage, client: StillClient, tmp_path: Path) -> None:
    def backup(path: Path, *, progress: Progress) -> Report:
        raise DiskFull(path=str(path))

    client.profile.backup = backup  # type: ignore[attr-defined]
    page.back_up_to(tmp_path / "a.olbackup")
    title = page.findChild(Text, "backup-said-title")
    qtbot.waitUntil(lambda: title.text() == "The disk is full")


def test_a_backup_is_checked_to_its_last_byte(
    qtbot: QtBot, page: SettingsPage, client: StillClient, tmp_path: Path
) -> None:
    def drill(path: Path, password: str, *, progress: Progress) -> Report:
        if password != PASSWORD:
            raise BadFile(path=str(path), reason="damaged")
        return Report(path)

    client.profile.drill = drill  # type: ignore[attr-defined]
    title = page.findChild(Text, "backup-said-title")
    page.check_backup(tmp_path / "a.olbackup", "x")
    qtbot.waitUntil(lambda: title.text() == "The file could not be read")
    page.check_backup(tmp_path / "a.olbackup", PASSWORD)
    qtbot.waitUntil(lambda: title.text() == "The backup is whole")
