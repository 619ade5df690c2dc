"""The unlocked program: rail, top line, pages, and short messages at the foot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.events import Changed
from core.settings import SettingsFile
from core.values import AccountView
from ui import tasks
from ui.ask import opened
from ui.bridge import Bridge
from ui.dialogs.palette import CommandPalette
from ui.dialogs.shortcuts import ShortcutSheet
from ui.pages import Action, Context, Page, pages
from ui.rail import Rail
from ui.text import Tone
from ui.theme.tokens import L
from ui.topbar import TopBar
from ui.widgets.layouts import column, row
from ui.widgets.notice import Notice

if TYPE_CHECKING:
    from core.client import Client

_SAID_MS = 6000
_TRAIL = 50


class Frame(QWidget):
    """`lock_wanted` from the lock button, Ctrl+L or a page. Lives from unlocking to locking."""

    lock_wanted = Signal()

    def __init__(
        self, client: Client, settings: SettingsFile, page_list: Callable[[], list[type[Page]]] | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("frame")
        self._client = client
        self._context = Context(client, settings, self.go, self.say, self.lock_wanted.emit)
        self._classes = {page.name: page for page in (page_list or pages)()}
        self._pages: dict[str, Page] = {}
        self._trail: list[str] = []  # pages that were left, the latest last
        self._closed = False
        self.rail = Rail(list(self._classes.values()), self)
        self.topbar = TopBar(self)
        self._stack = QStackedWidget(self)
        right = column(self.topbar, self._stack, space=0)
        right.setStretch(1, 1)
        whole = row(self.rail, space=0, parent=self)
        whole.addLayout(right, 1)
        self._notice = Notice(closable=True, name="said", parent=self)
        self._quiet = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._quiet.timeout.connect(self._notice.clear)
        self._stack.installEventFilter(self)
        self._wire()
        self._bridge = Bridge(client.events, self)
        self._bridge.changed.connect(self._heard)
        self._read(Changed(accounts=True, network=True))
        self.go(next(iter(self._classes)))

    def _wire(self) -> None:
        self.rail.chosen.connect(self.go)
        self.topbar.palette_wanted.connect(self.open_palette)
        self.topbar.lock_wanted.connect(self.lock_wanted)
        self.topbar.network_wanted.connect(lambda: self._go_if_there("network"))
        self.topbar.account_wanted.connect(lambda: self._go_if_there("wallet"))
        tasks.engine().failed.connect(self.say_error)
        self._keys("Ctrl+K", self.open_palette)
        self._keys("Ctrl+L", self.lock_wanted.emit)
        self._keys("?", self.open_shortcuts)
        self._keys("Alt+Left", self.go_back)
        for page in self._classes.values():
            if page.shortcut:
                self._keys(page.shortcut, lambda name=page.name: self.go(name))

    def _keys(self, keys: str, do: Callable[[], object]) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(do)

    # -- pages -------------------------------------------------------------------------------------------------------

    @property
    def current(self) -> Page:
        page = self._stack.currentWidget()
        assert isinstance(page, Page)
        return page

    def go(self, name: str, target: object = None) -> None:
        """Shows a page, made when it is first wanted."""
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = self._classes[name](self._context)
            self._stack.addWidget(page)
        before = self._stack.currentWidget()
        if isinstance(before, Page) and before is not page:
            self._trail = [*self._trail, before.name][-_TRAIL:]
        self._stack.setCurrentWidget(page)
        self.rail.show_page(name)
        if target is not None:
            page.open(target)

    def go_back(self) -> None:
        """To the page that was left last, as it was left."""
        if self._trail:
            name = self._trail.pop()
            self.go(name)
            self._trail.pop()  # what going back has left

    def _go_if_there(self, name: str) -> None:
        if name in self._classes:
            self.go(name)

    def actions(self) -> list[Action]:
        """Everything Ctrl+K offers."""
        found = [
            Action(f"Go to {page.title}", page.icon, lambda name=page.name: self.go(name), page.shortcut)
            for page in self._classes.values()
            if page.in_rail
        ]
        for page in self._pages.values():
            found += page.actions()
        found += [
            Action("Back to the page before", "arrow-left", self.go_back, "Alt+Left"),
            Action("Lock", "lock", self.lock_wanted.emit, "Ctrl+L"),
            Action("Show all keys", "keyboard", self.open_shortcuts, "?"),
        ]
        return found

    def open_palette(self) -> None:
        opened(CommandPalette(self, self.actions()))

    def open_shortcuts(self) -> None:
        opened(ShortcutSheet(self, [(page.shortcut, page.title) for page in self._classes.values() if page.shortcut]))

    # -- messages ----------------------------------------------------------------------------------------------------

    def say(self, title: str, words: str = "", tone: Tone = "success") -> None:
        """A line at the foot; good news goes away by itself, warnings stay until they are closed."""
        self._notice.say(title, words, tone)
        self._place_notice()
        self._quiet.stop()
        if tone in {"success", "info"}:
            self._quiet.start()

    def say_error(self, error: BaseException) -> None:
        self._notice.say_error(error)
        self._place_notice()
        self._quiet.stop()

    def _place_notice(self) -> None:
        if self._notice.isHidden():
            return
        width = min(640, self._stack.width() - 2 * L)
        height = self._notice.heightForWidth(width)
        height = height if height > 0 else self._notice.sizeHint().height()
        left = self._stack.x() + (self._stack.width() - width) // 2
        self._notice.setGeometry(left, self.height() - height - L, width, height)
        self._notice.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._stack and event.type() == QEvent.Type.Resize:
            self._place_notice()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_notice()

    # -- what changed ------------------------------------------------------------------------------------------------

    def _heard(self, changed: Changed) -> None:
        self._read(changed)
        for page in self._pages.values():
            page.heard(changed)

    def _read(self, changed: Changed) -> None:
        if changed.network:
            tasks.run(self, self._client.network.view, on_done=self.topbar.show_network)
        if changed.accounts or changed.balances or changed.profile:
            tasks.run(self, self._client.wallet.accounts, on_done=self._show_accounts)

    def _show_accounts(self, accounts: list[AccountView]) -> None:
        self.topbar.show_account(accounts[0] if accounts else None)

    def close_down(self) -> None:
        """Ends listening; the window calls it before the frame goes. Again is harmless."""
        if self._closed:
            return
        self._closed = True
        self._bridge.close()
        tasks.engine().failed.disconnect(self.say_error)
