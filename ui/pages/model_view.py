"""One model: its playground, its report, and what it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values import AccountView, DatanetView, ModelView
from ui.datanet_words import unnamed_words
from ui.pages.base import Page
from ui.pages.model_about import AboutPanel
from ui.pages.model_list import STATE_WORDS
from ui.pages.model_parts import View, fee_words
from ui.pages.model_playground import Playground
from ui.pages.model_report import ModelReport
from ui.text import foreign, tone, word
from ui.theme.tokens import M
from ui.widgets import Badge, Notice, PageHeader, Segmented, TrustBadge, row

_TABS = (("use", "Playground"), ("report", "Report"), ("about", "About"))


class ModelScreen(View):
    """`show_model(id, tab)`; `left` back to the list."""

    left = Signal()
    publish_wanted = Signal(int)
    rebuild_wanted = Signal(int)

    def __init__(self, page: Page) -> None:
        super().__init__(page, "model-view")
        self._models: tuple[ModelView, ...] = ()
        self._datanets: tuple[DatanetView, ...] = ()
        self._accounts: tuple[AccountView, ...] = ()
        self._wanted: int | None = None
        self._reported: ModelView | None = None
        self._state = Badge()
        self._trust = TrustBadge()
        self._header = PageHeader("Model", "", with_back=True)
        self._header.back.connect(self.left)
        self.tabs = Segmented(_TABS, name="model-tab")
        self.tabs.changed.connect(lambda _key: self._show_tab())
        self._outdated = Notice(
            "warning", action="See what to do", on=lambda: self.show_tab("about"), name="model-outdated"
        )
        self._unnamed = Notice("warning", action="Open the Datanet", on=self._open_datanet, name="model-unnamed")
        self.playground = Playground(page)
        self.report = ModelReport(page)
        self.about = AboutPanel(page)
        self.about.publish.connect(self.publish_wanted)
        self.about.rebuild.connect(self.rebuild_wanted)
        self.about.removed.connect(self.left)
        self._parts: dict[str, QWidget] = {"use": self.playground, "report": self.report, "about": self.about}
        line = row(self.tabs, None, self._state, self._trust, space=M)
        self.fill(self._header, line, self._outdated, self._unnamed, *self._parts.values())

    def show_choices(
        self, models: Sequence[ModelView], datanets: Sequence[DatanetView], accounts: Sequence[AccountView]
    ) -> None:
        self._models, self._datanets, self._accounts = tuple(models), tuple(datanets), tuple(accounts)
        self._paint()

    def show_model(self, model: int, tab: str) -> None:
        """Paints what is known of it; what is not yet read follows with `show_choices`."""
        if self._wanted != model:
            self.area.verticalScrollBar().setValue(0)
        self._wanted = model
        self.setFocus()  # and not the first button there is; the playground takes it from here
        self.tabs.choose(tab)
        self._paint()
        self._show_tab()

    def show_tab(self, tab: str) -> None:
        self.tabs.choose(tab)
        self._show_tab()

    def _show_tab(self) -> None:
        for key, part in self._parts.items():
            part.setVisible(key == self.tabs.value)
        self._show_outdated()
        if self.tabs.value == "use":
            self.playground.focus()
        self._show_report()

    def _model(self) -> ModelView | None:
        return next((one for one in self._models if one.id == self._wanted), None)

    def _paint(self) -> None:
        model = self._model()
        if model is None:
            self._header.set_words("Model", "Reading it…" if self._wanted is not None else "")
            self.playground.wait()
            return
        datanet = next((foreign(one.name, 60) for one in self._datanets if one.id == model.datanet), "a Datanet")
        self._header.set_words(
            foreign(model.name, 80), f"Made of {datanet}, version {model.release}   ·   {fee_words(model)}"
        )
        self._state.show_state(word("model", model.state), tone("model", model.state))
        self._state.setToolTip(STATE_WORDS.get(model.state, ""))
        self._trust.show_trust(None if model.number is None else model.trust)
        self._show_outdated()
        self.playground.show_model(model, self._accounts)
        self.about.show_model(model, self._models, self._datanets, self._accounts)
        self._show_report()

    def _show_outdated(self) -> None:
        model = self._model()
        if model is not None and model.state == "outdated" and self.tabs.value != "about":
            words = "Some of its records were withdrawn. It still answers, but should be retrained."
            self._outdated.say("This model is outdated", words, "warning")
        else:
            self._outdated.clear()
        datanet = next((one for one in self._datanets if model is not None and one.id == model.datanet), None)
        title, words = unnamed_words(() if datanet is None else datanet.unnamed)
        self._unnamed.say(title, words and f"This model may have learned from them. {words}", "warning")

    def _open_datanet(self) -> None:
        model = self._model()
        if model is not None:
            self.page.go("datanets", model.datanet)

    def _show_report(self) -> None:
        """Worked out only when it is looked at, and again when the package changed."""
        model = self._model()
        if model is None or self.tabs.value != "report":
            return
        if self._reported is None or self._reported.package_hash != model.package_hash:
            self._reported = model
            self.report.show_model(model)
