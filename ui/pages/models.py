"""Models: the list, building one, and one model with its playground."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from core.events import Changed
from ui import tasks
from ui.pages.base import Action, Context, Page
from ui.pages.model_build import BuildView
from ui.pages.model_list import ModelList
from ui.pages.model_search import SearchScreen
from ui.pages.model_view import ModelScreen
from ui.widgets import column


class ModelsPage(Page):
    """`open(model id)`, `open(("use" or "report", model id))`, `open(("call", model id, call))`.

    `open(("build", datanet id))`, `open("build")`.
    """

    name, title, icon, order, shortcut = "models", "Models", "box", 30, "Ctrl+3"
    reads = Changed(models=True, datanets=True, earnings=True, accounts=True, balances=True)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._reading: tasks.Task | None = None
        self.list = ModelList(self, self.build)
        self.builder = BuildView(self)
        self.one = ModelScreen(self)
        self.finder = SearchScreen(self)
        self._stack = QStackedWidget(self)
        for part in (self.list, self.builder, self.one, self.finder):
            self._stack.addWidget(part)
        column(self._stack, space=0, parent=self)
        self.list.opened.connect(lambda model: self.show_model(model, "about"))
        self.list.used.connect(lambda model: self.show_model(model, "use"))
        self.list.asked.connect(self.show_finder)
        self.finder.left.connect(self.show_list)
        self.finder.rebuild.connect(self.build)
        self.builder.left.connect(self.show_list)
        self.builder.found.connect(self.show_finder)
        self.builder.finished.connect(lambda model: self.show_model(model, "use"))
        self.one.left.connect(self.show_list)
        self.one.publish_wanted.connect(self.publish)
        self.one.rebuild_wanted.connect(self.build)

    # -- reading -----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Reads again; a reading that is still under way is followed by one more, not by many."""
        if self._reading is not None and self._reading.running:
            self._stale = True
            return
        self._reading = self.run(self._read, on_done=self._show, on_error=self.list.say_error)

    def _read(self) -> Any:
        client = self.client
        models, datanets, accounts = client.models.all(), client.datanets.all(), client.wallet.accounts()
        return models, datanets, accounts, client.models.encoders(), client.searching.all(), client.searching.encoders()

    def _show(self, found: Any) -> None:
        models, datanets, accounts, encoders, finders, readers = found
        self.list.show_models(models, datanets, finders)
        self.builder.show_choices(datanets, accounts, encoders)
        self.builder.options.show_finders(readers)
        self.finder.show_choices(finders, datanets)
        self.one.show_choices(models, datanets, accounts)
        if self._stale and self.isVisible():
            self.refresh()

    # -- moving ------------------------------------------------------------------------------------------------------

    def open(self, target: object) -> None:
        if target == "build":
            self.build()
        elif isinstance(target, tuple) and target[0] == "build":
            self.build(int(target[1]))
        elif isinstance(target, tuple) and target[0] == "find":
            self.show_finder(int(target[1]))
        elif isinstance(target, tuple) and target[0] in {"use", "report"}:
            self.show_model(int(target[1]), str(target[0]))
        elif isinstance(target, tuple) and target[0] == "call":
            self.show_model(int(target[1]), "use")
            self.one.playground.show_call(int(target[1]), int(target[2]))
        elif isinstance(target, int):
            self.show_model(target, "about")

    def actions(self) -> list[Action]:
        return [Action("Build a model", "box", lambda: (self.go("models"), self.build()))]

    def show_list(self) -> None:
        self._stack.setCurrentWidget(self.list)

    def build(self, datanet: int | None = None) -> None:
        self.builder.begin(datanet)
        self._stack.setCurrentWidget(self.builder)

    def publish(self, model: int) -> None:
        self.builder.begin_publishing(model)
        self._stack.setCurrentWidget(self.builder)

    def show_finder(self, model: int) -> None:
        """One that finds passages."""
        self._stack.setCurrentWidget(self.finder)
        self.finder.show_model(model)

    def show_model(self, model: int, tab: str = "about") -> None:
        self._stack.setCurrentWidget(self.one)
        self.one.show_model(model, tab)
