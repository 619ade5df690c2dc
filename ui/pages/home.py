"""Home: what was earned, what happened to contributions and models, and what waits for the person."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStackedWidget, QWidget

from core.events import Changed
from core.values import HomeView, ModelView, Need
from ui.earning_words import zero_words
from ui.pages.base import Action, Context, Page
from ui.pages.datanet_tab import Reader
from ui.pages.earnings_parts import daily, day_words, figure
from ui.pages.home_first import FirstSteps
from ui.pages.home_since import SinceCard, unchanged_words
from ui.text import amount, count, foreign, number, older_words, percent, tone, word
from ui.theme.tokens import L, M, S
from ui.widgets import Badge, Bar, BarChart, Button, Card, ChartPanel, Notice, PageHeader, StatTile, Text
from ui.widgets import column as stacked
from ui.widgets import row as beside
from ui.widgets.amount import LOCAL_HINT
from ui.widgets.charts.columns import ColumnChart
from ui.widgets.labels import Icon
from ui.widgets.reflow import Reflow

_NEED = 68  # pixels of a line of what waits, at least
_MODELS = 5  # lines of the list; the Models page has all

# what: icon, one, many, why it is worth doing, tab of the page
_NEEDS: dict[str, tuple[str, str, str, str, str]] = {
    "create a datanet": ("database", "Create a Datanet", "", "The place where records of one topic are collected.", ""),
    "name withdrawals": (
        "undo-2",
        "Take out {} withdrawn record",
        "Take out {} withdrawn records",
        "Whoever withdrew them has the file that says which. Until you take it in, they stay.",
        "",
    ),
    "review": (
        "list-checks",
        "Review {} record",
        "Review {} records",
        "Contributors wait for your decision.",
        "review",
    ),
    "release": ("package", "Release a new version", "", "Accepted records count only once released.", "releases"),
    "sign drafts": ("pencil", "Sign {} draft", "Sign {} drafts", "Nothing is contributed until signed.", "contribute"),
    "contribute": ("upload", "Contribute records", "", "This Datanet is still empty.", "contribute"),
    "train": ("cpu", "Train a model", "", "A version is released that no model was trained on.", ""),
    "publish": ("box", "Publish a model", "", "It is trained; nobody can pay for it yet.", ""),
    "retrain": ("rotate-ccw", "Retrain a model", "", "Records in it were withdrawn.", ""),
    "settle": ("receipt", "Settle {} call", "Settle {} calls", "Contributors are paid once calls are settled.", ""),
    "claim": ("hand-coins", "Claim your earnings", "", "They are yours; claiming moves them to your account.", ""),
}


def need_words(need: Need) -> tuple[str, str, str]:
    """Icon, what to do, and why."""
    icon, one, many, why, _tab = _NEEDS.get(need.what, ("circle-dot", "", "", "", ""))
    words = many if many and need.number != 1 else one
    return icon, words.format(number(need.number)) if words else word("need", need.what), why


def need_target(need: Need) -> object:
    """What the page's `open` takes."""
    tab = _NEEDS[need.what][4] if need.what in _NEEDS else ""
    if need.what == "train":
        return ("build", need.target)
    if need.page == "earnings":
        return need.what
    return (need.target, tab) if tab and need.target is not None else need.target


class NeedRow(QPushButton):
    """One thing that waits; pressing it goes where it is done."""

    def __init__(self, icon: str, title: str, words: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "choice")
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        said = stacked(Text(title, "strong", wrap=True), Text(words, "small", "muted", wrap=True), space=2)
        line = beside(Icon(icon, "accent_text", 20), said, Icon("chevron-right", "muted", 16), space=M, parent=self)
        line.setStretch(1, 1)
        line.setContentsMargins(M, S + 2, M, S + 2)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """A button's own hint knows its words only, not a layout in it."""
        return QSize(240, self.heightForWidth(240))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, _NEED)

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return _NEED if layout is None else max(_NEED, layout.heightForWidth(width))


