"""Settings: look, lock, password, backup and restore drill, about."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from core.errors import WrongPassword
from core.settings import LOCK_MINUTES
from ui import ask, tasks
from ui.pages.base import Action, Context, Page
from ui.text import count, foreign, moment, size
from ui.theme import theme
from ui.theme.tokens import CONTROL_HEIGHT, FORM_WIDTH, L, S
from ui.widgets import (
    Button,
    Card,
    LabeledField,
    Line,
    Notice,
    PageHeader,
    PasswordField,
    ProgressPanel,
    Segmented,
    StrengthMeter,
    Text,
    column,
    row,
)

_THEMES = (("light", "Light"), ("dark", "Dark"), ("system", "As the system"))


def lock_words(minutes: int) -> str:
    return "Never" if minutes == 0 else f"After {count(minutes, 'minute')}"


class SettingsPage(Page):
    name, title, icon, order, shortcut = "settings", "Settings", "settings", 90, "Ctrl+,"

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        cards = (self._appearance(), self._security(), self._backup(), self._about())
        header = PageHeader("Settings", "How this program looks, locks and keeps what is yours.")
        self.fill(header, *cards, width=FORM_WIDTH + 200)

    def actions(self) -> list[Action]:
        return [
            Action("Use the light theme", "sun", lambda: self._set_theme("light")),
            Action("Use the dark theme", "moon", lambda: self._set_theme("dark")),
            Action("Back up this profile", "archive", self._back_up),
        ]

    # -- appearance --------------------------------------------------------------------------------------------------

    def _appearance(self) -> Card:
        self._themes = Segmented(_THEMES, name="theme")
        self._themes.choose(self.context.settings.values.theme)
        self._themes.changed.connect(self._set_theme)
        return Card(row(self._themes, None), title="Appearance", name="settings-appearance")

    def _set_theme(self, mode: str) -> None:
        self._themes.choose(mode)
        theme().set_mode(mode)  # type: ignore[arg-type]
        self.run(self.context.settings.change, theme=mode)

    # -- security ----------------------------------------------------------------------------------------------------

    def _security(self) -> Card:
        self._minutes = QComboBox()
        self._minutes.setObjectName("lock-minutes")
        self._minutes.setMinimumHeight(CONTROL_HEIGHT)
        for minutes in LOCK_MINUTES:
            self._minutes.addItem(lock_words(minutes), minutes)
        self._minutes.setCurrentIndex(LOCK_MINUTES.index(self.context.settings.values.lock_minutes))
        self._minutes.activated.connect(self._set_minutes)
        lock = LabeledField("Lock by itself", self._minutes, "A running job is finished first.")
        self._old = PasswordField(name="password-old")
        self._new = PasswordField(name="password-new")
        self._again = PasswordField(name="password-again")
        self._old_field = LabeledField("Password now", self._old)
        self._again_field = LabeledField("The new one again", self._again)
        self._meter = StrengthMeter()
        self._change = Button("Change the password", name="password-change", on=self._change_password)
        self._password_said = Notice(name="password-said")
        for field in (self._old, self._new, self._again):
            field.changed.connect(lambda _text: self._may_change())
        self._new.changed.connect(self._meter.judge)
        self._again.submitted.connect(self._change_password)
        self._may_change()
        form = column(
            Text("Change the password", "medium"),
            Text("Older backups keep opening with the password they were made with.", "small", "muted", wrap=True),
            self._old_field,
            LabeledField("New password", self._new),
            self._meter,
            self._again_field,
            self._password_said,
            row(self._change, None),
            space=L,
        )
        now = Button("Lock now", name="lock-now", icon="lock", on=self.context.lock)
        return Card(lock, row(now, None), Line(), form, title="Security", space=L, name="settings-security")

    def _set_minutes(self, index: int) -> None:
        self.run(self.context.settings.change, lock_minutes=self._minutes.itemData(index))

    def _may_change(self) -> None:
        same = self._new.text() == self._again.text()
        if self._again.text() and not same and len(self._again.text()) >= len(self._new.text()):
            self._again_field.fail("The two differ.")
        else:
            self._again_field.clear()
        self._old_field.clear()
        enough = self._meter.enough and bool(self._new.text())
        self._change.setEnabled(bool(self._old.text()) and same and enough)

    def _change_password(self) -> None:
        self._may_change()
        if self._change.isEnabled():
            self._change.setEnabled(False)
            self.run(
                self.client.profile.change_password,
                self._old.text(),
                self._new.text(),
                on_done=self._changed,
                on_error=self._not_changed,
            )

    def _changed(self, _answer: object) -> None:
        for field in (self._old, self._new, self._again):
            field.clear()
        self._password_said.say(
            "The password is changed", "Make a new backup: the old ones open with the old password.", "success"
        )

    def _not_changed(self, error: BaseException) -> None:
        self._may_change()
        if isinstance(error, WrongPassword):
            self._old_field.fail_with(error)
        else:
            self._password_said.say_error(error)

    # -- backup ------------------------------------------------------------------------------------------------------

    def _backup(self) -> Card:
        self._backup_said = Notice(name="backup-said")
        self._running = ProgressPanel(name="backup-progress")
        make = Button("Back up…", name="backup", icon="archive", on=self._back_up)
        check = Button("Check a backup…", name="backup-check", icon="shield-check", on=self._check)
        words = (
            "One encrypted file with your keys, records, models and the ledger. It opens with today's password. "
            "Keep it on another disk."
        )
        restore = (
            "To restore, choose “Restore a backup file” on the first screen of a new profile folder. "
            "Checking reads a backup to its last byte and changes nothing."
        )
        return Card(
            Text(words, tone="muted", wrap=True),
            row(make, check, None, space=S),
            self._running,
            self._backup_said,
            Text(restore, "small", "muted", wrap=True),
            title="Backup",
            name="settings-backup",
        )

    def _back_up(self) -> None:
        self.start(self._backing_up())

    async def _backing_up(self) -> None:
        stamp = datetime.now(UTC).strftime("%Y-%m-%d")
        path = await ask.save_file(self, "Back up", f"openledger-{stamp}.olbackup", "Backups (*.olbackup)")
        if path is not None:
            self.back_up_to(path)

    def back_up_to(self, path: Path) -> None:
        """As after choosing the file."""
        self._job("Back up", self.client.profile.backup, path, done=self._backed_up)

    def _backed_up(self, report: Any) -> None:
        words = f"{foreign(report.path, 200)}, {size(report.size)}. Check it now and then."
        self._backup_said.say("The backup is written", words, "success")

    def _check(self) -> None:
        self.start(self._checking())

    async def _checking(self) -> None:
        path = await ask.open_file(self, "Check a backup", "Backups (*.olbackup)")
        if path is None:
            return
        password = await ask.password(self, "Password of the backup", "The one that was in use when it was made.")
        if password is not None:
            self.check_backup(path, password)

    def check_backup(self, path: Path, password: str) -> None:
        """As after choosing the file and typing its password."""
        self._job("Check a backup", self.client.profile.drill, path, password, done=self._checked)

    def _checked(self, report: Any) -> None:
        words = f"Made {moment(report.created)}, with {count(len(report.names), 'file')}. Every byte was read."
        self._backup_said.say("The backup is whole", words, "success")

    def _job(self, title: str, work: Any, *args: object, done: Any) -> None:
        self._backup_said.clear()
        task = tasks.run(self, work, *args, title=title, on_done=done, on_error=self._backup_said.say_error)
        if task.running:
            self._running.follow(task)

    # -- about -------------------------------------------------------------------------------------------------------

    def _about(self) -> Card:
        try:
            version = metadata.version("openledger-contributor")
        except metadata.PackageNotFoundError:  # run from a copy that was never installed
            version = "from source"
        facts = (
            ("Version", version),
            ("Profile", foreign(self.client.paths.root, 200)),
            ("System", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
            ("Licence", "Apache-2.0. Inter and JetBrains Mono: OFL 1.1. Lucide: ISC. Qt: LGPL 3."),
        )
        rows = column(space=S)
        for label, words in facts:
            name = Text(label, tone="muted")
            name.setFixedWidth(90)
            rows.addLayout(row(name, Text(words, wrap=True, selectable=True), space=S))
        about = "An independent, open client for the OpenLedger idea. Everything runs on this machine."
        return Card(Text(about, tone="muted", wrap=True), rows, title="About", name="settings-about")
