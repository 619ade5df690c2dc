"""One Datanet: its head, its tabs, and the primary action of the tab that is open."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from core.errors import Cancelled
from core.values import DatanetView
from ui import tasks
from ui.datanet_words import licence_name, unnamed_words
from ui.pages.base import Page
from ui.pages.datanet_share import take_in
from ui.pages.datanet_tab import Reader, Tab
from ui.text import foreign, number
from ui.theme import fonts
from ui.theme.tokens import XS, L, M, S
from ui.widgets import IconButton, Notice, Text, TrustBadge, column, row

# key, words, module, class: each made when it is first opened
_TABS = (
    ("overview", "Overview", "ui.pages.datanet_overview", "OverviewTab"),
    ("contribute", "Contribute", "ui.pages.datanet_contribute", "ContributeTab"),
    ("review", "Review", "ui.pages.datanet_review", "ReviewTab"),
    ("records", "Records", "ui.pages.datanet_records", "RecordsTab"),
    ("releases", "Releases", "ui.pages.datanet_releases", "ReleasesTab"),
    ("verbatim", "Check a text", "ui.pages.datanet_verbatim", "VerbatimTab"),
    ("people", "People", "ui.pages.datanet_people", "PeopleTab"),
)


class DatanetPanel(QWidget):
    back = Signal()

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__()
        self.setObjectName("datanet")
        self._page = page
        self.view = view
        self._reader = Reader(self)
        self._tabs: dict[str, Tab] = {}
        self._bar = QTabBar()
        self._bar.setObjectName("datanet-tabs")
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setUsesScrollButtons(False)
        self._bar.setFont(fonts.font("medium"))
        self._bar.setCursor(Qt.CursorShape.PointingHandCursor)
        for _key, words, _module, _class in _TABS:
            self._bar.addTab(words)
        self._stack = QStackedWidget()
        self._bar.currentChanged.connect(self._turn)
        self._unnamed = Notice(
            "warning", action="Choose the file…", on=self._ask_take, name="datanet-unnamed"
        )  # on every tab: whatever is done here is done with those records
        self._said = Notice(name="datanet-said", closable=True)
        top = column(self._unnamed, self._said, space=S)
        column(self._head(), top, self._bar, self._stack, space=M, parent=self).setStretch(3, 1)
        self._show(view)

    def _head(self) -> QWidget:
        head = QWidget()
        self._title = Text("", "title")
        self._title.setObjectName("datanet-title")
        self._title.setMinimumWidth(80)
        self._line = Text("", "small", "muted")
        self._trust = TrustBadge()
        self._actions = row(space=S)
        back = IconButton("arrow-left", "All Datanets", name="datanet-back", on=self.back.emit)
        words = column(self._title, row(self._trust, self._line, None, space=S), space=XS)
        line = row(space=M, parent=head)
        line.addWidget(back, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addSpacing(L)
        line.addLayout(self._actions)
        return head

    # -- tabs --------------------------------------------------------------------------------------------------------

    @property
    def current(self) -> Tab:
        return self._tab(_TABS[self._bar.currentIndex()][0])

    def show_tab(self, key: str) -> None:
        keys = [one[0] for one in _TABS]
        at = keys.index(key) if key in keys else 0
        if self._bar.currentIndex() == at:
            self._turn(at)
        else:
            self._bar.setCurrentIndex(at)

    def _turn(self, at: int) -> None:
        tab = self._tab(_TABS[at][0])
        self._stack.setCurrentWidget(tab)
        self._offer()
        tab.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tab(self, key: str) -> Tab:
        tab = self._tabs.get(key)
        if tab is None:
            module, name = next((one[2], one[3]) for one in _TABS if one[0] == key)
            tab = self._tabs[key] = getattr(import_module(module), name)(self._page, self.view)
            assert isinstance(tab, Tab)
            tab.offered.connect(self._offer)
            tab.wanted.connect(self.show_tab)
            self._stack.addWidget(tab)
            if tab.primary is not None:
                self._actions.addWidget(tab.primary, 0, Qt.AlignmentFlag.AlignTop)
        return tab

    def _offer(self) -> None:
        """One primary button: that of the open tab, while it offers one."""
        shown = self._stack.currentWidget()
        for tab in self._tabs.values():
            if tab.primary is not None:
                tab.primary.setVisible(tab is shown and tab.offers)

    def _ask_take(self) -> None:
        taking = take_in(self, self._page.client, self._said, self.view.id)
        tasks.start(self, taking, title="Take in a withdrawal", on_error=self._not_taken)

    def _not_taken(self, error: BaseException) -> None:
        if not isinstance(error, Cancelled):
            self._said.say_error(error)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def stale(self) -> None:
        """Something changed: read the Datanet again, then its tabs."""
        self._reader.read(self._page.client.datanets.get, self.view.id, on_done=self._again)

    def _again(self, view: DatanetView) -> None:
        self._show(view)
        for tab in self._tabs.values():
            tab.show_datanet(view)

    def _show(self, view: DatanetView) -> None:
        self.view = view
        self._title.setText(foreign(view.name, 100))
        self._trust.show_trust(view.trust)
        place = "Not on the ledger yet" if view.number is None else f"Datanet {number(view.number)}"
        self._line.setText(f"{place} · {licence_name(view.licence)}")
        at = next(place for place, one in enumerate(_TABS) if one[0] == "review")
        self._unnamed.say(*unnamed_words(view.unnamed), "warning")
        waiting = f" ({number(view.waiting)})" if view.waiting and view.curator else ""
        self._bar.setTabText(at, f"Review{waiting}")