class HomePage(Page):
    name, title, icon, order, shortcut = "home", "Home", "house", 10, "Ctrl+1"
    reads = Changed(profile=True, accounts=True, balances=True, datanets=True, records=True, models=True, earnings=True)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._reader = Reader(self)
        self._reader.failed = self._failed
        self._first: Need | None = None
        self._next = Button("", "primary", name="home-next", on=self._do_first)
        self._next.hide()
        self._header = PageHeader("Home", "Reading…", self._next)
        self._said = Notice(name="home-said")
        self._older = Notice(name="home-older", action="I have read it", on=self._read_older)
        self._stack = QStackedWidget()
        self._stack.addWidget(QWidget())
        self._filled = self._full()
        self._stack.addWidget(self._filled)
        self._steps = FirstSteps(self)
        self._stack.addWidget(self._steps)
        self._since = SinceCard(self)
        self._since.hide()
        self.fill(self._header, self._said, self._older, self._since, self._stack)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _full(self) -> QWidget:
        labels = {"total": "Earned", "claimable": "Claimable now", "balance": "Balance", "calls": "Calls made here"}
        self._tiles = {key: StatTile(words, name=f"home-{key}") for key, words in labels.items()}
        self._tiles["balance"].setToolTip(LOCAL_HINT)
        self._chart = ColumnChart("OPEN a day", day_words, empty="Nothing was earned yet")
        self._chart.setMinimumHeight(180)
        self._chart_card = ChartPanel("Earnings by day", self._chart, "All your accounts", name="home-chart")
        self._needs = stacked(space=S)
        needs = Card(self._needs, title="What needs you", name="home-needs")
        needs.setMinimumWidth(280)
        self._contributions = BarChart(("State", "Records"), empty="No record contributed yet")
        given = Card(self._contributions, title="My contributions", hint="Records by state", name="home-contributions")
        self._models = stacked(space=0)
        models = Card(self._models, title="Models", name="home-models")
        inner = QWidget()
        top, low = beside(self._chart_card, needs, space=L), beside(given, models, space=L)
        for line in (top, low):
            line.setStretch(0, 3)
            line.setStretch(1, 2)
        low.setStretch(1, 3)
        stacked(Reflow(*self._tiles.values(), columns=4, least=190), top, low, None, space=L, parent=inner)
        return inner

    # -- what is shown -----------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:
        return [Action("See what I gave, and what it did", "activity", self._open_mine)]

    def _open_mine(self) -> None:
        """The first account's own page; those of others are reached from Datanets, answers and payments."""
        self.run(
            self.client.wallet.accounts,
            on_done=lambda found: self.go("trace", ("person", found[0].address, "home")) if found else None,
        )

    def load(self) -> None:
        self._reader.read(self.client.home, on_done=self._show)

    def _read_older(self) -> None:
        self.run(self.client.older.read, on_done=lambda _none: self._older.clear(), on_error=self._failed)

    def _failed(self, error: BaseException) -> None:
        self._said.say_error(error)
        self._header.set_words("Home", "")

    def _show(self, view: HomeView) -> None:
        self._said.clear()
        if view.older is None:
            self._older.clear()
        else:
            self._older.say(*older_words(view.older), "danger")
        self._show_first(view.needs)
        begun = bool(view.datanets or view.models or view.earnings.payouts)
        self._since.show_since(view.since if begun else None)
        if not begun:
            self._header.set_words("Welcome", "Your wallet and your own ledger are ready. Here is how to begin.")
            self._steps.show_balance(view.balance)
            self._next.hide()
            self._turn(self._steps)
            return
        waiting = len(view.needs)
        verb = "waits" if waiting == 1 else "wait"
        said = f"{count(waiting, 'thing')} {verb} for you." if waiting else "All is done."
        self._header.set_words("Home", said + unchanged_words(view.since))
        self._show_tiles(view)
        self._chart.show_points(daily(view.earnings))
        self._chart_card.refresh()
        self._show_needs(view.needs)
        states = {"draft": 0, "signed": 1, "committed": 2, "reviewed": 3, "released": 4, "withdrawn": 5}
        given = sorted(view.contributions, key=lambda one: states.get(one[0], 9))
        self._contributions.show_bars([Bar(word("contribution", key), many, number(many)) for key, many in given])
        self._show_models(view.models)
        self._turn(self._filled)

    def _turn(self, shown: QWidget) -> None:
        """Only what is shown takes room: the page must not scroll for the sake of what is hidden."""
        for part in (self._filled, self._steps):
            down = QSizePolicy.Policy.Preferred if part is shown else QSizePolicy.Policy.Ignored
            part.setSizePolicy(QSizePolicy.Policy.Preferred, down)
        self._stack.setCurrentWidget(shown)

    def _show_first(self, needs: Sequence[Need]) -> None:
        self._first = needs[0] if needs else None
        self._next.setVisible(self._first is not None)
        if self._first is not None:
            self._next.setText(need_words(self._first)[1])

    def _show_tiles(self, view: HomeView) -> None:
        earned, tiles = view.earnings, self._tiles
        tiles["total"].show_value(
            figure(earned.total), "OPEN", zero_words(earned.reason) or f"{amount(earned.claimed)} of it claimed"
        )
        waiting = sum(one.state == "claimable" for one in earned.payouts)
        tiles["claimable"].show_value(
            figure(earned.claimable),
            "OPEN",
            f"in {count(waiting, 'payment')}" if waiting else "Nothing waits to be claimed",
        )
        tiles["balance"].show_value(amount(view.balance.value, 2), "OPEN", "Test OPEN, no market value")
        pending = earned.pending_calls
        said = f"{number(pending)} on your records not settled" if pending else "with models on this device"
        tiles["calls"].show_value(number(view.calls), "", said)

    def _show_needs(self, needs: Sequence[Need]) -> None:
        _empty(self._needs)
        if not needs:
            self._needs.addLayout(
                beside(Icon("circle-check", "success", 18), Text("Nothing waits for you.", tone="muted"), None, space=S)
            )
        for at, need in enumerate(needs):
            line = NeedRow(*need_words(need), f"home-need-{at}")
            line.clicked.connect(lambda _checked=False, need=need: self.go(need.page, need_target(need)))
            self._needs.addWidget(line)

    def _show_models(self, models: Sequence[ModelView]) -> None:
        _empty(self._models)
        if not models:
            self._models.addWidget(Text("No model was trained or added yet.", tone="muted", wrap=True))
        ordered = sorted(models, key=lambda one: -one.calls)
        for model in ordered[:_MODELS]:
            self._models.addWidget(self._model_line(model))
        if len(models) > _MODELS:
            self._models.addWidget(Text(f"and {number(len(models) - _MODELS)} more", "small", "muted"))

    def _model_line(self, model: ModelView) -> QWidget:
        line = QWidget()
        name = Button(foreign(model.name, 60), "link", on=lambda: self.go("models", model.id))
        about = (
            f"{count(model.calls, 'call')} · {percent(model.accuracy.ours)} right · {count(model.records, 'record')}"
        )
        badge = Badge(word("model", model.state), tone("model", model.state))
        figures = Text(about, "small", "muted")
        figures.setContentsMargins(3, 0, 0, 0)  # beneath the link's words, which keep room for its focus ring
        said = stacked(beside(name, None, space=0), figures, space=2)
        whole = beside(said, badge, space=M, margins=(0, S, 0, S), parent=line)
        whole.setStretch(0, 1)
        return line

    def _do_first(self) -> None:
        if self._first is not None:
            self.go(self._first.page, need_target(self._first))


def _empty(layout: object) -> None:
    """Takes everything out of a layout."""
    while layout.count():  # type: ignore[attr-defined]
        item = layout.takeAt(0)  # type: ignore[attr-defined]
        if item.layout() is not None:
            _empty(item.layout())
        elif item.widget() is not None:
            item.widget().hide()
            item.widget().deleteLater()
