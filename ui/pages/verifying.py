"""One click that recomputes an answer: the button, what it is doing, the verdict, and each step of the check."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.errors import Cancelled
from core.values import Verified
from ui import tasks
from ui.pages.model_parts import clear
from ui.pages.panels import in_sight
from ui.text import foreign, plain_tip, short_hash, word
from ui.theme.tokens import M, S
from ui.vocabulary import KEYS
from ui.widgets import Button, Notice, ProgressPanel, Text, column, row
from ui.widgets.labels import Icon


class VerifyPart(QWidget):
    """`show_answer(key)` for what is in sight; `check(key, progress=)` is core's. `name` is that of its parts:
    `<name>-progress`, `<name>-said`; `button` that of the button. `thing`: what is checked, in words.
    """

    def __init__(
        self, check: Callable[..., Verified], words: str, *, name: str, button: str, thing: str = "this answer"
    ) -> None:
        super().__init__()
        self._check, self._key, self._focused, self._thing = check, -1, False, thing
        self._button = Button(f"Check {thing}", name=button, icon="shield-check", on=self.verify)
        line = row(self._button, space=M)
        title = column(Text("Do not take our word for it", "strong"), Text(words, "small", "muted", wrap=True), space=2)
        line.insertLayout(0, title, 1)
        self.running = ProgressPanel(name=f"{name}-progress")
        self._said = Notice(name=f"{name}-said")
        self._checks = column(space=S)
        column(line, self.running, self._said, self._checks, space=S, parent=self)

    def show_answer(self, key: int) -> None:
        """Forgets what was found of another."""
        if key != self._key:
            self._key = key
            self.forget()

    def forget(self) -> None:
        self._said.clear()
        clear(self._checks)

    def verify(self) -> None:
        if self._key < 0 or not self._button.isEnabled():
            return
        self.forget()
        self._focused = self._button.hasFocus()
        self._button.setEnabled(False)
        key = self._key
        task = tasks.run(
            self,
            self._check,
            key,
            title=f"Check {self._thing}",
            on_done=lambda found: self._verified(key, found),
            on_error=self._not_verified,
        )
        if task.running:
            self.running.follow(task)

    def _ready(self) -> None:
        self._button.setEnabled(True)
        if self._focused:
            self._button.setFocus()  # a button that is switched off loses it

    def _not_verified(self, error: BaseException) -> None:
        self._ready()
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "The check was not finished.", "info")
        else:
            self._said.say_error(error)

    def _verified(self, key: int, found: Verified) -> None:
        self._ready()
        if key != self._key:
            return  # another answer is shown by now
        if found.ok:
            self._said.say("Everything agrees, bit for bit", "", "success")
        else:
            words = f"Do not rely on {self._thing}. See which check failed."
            self._said.say("Something does not agree", words, "danger")
        for step, holds, detail in found.checks:
            self._checks.addWidget(CheckRow(step, holds, detail))
        in_sight(self)


def check_words(key: str, holds: bool) -> str:
    """Of a key of core, or the sentence that a script says itself."""
    if key in KEYS["check"]:
        return word("check" if holds else "check failed", key)
    said = foreign(key, 300)
    return said[:1].upper() + said[1:]


class CheckRow(QWidget):
    """One step of a check: whether it holds, in words, and what was compared."""

    def __init__(self, key: str, holds: bool, detail: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon = Icon("circle-check" if holds else "circle-x", "success" if holds else "danger", 16)
        words = check_words(key, holds)
        said = foreign(detail, 200)
        more = Text(short_hash(said) if said.startswith("0x") else said, "small", "muted")
        more.setToolTip(plain_tip(said))
        whole = row(space=S, parent=self)
        whole.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(column(Text(words, wrap=True), more, space=0), 1)
        self.setAccessibleName(f"{'Holds' if holds else 'Fails'}: {words} {said}")
