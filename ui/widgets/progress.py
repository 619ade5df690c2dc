"""A running job: what it does now, how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

from ui.tasks import Task
from ui.theme.tokens import S
from ui.widgets.buttons import Button
from ui.widgets.inner import Inner
from ui.widgets.labels import Text
from ui.widgets.layouts import column, row


class ProgressPanel(Inner, QWidget):
    """Follows a task of `ui.tasks`; hides itself when the task ends, unless `stays`."""

    def __init__(self, task: Task | None = None, *, name: str = "progress", stays: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self._stays = stays
        self._task: Task | None = None
        self._title = Text("", "strong")
        self._words = Text("", "small", "muted")
        self._share = Text("", "small", "muted")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._stop = Button("Stop", name=f"{name}-stop", on=self.stop)
        said = column(row(self._title, None, self._share), self._bar, self._words, space=S)
        line = row(said, self._stop, parent=self)
        line.setStretch(0, 1)
        self.hide()
        if task is not None:
            self.follow(task)

    def follow(self, task: Task) -> None:
        self._task = task
        self._title.setText(task.title)
        self._stop.setEnabled(True)
        task.progressed.connect(self._show)
        task.ended.connect(self._ended)
        self._show()
        self.setVisible(task.running)

    def stop(self) -> None:
        if self._task is not None:
            self._stop.setEnabled(False)
            self._words.setText("Stopping at the next safe point…")
            self._task.cancel()

    def _show(self) -> None:
        task = self._task
        if task is None:
            return
        self._bar.setRange(0, 0 if task.fraction is None else 1000)
        self._bar.setValue(round((task.fraction or 0) * 1000))
        self._share.setText("" if task.fraction is None else f"{task.fraction * 100:.0f} %")
        if self._stop.isEnabled():
            self._words.setText(task.words)
        self._bar.setAccessibleName(f"{task.title}: {self._share.text()} {task.words}")

    def _ended(self) -> None:
        self._task = None
        if not self._stays:
            self.hide()
