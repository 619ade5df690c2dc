"""What its builder may change of a published model: the fee of later calls, and whether it takes calls at all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from core.errors import Cancelled, OpenLedgerError
from core.units import Amount
from core.values import AccountView, ModelView
from ui import ask, tasks
from ui.pages.base import Page
from ui.pages.model_parts import fee_words
from ui.text import foreign, open_
from ui.theme.tokens import L, S
from ui.widgets import Button, Card, Notice, Text, row

_WORDS = (
    "You built it, so you set its fee: {fee} until now. A new one counts from the next call; calls that were made keep "
    "theirs. Retired, it takes no more calls; those that were made are settled and paid as before."
)


class OfferCard(Card):
    """Shown to the builder of a published model that is not retired."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(name="offer", title="Your offer", space=L, parent=parent)
        self._page = page
        self._model: ModelView | None = None
        self._words = Text("", wrap=True)
        self._words.setObjectName("offer-words")
        self._fee = Button("Change the fee…", name="offer-fee", icon="pencil", on=self._ask_fee)
        self._retire = Button("Retire…", name="offer-retire", icon="archive", on=self._ask_retire)
        self._said = Notice(name="offer-said")
        self.add(self._words, self._said, row(self._fee, self._retire, None, space=S))

    def show_model(self, model: ModelView, accounts: Sequence[AccountView]) -> None:
        if self._model is None or self._model.id != model.id:
            self._said.clear()
        self._model = model
        mine = any(one.address == model.builder for one in accounts)
        self.setVisible(model.number is not None and model.state != "retired" and mine)
        self._words.setText(_WORDS.format(fee=fee_words(model)))

    def _ask_fee(self) -> None:
        self._said.clear()
        tasks.start(self, self._pricing(), on_error=self._failed)

    async def _pricing(self) -> None:
        model = self._model
        if model is None:
            return
        typed = await ask.line(
            self, "Change the fee", "OPEN for one call", start=str(model.fee).split()[0], yes="Go on", name="fee"
        )
        if typed is None:
            return
        fee = Amount.parse(typed)
        signed = await self._page.sign(self._page.client.models.prepare_fee, model.id, fee)
        if signed is not None:
            words = (
                f"“{foreign(model.name, 60)}” asks {open_(fee)} from the next call on." if fee else "Calls are free."
            )
            self._page.say("The fee is changed", words)

    def _ask_retire(self) -> None:
        self._said.clear()
        tasks.start(self, self._retiring(), on_error=self._failed)

    async def _retiring(self) -> None:
        model = self._model
        if model is None:
            return
        signed = await self._page.sign(self._page.client.models.prepare_retire, model.id)
        if signed is not None:
            self._page.say("Retired", f"“{foreign(model.name, 60)}” takes no more calls.", "info")

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "Nothing was signed.", "info")
        elif isinstance(error, OpenLedgerError):
            self._said.say_error(error)
        else:
            raise error
