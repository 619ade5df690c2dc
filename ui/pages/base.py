"""What a page is: a declared class with a name, a title, an icon and an order. See ui/README.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from core.events import Changed
from core.settings import SettingsFile
from core.values import Prepared, Signed
from ui import ask, tasks
from ui.text import Tone
from ui.theme.tokens import L
from ui.widgets.layouts import Framed, Part, column, scrolled

if TYPE_CHECKING:
    from core.client import Client

_WIDEST = 1180  # lines and tables stay readable on a wide screen


@dataclass(frozen=True)
class Action:
    """Something Ctrl+K offers: words, a Lucide icon, what it does, and its keys where it has any."""

    words: str
    icon: str
    do: Callable[[], object]
    keys: str = ""


@dataclass(frozen=True)
class Context:
    """What the window lends a page.

    go(page, target)          shows another page; `target` is what its `open` takes, or None
    say(title, words, tone)   a line at the bottom of the window that goes away by itself
    lock()                    locks the program
    """

    client: Client
    settings: SettingsFile
    go: Callable[[str, object], None]
    say: Callable[[str, str, Tone], None]
    lock: Callable[[], None]


class Page(QWidget):
    """Subclasses set the class attributes, build their parts in `__init__` with `self.fill(...)`, read in `load`."""

    name: ClassVar[str] = ""  # "datanets": key for `go`, objectName is "page-datanets"
    title: ClassVar[str] = ""  # the word in the rail
    icon: ClassVar[str] = ""  # a Lucide name in resources/icons
    order: ClassVar[int] = 0
    shortcut: ClassVar[str] = ""  # "Ctrl+2"
    reads: ClassVar[Changed] = Changed()  # what makes this page read again
    in_rail: ClassVar[bool] = True  # else it is reached from other pages only

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.client: Client = context.client
        self.setObjectName(f"page-{self.name}")
        self.setAccessibleName(self.title)
        self._stale = True

    # -- for subclasses ----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Reads what the page shows (through self.run) and paints it. Called when first shown and after changes."""

    def open(self, target: object) -> None:
        """Shows one thing of this page: what another page or the palette gave to `go`."""

    def actions(self) -> list[Action]:
        """What Ctrl+K offers while this page exists."""
        return []

    def fill(self, *parts: Part, scroll: bool = True, width: int = _WIDEST) -> None:
        """Lays the page out from top to bottom, `width` at most; forms read best at about 760.

        `scroll=False` is for pages whose table takes the height itself.
        """
        inner = QWidget()
        rows = column(*parts, space=L, parent=inner)
        if scroll:
            rows.addStretch(1)
        holder = Framed(inner, width)
        column(scrolled(holder) if scroll else holder, space=0, parent=self)

    # -- doing things ------------------------------------------------------------------------------------------------

    def run(self, work: Callable[..., Any], *args: object, **options: Any) -> tasks.Task:
        """tasks.run with this page as the owner."""
        return tasks.run(self, work, *args, **options)

    def start(self, steps: Any, **options: Any) -> tasks.Task:
        """tasks.start with this page as the owner."""
        return tasks.start(self, steps, **options)

    def go(self, page: str, target: object = None) -> None:
        self.context.go(page, target)

    def say(self, title: str, words: str = "", tone: Tone = "success") -> None:
        self.context.say(title, words, tone)

    async def sign(self, prepare: Callable[..., Prepared], *args: object, **named: object) -> Signed | None:
        """Inside a task: prepares an action, asks the person, signs and waits for its block. None: not signed."""
        prepared = await tasks.call(prepare, *args, **named)
        if not await ask.confirm(self, prepared):
            await tasks.call(self.client.forget, prepared)
            return None
        return await tasks.call(self.client.sign, prepared, with_progress=True)

    # -- driven by the window ----------------------------------------------------------------------------------------

    def heard(self, changed: Changed) -> None:
        """The window passes every change on; a hidden page reads only when it is shown again."""
        if any(getattr(self.reads, name) and getattr(changed, name) for name in Changed.__dataclass_fields__):
            self._stale = True
            if self.isVisible():
                self.refresh()

    def refresh(self) -> None:
        self._stale = False
        self.load()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()
