"""The top line: search, the network in words, running jobs, the account, lock."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from core.values import AccountView, NetworkView
from ui.tasks import engine
from ui.text import foreign, number, open_, plain_tip, trust
from ui.theme import icons
from ui.theme.tokens import XXL, L, M, S
from ui.widgets.amount import LOCAL_HINT
from ui.widgets.buttons import Button, IconButton
from ui.widgets.labels import KeyHint, Text
from ui.widgets.layouts import column, row, side_margin
from ui.widgets.progress import ProgressPanel
from ui.widgets.trust import ICONS


def network_words(view: NetworkView) -> str:
    """Name, block and trust in words, or what is the matter."""
    name = foreign(view.name, 40)
    if view.height is None:
        away = "no answer" if not view.local else "starting" if view.node_running else "not running"
        return f"{name} · {away}"
    return f"{name} · block {number(view.height)} · {trust(view.trust).title}"


class TopBar(QWidget):
    """Signals say what was pressed; `show_network` and `show_account` say what is known (None: nothing yet)."""

    palette_wanted = Signal()
    network_wanted = Signal()
    account_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self._search = Button("Search", "chip", name="open-palette", icon="search")
        self._search.clicked.connect(self.palette_wanted)
        self._network = Button("", "chip", name="network-chip", icon="shield")
        self._network.clicked.connect(self.network_wanted)
        self._account = Button("", "chip", name="account-chip", icon="wallet")
        self._account.clicked.connect(self.account_wanted)
        self._jobs = Button("", "chip", name="jobs-button", icon="activity")
        self._jobs.clicked.connect(self._show_jobs)
        lock = IconButton("lock", "Lock (Ctrl+L)", name="lock", on=self.lock_wanted.emit)
        for chip in (self._search, self._network, self._account, self._jobs):
            chip.setMinimumHeight(32)
        self._search.setToolTip("Search pages and actions (Ctrl+K)")
        self._hint = KeyHint("Ctrl K")
        self._network_words: tuple[str, ...] = ("",)  # from the whole to the shortest
        self._account_words: tuple[str, ...] = ("",)
        parts = (self._search, self._hint, None, self._jobs, self._network, self._account, lock)
        self._line = row(*parts, space=S, margins=(XXL, M, L, M), parent=self)
        self._popover: JobsPopover | None = None
        engine().changed.connect(self._jobs_changed)
        self.show_network(None)
        self.show_account(None)
        self._jobs_changed()

    def show_network(self, view: NetworkView | None) -> None:
        if view is None:
            self._network_words = ("Network starting",)
            icons.put(self._network, "hourglass", "muted", 16)
            self._fit()
            return
        said = trust(view.trust)
        whole = network_words(view)
        short = whole.split(" · ", 1)[-1] if view.height is not None else whole
        self._network_words = (whole, whole, short)
        self._network.setAccessibleName(whole)
        self._network.setToolTip(plain_tip(said.what_to_do))
        self._network.setAccessibleDescription(said.what_to_do)
        known = view.height is not None
        icons.put(self._network, ICONS[view.trust.state] if known else "hourglass", said.tone if known else "muted", 16)
        self._fit()

    def show_account(self, view: AccountView | None, *, local: bool = True) -> None:
        if view is None:
            self._account_words = ("No account yet",)
            self._fit()
            return
        balance = open_(view.balance.value, 2)
        unsure = "" if view.balance.trust.state in {"local", "proven"} else f" ({trust(view.balance.trust).title})"
        name = foreign(view.name, 24).replace("&", "&&")  # a single one would become a mnemonic
        self._account_words = (
            f"{name} · {view.address.short()} · {balance}{unsure}",
            f"{name} · {balance}{unsure}",
            f"{balance}{unsure}",
        )
        self._fit()
        hint = f"{view.address}\n{view.balance.value}"
        self._account.setToolTip(f"{hint}\n{LOCAL_HINT}" if local else hint)
        self._account.setAccessibleName(f"Account {foreign(view.name, 24)}, balance {view.balance.value}")

    def _fit(self) -> None:
        """As many words as there is room for; names and tooltips always hold them all."""
        for shorter in range(3):
            self._hint.setVisible(shorter == 0)
            self._network.setText(self._network_words[min(shorter, len(self._network_words) - 1)])
            self._account.setText(self._account_words[min(shorter, len(self._account_words) - 1)])
            layout = self.layout()
            layout.invalidate()
            if layout.sizeHint().width() <= self.width():
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._line.setContentsMargins(side_margin(self.width()), M, L, M)  # begins where the page beneath begins
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(320, super().minimumSizeHint().height())

    def _jobs_changed(self) -> None:
        jobs = engine().jobs
        self._jobs.setVisible(bool(jobs))
        for job in jobs:
            job.progressed.connect(self._say_jobs, Qt.ConnectionType.UniqueConnection)
        self._say_jobs()
        if not jobs:
            self._fit()  # there is room for all the words again

    def _say_jobs(self) -> None:
        jobs = engine().jobs
        if not jobs:
            return
        first = jobs[0]
        share = "" if first.fraction is None else f" {first.fraction * 100:.0f} %"
        more = f" +{len(jobs) - 1}" if len(jobs) > 1 else ""
        self._jobs.setText(f"{foreign(first.title, 32)}{share}{more}".replace("&", "&&"))
        self._fit()
        self._jobs.setAccessibleName(f"{len(jobs)} running: {self._jobs.text()}")

    def _show_jobs(self) -> None:
        self._popover = JobsPopover(self)
        self._popover.show_under(self._jobs)


class JobsPopover(QFrame):
    """What runs, with progress and a way to stop each."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("jobs")
        self.setProperty("kind", "popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Running jobs")
        self._none = Text("Nothing is running.", tone="muted")
        self._rows = column(Text("Running", "strong"), self._none, space=M, margins=(L, L, L, L), parent=self)
        for number_, task in enumerate(engine().jobs):
            panel = ProgressPanel(task, name=f"job-{number_}")
            self._rows.addWidget(panel)
            panel.show()
            task.ended.connect(self._ended)
        self._ended()

    def show_under(self, button: QWidget) -> None:
        self.resize(QSize(380, self.sizeHint().height()))
        corner = button.mapToGlobal(QPoint(button.width(), button.height() + 6))
        self.move(corner - QPoint(self.width(), 0))
        self.show()

    def _ended(self) -> None:
        self._none.setVisible(not engine().jobs)
        self.adjustSize()
