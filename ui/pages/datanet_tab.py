"""What the tabs of a Datanet share: reading without overtaking, and the one primary button of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from core.values import DatanetView, Prepared, Signed
from ui import ask, tasks
from ui.pages.base import Page
from ui.widgets import Button


class Reader(QObject):
    """One reading at a time. What is asked meanwhile runs once afterwards, so answers never come in a wrong order."""

    def __init__(self, owner: QObject) -> None:
        super().__init__(owner)
        self._busy = False
        self._next: tuple[Callable[..., Any], tuple[object, ...], Callable[[Any], None]] | None = None
        self.failed: Callable[[BaseException], None] | None = None

    def read(self, work: Callable[..., Any], *args: object, on_done: Callable[[Any], None]) -> None:
        if self._busy:
            self._next = (work, args, on_done)
            return
        self._busy = True
        tasks.run(self, work, *args, on_done=lambda value: self._done(on_done, value), on_error=self._error)

    def _done(self, on_done: Callable[[Any], None], value: object) -> None:
        self._go_on()
        on_done(value)

    def _error(self, error: BaseException) -> None:
        self._go_on()
        if self.failed is not None:
            self.failed(error)
        else:
            tasks.engine().failed.emit(error)

    def _go_on(self) -> None:
        self._busy = False
        waiting, self._next = self._next, None
        if waiting is not None:
            work, args, on_done = waiting
            self.read(work, *args, on_done=on_done)


class Tab(QWidget):
    """One tab of a Datanet. `load` reads what it shows; it is called when the tab is shown and after changes.

    `primary`, if set, stands in the page's head while `offers` is true and the tab is open.
    """

    key: ClassVar[str] = ""
    words: ClassVar[str] = ""
    offered = Signal()
    wanted = Signal(str)  # another tab, by its key

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__()
        self.setObjectName(f"datanet-{self.key}")
        self.page = page
        self.client = page.client
        self.view = view
        self.primary: Button | None = None
        self.offers = False
        self.reader = Reader(self)
        self._stale = True

    # -- for subclasses ----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Reads what the tab shows, through self.reader, and paints it."""

    def offer(self, words: str, *, shown: bool = True, enabled: bool = True) -> None:
        """What the primary button says now."""
        assert self.primary is not None
        self.primary.setText(words)
        self.primary.setEnabled(enabled)
        self.offers = shown
        self.offered.emit()

    async def sign(self, prepare: Callable[..., Prepared], *args: object) -> Signed | None:
        """As the page's, for something that takes long to prepare: its progress is the job's."""
        prepared = await tasks.call(prepare, *args, with_progress=True)
        if not await ask.confirm(self, prepared):
            await tasks.call(self.client.forget, prepared)
            return None
        return await tasks.call(self.client.sign, prepared, with_progress=True)

    # -- driven by the Datanet's view --------------------------------------------------------------------------------

    def show_datanet(self, view: DatanetView) -> None:
        self.view = view
        self.stale()

    def stale(self) -> None:
        """Something changed: read again, now if it is seen, else when it is shown."""
        self._stale = True
        if self.isVisible():
            self._load_now()

    def _load_now(self) -> None:
        self._stale = False
        self.load()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._load_now()
