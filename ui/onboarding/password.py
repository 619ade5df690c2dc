"""A new password, and what a forgotten one means, before there is any money."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from ui.onboarding.step import Step, forward
from ui.theme.tokens import S
from ui.widgets.buttons import Segmented
from ui.widgets.field import LabeledField
from ui.widgets.labels import Text
from ui.widgets.layouts import column, row
from ui.widgets.notice import Notice
from ui.widgets.password import PasswordField, StrengthMeter

_SHARED = {
    "alone": "Pay is ready after a few seconds: nobody else is there who could object to it.",
    "shared": "Pay waits a day, so that others can check it and object. This cannot be changed later.",
}


class NewPassword(Step):
    """`chosen(password)`. `shared` is whether the network of one's own will be; asked after `ask_sharing(True)`."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            "new-password", "Choose a password", "It opens this profile on this machine, nowhere else.", step=2
        )
        self._first = PasswordField(name="new-password-first")
        self._again = PasswordField(name="new-password-again")
        self._meter = StrengthMeter()
        self._one = LabeledField("Password", self._first)
        self._two = LabeledField("The same again", self._again)
        self._first.changed.connect(self._typed)
        self._again.changed.connect(lambda _text: self._may())
        self._again.submitted.connect(self._go)
        about = Notice(
            "warning",
            "Nobody can reset it",
            "If you forget the password, only your recovery phrase brings your accounts and what they own back. "
            "Drafts and settings come back from a backup, and a backup needs its password too.",
            name="forgotten",
        )
        self._know = QCheckBox("I understand: no phrase and no password means no money")
        self._know.setObjectName("new-password-understood")
        self._know.toggled.connect(lambda _on: self._may())
        self._who = Segmented([("alone", "For myself"), ("shared", "To share with others")], name="sharing")
        self._who.changed.connect(self._say_sharing)
        self._who_words = Text(_SHARED["alone"], "small", "muted", wrap=True)
        self._who_words.setObjectName("sharing-words")
        self._sharing = QWidget()
        choice = row(self._who, None)
        column(Text("Who is this network for?", "medium"), choice, self._who_words, space=S, parent=self._sharing)
        self._sharing.hide()
        self._next = forward("Continue", "new-password-next", self._go)
        self.lay(self._one, self._meter, self._two, about, self._know, self._sharing, forward=self._next)
        self._may()

    def entered(self) -> None:
        self._first.setFocus()

    @property
    def shared(self) -> bool:
        return self._who.value == "shared"

    def ask_sharing(self, asked: bool) -> None:
        """Only who makes a network is asked: one that is joined has its owner's answer."""
        self._sharing.setVisible(asked)

    def _say_sharing(self, key: str) -> None:
        self._who_words.setText(_SHARED[key])

    def forget(self) -> None:
        self._who.choose("alone")
        self._say_sharing("alone")
        self._first.clear()
        self._again.clear()
        self._know.setChecked(False)

    def _typed(self, text: str) -> None:
        self._meter.judge(text)
        self._may()

    def _may(self) -> None:
        differs = bool(self._again.text()) and self._again.text() != self._first.text()
        if differs and len(self._again.text()) >= len(self._first.text()):
            self._two.fail("The two differ.")
        else:
            self._two.clear()
        same = bool(self._again.text()) and not differs
        self._next.setEnabled(self._meter.enough and same and self._know.isChecked())

    def _go(self) -> None:
        if self._next.isEnabled():
            self.chosen.emit(self._first.text())
