"""The window: gate, frame, lock; the top line in words; keyboard everywhere; its place remembered."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QListWidget, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from core.errors import DiskFull
from core.events import Changed
from core.settings import SettingsFile
from core.values import TrustView
from resources import ROOT
from tests.doubles.still_client import StillClient, account, network
from tests.ui.conftest import few_pages
from ui import tasks
from ui.dialogs.palette import CommandPalette, rank
from ui.frame import Frame
from ui.pages import pages
from ui.topbar import network_words
from ui.widgets import Button, Text
from ui.window import Window


def enter(qtbot: QtBot, window: Window, client: StillClient) -> Frame:
    window.show_frame(client)
    frame = window.frame
    assert frame is not None
    qtbot.waitUntil(lambda: "12.50 OPEN" in frame.topbar._account.text())
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return frame


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (network(), "Local network · block 42 · verified"),
        (network(1_234_567), "Local network · block 1,234,567 · verified"),
        (network(42, TrustView("stale", "unreachable")), "Local network · block 42 · stale"),
        (network(None), "Local network · starting"),
    ],
)
def test_the_network_is_said_in_words(view: object, said: str) -> None:
    assert network_words(view) == said  # type: ignore[arg-type]


def test_an_empty_profile_is_welcomed_and_a_locked_one_asked_for_its_password(
    qtbot: QtBot, client: StillClient, settings: SettingsFile
) -> None:
    for state, step in (("empty", "welcome"), ("locked", "unlock")):
        coming: Future = Future()  # still on its way: the first screen must not need it
        window = Window(coming, state, settings)  # type: ignore[arg-type]
        qtbot.addWidget(window)
        window.show()
        assert window.gate is not None
        assert window.gate.step.objectName() == step


def test_without_a_sample_looking_around_is_not_offered(qtbot: QtBot, settings: SettingsFile) -> None:
    window = Window(Future(), "empty", settings)
    qtbot.addWidget(window)
    window.show()
    assert not window.findChild(QAbstractButton, "look-around").isVisible()


def test_the_top_line_shows_account_balance_and_network(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    assert frame.topbar._network.text() == "Local network · block 42 · verified"
    assert frame.topbar._account.text() == "Account 1 · 0x529084…169EE7 · 12.50 OPEN"
    assert str(account().address) in frame.topbar._account.toolTip()
    assert "no market value" in frame.topbar._account.toolTip()


def test_the_top_line_says_less_where_there_is_less_room(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    window.resize(960, 640)
    qtbot.waitUntil(lambda: "0x" not in frame.topbar._account.text())
    assert frame.topbar._account.text().endswith("12.50 OPEN")
    assert "verified" in frame.topbar._network.text()
    assert frame.topbar.layout().sizeHint().width() <= frame.topbar.width()


def test_a_balance_nobody_proved_says_so(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    view = account()
    unsure = type(view.balance)(view.balance.value, TrustView("unverified"))
    frame.topbar.show_account(type(view)(view.index, view.name, view.address, unsure))
    assert "(unverified)" in frame.topbar._account.text()


def test_a_change_is_read_again_once(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    client.wallet.views = [account("99")]
    client.events.say(Changed(balances=True))
    qtbot.waitUntil(lambda: "99.00 OPEN" in frame.topbar._account.text())


def test_going_back_shows_the_page_before_as_it_was_left(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    first = frame.current
    frame.findChild(Button, "rail-settings").click()
    qtbot.keyClick(frame, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: frame.current is first)
    frame.go_back()  # there is nothing before it
    assert frame.current is first


def test_every_page_declares_what_the_frame_needs() -> None:
    found = pages()
    assert len({page.name for page in found}) == len(found)
    assert len({page.shortcut for page in found}) == len(found)
    assert len({page.order for page in found}) == len(found)
    for page in found:
        assert page.title
        assert (ROOT / "icons" / f"{page.icon}.svg").is_file()
        assert page.shortcut.startswith("Ctrl+") or not page.in_rail


def test_every_page_is_reached_by_rail_keys_and_palette(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    assert frame.current.name == "plain"
    frame.findChild(Button, "rail-settings").click()
    assert frame.current.name == "settings"
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert frame.current.name == "plain"
    words = [action.words for action in frame.actions()]
    assert {"Go to Plain", "Go to Settings", "Lock"} <= set(words)


def test_arrow_keys_walk_the_rail(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    frame.findChild(Button, "rail-plain").setFocus()
    qtbot.keyClick(frame.findChild(Button, "rail-plain"), Qt.Key.Key_Down)
    assert window.focusWidget() is frame.findChild(Button, "rail-settings")


def test_a_page_reads_when_it_is_seen_and_when_what_it_reads_changed(
    qtbot: QtBot, window: Window, client: StillClient
) -> None:
    frame = enter(qtbot, window, client)
    page = frame.current
    assert page.loads == 1
    client.events.say(Changed(models=True))
    qtbot.wait(80)
    assert page.loads == 1
    client.events.say(Changed(balances=True))
    qtbot.waitUntil(lambda: page.loads == 2)
    frame.go("settings")
    client.events.say(Changed(balances=True))
    qtbot.wait(80)
    assert page.loads == 2  # hidden: not before it is seen
    frame.go("plain", 7)
    qtbot.waitUntil(lambda: page.loads == 3)
    assert page.targets == [7]


def test_ctrl_k_finds_an_action_and_does_it(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    frame.go("settings")
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.findChild(CommandPalette)
    assert palette is not None
    search = palette.findChild(QLineEdit, "palette-search")
    qtbot.keyClicks(search, "dark")
    listed = palette.findChild(QListWidget, "palette-list")
    assert listed.item(0).text() == "Use the dark theme"
    from ui.theme import install, theme

    qtbot.keyClick(search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: theme().dark)
    qtbot.waitUntil(lambda: not tasks.engine().running)
    install(QApplication.instance(), "light")


@pytest.mark.parametrize(
    ("typed", "fit"), [("go", 0), ("da", 1), ("to dat", 1), ("atan", 2), ("gdn", 3), ("", 0), ("xyz", None)]
)
def test_the_palette_ranks_by_closeness(typed: str, fit: int | None) -> None:
    assert rank("Go to Datanets", typed) == fit


def test_a_question_mark_lists_every_key(qtbot: QtBot, window: Window, client: StillClient) -> None:
    enter(qtbot, window, client)
    qtbot.keyClick(window, Qt.Key.Key_Question)
    sheet = window.findChild(QWidget, "shortcuts")
    assert sheet is not None
    assert {"Ctrl K", "Ctrl L"} <= {label.text() for label in sheet.findChildren(object) if hasattr(label, "text")}
    sheet.reject()


def test_locking_takes_the_screen_away_first_and_shuts_the_profile(
    qtbot: QtBot, window: Window, client: StillClient
) -> None:
    enter(qtbot, window, client)
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.frame is None
    assert window.gate is not None
    assert window.gate.step.objectName() == "unlock"
    qtbot.waitUntil(lambda: client.profile.asked == ["lock"])


def test_the_sample_is_closed_when_it_is_left_and_the_own_profile_stays_empty(
    qtbot: QtBot, client: StillClient, settings: SettingsFile
) -> None:
    coming: Future = Future()
    coming.set_result(client)
    sample = StillClient(client.paths.root)
    window = Window(coming, "empty", settings, lambda _progress: sample, page_list=few_pages)
    qtbot.addWidget(window)
    window.show()
    window.findChild(QAbstractButton, "look-around").click()
    qtbot.waitUntil(lambda: window.frame is not None)
    assert "sample" in window.windowTitle()
    qtbot.waitUntil(lambda: not tasks.engine().running)
    window.lock()
    assert window.gate.step.objectName() == "welcome"
    qtbot.waitUntil(lambda: sample.profile.asked == ["close"])
    assert client.profile.asked == []


def test_it_locks_by_itself_but_not_under_a_running_job(qtbot: QtBot, window: Window, client: StillClient) -> None:
    enter(qtbot, window, client)
    assert window._idle.remainingTime() > 14 * 60_000
    gate = threading.Event()
    task = tasks.run(window, lambda progress: gate.wait(60), title="Train")
    window._idle_too_long()
    assert window.frame is not None
    gate.set()
    qtbot.waitUntil(lambda: not task.running)
    window._idle_too_long()
    assert window.frame is None
    qtbot.waitUntil(lambda: client.profile.asked == ["lock"])


def test_moving_the_mouse_puts_the_lock_off(qtbot: QtBot, window: Window, client: StillClient) -> None:
    enter(qtbot, window, client)
    window._idle.start(50_000)
    at = QPointF(5, 5)
    none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window.windowHandle(), QMouseEvent(QEvent.Type.MouseMove, at, at, none, none, keys))
    assert window._idle.remainingTime() > 60_000


def test_zero_minutes_never_lock(qtbot: QtBot, window: Window, client: StillClient, settings: SettingsFile) -> None:
    settings.change(lock_minutes=0)
    enter(qtbot, window, client)
    assert not window._idle.isActive()


def test_a_job_is_seen_and_can_be_stopped_from_the_top_line(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    button = frame.findChild(Button, "jobs-button")
    assert not button.isVisible()

    def work(progress: object) -> None:
        while True:
            progress.step("solve", 1, 4)  # type: ignore[attr-defined]
            time.sleep(0.01)

    tasks.run(frame, work, title="Train a model")
    qtbot.waitUntil(lambda: button.text() == "Train a model 25 %")
    button.click()
    popover = frame.topbar._popover
    popover.findChild(Button, "job-0-stop").click()
    qtbot.waitUntil(lambda: not button.isVisible())
    if isValid(popover):
        popover.close()


def test_the_top_line_says_all_again_once_a_job_has_ended(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)
    chip = frame.findChild(Button, "account-chip")
    qtbot.waitUntil(lambda: "0x" in chip.text())
    whole, held = chip.text(), threading.Event()

    def work(progress: object) -> None:
        progress.step("solve", 1, 4)  # type: ignore[attr-defined]
        held.wait(60)

    tasks.run(frame, work, title="A job with so long a name")
    qtbot.waitUntil(lambda: len(chip.text()) < len(whole))
    held.set()
    qtbot.waitUntil(lambda: chip.text() == whole)


def test_errors_nobody_handles_are_said_at_the_foot(qtbot: QtBot, window: Window, client: StillClient) -> None:
    frame = enter(qtbot, window, client)

    def fail() -> None:
        raise DiskFull(path="/x")

    tasks.run(frame, fail)
    title = frame.findChild(Text, "said-title")
    qtbot.waitUntil(lambda: title.text() == "The disk is full")
    assert not frame._quiet.isActive()  # it stays until it is closed
    frame.say("Done")
    assert frame._quiet.isActive()  # good news goes by itself
    frame._quiet.stop()


def test_the_window_comes_back_where_it_was(qtbot: QtBot, client: StillClient, settings: SettingsFile) -> None:
    coming: Future = Future()
    first = Window(coming, "empty", settings)
    qtbot.addWidget(first)
    first.show()
    first.setGeometry(120, 90, 1111, 777)
    first.close()
    second = Window(coming, "empty", SettingsFile(client.paths.settings))
    qtbot.addWidget(second)
    assert second.size() == first.size()


def test_closing_under_a_running_job_asks_first(qtbot: QtBot, window: Window, client: StillClient) -> None:
    enter(qtbot, window, client)
    gate = threading.Event()
    task = tasks.run(window, lambda progress: gate.wait(60), title="Train")
    window.close()
    assert window.isVisible()
    window.findChild(Button, "close-anyway-no").click()
    gate.set()
    qtbot.waitUntil(lambda: not task.running)
    with qtbot.waitSignal(window.closed):
        window.close()


def test_everything_that_can_be_pressed_has_a_name_for_screen_readers(
    qtbot: QtBot, window: Window, client: StillClient
) -> None:
    frame = enter(qtbot, window, client)
    for button in frame.findChildren(QAbstractButton):
        if button.isVisible() and not button.objectName().startswith("qt_"):
            assert button.text() or button.accessibleName(), button.objectName()
    for edit in frame.findChildren(QLineEdit):
        if edit.isVisible() and not edit.objectName().startswith("qt_"):
            assert edit.accessibleName(), edit.objectName()
