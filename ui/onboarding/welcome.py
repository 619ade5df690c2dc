"""The first thing seen: the ways in."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from ui.onboarding.step import Step
from ui.theme.tokens import XS, L, S
from ui.widgets.buttons import LinkButton
from ui.widgets.inner import Inner
from ui.widgets.labels import Icon, Text
from ui.widgets.layouts import column, row


class Choice(Inner, QPushButton):
    """A large button: icon, what it is, one line about it."""

    def __init__(self, icon: str, title: str, words: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "choice")
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        about = Text(words, "small", "muted", wrap=True)
        said = column(Text(title, "strong"), about, space=XS)
        line = row(Icon(icon, "accent_text", 24), L, said, Icon("chevron-right", "muted", 16), space=0, parent=self)
        line.setStretch(2, 1)
        line.setContentsMargins(L, L - 2, L, L - 2)
        self.setMinimumHeight(76)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class Welcome(Step):
    create = Signal()
    restore = Signal()
    join = Signal()
    backup = Signal()
    look_around = Signal()

    def __init__(self, *, sample: bool) -> None:
        super().__init__(
            "welcome",
            "Your data, your models, your share",
            "Everything runs on this machine: your wallet, your records, the models and the ledger. Nothing leaves it "
            "until you sign.",
        )
        create = Choice("sparkles", "Create a profile", "A new recovery phrase and a password. Two minutes.", "create")
        create.clicked.connect(lambda _on=False: self.create.emit())
        restore = Choice("rotate-ccw", "Restore", "With the recovery phrase you wrote down.", "restore")
        restore.clicked.connect(lambda _on=False: self.restore.emit())
        join = Choice("users", "Join a network", "With the invite file of somebody who shares theirs.", "join")
        join.clicked.connect(lambda _on=False: self.join.emit())
        look = Choice(
            "eye", "Look around with sample data", "A profile to play with. Its OPEN has no value.", "look-around"
        )
        look.clicked.connect(lambda _on=False: self.look_around.emit())
        look.setVisible(sample)
        backup = LinkButton("Restore a backup file instead", name="restore-backup", on=self.backup.emit)
        self.first = create
        self.lay(column(create, restore, join, look, space=S + XS), row(None, backup, None), back="")

    def entered(self) -> None:
        self.first.setFocus()
