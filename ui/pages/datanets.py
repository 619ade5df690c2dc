"""Datanets: what each collects, who gives to it, and what waits; opening one shows its tabs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from core.errors import Cancelled
from core.events import Changed
from core.values import DatanetView
from ui import ask, tasks
from ui.datanet_words import licence_name
from ui.pages.base import Action, Context, Page
from ui.pages.datanet_create import CreateSheet
from ui.pages.datanet_share import import_release
from ui.pages.datanet_tab import Reader
from ui.pages.datanet_view import DatanetPanel
from ui.text import count, foreign, number, plain_tip
from ui.theme import fonts, theme
from ui.theme.tokens import XS, L, M, S
from ui.widgets import Badge, Button, EmptyState, Notice, PageHeader, Text, TrustBadge, column, grid, row, scrolled

_CARD = 340  # narrower cards go below each other


class TwoLines(QWidget):
    """Muted text on at most two lines, with an ellipsis where it goes on."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setAccessibleName(text)
        fonts.put(self, "body")
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(theme().colour("muted"))
        metrics = self.fontMetrics()
        layout = QTextLayout(self._text, self.font())
        layout.beginLayout()
        for at in range(2):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(self.width())
            start = line.textStart()
            shown = self._text[start : start + line.textLength()]
            if at == 1:
                shown = metrics.elidedText(self._text[start:], Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(0, metrics.ascent() + at * metrics.lineSpacing(), shown.rstrip())
        layout.endLayout()
        painter.end()


class DatanetCard(QFrame):
    """One Datanet in short. `opened` on click, Enter or Space."""

    opened = Signal(int)

    def __init__(self, view: DatanetView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._id = view.id
        self.setProperty("kind", "tile")
        self.setObjectName(f"datanet-card-{view.id}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        name = foreign(view.name, 100)
        title = Text(name, "heading")
        title.setMinimumWidth(60)
        about = foreign(view.description, 300) or "No description."
        words = TwoLines(about)
        words.setToolTip(plain_tip(foreign(view.description, 1000, lines=True)))
        top = row(title, None, TrustBadge(view.trust), space=S)
        column(
            column(top, words, space=XS),
            self._figures(view),
            self._foot(view),
            space=L,
            margins=(L, L, L, L),
            parent=self,
        )
        self.setAccessibleName(f"{name}: {count(view.records, 'record')}, {number(view.waiting)} waiting for review")

    def _figures(self, view: DatanetView) -> QWidget:
        holder = QWidget()
        figures = (
            ("Records", view.records),
            ("Contributors", view.contributors),
            ("Mine", view.mine),
            ("Uses, 30 days", view.calls_30_days),
        )
        cells = []
        for words, value in figures:
            cell = QWidget()
            column(Text(number(value), "heading"), Text(words, "small", "muted"), space=0, parent=cell)
            cells.append(cell)
        line = row(*cells, space=M, parent=holder)
        for at in range(len(cells)):
            line.setStretch(at, 1)
        return holder

    def _foot(self, view: DatanetView) -> QWidget:
        holder = QWidget()
        newest = view.releases[-1].version if view.releases else None
        said = f"Version {newest}" if newest is not None else "No version yet"
        parts: list[QWidget | None] = [Text(f"{said} · {licence_name(view.licence)}", "small", "muted"), None]
        if view.number is None:
            parts.append(Badge("Waiting for its block", "info"))
        elif view.waiting:
            words = f"{number(view.waiting)} to review" if view.curator else f"{number(view.waiting)} in review"
            parts.append(Badge(words, "warning" if view.curator else "info"))
        row(*parts, space=S, parent=holder)
        holder.setMinimumHeight(22)
        return holder

    def sizeHint(self) -> QSize:
        return QSize(_CARD, super().sizeHint().height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self._id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit(self._id)
        else:
            super().keyPressEvent(event)


class DatanetsPage(Page):
    name, title, icon, order, shortcut = "datanets", "Datanets", "database", 20, "Ctrl+2"
    reads = Changed(datanets=True, records=True, models=True, earnings=True, accounts=True)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._views: tuple[DatanetView, ...] = ()
        self._reader = Reader(self)
        self._panel: DatanetPanel | None = None
        self._create = Button("Create", "primary", name="datanet-create", icon="plus", on=self._ask_create)
        self._empty = EmptyState(
            "database",
            "No Datanet yet",
            "A Datanet collects records on one topic. People contribute, curators decide, models are built on it.",
            "Create a Datanet",
            self._ask_create,
            name="datanets-empty",
        )
        self._said = Notice(name="datanets-said")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._list())
        self.fill(self._stack, scroll=False)

    def _list(self) -> QWidget:
        inner = QWidget()
        self._grid = column(space=L, parent=inner)
        self._area = scrolled(inner)
        self._inside = QStackedWidget()
        self._inside.addWidget(self._area)
        self._inside.addWidget(self._empty)
        whole = QWidget()
        words = "Records on one topic, from people who are paid when models use them."
        take = Button("Import a release…", name="datanets-import", icon="upload", on=self._ask_import)
        column(
            PageHeader("Datanets", words, self._create, take), self._said, self._inside, space=L, parent=whole
        ).setStretch(2, 1)
        return whole

    # -- page --------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        if self._panel is not None:  # the list is read again when one comes back to it
            self._panel.stale()
        else:
            self._reader.read(self.client.datanets.all, on_done=self._show)

    def open(self, target: object) -> None:
        """A Datanet's id, or (id, tab): "overview", "contribute", "review", "records", "releases", "people".

        "create" asks for a new one.
        """
        if target == "create":
            self._ask_create()
        datanet, tab = target if isinstance(target, tuple) else (target, "overview")
        if isinstance(datanet, int):
            self._open(datanet, str(tab))

    def actions(self) -> list[Action]:
        found = [Action("Create a Datanet", "plus", self._create_here)]
        for view in self._views:
            words = f"Open {foreign(view.name, 60)}"
            found.append(Action(words, "database", lambda one=view.id: self.go("datanets", one)))
        return found

    # -- the list ----------------------------------------------------------------------------------------------------

    def _show(self, views: Sequence[DatanetView]) -> None:
        self._views = tuple(views)
        self._inside.setCurrentIndex(0 if views else 1)
        self._create.setVisible(bool(views))
        self._lay_out()

    def _lay_out(self) -> None:
        columns = max(1, min(2, (self.width() - 64 + L) // (_CARD + L)))
        holder = QWidget()
        cards = [DatanetCard(view) for view in self._views]
        for card in cards:
            card.opened.connect(self._open)
        blanks = [QWidget() for _ in range(-len(cards) % columns)]
        holder.setLayout(grid(*cards, *blanks, columns=columns))
        self._columns = columns
        while self._grid.count():
            old = self._grid.takeAt(0)
            widget = old.widget() if old is not None else None
            if widget is not None:
                widget.deleteLater()
        self._grid.addWidget(holder)
        self._grid.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = max(1, min(2, (self.width() - 64 + L) // (_CARD + L)))
        if self._views and columns != getattr(self, "_columns", columns):
            self._lay_out()

    def _create_here(self) -> None:
        self.go("datanets")
        self._ask_create()

    def _ask_create(self) -> None:
        self._said.clear()
        self.start(self._creating(), on_error=self._said.say_error)

    async def _creating(self) -> None:
        licences = await tasks.call(self.client.datanets.licences)
        accounts = await tasks.call(self.client.wallet.rows)
        sheet = CreateSheet(self, licences, accounts, self._schema_of)
        if not await ask.opened(sheet):
            return
        wanted = sheet.wanted
        signed = await self.sign(
            self.client.datanets.prepare_create,
            wanted.account,
            wanted.name,
            wanted.description,
            wanted.labels,
            wanted.licence,
            access=wanted.access,
            review=wanted.review,
            kind=wanted.kind,
            columns=wanted.columns,
        )
        if signed is not None and isinstance(signed.result, int):
            self.say("The Datanet is on the ledger", f"Block {signed.block:,}. Now give it its first records.")
            self._open(signed.result, "contribute")

    def _schema_of(self, path: Path) -> Any:
        return self.client.datanets.schema_of(path)

    def _ask_import(self) -> None:
        self._said.clear()
        reading = import_release(self, self.client)
        self.start(reading, title="Import a release", on_done=self._imported, on_error=self._not_imported)

    def _not_imported(self, error: BaseException) -> None:
        if not isinstance(error, Cancelled):
            self._said.say_error(error)

    def _imported(self, release: Any) -> None:
        if release is not None:
            words = f"{count(release.count, 'record')}: every one leads to the root on the ledger."
            self.say(f"Version {release.version} is here", words)
            self._open(release.datanet_id, "releases")

    # -- one Datanet -------------------------------------------------------------------------------------------------

    def _open(self, datanet: int, tab: str = "overview") -> None:
        self._close()
        known = next((view for view in self._views if view.id == datanet), None)
        if known is not None:
            self._show_panel(known, tab)
            self._panel_again()
        else:
            self.run(self.client.datanets.get, datanet, on_done=lambda view: self._show_panel(view, tab))

    def _panel_again(self) -> None:
        """What the list knew may be older than what the ledger holds."""
        if self._panel is not None:
            self._panel.stale()

    def _show_panel(self, view: DatanetView, tab: str) -> None:
        self._close()
        self._panel = DatanetPanel(self, view)
        self._panel.back.connect(self._to_list)
        self._stack.addWidget(self._panel)
        self._stack.setCurrentWidget(self._panel)
        self._panel.show_tab(tab)

    def _to_list(self) -> None:
        self._close()
        self.load()

    def _close(self) -> None:
        if self._panel is not None:
            panel, self._panel = self._panel, None
            self._stack.setCurrentIndex(0)
            self._stack.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
