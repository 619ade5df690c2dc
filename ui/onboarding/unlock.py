"""The locked door."""

from __future__ import annotations

from PySide6.QtCore import Signal

from core.errors import WrongPassword
from ui.onboarding.step import Step, forward
from ui.widgets.buttons import LinkButton
from ui.widgets.field import LabeledField
from ui.widgets.labels import Text
from ui.widgets.layouts import row
from ui.widgets.notice import Notice
from ui.widgets.password import PasswordField

_MANY = 3


class Unlock(Step):
    """`unlock(password)`; the gate answers with `busy`, `wrong` or by leaving."""

    unlock = Signal(str)
    forgotten = Signal()
    backup = Signal()

    def __init__(self) -> None:
        super().__init__("unlock", "Welcome back", "Enter your password to open this profile.")
        self._wrong = 0
        self._password = PasswordField(name="unlock-password")
        self._password.submitted.connect(self._go)
        self._password.changed.connect(lambda text: self._next.setEnabled(bool(text)))
        self._field = LabeledField("Password", self._password)
        self._next = forward("Unlock", "unlock-next", self._go)
        self._now = Text("", "small", "muted")
        self._help = Notice(
            "info",
            "Forgotten?",
            "Nobody can reset it. Your recovery phrase brings your accounts back, a backup brings everything back.",
            name="unlock-help",
        )
        self._help.hide()
        phrase = LinkButton("I forgot my password", name="unlock-forgotten", on=self._explain)
        self._by_phrase = LinkButton("Restore with the phrase", name="unlock-phrase", on=self.forgotten.emit)
        self._by_backup = LinkButton("Restore a backup", name="unlock-backup", on=self.backup.emit)
        self._by_phrase.hide()
        self._by_backup.hide()
        ways = row(phrase, self._by_phrase, self._by_backup, None)
        self.lay(self._field, self._now, self._help, ways, forward=self._next, back="")
        self._next.setEnabled(False)

    def entered(self) -> None:
        self._password.setFocus()

    def forget(self) -> None:
        self._password.clear()
        self._wrong = 0
        self._field.clear()
        self.notice.clear()

    def busy(self, on: bool) -> None:
        self._password.setEnabled(not on)
        self._next.setEnabled(not on and bool(self._password.text()))
        self._next.setText("Opening…" if on else "Unlock")
        self._now.setText("")

    def report(self, _fraction: float | None, words: str) -> None:
        self._now.setText(words)

    def failed(self, error: BaseException) -> None:
        self.busy(False)
        if isinstance(error, WrongPassword):
            self._wrong += 1
            self._field.fail_with(error)
            self._password.edit.selectAll()
            self._password.setFocus()
            if self._wrong >= _MANY:
                self._explain()
        else:
            self.notice.say_error(error)
            self._explain()

    def _explain(self) -> None:
        self._help.show()
        self._by_phrase.show()
        self._by_backup.show()

    def _go(self) -> None:
        if self._next.isEnabled():
            self._field.clear()
            self.notice.clear()
            self.unlock.emit(self._password.text())
