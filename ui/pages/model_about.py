"""What a model is: its state, what it is made of, its hashes, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values import AccountView, DatanetView, ModelView
from ui import ask, head_words, tasks
from ui.pages.base import Page
from ui.pages.model_bars import SplitBar
from ui.pages.model_choice import reason
from ui.pages.model_list import STATE_WORDS
from ui.pages.model_offer import OfferCard
from ui.pages.model_parts import Facts, fee_words
from ui.pages.model_retrain import RetrainCard
from ui.pages.model_settle import SettleCard
from ui.text import count, foreign, moment, number, trust, word
from ui.theme.tokens import L, S
from ui.widgets import AddressLabel, Button, Card, Text, TrustBadge, column, row

_DRAFT = "Only you can use it so far. Publish it with a fee and a split: then calls are paid and contributors earn."


def _split_words(model: ModelView) -> str:
    if not model.fee:
        return "Its calls are free now, so there is nothing to split. Calls that had a fee are split like this."
    said = f"Of {fee_words(model)}, settled when calls are added up."
    return said + (
        " While nobody stakes behind the model, contributors get the supporters' part." if model.split[2] else ""
    )


class AboutPanel(QWidget):
    """`publish(model)`, `rebuild(datanet)`, `removed` when a draft was thrown away."""

    publish = Signal(int)
    rebuild = Signal(int)
    removed = Signal()

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._model: ModelView | None = None
        self.retrain = RetrainCard(page)
        self.retrain.rebuild.connect(self.rebuild)
        self.settle = SettleCard(page)
        self.offer = OfferCard(page)
        self._draft = self._draft_card()
        self._split = SplitBar(("Contributors", "Builder", "Supporters", "Treasury"))
        self._split_said = Text("", "small", "muted", wrap=True)
        self._split_card = Card(self._split, self._split_said, title="Split of each fee")
        self._facts = Facts("about-facts")
        self._rename = Button("Rename…", name="about-rename", icon="pencil", on=self._ask_name)
        self._remove = Button("Throw away…", name="about-remove", icon="trash-2", on=self._ask_remove)
        facts = Card(
            self._facts, row(self._rename, self._remove, None, space=S), title="What it is", space=L, name="about-card"
        )
        column(self.retrain, self._draft, facts, self._split_card, self.settle, self.offer, space=L, parent=self)

    def _draft_card(self) -> Card:
        self._draft_words = Text("", wrap=True)
        go = Button("Publish it…", "primary", name="about-publish", icon="upload", on=self._publish)
        line = row(space=L)
        line.addWidget(self._draft_words, 1)
        line.addWidget(go)
        return Card(line, name="about-draft")

    def show_model(
        self,
        model: ModelView,
        family: Sequence[ModelView],
        datanets: Sequence[DatanetView],
        accounts: Sequence[AccountView],
    ) -> None:
        """`family`: every model of this profile, to say which came from the same Datanet."""
        self._model = model
        self.retrain.show_model(model, accounts)
        self.settle.show_model(model, accounts)
        self.offer.show_model(model, accounts)
        self._draft.setVisible(model.state == "trained")
        self._draft_words.setText(_DRAFT)
        self._remove.setVisible(model.number is None)
        self._split_card.setVisible(model.number is not None)
        self._split.show_shares(model.split)
        self._split_said.setText(_split_words(model))
        self._facts.show_rows(self._rows(model, family, datanets, accounts))

    def _rows(
        self,
        model: ModelView,
        family: Sequence[ModelView],
        datanets: Sequence[DatanetView],
        accounts: Sequence[AccountView],
    ) -> list[tuple[str, str | QWidget]]:
        datanet = next((one for one in datanets if one.id == model.datanet), None)
        where = "a Datanet that is not on this device" if datanet is None else foreign(datanet.name, 60)
        rows: list[tuple[str, str | QWidget]] = [
            ("State", f"{word('model', model.state)}. {STATE_WORDS.get(model.state, '')}."),
            ("Believed because", self._trust(model)),
            ("Made of", f"{where}, version {model.release}: {count(model.records, 'record')}"),
            ("Labels", ", ".join(foreign(label, 40) for label in model.labels)),
            ("Reads by", f"{word('encoder', model.encoder)} ({foreign(model.encoder, 40)})"),
            *([("Chosen because", reason(model))] if model.choice is not None else []),
            ("Answers by", head_words.why(model.head)),
            ("Made", moment(model.time)),
            ("Version", self._lineage(model, family, datanet)),
            ("Calls from here", number(model.calls)),
        ]
        if model.number is not None:
            rows.append(("Ledger number", number(model.number)))
        if model.builder is not None:
            rows.append(("Builder", self._builder(model, accounts)))
        rows.append(("Package hash", model.package_hash))
        release = None if datanet is None else next((r for r in datanet.releases if r.version == model.release), None)
        if release is not None:
            rows += [("Root of the records", release.root), ("Release manifest", release.manifest_hash)]
        return rows

    @staticmethod
    def _trust(model: ModelView) -> QWidget:
        made = QWidget()
        if model.number is None:
            row(Text("It is only on this machine so far."), parent=made)
            return made
        line = row(TrustBadge(model.trust), parent=made)
        line.addWidget(Text(trust(model.trust).what_to_do, wrap=True), 1)
        return made

    @staticmethod
    def _builder(model: ModelView, accounts: Sequence[AccountView]) -> QWidget:
        made = QWidget()
        mine = next((one.name for one in accounts if one.address == model.builder), "")
        name = [Text(f"{foreign(mine, 40)} (you)")] if mine else []
        column(*name, AddressLabel(model.builder or "", "mono_small", name="about-builder"), space=2, parent=made)
        return made

    @staticmethod
    def _lineage(model: ModelView, family: Sequence[ModelView], datanet: DatanetView | None) -> str:
        newest = max((release.version for release in datanet.releases), default=0) if datanet is not None else 0
        others = sum(one.datanet == model.datanet and one.id != model.id for one in family)
        said = f"{model.release} of {max(newest, model.release)} that its Datanet released"
        return said + (f"; {count(others, 'other model')} of the same Datanet here" if others else "")

    # -- doing -------------------------------------------------------------------------------------------------------

    def _publish(self) -> None:
        if self._model is not None:
            self.publish.emit(self._model.id)

    def _ask_name(self) -> None:
        tasks.start(self, self._renaming())

    async def _renaming(self) -> None:
        model = self._model
        if model is None:
            return
        name = await ask.line(self, "Rename the model", "Name", start=model.name, name="rename")
        if name is not None and name.strip():
            await tasks.call(self._page.client.models.rename, model.id, name.strip())

    def _ask_remove(self) -> None:
        tasks.start(self, self._removing())

    async def _removing(self) -> None:
        model = self._model
        if model is None:
            return
        words = "The draft and its calls go for good. The records stay; you can train it again."
        if await ask.question(self, "Throw this model away?", words, yes="Throw it away", danger=True, name="remove"):
            await tasks.call(self._page.client.models.remove, model.id)
            self._page.say("Thrown away", foreign(model.name, 60), "info")
            self.removed.emit()
