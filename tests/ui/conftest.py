"""The theme once for all screens, and a window with a client that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.events import Changed
from core.settings import SettingsFile
from tests.doubles.still_client import StillClient
from ui.pages import Context, Page
from ui.pages.settings import SettingsPage
from ui.theme import install
from ui.widgets import PageHeader
from ui.window import Window


class PlainPage(Page):
    """A page with nothing of its own."""

    name, title, icon, order, shortcut = "plain", "Plain", "house", 10, "Ctrl+1"
    reads = Changed(balances=True)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.loads = 0
        self.targets: list[object] = []
        self.fill(PageHeader("Plain", "Nothing of its own."))

    def load(self) -> None:
        self.loads += 1

    def open(self, target: object) -> None:
        self.targets.append(target)


def few_pages() -> list[type[Page]]:
    """The frame's own tests stand apart from the pages' contents."""
    return [PlainPage, SettingsPage]


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    install(qapp, "light")


@pytest.fixture
def client(tmp_path: Path) -> StillClient:
    return StillClient(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.json")


@pytest.fixture
def said() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def context(client: StillClient, settings: SettingsFile, said: list) -> Context:
    went: list[tuple[str, object]] = []
    return Context(client, settings, lambda *to: went.append(to), lambda *words: said.append(words), lambda: None)


@pytest.fixture
def window(qtbot: QtBot, client: StillClient, settings: SettingsFile) -> Iterator[Window]:
    """At the welcome screen of an empty profile."""
    coming: Future = Future()
    coming.set_result(client)
    made = Window(coming, "empty", settings, lambda _progress: client, page_list=few_pages)
    made.resize(1180, 800)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


class _Watch(QObject):
    """Hears every window that comes up."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.objectName()!r}")
        return False


@pytest.fixture
def windows_shown(qapp: QApplication) -> Iterator[list[str]]:
    """Windows that came up during the test. A part shown before it has a parent flickers as a window of its own."""
    watch = _Watch()
    qapp.installEventFilter(watch)
    yield watch.seen
    qapp.removeEventFilter(watch)
