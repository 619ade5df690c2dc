"""One page by itself, with a recorder of where it wanted to go and what it said."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.settings import SettingsFile
from ui import tasks
from ui.bridge import Bridge
from ui.pages.base import Context, Page

_QUIET = 6  # rounds of events in a row in which nothing ran


class AtPage:
    """A person at a page of 972 x 704, which is what a window of 1180 x 760 leaves it."""

    def __init__(self, qtbot: QtBot, page: type[Page], client: Any, folder: Path) -> None:
        self.qtbot = qtbot
        self.client = client
        self.went: list[tuple[str, object]] = []
        self.said: list[tuple[str, str]] = []
        self.failed: list[BaseException] = []
        context = Context(
            client,
            SettingsFile(folder / "settings.json"),
            lambda name, target=None: self.went.append((name, target)),
            lambda title, words="", _tone="success": self.said.append((title, words)),
            lambda: None,
        )
        self.page: Any = page(context)
        tasks.engine().failed.connect(self.failed.append)
        self._bridge = Bridge(client.events, self.page)
        self._bridge.changed.connect(self.page.heard)
        qtbot.addWidget(self.page)
        self.page.resize(972, 704)
        self.page.show()
        self.still()

    def leave(self) -> None:
        self._bridge.close()
        tasks.engine().failed.disconnect(self.failed.append)

    def still(self, seconds: float = 60) -> None:
        """Until nothing runs but what waits for the person, and what changed was heard and read again."""
        quiet = 0
        deadline = time.monotonic() + seconds
        while quiet < _QUIET:
            self.qtbot.wait(10)
            quiet = quiet + 1 if all(self._waits(task) for task in tasks.engine().running) else 0
            assert time.monotonic() < deadline, "something still runs"

    @staticmethod
    def _waits(task: Any) -> bool:
        """A task that waits for a dialog has nothing on the pool."""
        later = task._waits_for
        return later is not None and getattr(later.cancel, "__name__", "") == "reject"

    # -- what is seen ------------------------------------------------------------------------------------------------

    def find(self, name: str, kind: type[Any] = QWidget) -> Any:
        found = [one for one in self.page.window().findChildren(kind, name) if one.isVisible()]
        assert found, f"{name} is not to be seen"
        return found[-1]

    def sees(self, name: str) -> bool:
        return any(one.isVisible() for one in self.page.window().findChildren(QWidget, name))

    def words(self) -> str:
        """Everything written on the page, tables apart."""
        return "\n".join(one.text() for one in self.page.window().findChildren(QLabel) if one.isVisible())

    def primaries(self) -> list[str]:
        """Buttons that look primary, outside dialogs."""
        return [
            one.text()
            for one in self.page.findChildren(QAbstractButton)
            if one.isVisible() and one.property("kind") == "primary" and not isinstance(one.window(), QDialog)
        ]

    # -- what is done ------------------------------------------------------------------------------------------------

    def click(self, name: str) -> None:
        button = self.find(name, QAbstractButton)
        assert button.isEnabled(), f"{name} is not enabled"
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.still()

    def type(self, name: str, text: str) -> None:
        self.find(name, QLineEdit).setText(text)
        self.qtbot.wait(300)  # typing is looked at when it pauses
        self.still()
