"""While the profile is made and the network starts; then what is ready."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar

from ui.onboarding.step import Step, forward
from ui.tasks import Task
from ui.theme.tokens import S
from ui.widgets.buttons import Button
from ui.widgets.labels import Icon, Text
from ui.widgets.layouts import column, row


class Working(Step):
    """What runs now and how far it is; an error stays here with Try again and Back."""

    again = Signal()

    def __init__(self, step: int | None = 3) -> None:
        super().__init__("working", "Setting up", "", step=step)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._now = Text("Starting…", "small", "muted")
        self._now.setObjectName("working-words")
        self._retry = forward("Try again", "working-again", self.again.emit)
        self._stop = Button("Stop", name="working-stop", on=self._cancel)
        self._task: Task | None = None
        self.lay(column(self._bar, self._now, space=S), row(None, self._stop), forward=self._retry)
        self._ways(False)

    def begin(self, title: str, words: str, *, steps: bool) -> None:
        """`steps`: whether this is the end of the numbered steps."""
        self.set_words(title, words)
        if self.steps is not None:
            self.steps.setVisible(steps)
        self.notice.clear()
        self._ways(False)
        self._bar.setRange(0, 0)
        self._now.setText("Starting…")

    def stoppable(self, task: Task | None) -> None:
        """Offers Stop for this task; None takes the offer back."""
        self._task = task
        self._stop.setEnabled(True)
        self._stop.setVisible(task is not None and task.running)

    def _cancel(self) -> None:
        if self._task is not None and self._task.running:
            self._stop.setEnabled(False)
            self._now.setText("Stopping at the next safe point…")
            self._task.cancel()

    def report(self, fraction: float | None, words: str) -> None:
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round((fraction or 0) * 1000))
        if self._stop.isEnabled():
            self._now.setText(words)

    def failed(self, error: BaseException) -> None:
        self._bar.setRange(0, 1000)
        self._bar.setValue(0)
        self._now.setText("")
        self.notice.say_error(error)
        self._stop.hide()
        self._ways(True)

    def _ways(self, shown: bool) -> None:
        self._retry.setVisible(shown)
        if self.back_button is not None:
            self.back_button.setVisible(shown)


class Ready(Step):
    """The end of the road in: what there is now."""

    go = Signal()

    def __init__(self) -> None:
        super().__init__("ready", "Ready", "", step=3)
        self._icon = Icon("circle-check", "success", 36)
        self._enter = forward("Open", "ready-next", self.go.emit)
        self.lay(row(None, self._icon, None), forward=self._enter, back="")

    def entered(self) -> None:
        self._enter.setFocus()
