"""Somebody at the window: sees what is visible, clicks where it is, types, chooses files, and waits for what appears.

Nothing here calls the program: clicks and keys go through Qt's window system, so what is covered, disabled or out of
sight cannot be used. Every failure names the step, says what was waited for and what stood on the screen.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from PySide6.QtCore import QEventLoop, QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QTableView,
    QWidget,
)

T = TypeVar("T")
W = TypeVar("W", bound=QWidget)
PATIENCE = 90.0  # seconds; a slow machine is not a broken program
_LOOK_MS = 15
_LEFT, _PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Person:
    def __init__(self, window: QWidget, folder: Path) -> None:
        """`folder` gets a picture of the screen when something goes wrong."""
        self.window, self._folder = window, folder
        self.seconds: dict[str, float] = {}
        self._step, self._since = "start", time.monotonic()

    def step(self, words: str) -> None:
        """What is done from here on, for failures and for the times."""
        now = time.monotonic()
        self.seconds[self._step] = self.seconds.get(self._step, 0.0) + now - self._since
        self._step, self._since = words, now

    # -- seeing ------------------------------------------------------------------------------------------------------

    def until(self, what: str, true: Callable[[], T], seconds: float = PATIENCE) -> T:
        """Waits for something that can be seen; fails in words."""
        deadline = time.monotonic() + seconds
        while not (found := true()):
            if time.monotonic() > deadline:
                self._fail(f"{what} did not come in {seconds:.0f} s")
            wait(_LOOK_MS)
        return found

    def _fail(self, why: str) -> NoReturn:
        picture = self._folder / "failed.png"
        self.front.grab().save(str(picture))
        shown = "\n  ".join(self.words())
        raise AssertionError(f"at the step “{self._step}”: {why} ({picture})\n  {shown}")

    def seen(self, name: str, kind: type[W] = QWidget) -> W | None:  # type: ignore[assignment]
        """What has this name and can be seen now."""
        for one in QApplication.allWidgets():
            if one.objectName() == name and one.isVisible() and isinstance(one, kind):
                return one
        return None

    def see(self, name: str, kind: type[W] = QWidget, seconds: float = PATIENCE) -> W:  # type: ignore[assignment]
        found: W = self.until(f"“{name}”", lambda: self.seen(name, kind), seconds)  # type: ignore[assignment]
        return found

    def words(self, within: QWidget | None = None) -> list[str]:
        """Every line of text that can be seen."""
        whole = self.front if within is None else within
        return [one.text() for one in whole.findChildren(QLabel) if one.isVisible() and one.text().strip()]

    def read(self, words: str, seconds: float = PATIENCE) -> str:
        """Waits for a line that holds these words, and gives it."""

        def look() -> str:
            whole = (*self.words(), *self.words(self.window))
            return next((line for line in whole if words in line), "")

        return self.until(f"the words “{words}”", look, seconds)

    def text(self, name: str) -> str:
        return self.see(name, QLabel).text()

    def fact(self, name: str, label: str) -> str:
        """The words beside a label in a list of facts."""

        def look() -> str:
            facts = self.seen(name)
            if facts is None:
                return ""
            said = [one for one in facts.findChildren(QLabel) if one.text() == label and one.isVisible()]
            value = said[0].buddy() if said else None
            return "" if value is None else value.text() if isinstance(value, QLabel) else " ".join(self.words(value))

        return self.until(f"“{label}” in “{name}”", look)

    def heard(self, name: str) -> str:
        """What a screen reader says of this and its parts: the figures of a chart, for one."""
        whole = self.see(name)
        return " | ".join(one.accessibleName() for one in [whole, *whole.findChildren(QWidget)] if one.isVisible())

    def number(self, name: str, pattern: str) -> int:
        """A number in the words of a label; 0 while it does not stand there."""
        found = re.search(pattern, self.text(name))
        return int(found[1].replace(",", "")) if found else 0

    def boxes(self, beginning: str) -> list[str]:
        """Names of the boxes to check that can be seen."""
        found = self.window.findChildren(QCheckBox)
        return [one.objectName() for one in found if one.objectName().startswith(beginning) and one.isVisible()]

    @property
    def front(self) -> QWidget:
        """The window, or the question over it."""
        return QApplication.activeModalWidget() or self.window

    # -- pointing ----------------------------------------------------------------------------------------------------

    def _place(self, one: QWidget, at: QPoint | None) -> tuple[QWidget, QPoint] | None:
        """The window and the point to click; None while it is disabled, covered, or behind a question."""
        modal = QApplication.activeModalWidget()
        window = one.window()
        if not one.isEnabled() or (modal is not None and modal is not window and not window.isAncestorOf(modal)):
            return None
        if modal is not None and modal is not window and window.windowType() is not Qt.WindowType.Popup:
            return None
        self._scroll_to(one)
        if not window.isActiveWindow() and window.windowType() is not Qt.WindowType.Popup:
            window.activateWindow()  # as a window manager does; the offscreen screen has none
            return None
        point = one.mapTo(window, at if at is not None else one.rect().center())
        hit = window.childAt(point)
        if hit is None or not (hit is one or one.isAncestorOf(hit)):
            return None
        return window, point

    @staticmethod
    def _scroll_to(one: QWidget) -> None:
        above = one.parentWidget()
        while above is not None:
            if isinstance(above, QScrollArea) and above.widget() is not None and above.widget().isAncestorOf(one):
                above.ensureWidgetVisible(one, 0, 24)
            above = above.parentWidget()

    def _point(self, name: str, kind: type[QWidget] = QWidget, at: Callable[[Any], QPoint] | None = None) -> Any:
        def look() -> Any:
            one = self.seen(name, kind)
            if one is None:
                return None
            place = self._place(one, at(one) if at is not None else None)
            return None if place is None else (one, *place)

        return self.until(f"“{name}” that can be clicked", look)

    def click(self, name: str) -> QWidget:
        one, window, point = self._point(name)
        QTest.mouseClick(window.windowHandle(), _LEFT, _PLAIN, point)
        found: QWidget = one
        return found

    def check(self, name: str) -> None:
        """A box, clicked on its words as well as on its sign."""
        one, window, point = self._point(name, QCheckBox, lambda box: QPoint(9, box.height() // 2))
        QTest.mouseClick(window.windowHandle(), _LEFT, _PLAIN, point)
        assert one.isChecked(), name

    def tab(self, name: str, words: str) -> None:
        """A tab by the beginning of its words."""

        def middle(bar: QTabBar) -> QPoint:
            at = next(n for n in range(bar.count()) if bar.tabText(n).startswith(words))
            return bar.tabRect(at).center()

        _one, window, point = self._point(name, QTabBar, middle)
        QTest.mouseClick(window.windowHandle(), _LEFT, _PLAIN, point)

    def row(self, name: str, words: str = "", *, twice: bool = False) -> str:
        """Clicks the first row that holds these words, or opens it. Gives the row's text."""
        table = self.see(name, QTableView)

        def look() -> int | None:
            return next((at + 1 for at in range(table.model().rowCount()) if words in self._row(table, at)), None)

        at = (self.until(f"a row with “{words}” in “{name}”", look) or 1) - 1
        table.scrollTo(table.model().index(at, 0))
        place = table.visualRect(table.model().index(at, 0)).center()
        viewport = table.viewport()
        found = self.until(f"the row “{words}” in sight", lambda: self._place(viewport, place))
        assert found is not None
        window, point = found
        QTest.mouseClick(window.windowHandle(), _LEFT, _PLAIN, point)
        text = self._row(table, at)
        if twice:
            QTest.mouseDClick(window.windowHandle(), _LEFT, _PLAIN, point)
        return text

    @staticmethod
    def _row(table: QTableView, at: int) -> str:
        model = table.model()
        return " | ".join(str(model.index(at, column).data() or "") for column in range(model.columnCount()))

    # -- typing ------------------------------------------------------------------------------------------------------

    def write(self, name: str, text: str) -> None:
        """Into a field, in place of what stands there."""
        self.click(name)
        field = self.until(f"the caret in “{name}”", lambda: self._writes_in(name))
        QTest.keySequence(field, QKeySequence(QKeySequence.StandardKey.SelectAll))
        QTest.keyClicks(field, text)

    def _writes_in(self, name: str) -> QWidget | None:
        focus = QApplication.focusWidget()
        return focus if focus is not None and focus.objectName() == name else None

    def key(self, keys: str | Qt.Key) -> None:
        """A key where the focus is."""
        focus = QApplication.focusWidget() or self.front
        if isinstance(keys, str):
            QTest.keySequence(focus, QKeySequence(keys))
        else:
            QTest.keyClick(focus, keys)

    def escape(self) -> None:
        """Closes the question in front."""
        dialog = self.front
        self.key(Qt.Key.Key_Escape)
        self.until("the question to close", lambda: dialog_gone(dialog))

    def choose(self, name: str, words: str) -> None:
        """From a list that drops down: opened with a click, walked with the arrows, taken with Enter."""
        self.click(name)
        box = self.see(name, QComboBox)
        view = box.view()
        self.until(f"the list of “{name}”", view.isVisible)
        wanted = next((at for at in range(box.count()) if words in box.itemText(at)), None)
        assert wanted is not None, f"{name} offers no “{words}”: {[box.itemText(at) for at in range(box.count())]}"
        QTest.keyClick(view, Qt.Key.Key_Home)
        for _ in range(wanted):
            QTest.keyClick(view, Qt.Key.Key_Down)
        QTest.keyClick(view, Qt.Key.Key_Return)
        self.until(f"“{words}” in “{name}”", lambda: not view.isVisible() and words in box.currentText())

    def scroll(self, name: str) -> None:
        """So far that this is in sight as a whole, where it fits."""
        self._scroll_to(self.see(name))

    def choose_file(self, name: str, path: Path) -> None:
        """Presses what opens the file dialog and writes the path there."""
        self.click(name)
        dialog = self.see("files", QFileDialog)
        line = self.until("the line of the file dialog", lambda: dialog.findChild(QLineEdit, "fileNameEdit"))
        assert line is not None
        line.setFocus()
        QTest.keySequence(line, QKeySequence(QKeySequence.StandardKey.SelectAll))
        QTest.keyClicks(line, str(path))
        QTest.keyClick(line, Qt.Key.Key_Return)
        self.until("the file dialog to close", lambda: self.seen("files") is None)

    def drop(self, name: str, path: Path) -> None:
        """A file dragged onto a place and let go."""
        one, _window, _point = self._point(name)
        files = QMimeData()
        files.setUrls([QUrl.fromLocalFile(str(path))])
        middle, copy = one.rect().center(), Qt.DropAction.CopyAction
        entering = QDragEnterEvent(middle, copy, files, _LEFT, _PLAIN)
        QApplication.sendEvent(one, entering)
        assert entering.isAccepted(), f"“{name}” takes no files"
        QApplication.sendEvent(one, QDropEvent(middle.toPointF(), copy, files, _LEFT, _PLAIN))

    # -- what is done everywhere ----------------------------------------------------------------------------------

    def sign(self, *words: str) -> list[str]:
        """Reads the question, which has to say these words, and signs."""
        dialog = self.see("confirm")
        said = self.words(dialog)
        for one in words:
            assert any(one in line for line in said), f"at “{self._step}” the question does not say “{one}”: {said}"
        self.click("confirm-yes")
        self.until("the question to close", lambda: dialog_gone(dialog))
        return said


def wait(milliseconds: int) -> None:
    """Lets the program run. QTest.qWait would keep the interpreter's lock, and no worker thread would get on."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def dialog_gone(dialog: QWidget) -> bool:
    try:
        return not dialog.isVisible()
    except RuntimeError:  # deleted with its window
        return True
