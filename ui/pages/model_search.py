"""A model that finds passages: asking it, and what it is. It lives on this machine alone, and says so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values import DatanetView, SearchModelView
from ui import ask, tasks
from ui.pages.base import Page
from ui.pages.model_bars import AccuracyBars
from ui.pages.model_finders import measured
from ui.pages.model_parts import Facts, View
from ui.pages.model_search_ask import AskPanel, made_of
from ui.text import foreign, moment, size, word
from ui.theme.tokens import L, M, S
from ui.widgets import Badge, Button, Card, ChartPanel, Notice, PageHeader, Segmented, Text, column, row

_TABS = (("ask", "Ask"), ("about", "About"))
LOCAL_WORDS = "Models that find passages cannot be put on the ledger yet: nobody is charged, and nobody is paid."


class SearchScreen(View):
    """`show_model(id)`; `left` back to the list; `rebuild(datanet)` another one of a newer release."""

    left = Signal()
    rebuild = Signal(int)

    def __init__(self, page: Page) -> None:
        super().__init__(page, "model-search")
        self._models: tuple[SearchModelView, ...] = ()
        self._datanets: tuple[DatanetView, ...] = ()
        self._wanted: int | None = None
        self._header = PageHeader("Model", "", with_back=True)
        self._header.back.connect(self.left)
        self.tabs = Segmented(_TABS, name="search-tab")
        self.tabs.changed.connect(lambda _key: self._show_tab())
        local = Badge("On this machine only", "info")
        local.setToolTip(LOCAL_WORDS)
        self.asking = AskPanel(page)
        self.about = SearchAbout(page)
        self.about.removed.connect(self.left)
        self.about.rebuild.connect(self.rebuild)
        self._parts: dict[str, QWidget] = {"ask": self.asking, "about": self.about}
        self.fill(self._header, row(self.tabs, None, local, space=M), *self._parts.values())
        self._show_tab()

    def show_choices(self, models: Sequence[SearchModelView], datanets: Sequence[DatanetView]) -> None:
        self._models, self._datanets = tuple(models), tuple(datanets)
        self._paint()

    def show_model(self, model: int, tab: str = "ask") -> None:
        """Paints what is known of it; what is not yet read follows with `show_choices`."""
        if self._wanted != model:
            self.area.verticalScrollBar().setValue(0)
        self._wanted = model
        self.tabs.choose(tab)
        self._show_tab()
        self._paint()
        if tab == "ask":
            self.asking.focus()

    def _show_tab(self) -> None:
        for key, part in self._parts.items():
            part.setVisible(key == self.tabs.value)

    def _paint(self) -> None:
        model = next((one for one in self._models if one.id == self._wanted), None)
        if model is None:
            self._header.set_words("Model", "Reading it…" if self._wanted is not None else "")
            self.asking.wait()
            return
        datanet = next((one for one in self._datanets if one.id == model.datanet), None)
        name = "a Datanet" if datanet is None else foreign(datanet.name, 60)
        self._header.set_words(foreign(model.name, 80), f"Finds passages in {name}, version {model.release}")
        self.asking.show_model(model)
        self.about.show_model(model, datanet)


class SearchAbout(QWidget):
    """How good it is, what it is made of, and what can be done with it."""

    removed = Signal()
    rebuild = Signal(int)

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._client = page.client
        self._model: SearchModelView | None = None
        self._newer = Notice("info", action="Build one of it", on=self._rebuild, name="search-newer")
        self._bars = AccuracyBars()
        hint = (
            "Documents were asked as questions, each while it was left out: how often is the first one found of the "
            "same label? Beside usual word search, and always the commonest label."
        )
        self._chart = ChartPanel("How well it finds", self._bars, hint, name="search-quality")
        self._facts = Facts("search-about-facts")
        self._rename = Button("Rename…", name="search-rename", icon="pencil", on=self._ask_name)
        self._remove = Button("Throw away…", name="search-remove", icon="trash-2", on=self._ask_remove)
        self._said = Notice(name="search-about-said")
        facts = Card(
            self._facts, row(self._rename, self._remove, None, space=S), self._said, title="What it is", space=L
        )
        local = Card(
            Text(LOCAL_WORDS, wrap=True),
            Text("To earn with this Datanet, build a model that answers by label.", "small", "muted", wrap=True),
            title="On this machine only",
            name="search-local",
        )
        column(self._newer, self._chart, local, facts, space=L, parent=self)

    def show_model(self, model: SearchModelView, datanet: DatanetView | None) -> None:
        self._model = model
        self._bars.show_accuracy(measured(model))
        self._chart.setVisible(model.quality is not None)
        self._chart.refresh()
        newest = max((one.version for one in datanet.releases), default=0) if datanet is not None else 0
        if newest > model.release:
            self._newer.say(
                f"Version {newest} of the Datanet is out", f"This model finds in version {model.release}.", "info"
            )
        else:
            self._newer.clear()
        name = "not on this device" if datanet is None else foreign(datanet.name, 60)
        self._facts.show_rows(
            (
                ("Made of", f"{name}, version {model.release}"),
                ("Documents", made_of(model)),
                ("An answer has", f"{model.k} documents at most"),
                ("Reads texts by", word("encoder", model.encoder)),
                ("Size", size(model.size_bytes)),
                ("Built", moment(model.time)),
                ("Version", f"{model.version}" if model.version == 1 else f"{model.version}, after withdrawals"),
                ("Hash", model.package_hash),
            )
        )

    def _rebuild(self) -> None:
        if self._model is not None:
            self.rebuild.emit(self._model.datanet)

    def _ask_name(self) -> None:
        if self._model is not None:
            tasks.start(self, self._renaming(self._model), on_error=self._said.say_error)

    async def _renaming(self, model: SearchModelView) -> None:
        name = await ask.line(self, "Rename the model", "Name", start=model.name, yes="Rename", name="rename")
        if name and name.strip():
            await tasks.call(self._client.searching.rename, model.id, name.strip())

    def _ask_remove(self) -> None:
        if self._model is not None:
            tasks.start(self, self._removing(self._model), on_error=self._said.say_error)

    async def _removing(self, model: SearchModelView) -> None:
        words = "Its index and what you asked of it go for good. The records stay where they are."
        if await ask.question(self, "Throw this model away?", words, yes="Throw it away", danger=True, name="remove"):
            await tasks.call(self._client.searching.remove, model.id)
            self._page.say("Thrown away", foreign(model.name, 60), "info")
            self.removed.emit()
