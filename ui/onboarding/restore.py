"""Coming back: with the phrase, or with a backup file and its password."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from ui.onboarding.step import Step, forward
from ui.text import count, foreign
from ui.theme import fonts
from ui.widgets.drop import DropZone
from ui.widgets.field import LabeledField
from ui.widgets.labels import Text
from ui.widgets.password import PasswordField

LENGTHS = (12, 15, 18, 21, 24)


class EnterPhrase(Step):
    """`entered_phrase(str)`: words in lower case, one space apart. The gate checks it."""

    entered_phrase = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            "enter-phrase",
            "Type your recovery phrase",
            "All words in their order, with spaces between. Your accounts and what they own are found from it.",
        )
        self._edit = QPlainTextEdit()
        self._edit.setObjectName("enter-phrase-words")
        self._edit.setFont(fonts.font("mono"))
        self._edit.setTabChangesFocus(True)
        self._edit.setFixedHeight(104)
        self._edit.textChanged.connect(self._typed)
        self.field = LabeledField("Recovery phrase", self._edit)
        self._next = forward("Continue", "enter-phrase-next", lambda: self.entered_phrase.emit(self.phrase))
        self._count = Text("", "small", "muted")
        self.lay(self.field, self._count, forward=self._next)
        self._typed()

    @property
    def phrase(self) -> str:
        return " ".join(self._edit.toPlainText().lower().split())

    def forget(self) -> None:
        self._edit.clear()

    def entered(self) -> None:
        self._edit.setFocus()

    def _typed(self) -> None:
        self.field.clear()
        words = len(self.phrase.split())
        self._count.setText(count(words, "word") if words else "12, 15, 18, 21 or 24 words")
        self._next.setEnabled(words in LENGTHS)


class EnterBackup(Step):
    """`entered_backup(Path, str)`."""

    entered_backup = Signal(Path, str)

    def __init__(self) -> None:
        super().__init__(
            "enter-backup",
            "Restore a backup",
            "The file you saved from Settings, and the password it was made with.",
        )
        self._path: Path | None = None
        zone = DropZone("Drop the backup here", ("olbackup",), many=False, name="backup-drop")
        zone.chosen.connect(lambda paths: self._took(paths[0]))
        self._file = Text("", "medium", wrap=True)
        self._file.hide()
        self._password = PasswordField(name="backup-password")
        self._password.changed.connect(lambda _text: self._may())
        self._password.submitted.connect(self._go)
        self.field = LabeledField("Password of the backup", self._password)
        self._next = forward("Restore", "enter-backup-next", self._go)
        self.lay(zone, self._file, self.field, forward=self._next)
        self._may()

    def forget(self) -> None:
        self._password.clear()
        self._path = None
        self._file.hide()

    def entered(self) -> None:
        self._may()

    def _took(self, path: Path) -> None:
        self._path = path
        self._file.setText(foreign(path.name, 120))
        self._file.show()
        self._password.setFocus()
        self._may()

    def _may(self) -> None:
        self.field.clear()
        self._next.setEnabled(self._path is not None and bool(self._password.text()))

    def _go(self) -> None:
        if self._path is not None and self._next.isEnabled():
            self.entered_backup.emit(self._path, self._password.text())
