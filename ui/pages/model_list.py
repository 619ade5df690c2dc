"""The first screen of Models: a card for each, or the next step where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from core.values import DatanetView, ModelView, SearchModelView
from ui.pages.base import Page
from ui.pages.model_bars import AccuracyBars
from ui.pages.model_finders import FinderCard, OpensCard, finder_words
from ui.pages.model_parts import View, clear, fee_words, latency_words, line
from ui.text import count, foreign, size, tone, word
from ui.theme import icons
from ui.theme.tokens import XL, M, S
from ui.widgets import Badge, Button, Card, EmptyState, Notice, PageHeader, Text, TrustBadge, column, row

_SEARCH_FROM = 5  # fewer are seen at a glance
_MOST = 60  # cards at once; the search finds the others

STATE_WORDS = {
    "trained": "Trained here, not on the ledger yet",
    "published": "On the ledger, open for calls",
    "outdated": "Records it learned from were withdrawn",
    "retired": "Retired: takes no more calls",
}


def state_badge(model: ModelView) -> Badge:
    badge = Badge(word("model", model.state), tone("model", model.state))
    badge.setToolTip(STATE_WORDS.get(model.state, ""))
    return badge


class ModelCard(OpensCard):
    """Opens on a click or Enter; `used` for the playground."""

    used = Signal(int)

    def __init__(self, model: ModelView, datanet: str) -> None:
        words = f"{foreign(model.name, 80)}, {word('model', model.state)}"
        super().__init__(model.id, f"model-{model.id}", words)
        name = Text(foreign(model.name, 80), "heading", wrap=True)
        where = Text(f"{datanet}, version {model.release}", tone="muted", wrap=True)
        badges = row(state_badge(model), space=M)
        if model.number is not None:
            badges.addWidget(TrustBadge(model.trust))
        badges.addStretch(1)
        left = column(name, where, S, badges, None, space=2)
        words = f"{size(model.size_bytes)}   ·   {_speed(model)}   ·   {fee_words(model)}"
        facts = row(Text(words, "small", wrap=True), Text(count(model.calls, "call"), "small", "muted"), space=M)
        facts.setStretch(0, 1)
        right = column(AccuracyBars(model.accuracy, small=True), facts, space=S)
        use = Button("Use", name=f"model-{model.id}-use", icon="play", on=lambda: self.used.emit(model.id))
        use.setAccessibleName(f"Use {foreign(model.name, 80)}")
        use.setVisible(model.state != "retired")
        whole = row(space=XL)
        whole.addLayout(left, 5)
        whole.addLayout(right, 7)
        whole.addWidget(use, 0, Qt.AlignmentFlag.AlignVCenter)
        self.add(whole)


def _speed(model: ModelView) -> str:
    return "speed not measured" if model.latency_ms is None else latency_words(model.latency_ms)


class ModelList(View):
    """`opened(model)`, `used(model)`, `asked(model that finds passages)`; `build` begins a new one."""

    opened = Signal(int)
    used = Signal(int)
    asked = Signal(int)

    def __init__(self, page: Page, build: Callable[..., object]) -> None:
        super().__init__(page, "models-list")
        self._models: tuple[ModelView, ...] = ()
        self._finders: tuple[SearchModelView, ...] = ()
        self._names: dict[int, str] = {}
        self._ready = False
        self._begin = build
        self._build = Button("Build a model", "primary", name="models-build", icon="plus", on=build)
        header = PageHeader("Models", "Small models made of Datanets, run on this machine.", self._build)
        self._said = Notice(name="models-said")
        self._search = line("models-search", label="Search models")
        self._search.setPlaceholderText("Search models")
        self._search.setClearButtonEnabled(True)
        self._search.setMaximumWidth(360)
        self._search.addAction(icons.icon("search", "muted", 16), QLineEdit.ActionPosition.LeadingPosition)
        self._search.textChanged.connect(lambda _words: self._paint())
        self._cards = column(space=M)
        self._left_out = Text("", "small", "muted")
        self._empty = Card(flush=True, name="models-empty-card")
        self._empty.setMinimumHeight(380)
        self.fill(header, self._said, row(self._search, None), self._cards, self._left_out, self._empty)
        for part in (self._search, self._empty, self._left_out, self._build):
            part.hide()

    def say_error(self, error: BaseException) -> None:
        self._said.say_error(error)

    def show_models(
        self, models: Sequence[ModelView], datanets: Sequence[DatanetView], finders: Sequence[SearchModelView] = ()
    ) -> None:
        """`finders` are those that find passages."""
        self._said.clear()
        self._models, self._finders = tuple(models), tuple(finders)
        some = bool(models or finders)
        self._names = {one.id: foreign(one.name, 60) for one in datanets}
        self._ready = any(one.releases for one in datanets)
        self._build.setVisible(some)
        self._search.setVisible(len(models) + len(finders) >= _SEARCH_FROM)
        self._empty.setVisible(not some)
        clear(self._empty.body)
        if not some:
            self._empty.body.addWidget(self._nothing(bool(datanets)))
        self._paint()

    def _nothing(self, any_datanet: bool) -> QWidget:
        if self._ready:
            return EmptyState(
                "box",
                "Your first model is minutes away",
                "A Datanet has a released version. Train a small model on it, see how good it is, then publish it.",
                "Build a model",
                self._begin,
                name="models-empty",
            )
        words = (
            "A model is trained on a released version of a Datanet. Review what was contributed and release a version."
            if any_datanet
            else "A model is trained on a released version of a Datanet. Create one, or open one that you curate."
        )
        go = "Go to Datanets" if any_datanet else "Create a Datanet"
        return EmptyState(
            "database",
            "First a Datanet needs a release",
            words,
            go,
            lambda: self.page.go("datanets"),
            name="models-empty",
        )

    def _paint(self) -> None:
        clear(self._cards)
        needles = self._search.text().casefold().split()
        found = [one for one in self._models if all(needle in self._text(one, self._names) for needle in needles)]
        for model in found[:_MOST]:
            card = ModelCard(model, self._names.get(model.datanet, "Datanet not on this device"))
            card.opened.connect(self.opened)
            card.used.connect(self.used)
            self._cards.addWidget(card)
        fitting = [one for one in self._finders if all(needle in finder_words(one, self._names) for needle in needles)]
        for finder in fitting[:_MOST]:
            one_card = FinderCard(finder, self._names.get(finder.datanet, "Datanet not on this device"))
            one_card.opened.connect(self.asked)
            self._cards.addWidget(one_card)
        hidden = len(found[_MOST:]) + len(fitting[_MOST:])
        words = f"{count(hidden, 'more model')}: search to find them." if hidden > 0 else ""
        if needles and not found and not fitting:
            words = "No model fits the search."
        self._left_out.setText(words)
        self._left_out.setVisible(bool(words))

    @staticmethod
    def _text(model: ModelView, names: Mapping[int, str]) -> str:
        parts = (model.name, names.get(model.datanet, ""), word("model", model.state), *model.labels)
        return " ".join(parts).casefold()
